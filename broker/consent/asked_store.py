"""What children asked for and a parent has to decide (cause 7012)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import bindparam, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from broker.audit.catalogue_own import ConsentAsked, ConsentDeclined
from broker.audit.event import Actor, Event
from broker.consent.items import in_order
from broker.consent.settings import ConsentSettings
from broker.consent.tables import ConsentAskedRow
from broker.foundation.outside import Outside
from broker.storage.database import Database

# What page 7012 promises.
KEPT_FOR: Final = timedelta(days=7)

_TABLE: Any = ConsentAskedRow.__table__
_C = _TABLE.c
_COLUMNS = (_C.id, _C.person_id, _C.client_id, _C["items"], _C.asked_at, _C.ends_at)
_OF_PEOPLE = (
    select(*_COLUMNS)
    .where(_C.person_id.in_(bindparam("people_", expanding=True)), _C.ends_at > bindparam("now_"))
    .order_by(_C.asked_at, _C.id)
)
# The children are a part of the condition: nobody can decide for somebody else's child by naming an identifier. Who deletes the
# row has decided, so two parents cannot both.
_TAKE = (
    delete(_TABLE)
    .where(
        _C.id == bindparam("id_"),
        _C.person_id.in_(bindparam("people_", expanding=True)),
        _C.ends_at > bindparam("now_"),
    )
    .returning(*_COLUMNS)
)
_SETTLED = delete(_TABLE).where(_C.person_id == bindparam("person_id_"), _C.client_id == bindparam("client_id_"))
_LATE = select(_C.id).where(_C.ends_at <= bindparam("now_")).limit(bindparam("most_"))
_TIDY = delete(_TABLE).where(_C.id.in_(_LATE.scalar_subquery()))


class Journal(Protocol):
    """What this room needs of the journal."""

    def append(self, event: Event, actor: Actor) -> object:
        """Write one event into the running unit of work."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a child: `items` are words of items.py, in the order of the page."""

    id: str
    person_id: str
    client_id: str
    items: tuple[str, ...]
    asked_at: datetime
    ends_at: datetime


class Askings:
    """Requests of children, one per child and service, each kept for some days."""

    def __init__(self, database: Database, outside: Outside, settings: ConsentSettings):
        self._database = database
        self._outside = outside
        self._settings = settings
        insert_row = sqlite.insert if database.is_sqlite else postgresql.insert
        fresh = insert_row(ConsentAskedRow)
        replaced: dict[str, Any] = {name: fresh.excluded[name] for name in ("items", "asked_at", "ends_at")}
        # Other items are another request: a parent who looks at the page of before must not say yes to what they do not see.
        replaced["id"] = case((_C["items"] == fresh.excluded["items"], _C.id), else_=fresh.excluded.id)
        self._keep = fresh.on_conflict_do_update(index_elements=["person_id", "client_id"], set_=replaced)

    @property
    def own_from_age(self) -> int:
        """From this age, in years, a person decides for themselves."""
        return self._settings.own_from_age

    def keep(self, person_id: str, client_id: str, items: Iterable[str], journal: Journal) -> None:
        """Keep what a child asked for; asking again begins the days anew.

        Raises:
            ValueError: an item this room does not know.
        """
        words, now = in_order(items), self._outside.now()
        values = {
            "id": self._outside.uuid(),
            "person_id": person_id,
            "client_id": client_id,
            "items": " ".join(words),
            "asked_at": now,
            "ends_at": now + KEPT_FOR,
        }
        with self._database.work() as session:
            session.execute(self._keep, values)
            journal.append(ConsentAsked(person_id=person_id, client_id=client_id, items=words), Actor("person", person_id))

    def of_people(self, person_ids: Collection[str]) -> tuple[Asked, ...]:
        """What these people wait for, the oldest first."""
        if not person_ids:
            return ()
        asked = {"people_": list(person_ids), "now_": self._outside.now()}
        return tuple(Asked(*_split(row)) for row in self._database.session.execute(_OF_PEOPLE, asked))

    def take(self, unverified_id: str, person_ids: Collection[str]) -> Asked | None:
        """A request of one of these people, for exactly one caller; None for anybody else's, late or decided ones."""
        if not person_ids:
            return None
        asked = {"id_": unverified_id, "people_": list(person_ids), "now_": self._outside.now()}
        with self._database.work() as session:
            row = session.execute(_TAKE, asked).first()
        return None if row is None else Asked(*_split(row))

    def decline(self, asked: Asked, journal: Journal, actor: Actor) -> None:
        """Write down that a parent said no to a request they have taken."""
        with self._database.work():
            journal.append(ConsentDeclined(person_id=asked.person_id, client_id=asked.client_id), actor)

    def settle(self, person_id: str, client_id: str) -> None:
        """The question has an answer from elsewhere: a permission was given in the meantime."""
        with self._database.work() as session:
            session.execute(_SETTLED, {"person_id_": person_id, "client_id_": client_id})

    def tidy(self, at_most: int = 1000) -> int:
        """Remove requests nobody answered in time, one batch; how many."""
        with self._database.work() as session:
            removed: int = session.execute(_TIDY, {"now_": self._outside.now(), "most_": at_most}).rowcount
        return removed


def _split(row: Any) -> tuple[Any, ...]:
    id_, person_id, client_id, items, asked_at, ends_at = row
    return id_, person_id, client_id, tuple(items.split()), asked_at, ends_at

"""The record of what people allowed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from broker.audit.catalogue import ConsentGiven, ConsentWithdrawn
from broker.audit.catalogue_own import ConsentCarried
from broker.audit.event import Actor, Event
from broker.consent.details import is_granted
from broker.consent.items import in_order
from broker.consent.record import Consent
from broker.consent.settings import ConsentSettings
from broker.consent.tables import ConsentRow
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.hot import Hot

_TABLE: Any = ConsentRow.__table__
_C = _TABLE.c
_COLUMNS = (
    _C.id,
    _C.person_id,
    _C.client_id,
    _C["items"],
    _C.given_at,
    _C.ends_at,
)
# Every sign-in and every token of a service that is not the diary's own asks for it.
_ONE = Hot(
    select(*_COLUMNS).where(
        _C.person_id == bindparam("person_id_"), _C.client_id == bindparam("client_id_")
    )
)
_OF_PERSON = select(*_COLUMNS).where(_C.person_id == bindparam("person_id_")).order_by(_C.given_at)
# The person is a part of the condition: nobody can withdraw for somebody else by naming their identifier.
_WITHDRAW = (
    delete(_TABLE)
    .where(_C.id == bindparam("id_"), _C.person_id == bindparam("person_id_"))
    .returning(*_COLUMNS)
)


class Journal(Protocol):
    """What this room needs of the journal."""

    def append(self, event: Event, actor: Actor) -> object:
        """Write one event into the running unit of work."""


class AskingClient(Protocol):
    """What this room needs to know of a relying party."""

    @property
    def client_id(self) -> str: ...

    @property
    def first_party(self) -> bool: ...


class Consents:
    """Permissions, one per person and client."""

    def __init__(self, database: Database, outside: Outside, settings: ConsentSettings):
        self._database = database
        self._outside = outside
        self._settings = settings
        insert_row = sqlite.insert if database.is_sqlite else postgresql.insert
        fresh = insert_row(ConsentRow)
        replaced = {name: fresh.excluded[name] for name in ("items", "given_at", "ends_at")}
        self._give = fresh.on_conflict_do_update(index_elements=["person_id", "client_id"], set_=replaced)

    def missing(self, client: AskingClient, person_id: str, items: tuple[str, ...], ask_again: bool) -> tuple[str, ...]:
        """The items still to be asked about; all of them with `ask_again` (prompt=consent). The diary itself needs none."""
        if client.first_party:
            return ()
        if ask_again:
            return items
        found = self.find(client.client_id, person_id)
        if found is None or not found.is_alive(self._outside.now()):
            return items
        return tuple(item for item in items if not is_granted(item, found.items))

    def find(self, client_id: str, person_id: str) -> Consent | None:
        """The permission, also one whose year is over, or None."""
        row = _ONE.first(self._database.session, {"person_id_": person_id, "client_id_": client_id})
        return None if row is None else _consent(row)

    def give(
        self, client_id: str, person_id: str, items: Iterable[str], journal: Journal, parent: Actor | None = None
    ) -> Consent:
        """Write down a "yes" of this person, or of their `parent`. What a live permission already held stays in it; its year
        begins anew.

        Raises:
            ValueError: an item this room does not know.
        """
        given = in_order(items)
        now = self._outside.now()
        with self._database.work() as session:
            before = self.find(client_id, person_id)
            kept = before.items if before is not None and before.is_alive(now) else ()
            words = in_order((*given, *kept))
            values = {
                "id": self._outside.uuid(),
                "person_id": person_id,
                "client_id": client_id,
                "items": " ".join(words),
                "given_at": now,
                "ends_at": now + self._settings.life,
            }
            session.execute(self._give, values)
            event = ConsentGiven(person_id=person_id, client_id=client_id, items=words)
            journal.append(event, parent or Actor("person", person_id))
            return _consent(_ONE.all(session, {"person_id_": person_id, "client_id_": client_id})[0])

    def carry(self, from_id: str, to_id: str, journal: Journal, actor: Actor) -> tuple[str, ...]:
        """Two cards of one person become one: live permissions of the first hold for the second, to the day and the item.

        A permission that the second has given itself stands as it is, also where it is narrower: what it lacks is asked for. The
        identifiers of the new permissions. Call inside `work()`.
        """
        now, carried = self._outside.now(), []
        for one in self.of_person(from_id):
            held = self.find(one.client_id, to_id)
            if not one.is_alive(now) or (held is not None and held.is_alive(now)):
                continue
            values = {
                "id": self._outside.uuid(),
                "person_id": to_id,
                "client_id": one.client_id,
                "items": " ".join(one.items),
                "given_at": one.given_at,
                "ends_at": one.ends_at,
            }
            self._database.session.execute(self._give, values)
            journal.append(ConsentCarried(to_id, one.client_id, one.items, from_id), actor)
            written = self.find(one.client_id, to_id)
            carried.append(written.id if written is not None else "")
        return tuple(carried)

    def withdraw(self, consent_id: str, person_id: str, journal: Journal, actor: Actor) -> Consent | None:
        """Take a permission back; None when this person has no such permission (a second press, somebody else's identifier).

        The caller ends the client's grants in the same unit of work (`Grants.end_of_client`).
        """
        with self._database.work() as session:
            row = session.execute(_WITHDRAW, {"id_": consent_id, "person_id_": person_id}).first()
            if row is None:
                return None
            gone = _consent(row)
            journal.append(ConsentWithdrawn(person_id=person_id, client_id=gone.client_id, items=gone.items), actor)
        return gone

    def of_person(self, person_id: str) -> tuple[Consent, ...]:
        """All permissions of a person, the oldest first, also those whose year is over."""
        return tuple(_consent(row) for row in self._database.session.execute(_OF_PERSON, {"person_id_": person_id}))


def _consent(row: Any) -> Consent:
    id_, person_id, client_id, items, given_at, ends_at = row
    return Consent(id_, person_id, client_id, tuple(items.split()), given_at, ends_at)

"""Rows for whole lists: looked up and written in large parts, since a list may hold a hundred thousand people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from broker.directory.card import NO_LOGIN, NO_PRINTS, Card, Cardbox
from broker.directory.person import Role
from broker.directory.roster import RosterMoved
from broker.directory.school_store import version_of
from broker.directory.tables import KinshipRow, MembershipRow, PersonRow, StaffRoleRow
from broker.storage.database import Database

# How many values one statement may hold on every database, with room to spare.
MANY: Final = 400


@dataclass(slots=True)
class PlaceHeld:
    """A place as it is in the directory, or as a list wants it."""

    position: int
    school_id: str
    role: Role
    class_name: str | None
    left_on: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """A card that a line of a list may be about."""

    id: str
    card: Card
    version: str
    is_guarded: bool
    places: tuple[PlaceHeld, ...]

    def __repr__(self) -> str:
        return f"Known({self.id!r})"


@dataclass(slots=True)
class Found:
    """Identifiers by fingerprint, whoever they are; and the cards of those that may be touched."""

    by_snils: dict[str, list[str]] = field(default_factory=dict)
    by_name: dict[str, list[str]] = field(default_factory=dict)
    by_login: dict[str, str] = field(default_factory=dict)
    cards: dict[str, Known] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What some lines name, as fingerprints and codes."""

    ids: frozenset[str]
    snils: frozenset[str]
    names: frozenset[str]
    logins: frozenset[str]


@dataclass(slots=True)
class CardWrite:
    """A card to add (`version` is "") or to change, with its new places."""

    id: str
    card: Card
    version: str = ""
    is_snils_own: bool = False
    places: list[PlaceHeld] = field(default_factory=list)


class RosterStore:
    """Reads what lines name; writes what a list wants."""

    def __init__(self, database: Database, cards: Cardbox):
        self._database = database
        self._cards = cards
        kin = (sqlite.insert if database.is_sqlite else postgresql.insert)(KinshipRow)
        self._insert_kin = kin.on_conflict_do_nothing()
        place = (sqlite.insert if database.is_sqlite else postgresql.insert)(MembershipRow)
        changed = {name: place.excluded[name] for name in ("role", "class_name", "left_on")}
        self._put_place = place.on_conflict_do_update(index_elements=["person_id", "position"], set_=changed)

    def find(self, wanted: Wanted, may_touch: Callable[[str], bool]) -> Found:
        """Everybody whom these lines could mean."""
        found = Found()
        for print_, person_id in self._ids("snils_print", wanted.snils):
            found.by_snils.setdefault(print_, []).append(person_id)
        for print_, person_id in self._ids("name_birth_print", wanted.names):
            found.by_name.setdefault(print_, []).append(person_id)
        for print_, person_id in self._ids("login_print", wanted.logins):
            found.by_login[print_] = person_id
        named = {one for some in (*found.by_snils.values(), *found.by_name.values()) for one in some} | set(wanted.ids)
        found.cards = self._known(sorted(one for one in named if may_touch(one)))
        return found

    def write(self, writes: Sequence[CardWrite], now: datetime) -> None:
        """Write some cards and their places. Call inside `work()`, with changes of logins freed before (`free_logins`).

        Raises:
            RosterMoved: a card has another version by now, or another card took its place.
        """
        fresh = [one for one in writes if not one.version]
        changed = [one for one in writes if one.version]
        self._require_versions(changed)
        try:
            self._run(insert(PersonRow), [self._row(one, now) | {"is_blocked": False, "activated_at": None} for one in fresh])
            columns = ("card_sealed", *NO_PRINTS, "changed_at")
            changing = update(PersonRow).where(PersonRow.__table__.c.id == bindparam("id_"))
            values = changing.values({name: bindparam(f"{name}_") for name in columns})
            rows = [{f"{name}_": value for name, value in self._row(one, now).items()} for one in changed]
            self._run(values, rows)
            own = update(PersonRow).where(PersonRow.__table__.c.id == bindparam("id_")).values(filled_at=None)
            self._run(own, [{"id_": one.id} for one in changed if one.is_snils_own])
            self._run(self._put_place, [_place(one.id, place) for one in writes for place in one.places])
        except IntegrityError:
            raise RosterMoved from None

    def free_logins(self, ids: Sequence[str]) -> None:
        """Logins may go round among the people of one list; no order of writing may be in their way."""
        for some in parts(ids):
            self._database.session.execute(update(PersonRow).where(PersonRow.id.in_(some)).values(**NO_LOGIN))

    def write_kin(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Record parents and children, those recorded already left as they are."""
        self._run(self._insert_kin, [{"parent_id": parent, "child_id": child} for parent, child in pairs])

    def _require_versions(self, changed: Sequence[CardWrite]) -> None:
        expected = {one.id: one.version for one in changed}
        for some in parts(sorted(expected)):
            question = select(PersonRow.id, PersonRow.card_sealed).where(PersonRow.id.in_(some)).order_by(PersonRow.id)
            now = {row.id: version_of(row.card_sealed) for row in self._database.session.execute(question.with_for_update())}
            if any(now.get(person_id) != expected[person_id] for person_id in some):
                raise RosterMoved

    def _ids(self, column: str, values: frozenset[str]) -> Iterator[tuple[str, str]]:
        either = (getattr(PersonRow, column), getattr(PersonRow, f"{column}_2"))
        for some in parts(sorted(values)):
            question = select(*either, PersonRow.id).where(or_(*(one.in_(some) for one in either))).order_by(PersonRow.id)
            for first, second, person_id in self._database.session.execute(question):
                yield (first if first in values else second), person_id

    def _known(self, ids: Sequence[str]) -> dict[str, Known]:
        found: dict[str, Known] = {}
        for some in parts(ids):
            places, guarded = self._places(some), self._guarded(some)
            question = select(PersonRow.id, PersonRow.card_sealed).where(PersonRow.id.in_(some))
            for row in self._database.session.execute(question):
                card = self._cards.unseal(row.id, row.card_sealed)
                own = tuple(places.get(row.id, ()))
                found[row.id] = Known(row.id, card, version_of(row.card_sealed), row.id in guarded, own)
        return found

    def _places(self, some: Sequence[str]) -> dict[str, list[PlaceHeld]]:
        question = select(MembershipRow.__table__).where(MembershipRow.person_id.in_(some)).order_by(MembershipRow.position)
        found: dict[str, list[PlaceHeld]] = {}
        for row in self._database.session.execute(question):
            held = PlaceHeld(row.position, row.school_id, Role(row.role), row.class_name, row.left_on)
            found.setdefault(row.person_id, []).append(held)
        return found

    def _guarded(self, some: Sequence[str]) -> frozenset[str]:
        question = select(StaffRoleRow.person_id).where(StaffRoleRow.person_id.in_(some))
        return frozenset(self._database.session.execute(question).scalars())

    def _row(self, one: CardWrite, now: datetime) -> dict[str, Any]:
        prints = self._cards.prints(one.card)
        return {
            "id": one.id,
            "card_sealed": self._cards.seal(one.id, one.card),
            **prints.columns,
            "changed_at": now,
        }

    def _run(self, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self._database.session.execute(statement, rows)


def parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Parts that one statement can hold."""
    return (values[start : start + MANY] for start in range(0, len(values), MANY))


def _place(person_id: str, place: PlaceHeld) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "position": place.position,
        "school_id": place.school_id,
        "role": place.role.value,
        "class_name": place.class_name,
        "left_on": place.left_on,
    }

"""Reads everybody, part by part: no question a person, and no more in memory than one part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select

from broker.directory.card import Card, Cardbox
from broker.directory.tables import CredentialRow, KinshipRow, MembershipRow, PersonRow
from broker.linking.tables import UpstreamLinkRow
from broker.storage.database import Database

_AT_ONCE = 2000
_PEOPLE = (
    select(PersonRow.id, PersonRow.card_sealed, PersonRow.is_blocked, PersonRow.activated_at, PersonRow.paused_at)
    .where(PersonRow.id > bindparam("after_"))
    .order_by(PersonRow.id)
    .limit(_AT_ONCE)
)
_IDS = select(PersonRow.id).where(PersonRow.id > bindparam("after_")).order_by(PersonRow.id).limit(_AT_ONCE)
_COUNT = select(func.count()).select_from(PersonRow)


def _between(column: Any) -> tuple[Any, Any]:
    return column > bindparam("after_"), column <= bindparam("last_")


_PLACES = (
    select(MembershipRow.person_id, MembershipRow.school_id, MembershipRow.role, MembershipRow.left_on)
    .where(*_between(MembershipRow.person_id))
    .order_by(MembershipRow.person_id, MembershipRow.position)
)
_LINKS = select(
    UpstreamLinkRow.person_id,
    UpstreamLinkRow.level,
    UpstreamLinkRow.is_standard,
    UpstreamLinkRow.is_of_parent,
    UpstreamLinkRow.connector,
).where(*_between(UpstreamLinkRow.person_id))
_PARENTS = select(KinshipRow.parent_id).where(*_between(KinshipRow.parent_id)).distinct()
_PASSWORDS = select(CredentialRow.person_id).where(CredentialRow.password_hash.is_not(None), *_between(CredentialRow.person_id))


@dataclass(frozen=True, slots=True)
class Anybody:
    """One person as a simulation sees them. `places` are (school, role, first day on which it no longer holds)."""

    id: str
    card: Card
    is_blocked: bool
    is_paused: bool
    is_activated: bool
    places: tuple[tuple[str, str, date | None], ...]
    level: str
    is_standard: bool
    is_of_parent: bool
    has_children: bool
    has_password: bool
    upstream: str = ""


class EverybodyStore:
    """Everybody there is, in the order of identifiers."""

    def __init__(self, database: Database, cards: Cardbox):
        self._database = database
        self._cards = cards

    def count(self) -> int:
        return int(self._database.session.execute(_COUNT).scalar_one())

    def ids(self) -> Iterator[str]:
        """Identifiers alone: no card is opened."""
        after = ""
        while found := self._database.session.execute(_IDS, {"after_": after}).scalars().all():
            yield from found
            after = found[-1]

    def everybody(self) -> Iterator[Anybody]:
        """Not one moment's picture: somebody who is added meanwhile may be there or not."""
        after = ""
        while rows := self._database.session.execute(_PEOPLE, {"after_": after}).all():
            yield from self._part(rows, {"after_": after, "last_": rows[-1].id})
            after = rows[-1].id

    def _part(self, rows: Sequence[Any], part: Mapping[str, str]) -> Iterator[Anybody]:
        ask = self._database.session.execute
        places: dict[str, list[tuple[str, str, date | None]]] = defaultdict(list)
        for person_id, school_id, role, left_on in ask(_PLACES, part):
            places[person_id].append((school_id, role, left_on))
        links: dict[str, tuple[str, bool, bool, str]] = {row[0]: (row[1], row[2], row[3], row[4]) for row in ask(_LINKS, part)}
        parents, with_password = set(ask(_PARENTS, part).scalars()), set(ask(_PASSWORDS, part).scalars())
        for person_id, sealed, is_blocked, activated_at, paused_at in rows:
            level, is_standard, is_of_parent, upstream = links.get(person_id, ("", False, False, ""))
            yield Anybody(
                id=person_id,
                card=self._cards.unseal(person_id, sealed),
                is_blocked=is_blocked,
                is_paused=paused_at is not None,
                is_activated=activated_at is not None,
                places=tuple(places.get(person_id, ())),
                level=level,
                is_standard=is_standard,
                is_of_parent=is_of_parent,
                has_children=person_id in parents,
                has_password=person_id in with_password,
                upstream=upstream,
            )

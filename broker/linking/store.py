"""The rows of links. Uniqueness is the database's: an insert either makes the only link or makes none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.connectors.identity import Level
from broker.directory.person import Person
from broker.directory.store import PEOPLE, PEOPLE_WIDTH, DirectoryStore
from broker.directory.tables import PersonRow
from broker.linking.evidence import Evidence
from broker.linking.link import Link
from broker.linking.tables import KeepsakeRow, UpstreamLinkRow
from broker.storage.columns import either
from broker.storage.database import Database
from broker.storage.hot import Hot
from keys.secrets.fingerprints import Columns

# An enumeration finds its member by a few functions, and a link is read with nearly every request.
_LEVELS, _EVIDENCE = {level.value: level for level in Level}, {evidence.value: evidence for evidence in Evidence}
_COLUMNS = (
    UpstreamLinkRow.id,
    UpstreamLinkRow.person_id,
    UpstreamLinkRow.connector,
    UpstreamLinkRow.level,
    UpstreamLinkRow.is_standard,
    UpstreamLinkRow.evidence,
    UpstreamLinkRow.linked_at,
    UpstreamLinkRow.seen_at,
    UpstreamLinkRow.is_of_parent,
)
_BY_PERSON = select(*_COLUMNS).where(UpstreamLinkRow.person_id == bindparam("person_id_"))
_BY_SUBJECT = select(*_COLUMNS).where(
    UpstreamLinkRow.connector == bindparam("connector_"),
    either(UpstreamLinkRow.subject_print, UpstreamLinkRow.subject_print_2, bindparam("print_")),
)
_SEALED = select(UpstreamLinkRow.id, UpstreamLinkRow.connector, UpstreamLinkRow.subject_sealed)
_SEALED_BY_PERSON = _SEALED.where(UpstreamLinkRow.person_id == bindparam("person_id_"))
_DELETE = delete(UpstreamLinkRow).where(UpstreamLinkRow.id == bindparam("id_")).returning(UpstreamLinkRow.id)


# The hot question of every live session and every token: the card and its link in one round trip.
_CARD_AND_LINK = Hot(
    PEOPLE.add_columns(*_COLUMNS)
    .outerjoin(UpstreamLinkRow, UpstreamLinkRow.person_id == PersonRow.id)
    .where(PersonRow.id == bindparam("person_id_"))
)


class LinkStore:
    """Frozen links in and out."""

    def __init__(self, database: Database):
        self._database = database
        fresh = (sqlite.insert if database.is_sqlite else postgresql.insert)(UpstreamLinkRow)
        # Any of the unique constraints may object; whoever comes second inserts nothing.
        self._insert = fresh.on_conflict_do_nothing().returning(UpstreamLinkRow.id)

    def card_and_link(self, person_id: str, people: DirectoryStore) -> tuple[Person, Link | None] | None:
        """A person and their link, or None when there is no such person."""
        rows = _CARD_AND_LINK.all(self._database.session, {"person_id_": person_id})
        if not rows:
            return None
        beside = rows[0][PEOPLE_WIDTH:]
        return people.person_in(rows), None if beside[0] is None else _link(beside)

    def by_person(self, person_id: str) -> Link | None:
        return self._one(_BY_PERSON, {"person_id_": person_id})

    def by_subject(self, connector: str, subject_print: str) -> Link | None:
        return self._one(_BY_SUBJECT, {"connector_": connector, "print_": subject_print})

    def sealed_subject(self, person_id: str) -> tuple[str, str, bytes] | None:
        """Identifier of the link, connector and sealed subject of a person's link, or None."""
        row = self._database.session.execute(_SEALED_BY_PERSON, {"person_id_": person_id}).first()
        return None if row is None else (row.id, row.connector, row.subject_sealed)

    def add(self, link: Link, subject_print: Columns, subject_sealed: bytes) -> bool:
        """True if this made the link; False if the person or the subject has one. Call inside `work()`."""
        values = {
            "id": link.id,
            "person_id": link.person_id,
            "connector": link.connector,
            "subject_print": subject_print.first,
            "subject_print_2": subject_print.second,
            "subject_sealed": subject_sealed,
            "level": link.level.value,
            "is_standard": link.is_standard,
            "evidence": link.evidence.value,
            "linked_at": link.linked_at,
            "seen_at": link.seen_at,
            "is_of_parent": link.is_of_parent,
        }
        return self._database.session.execute(self._insert, values).first() is not None

    def delete(self, link_id: str) -> bool:
        """True for the one caller that removed it, with what was kept beside it. Call inside `work()`."""
        self._database.session.execute(delete(KeepsakeRow).where(KeepsakeRow.link_id == link_id))
        return self._database.session.execute(_DELETE, {"id_": link_id}).first() is not None

    def touch(self, link_id: str, seen_at: datetime, values: dict[str, Any]) -> None:
        """Note what was seen at a sign-in. Call inside `work()`."""
        changed = update(UpstreamLinkRow).where(UpstreamLinkRow.id == link_id).values(seen_at=seen_at, **values)
        self._database.session.execute(changed)

    def lower(self, link: Link, values: dict[str, Any]) -> bool:
        """True for the one caller that changes a link which is as given. Call inside `work()`."""
        row = UpstreamLinkRow
        same = (row.level == link.level.value, row.is_standard == link.is_standard, row.is_of_parent == link.is_of_parent)
        changed = update(row).where(row.id == link.id, *same).values(**values).returning(row.id)
        return self._database.session.execute(changed).first() is not None

    def note_kin(self, person_id: str, print_: str, known_as: Sequence[str]) -> bool:
        """True for the one caller whose finding is none of `known_as`. Call inside `work()`."""
        column = UpstreamLinkRow.kin_print
        another = or_(column.is_(None), column.not_in(known_as))
        changed = update(UpstreamLinkRow).where(UpstreamLinkRow.person_id == person_id, another).values(kin_print=print_)
        return self._database.session.execute(changed.returning(UpstreamLinkRow.id)).first() is not None

    def _one(self, question: Any, parameters: dict[str, str]) -> Link | None:
        row = self._database.session.execute(question, parameters).first()
        return None if row is None else _link(row)


def _link(row: Sequence[Any]) -> Link:
    link_id, person_id, connector, level, is_standard, evidence, linked_at, seen_at, of_parent = row
    said = _LEVELS[level], is_standard, _EVIDENCE[evidence]
    return Link(link_id, person_id, connector, *said, linked_at, seen_at, of_parent)

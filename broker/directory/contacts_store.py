"""The rows of contacts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, bindparam, delete, func, not_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.directory.tables import ContactRow
from broker.storage.columns import either
from broker.storage.database import Database
from keys.secrets.fingerprints import Columns

_COLUMNS = (ContactRow.person_id, ContactRow.kind, ContactRow.value_sealed, ContactRow.confirmed_at)
_BY_PERSON = select(*_COLUMNS).where(ContactRow.person_id == bindparam("person_id_")).order_by(ContactRow.kind)
_BY_PRINT = (
    select(*_COLUMNS)
    .where(either(ContactRow.value_print, ContactRow.value_print_2, bindparam("print_")), ContactRow.confirmed_at.is_not(None))
    .order_by(ContactRow.confirmed_at, ContactRow.person_id)
    .limit(bindparam("most_"))
)


@dataclass(frozen=True, slots=True)
class SealedContact:
    """One row; `kind` is email or phone."""

    person_id: str
    kind: str
    sealed: bytes
    print: Columns
    confirmed_at: datetime | None


class ContactStore:
    """Sealed contacts in and out."""

    def __init__(self, database: Database):
        self._database = database
        self._insert = (sqlite.insert if database.is_sqlite else postgresql.insert)(ContactRow)

    def of(self, person_id: str) -> tuple[tuple[str, str, bytes, datetime | None], ...]:
        """(person, kind, sealed value, confirmed at), e-mail first."""
        rows = self._database.session.execute(_BY_PERSON, {"person_id_": person_id}).all()
        return tuple((row.person_id, row.kind, row.value_sealed, row.confirmed_at) for row in rows)

    def confirmed(self, value_print: str, most: int) -> tuple[tuple[str, str, bytes, datetime | None], ...]:
        """Those who have confirmed this value, the first to do so first."""
        rows = self._database.session.execute(_BY_PRINT, {"print_": value_print, "most_": most}).all()
        return tuple((row.person_id, row.kind, row.value_sealed, row.confirmed_at) for row in rows)

    def put(self, contact: SealedContact, now: datetime) -> bool:
        """False if the person has this very value already, which then stays as it is. Call inside `work()`."""
        fresh = self._insert.values(_row(contact, now))
        other = fresh.excluded
        values = {name: other[name] for name in ("value_sealed", "value_print", "value_print_2", "confirmed_at", "changed_at")}
        changed = fresh.on_conflict_do_update(
            index_elements=["person_id", "kind"], set_=values, where=not_(_is_same(contact))
        )
        return self._writes(changed)

    def add(self, contact: SealedContact, now: datetime) -> bool:
        """False if the person has a contact of this kind, which then stays as it is. Call inside `work()`."""
        return self._writes(self._insert.values(_row(contact, now)).on_conflict_do_nothing())

    def confirm(self, contact: SealedContact, now: datetime) -> bool:
        """True for the one caller that confirmed the value the person has now. Call inside `work()`."""
        theirs = _theirs(contact.person_id, contact.kind) & _is_same(contact)
        fresh = update(ContactRow).where(theirs, ContactRow.confirmed_at.is_(None)).values(confirmed_at=now)
        return self._changes(fresh)

    def remove(self, person_id: str, kind: str) -> bool:
        """False if there was none. Call inside `work()`."""
        return self._changes(delete(ContactRow).where(_theirs(person_id, kind)))

    def _writes(self, insertion: Any) -> bool:
        """Whether a row was written; the count of an insert is not the same with both drivers."""
        return self._database.session.execute(insertion.returning(ContactRow.person_id)).first() is not None

    def _changes(self, statement: Any) -> bool:
        done: CursorResult[Any] = self._database.session.execute(statement)
        return done.rowcount == 1


def _theirs(person_id: str, kind: str) -> Any:
    return (ContactRow.person_id == person_id) & (ContactRow.kind == kind)


def _is_same(contact: SealedContact) -> Any:
    """Whether the row holds the very value. A second column that is empty, or not yet written, says nothing."""
    return either(ContactRow.value_print, func.coalesce(ContactRow.value_print_2, ""), contact.print.first) | (
        func.coalesce(ContactRow.value_print_2, "") == (contact.print.second or "-")
    )


def _row(contact: SealedContact, now: datetime) -> dict[str, Any]:
    return {
        "person_id": contact.person_id,
        "kind": contact.kind,
        "value_sealed": contact.sealed,
        "value_print": contact.print.first,
        "value_print_2": contact.print.second,
        "confirmed_at": contact.confirmed_at,
        "changed_at": now,
    }

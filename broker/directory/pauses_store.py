"""The columns of a pause. Each change is one conditional statement, so of two callers one has done it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, bindparam, select, update

from broker.directory.tables import PersonRow
from broker.storage.database import Database

_ONE = select(PersonRow.paused_at, PersonRow.paused_by, PersonRow.pause_reason).where(
    PersonRow.id == bindparam("id_"), PersonRow.paused_at.is_not(None)
)


class PausesStore:
    """Call every change inside `work()`."""

    def __init__(self, database: Database):
        self._database = database

    def find(self, person_id: str) -> tuple[datetime, str, str] | None:
        """Since when, by whom and why; None when nobody has closed it."""
        row = self._database.session.execute(_ONE, {"id_": person_id}).first()
        return None if row is None else (row.paused_at, row.paused_by, row.pause_reason)

    def pause(self, person_id: str, at: datetime, by: str, reason: str) -> bool:
        """True if it was open and is closed now."""
        is_open = (PersonRow.id == person_id) & PersonRow.paused_at.is_(None)
        return self._changes(update(PersonRow).where(is_open).values(paused_at=at, paused_by=by, pause_reason=reason))

    def resume(self, person_id: str, closed_by: str) -> bool:
        """True if it was closed by somebody whose name begins with `closed_by`, and is open now."""
        theirs = (PersonRow.id == person_id) & PersonRow.paused_by.startswith(closed_by, autoescape=True)
        return self._changes(update(PersonRow).where(theirs).values(paused_at=None, paused_by=None, pause_reason=None))

    def _changes(self, statement: Any) -> bool:
        done: CursorResult[Any] = self._database.session.execute(statement)
        return done.rowcount == 1

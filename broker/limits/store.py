"""The rows of counted tries. Each verb is one statement and one transaction, so parallel tries are counted one after another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from broker.limits.tables import TryCountRow
from broker.storage.columns import UtcInstant
from broker.storage.database import Database

_C: Any = TryCountRow.__table__.c
_NOW, _FRESH = bindparam("now_", type_=UtcInstant), bindparam("fresh_", type_=UtcInstant)
_MOST: Any = bindparam("most_")
_IS_OVER = _C.ends_at <= _NOW
_LOOK = select(_C.count, _C.ends_at).where(_C.print == bindparam("print_"), _C.ends_at > _NOW)
_FORGET = delete(TryCountRow).where(_C.print == bindparam("print_"))
_OVER = select(_C.print).where(_IS_OVER).limit(bindparam("at_most_"))


class TryStore:
    """Counts in and out: how many tries, and when their window ends."""

    def __init__(self, database: Database):
        self._database = database
        insert = sqlite.insert if database.is_sqlite else postgresql.insert
        first = insert(TryCountRow).values(print=bindparam("print_"), count=1, ends_at=_FRESH)
        count = case((_IS_OVER, 1), else_=_C.count + 1)
        # Only the try that closes gives the window a new end: hammering on a closed door keeps it closed no longer.
        ends_at = case((_IS_OVER, _FRESH), (_C.count + 1 == _MOST, _FRESH), else_=_C.ends_at)
        counted = first.on_conflict_do_update(index_elements=["print"], set_={"count": count, "ends_at": ends_at})
        self._spend = counted.returning(_C.count, _C.ends_at)
        # Two tidiers of one table must not wait for each other's rows.
        over = _OVER if database.is_sqlite else _OVER.with_for_update(skip_locked=True)
        self._tidy = delete(TryCountRow).where(_C.print.in_(over))

    def spend(self, print_: str, most: int, now: datetime, fresh: datetime) -> tuple[int, datetime]:
        """Count a try: which one of its window it is, and when the window ends."""
        row = self._run(self._spend, print_=print_, most_=most, now_=now, fresh_=fresh).one()
        return row[0], row[1]

    def look(self, print_: str, now: datetime) -> tuple[int, datetime] | None:
        """What was counted in a window that is still open, or None."""
        row = self._run(_LOOK, print_=print_, now_=now).first()
        return None if row is None else (row[0], row[1])

    def forget(self, print_: str) -> None:
        """Remove a count."""
        self._run(_FORGET, print_=print_)

    def tidy(self, now: datetime, at_most: int) -> int:
        """Remove counts whose window is over; how many."""
        return int(self._run(self._tidy, now_=now, at_most_=at_most).rowcount)

    def _run(self, statement: Any, **parameters: object) -> Any:
        with self._database.autocommitting() as connection:
            return connection.execute(statement, parameters)

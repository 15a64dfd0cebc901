"""The rows of warnings: what somebody has been told of already."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from broker.custody.tables import ExpiryWarningRow
from broker.storage.columns import UtcInstant
from broker.storage.database import Database

_ROWS: Any = ExpiryWarningRow.__table__
_OLD: Any = delete(_ROWS).where(_ROWS.c.told_at < bindparam("before_", type_=UtcInstant))
_TOLD: Any = select(_ROWS.c.what, _ROWS.c.mark, _ROWS.c.days)

# What, mark and days of one warning.
Key = tuple[str, str, int]


class WarningStore:
    """`claim` and `forget` are called inside `work()`."""

    def __init__(self, database: Database):
        self._database = database
        make = sqlite.insert if database.is_sqlite else postgresql.insert
        self._add = make(_ROWS).on_conflict_do_nothing().returning(_ROWS.c.days)

    def told(self) -> frozenset[Key]:
        """Every warning that was given."""
        return frozenset((row.what, row.mark, row.days) for row in self._database.session.execute(_TOLD))

    def claim(self, key: Key, now: datetime) -> bool:
        """True for the one worker that adds the row: the warning is its."""
        what, mark, days = key
        added = self._database.session.execute(self._add, {"what": what, "mark": mark, "days": days, "told_at": now})
        return added.first() is not None

    def forget(self, before: datetime) -> None:
        """Remove what nobody asks for any more."""
        self._database.session.execute(_OLD, {"before_": before})

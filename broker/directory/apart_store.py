"""The rows of pairs that look like one person and are two, as a school has said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select

from broker.directory.tables import ApartRow
from broker.storage.database import Database

_MANY: Final = 400


class ApartStore:
    """Pairs, the smaller identifier first. Call the change inside `work()`."""

    def __init__(self, database: Database):
        self._database = database

    def keep_apart(self, one_id: str, other_id: str, now: datetime) -> None:
        """Remember a pair of two people; once is enough."""
        first, second = sorted((one_id, other_id))
        there = select(ApartRow.one_id).where(ApartRow.one_id == first, ApartRow.other_id == second)
        if self._database.session.execute(there).first() is None:
            self._database.session.execute(insert(ApartRow), {"one_id": first, "other_id": second, "at": now})

    def apart(self, ids: Iterable[str]) -> frozenset[tuple[str, str]]:
        """The pairs kept apart of which one is among these."""
        everybody, found = list(ids), set()
        for start in range(0, len(everybody), _MANY):
            some = everybody[start : start + _MANY]
            question = select(ApartRow.one_id, ApartRow.other_id).where(ApartRow.one_id.in_(some))
            found |= {(row.one_id, row.other_id) for row in self._database.session.execute(question)}
        return frozenset(found)

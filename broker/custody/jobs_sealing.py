"""Bringing every sealed record under the present key. A record that somebody writes meanwhile is theirs: under the present key,
or else found when the old one is to go."""

from __future__ import annotations

from collections.abc import Sequence

from broker.custody.jobs_store import Row, SealedRows
from broker.custody.jobs_walk import Reworked
from broker.storage.database import Database
from broker.storage.sealed_columns import Sealed
from keys.secrets.sealing import SealBroken, Sealer

KIND = "seal"


class SealedPart:
    """One column of sealed records; a `Part` of a walk."""

    def __init__(self, database: Database, column: Sealed, sealer: Sealer):
        self._rows = SealedRows(database, column)
        self._column = column
        self._sealer = sealer

    @property
    def name(self) -> str:
        return self._column.name

    def total(self) -> int:
        return self._rows.total()

    def under(self, heads: Sequence[bytes]) -> int:
        """How many records begin so, that is, lie under one key."""
        return self._rows.beginning(heads)

    def read(self, cursor: str, most: int) -> list[Row]:
        return self._rows.window(cursor, self._sealer.head(), most)

    def rework(self, rows: Sequence[Row]) -> Reworked:
        changed, broken = [], 0
        for row in rows:
            before = row.columns["left_"]
            if not before:
                continue
            try:
                after = self._sealer.reseal(before, self._column.bound_to(row.columns))
            except SealBroken:
                broken += 1
                continue
            if after != before:
                changed.append((row, after))
        return Reworked(changed, broken)

    def write(self, changed: Sequence[tuple[Row, bytes]]) -> int:
        return self._rows.write(changed)

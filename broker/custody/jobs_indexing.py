"""Making every fingerprint under the next key too, beside the one there is. A row whose value somebody writes meanwhile has both
already, since everybody who writes knows both keys by then; what is looked up is found all the time."""

from __future__ import annotations

from collections.abc import Sequence

from broker.custody.jobs_store import FoundRows, Row
from broker.custody.jobs_walk import Reworked
from broker.storage.database import Database
from broker.storage.found_columns import Found
from keys.secrets.sealing import SealBroken

KIND = "index"


class FoundPart:
    """One table that is found by fingerprints; a `Part` of a walk."""

    def __init__(self, database: Database, found: Found):
        self._rows = FoundRows(database, found)
        self._found = found

    @property
    def name(self) -> str:
        return self._found.name

    def total(self) -> int:
        return self._rows.total()

    def read(self, cursor: str, most: int) -> list[Row]:
        return self._rows.window(cursor, most)

    def rework(self, rows: Sequence[Row]) -> Reworked:
        changed, broken = [], 0
        for row in rows:
            if all(row.columns[name] is None for name in self._found.prints):
                # Nobody is to find it, such as the card that was joined to another.
                continue
            try:
                after = self._found.remade(row.columns)
            except SealBroken:
                broken += 1
                continue
            if any(row.columns[name] != after[name] for name in self._found.prints):
                changed.append((row, after))
        return Reworked(changed, broken)

    def write(self, changed: Sequence[tuple[Row, dict[str, str | None]]]) -> int:
        return self._rows.write(changed)

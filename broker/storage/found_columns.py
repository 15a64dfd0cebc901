"""Which rows are found by fingerprints, and how these are made again from what the row itself says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table


@dataclass(frozen=True, slots=True)
class Found:
    """One table. `remade` makes the columns `prints`, both of every fingerprint, from the columns of a row; it raises SealBroken
    for a row that does not open."""

    table: Table
    prints: tuple[str, ...]
    remade: Callable[[Mapping[str, Any]], Mapping[str, str | None]]

    @property
    def name(self) -> str:
        """What it is called in progress and in journals."""
        return self.table.name

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row, in the order of the primary key."""
        return tuple(column.name for column in self.table.primary_key.columns)


def both(first: str, columns: Any) -> dict[str, str | None]:
    """The two columns of a fingerprint by name; `columns` are those that Fingerprints makes."""
    return {first: columns.first, f"{first}_2": columns.second}

"""Which columns hold sealed records, as the tables themselves say it: no list beside them that could be forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from sqlalchemy import MetaData, Table

from broker.storage.columns import Base

# In a column's `info`: whom its records are sealed for, in terms of other columns of the row ("person:{id}").
SEALED_FOR = "sealed_for"


@dataclass(frozen=True, slots=True)
class Sealed:
    """One column of sealed records."""

    table: Table
    column: str
    owner: str

    @property
    def name(self) -> str:
        """What it is called in progress and in journals."""
        return f"{self.table.name}.{self.column}"

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row, in the order of the primary key."""
        return tuple(column.name for column in self.table.primary_key.columns)

    @property
    def owner_columns(self) -> tuple[str, ...]:
        """The columns that say whose a record is."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.owner) if name)

    def bound_to(self, row: Mapping[str, Any]) -> str:
        """What the record of this row is bound to."""
        return self.owner.format_map(row)


def sealed_columns(metadata: MetaData = Base.metadata) -> tuple[Sealed, ...]:
    """All there are among the tables that the program has imported, by name."""
    found = [
        Sealed(table, column.name, str(column.info[SEALED_FOR]))
        for table in metadata.tables.values()
        for column in table.columns
        if SEALED_FOR in column.info
    ]
    return tuple(sorted(found, key=lambda one: one.name))

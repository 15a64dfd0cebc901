"""Every table of the house, and a row for each of them that the database will take."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Integer, LargeBinary, MetaData, Numeric, Table
from sqlalchemy import types as sql

from broker.storage.columns import Base, UtcInstant

ROOT = Path(__file__).parents[2]
_INSTANT = datetime(2026, 9, 1, 5, 0, tzinfo=UTC)


def all_tables() -> MetaData:
    """The metadata with the tables of every room imported."""
    for package in ("broker", "keys"):
        for path in sorted((ROOT / package).rglob("tables.py")):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return Base.metadata


def one_row_each(metadata: MetaData) -> dict[str, dict[str, Any]]:
    """A full row of every table, by its name; rows point at each other where the tables do. A full row hides no column."""
    rows: dict[str, dict[str, Any]] = {}
    for table in metadata.sorted_tables:
        rows[table.name] = {column.name: _value(table, column, rows) for column in table.columns}
    return rows


def _value(table: Table, column: Column[Any], rows: dict[str, dict[str, Any]]) -> Any:
    for key in column.foreign_keys:
        target = key.column
        # A row that points into its own table points at itself.
        return rows[target.table.name][target.name] if target.table is not table else _plain(target)
    return _plain(column)


def _plain(column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, UtcInstant):
        return _INSTANT
    for types, value in (
        (Boolean, True),
        (Date, date(2026, 9, 1)),
        ((Integer, BigInteger), 1),
        ((Float, Numeric), 1),
        (LargeBinary, b"\x00\xff"),
        (sql.JSON, {"a": 1}),
    ):
        if isinstance(kind, types):
            return value
    length = getattr(kind, "length", None) or 8
    return "x" * min(length, 8)

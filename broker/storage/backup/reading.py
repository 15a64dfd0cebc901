"""A backup comes back: looked through to its end before anything is written, then into an empty database, all or nothing."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alembic import command
from sqlalchemy import Connection, MetaData, insert, inspect, literal, select

from broker.storage import migrate
from broker.storage.backup.rows import BackupBroken, Digest, read
from broker.storage.backup.writing import FORM, VERSIONS, tables_of
from broker.storage.columns import Base
from broker.storage.database import Database

Lines = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself. `facts` are those that its writer was given, `rows` how many there are by table."""

    made_at: datetime
    revision: str
    facts: Mapping[str, Any]
    rows: Mapping[str, int]


class NotEmpty(Exception):
    """The database holds something, and nobody said that it may go."""


def look_through(lines: Lines) -> About:
    """Read a backup to its end: every line is whole, and the manifest agrees.

    Raises:
        BackupBroken, and whatever reading the lines raises.
    """
    backup = _Walk(lines)
    for _part in backup:
        pass
    return backup.about()


def load(database: Database, lines: Lines, closing: Callable[[Connection, About], None], *, replace: bool = False) -> About:
    """Bring a backup into an empty database, up to this release, and `closing` after it: one transaction.

    Whatever stops it, the database is as it was before. With `replace` the tables of ours that are there go in the same step.

    Raises:
        BackupBroken, NotEmpty, and whatever reading the lines raises.
    """
    with migrate.alone(database) as connection:
        _clear(connection, replace=replace)
        backup = _Walk(lines)
        command.upgrade(migrate.config(connection), backup.revision)
        _insert(connection, backup, is_sqlite=database.is_sqlite)
        about = backup.about()
        command.upgrade(migrate.config(connection), "head")
        closing(connection, about)
    return about


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of one table."""

    table: str
    columns: tuple[str, ...]
    rows: list[list[Any]]


class _Walk:
    """The parts of a backup in their order; `about` is known once it was walked to the end."""

    def __init__(self, lines: Lines):
        self._lines = iter(lines)
        first = next(self._lines, {})
        if first.get("backup") != FORM:
            raise BackupBroken("it is not a backup of a form that this release knows")
        try:
            self._made_at = datetime.fromisoformat(str(first["made_at"]))
            self.revision = str(first["revision"])
            self._facts: Mapping[str, Any] = dict(first["facts"])
        except (KeyError, ValueError, TypeError):
            raise BackupBroken("its first line is incomplete") from None
        if not migrate.knows(self.revision):
            raise BackupBroken("it was made by a newer release")
        self._seen: dict[str, Digest] = {}
        self._manifest: Mapping[str, Any] | None = None

    def __iter__(self) -> Iterator[_Part]:
        table = ""
        columns: tuple[str, ...] = ()
        for line in self._lines:
            if self._manifest is not None:
                raise BackupBroken("something follows its manifest")
            if "table" in line:
                table, columns = str(line["table"]), tuple(map(str, line.get("columns", ())))
                if table in self._seen:
                    raise BackupBroken("a table stands in it twice")
                self._seen[table] = Digest()
            elif "rows" in line and table:
                yield self._part(table, columns, line["rows"])
            elif "manifest" in line:
                self._manifest = line["manifest"]
            else:
                raise BackupBroken("a line stands in the wrong place")

    def about(self) -> About:
        found = {name: digest.described() for name, digest in self._seen.items()}
        if not isinstance(self._manifest, dict) or self._manifest.keys() != found.keys():
            raise BackupBroken("its manifest is missing or names other tables")
        for name, said in self._manifest.items():
            if said["rows"] != found[name]["rows"] or not hmac.compare_digest(str(said["sha256"]), found[name]["sha256"]):
                raise BackupBroken("its manifest does not agree with its rows")
        return About(self._made_at, self.revision, self._facts, {name: one.count for name, one in self._seen.items()})

    def _part(self, table: str, columns: tuple[str, ...], rows: Any) -> _Part:
        if not isinstance(rows, list) or any(not isinstance(row, list) or len(row) != len(columns) for row in rows):
            raise BackupBroken("a row does not fit its table")
        self._seen[table].see(rows)
        return _Part(table, columns, rows)


def _clear(connection: Connection, *, replace: bool) -> None:
    there = set(inspect(connection).get_table_names())
    if there - {VERSIONS} - Base.metadata.tables.keys():
        raise NotEmpty("it holds tables that are not ours")
    found = MetaData()
    found.reflect(connection)
    tables = [table for table in found.sorted_tables if table.name != VERSIONS]
    full = any(connection.execute(select(literal(1)).select_from(table).limit(1)).first() for table in tables)
    if full and not replace:
        raise NotEmpty("it is not empty")
    found.drop_all(connection)


def _insert(connection: Connection, backup: _Walk, *, is_sqlite: bool) -> None:
    tables = {table.name: table for table in tables_of(connection)}
    for part in backup:
        table = tables.get(part.table)
        if table is None or not set(part.columns) <= set(table.columns.keys()):
            raise BackupBroken("it has a table or a column that its revision does not have")
        rows = [
            {name: read(value, is_sqlite=is_sqlite) for name, value in zip(part.columns, row, strict=True)} for row in part.rows
        ]
        if rows:
            connection.execute(insert(table), rows)

"""A backup of one instant of the database, while it is at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, select

from broker.storage.backup.rows import BackupBroken, Digest, line_of, written
from broker.storage.database import Database

FORM: Final = 1
VERSIONS: Final = "alembic_version"
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Contents:
    """What the caller says of a backup: `facts` reads what the first line is to tell, on the connection of the backup, so of the
    same instant; the rows of `left_out` stay behind."""

    made_at: datetime
    facts: Callable[[Connection], Mapping[str, Any]]
    left_out: frozenset[str]


def backup_lines(database: Database, contents: Contents) -> Iterator[bytes]:
    """The lines of a backup; nothing that is committed after the first one is in it.

    One transaction reads it all. SQLite's WAL and PostgreSQL's REPEATABLE READ both show it one instant and stop no writer.

    Raises:
        BackupBroken: the database has no tables of ours.
    """
    with _instant(database) as connection, connection.begin():
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None:
            raise BackupBroken("the database has no tables")
        about = {"made_at": contents.made_at.isoformat(), "revision": revision, "facts": dict(contents.facts(connection))}
        yield line_of({"backup": FORM, **about})
        manifest = {}
        for table in tables_of(connection):
            if table.name in contents.left_out:
                continue
            digest = Digest()
            yield line_of({"table": table.name, "columns": [column.name for column in table.columns]})
            for rows in _batches(connection, table):
                digest.see(rows)
                yield line_of({"rows": rows})
            manifest[table.name] = digest.described()
        yield line_of({"manifest": manifest})


def tables_of(connection: Connection) -> list[Table]:
    """The tables as they are, those first that others refer to; the one of the migrations is none of them."""
    found = MetaData()
    found.reflect(connection, resolve_fks=False)
    return [table for table in found.sorted_tables if table.name != VERSIONS]


def _instant(database: Database) -> Connection:
    connection = database.engine.connect()
    if database.is_sqlite:
        return connection
    return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _batches(connection: Connection, table: Table) -> Iterator[list[list[Any]]]:
    # The option belongs to the statement: on the connection it would outlive this table.
    rows = connection.execute(select(table).execution_options(yield_per=_BATCH))
    for batch in rows.partitions():
        yield [[written(value) for value in row] for row in batch]

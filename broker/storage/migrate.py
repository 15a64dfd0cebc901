"""Moves a database along the history of its tables. Alembic is configured here, in code; there is no ini file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from broker.storage.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"
# Any number, as long as nobody else in this database locks the same one.
_LOCK = text("SELECT pg_advisory_xact_lock(4073180226)")


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables to a revision, in one transaction; a second process waits and then finds nothing to do."""
    with alone(database) as connection:
        command.upgrade(config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to a revision, or to "base" where there are none."""
    with alone(database) as connection:
        command.downgrade(config(connection), revision)


def current(database: Database) -> str | None:
    """The revision of the tables; None where no migration has run."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision this program knows; None while there is none."""
    return ScriptDirectory(str(_SCRIPTS)).get_current_head()


def knows(revision: str) -> bool:
    """Whether this program can bring tables to that revision and on from there."""
    return revision in {script.revision for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()}


def config(connection: Connection) -> Config:
    """Alembic's configuration for one connection."""
    made = Config()
    # Alembic reads the value with % expansion.
    made.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


@contextmanager
def alone(database: Database) -> Iterator[Connection]:
    """A transaction that no other migration can run beside."""
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            with connection.begin():
                connection.execute(_LOCK)
                yield connection
            return
        # While a table is made anew, rows of others do not find theirs in it. Inside a transaction the pragma would do nothing.
        _raw(connection, "PRAGMA foreign_keys=OFF")
        try:
            with connection.execution_options(begin_immediate=True).begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise RuntimeError("the migration leaves rows that point nowhere; nothing was changed")
        finally:
            _raw(connection, "PRAGMA foreign_keys=ON")


def _raw(connection: Connection, statement: str) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()

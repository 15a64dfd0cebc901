"""A database with its tables, as a test of a room needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy import text

from broker.storage.columns import Base
from broker.storage.database import Database
from broker.storage.migrate import upgrade
from broker.storage.settings import StorageSettings
from tests.support.servers import new_postgres_database, once_a_run


def open_database(url: str) -> tuple[Flask, Database]:
    """A bare application and its database; the caller pushes a context and closes the database."""
    app = Flask("test")
    return app, Database(app, StorageSettings(url=url, pool_size=16))


@contextmanager
def database_at(url: str) -> Iterator[Database]:
    """A database with the tables of every room imported so far, inside an application context; empty again afterwards."""
    is_made = _are_made(url)
    app, database = open_database(url)
    with app.app_context():
        if not is_made:
            Base.metadata.create_all(database.engine)
            _made().add((url, frozenset(Base.metadata.tables)))
        try:
            yield database
        finally:
            if not database.is_sqlite:
                _empty(database)
    database.close()


def _are_made(url: str) -> bool:
    """Whether all tables are there. A new file begins as a copy of one with all tables; writing them costs ten times as much."""
    if not url.startswith("sqlite:///"):
        return (url, frozenset(Base.metadata.tables)) in _made()
    file = Path(url.removeprefix("sqlite:///"))
    if is_new := not file.exists():
        file.write_bytes(_file_with_tables(frozenset(Base.metadata.tables)))
    return is_new


@cache
def _made() -> set[tuple[str, frozenset[str]]]:
    """PostgreSQL databases of this process, with the tables that have been made in them."""
    return set()


@cache
def _file_with_tables(_names: frozenset[str]) -> bytes:
    with TemporaryDirectory() as folder:
        app, database = open_database(f"sqlite:///{folder}/tables.sqlite")
        with app.app_context():
            Base.metadata.create_all(database.engine)
        # The last connection to close brings everything from the journal into the one file.
        database.close()
        return Path(folder, "tables.sqlite").read_bytes()


def upgraded(settings: StorageSettings) -> None:
    """What `broker db upgrade` does."""
    app = Flask("tables")
    database = Database(app, settings)
    with app.app_context():
        upgrade(database)
    # The last connection to close brings everything from the journal into the one file.
    database.close()


@cache
def upgraded_file() -> bytes:
    """An SQLite file with the tables as the migrations make them."""
    with TemporaryDirectory() as folder:
        upgraded(StorageSettings(url=f"sqlite:///{folder}/tables.sqlite"))
        return Path(folder, "tables.sqlite").read_bytes()


def upgraded_template() -> str:
    """The name of a PostgreSQL database with the tables as the migrations make them, for the whole run."""
    with once_a_run("upgraded") as is_first:
        if is_first:
            upgraded(StorageSettings(url=new_postgres_database("upgraded")))
    return "upgraded"


def _empty(database: Database) -> None:
    """Only what holds rows, row by row: TRUNCATE makes new files for every table and index."""
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in Base.metadata.tables)
    with database.engine.begin() as connection:
        # All that refers to one another goes at once, so nothing needs to be looked up.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for name in connection.execute(text(asked)).scalars().all():
            connection.execute(text(f'DELETE FROM "{name}"'))

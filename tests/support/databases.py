"""A database with its tables, as a test of a room needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import text

from broker.storage.columns import Base
from broker.storage.database import Database
from broker.storage.settings import StorageSettings


def open_database(url: str) -> tuple[Flask, Database]:
    """A bare application and its database; the caller pushes a context and closes the database."""
    app = Flask("test")
    return app, Database(app, StorageSettings(url=url, pool_size=16))


@contextmanager
def database_at(url: str) -> Iterator[Database]:
    """A database with the tables of every room imported so far, inside an application context; empty again afterwards."""
    app, database = open_database(url)
    with app.app_context():
        Base.metadata.create_all(database.engine)
        try:
            yield database
        finally:
            if not database.is_sqlite:
                _empty(database)
    database.close()


def _empty(database: Database) -> None:
    names = ", ".join(f'"{name}"' for name in Base.metadata.tables)
    with database.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} CASCADE"))

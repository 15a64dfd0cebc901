"""The engine, its sessions and the unit of work: the only place that begins and commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from broker.storage.settings import StorageSettings


class Database:
    """One database, SQLite or PostgreSQL.

    Reads use `session` (a session per application context). Every change happens inside `work()`.
    """

    def __init__(self, app: Flask, settings: StorageSettings):
        self._settings = settings
        url = _normal_url(settings.url)
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite and (file := make_url(url).database):
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        self._url = url
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = self._engine_options()
        self._extension = SQLAlchemy(app, session_options={"autoflush": False, "expire_on_commit": False})
        with app.app_context():
            self.engine: Engine = self._extension.engine
        self._prepare(self.engine, explicit_begin=True)

    @property
    def session(self) -> Session:
        """The session of the current application context, for reads."""
        return self._extension.session()

    @contextmanager
    def work(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises. An inner block joins the outer one.

        On SQLite the write lock is taken at the start, so that a transaction never fails half-way for want of it.
        """
        session = self.session
        if session.info.get("at_work"):
            yield session
            return
        # A read snapshot taken earlier in the request must not become the base of a change.
        session.rollback()
        session.info["at_work"] = True
        try:
            if self.is_sqlite:
                session.connection(execution_options={"begin_immediate": True})
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info["at_work"] = False

    @property
    def at_work(self) -> bool:
        """Whether the current application context is inside `work()`."""
        return bool(self.session.info.get("at_work"))

    def autocommit_engine(self) -> Engine:
        """A second engine whose every statement is its own transaction; for short-lived state."""
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT", **self._engine_options())
        self._prepare(engine, explicit_begin=False)
        return engine

    def answers(self) -> bool:
        """Whether the database answers a trivial question now; never raises."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def _engine_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"pool_size": self._settings.pool_size, "max_overflow": self._settings.pool_size}
        if self.is_sqlite:
            options["connect_args"] = {
                "timeout": self._settings.busy_timeout.total_seconds(),
                "check_same_thread": False,
            }
        else:
            options["pool_pre_ping"] = True
        return options

    def _prepare(self, engine: Engine, *, explicit_begin: bool) -> None:
        if not self.is_sqlite:
            return
        event.listen(engine, "connect", _prepare_sqlite)
        if explicit_begin:
            event.listen(engine, "begin", _begin_sqlite)


def _normal_url(url: str) -> str:
    if url.startswith("postgresql://"):
        return url.replace("postgresql://", "postgresql+psycopg://", 1)
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        # Flask-SQLAlchemy would put a relative file into the instance folder; we mean the working directory.
        return "sqlite:///" + str(Path(url.removeprefix("sqlite:///")).absolute())
    return url


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin by itself: we say BEGIN or BEGIN IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # NORMAL survives kill -9 of any process; only a power cut can lose the last commits (docs/decisions).
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("begin_immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

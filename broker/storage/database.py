"""The engine, its sessions and the unit of work: the only place that begins and commits."""

from __future__ import annotations

import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, g, has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from broker.storage.hot import run
from broker.storage.settings import StorageSettings
from broker.storage.silence import DatabaseSilent, tell_silence


class Database:
    """One database, SQLite or PostgreSQL. Flask-SQLAlchemy keeps the engine; statements are Core, never the unit-of-work ORM.

    Reads use `session`; every change happens inside `work()`. Both need a Flask application context and belong to it. Either may
    raise DatabaseSilent when the database does not answer in time.
    """

    def __init__(self, app: Flask, settings: StorageSettings):
        self._settings = settings
        # At DEBUG the library writes down every row it reads, whether or not the parameters are hidden.
        logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
        url = _normal_url(settings.url)
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite and (file := make_url(url).database):
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        self._url = url
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = self._engine_options()
        self._extension = SQLAlchemy(app)
        with app.app_context():
            self.engine: Engine = self._extension.engine
        self._engines = [self.engine]
        self._prepare(self.engine, explicit_begin=True)
        self._reading_engine = self.autocommit_engine()
        self._idle_readers: deque[Connection] = deque(maxlen=settings.pool_size)
        self._idle_writers: deque[Connection] = deque(maxlen=settings.pool_size)
        app.teardown_appcontext(_let_go)

    @property
    def session(self) -> Connection:
        """The connection of this application context: the transaction inside `work()`, else one statement at a time."""
        held = _held(self)
        if held.writer is not None:
            return held.writer
        if held.reader is None:
            held.reader = self._reader()
        return held.reader

    @contextmanager
    def work(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises. An inner block joins the outer one.

        On SQLite the write lock is taken at the start, so that a transaction never fails half-way for want of it.
        """
        held = _held(self)
        if held.writer is not None:
            yield held.writer
            return
        connection, is_committed = self._writer(), False
        held.writer, held.last, held.then = connection, [], []
        try:
            with connection.begin():
                yield connection
                for last in held.last:
                    last()
            is_committed = True
        finally:
            held.writer = None
            self._give_back(connection, self._idle_writers if is_committed else None)
        for then in held.then:
            then()

    def before_commit(self, last: Callable[[], None]) -> None:
        """Run `last` at the very end of the running unit of work, inside its transaction; if it raises, all is rolled back."""
        _held(self).last.append(last)

    def after_commit(self, then: Callable[[], None]) -> None:
        """Run `then` once the running unit of work is committed; never if it is rolled back."""
        _held(self).then.append(then)

    @property
    def at_work(self) -> bool:
        """Whether the current application context is inside `work()`."""
        return has_app_context() and _held(self).writer is not None

    @contextmanager
    def autocommitting(self) -> Iterator[Connection]:
        """A connection whose every statement is its own transaction: this context's reader, or one of its own outside any."""
        if has_app_context():
            yield self.session
            return
        connection = self._reader()
        try:
            yield connection
        finally:
            self._give_back(connection, self._idle_readers)

    def autocommit_engine(self) -> Engine:
        """Another engine whose every statement is its own transaction; for reads and for short-lived state."""
        # Nothing is ever open on these connections, so there is nothing to roll back when one is given back.
        options = self._engine_options() | {"pool_reset_on_return": None}
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT", **options)
        self._prepare(engine, explicit_begin=False)
        self._engines.append(engine)
        return engine

    def close(self) -> None:
        """Close every idle connection; for the end of a program or a test, and before a fork."""
        for idle in (self._idle_readers, self._idle_writers):
            while idle:
                idle.pop().close()
        for engine in self._engines:
            engine.dispose()

    def answers(self) -> bool:
        """Whether the database answers a trivial question now; never raises."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def _reader(self) -> Connection:
        return _taken(self._idle_readers) or _connected(self._reading_engine)

    def _writer(self) -> Connection:
        found = _taken(self._idle_writers) or _connected(self.engine)
        return found.execution_options(begin_immediate=True) if self.is_sqlite else found

    def _give_back(self, connection: Connection, idle: deque[Connection] | None) -> None:
        """Lay a connection to the file aside as it is: taking it apart and putting it together again is a tenth of a hot request.

        One to a server goes back to the pool, which asks whether it still lives before it is used again. So does one whose unit
        of work has failed.
        """
        if idle is None or not self.is_sqlite or connection.closed or connection.invalidated or len(idle) == idle.maxlen:
            connection.close()
            return
        if connection.in_transaction():
            connection.rollback()
        idle.append(connection)

    def _engine_options(self) -> dict[str, Any]:
        # Parameters may hold personal data, and an exception's text ends in a log.
        size = self._settings.pool_size
        options: dict[str, Any] = {"hide_parameters": True, "pool_size": size, "max_overflow": size}
        limit = self._settings.answer_within
        if self.is_sqlite:
            options["connect_args"] = {
                "timeout": self._settings.busy_timeout.total_seconds(),
                "check_same_thread": False,
            }
        else:
            options["pool_pre_ping"] = True
            if limit:
                options["pool_timeout"] = limit.total_seconds()
                options["connect_args"] = {"options": _with_limit(self._url, limit)}
        return options

    def _prepare(self, engine: Engine, *, explicit_begin: bool) -> None:
        tell_silence(engine)
        if not self.is_sqlite:
            return
        event.listen(engine, "connect", _prepare_sqlite)
        if explicit_begin:
            event.listen(engine, "begin", _begin_sqlite)


@dataclass
class _Held:
    """The connections one application context has open on one database."""

    database: Database
    reader: Connection | None = None
    writer: Connection | None = None
    last: list[Callable[[], None]] = field(default_factory=list)
    then: list[Callable[[], None]] = field(default_factory=list)


def _held(database: Database) -> _Held:
    # What `g` stands for, asked once: this is the busiest question of the house.
    here = g._get_current_object()
    kept: dict[int, _Held] | None = here.get("storage_held")
    if kept is None:
        kept = here.storage_held = {}
    held = kept.get(id(database))
    if held is None:
        held = kept[id(database)] = _Held(database)
    return held


def _let_go(_error: BaseException | None) -> None:
    for held in g.pop("storage_held", {}).values():
        if held.reader is not None:
            held.database._give_back(held.reader, held.database._idle_readers)


def _taken(idle: deque[Connection]) -> Connection | None:
    try:
        return idle.pop()
    except IndexError:
        return None


def _connected(engine: Engine) -> Connection:
    """A connection of the pool; when all are at work for too long, the database does not answer either."""
    try:
        return engine.connect()
    except PoolTimeout as error:
        raise DatabaseSilent("no connection to the database is free") from error


def _with_limit(url: str, limit: timedelta) -> str:
    """What libpq tells the server at the start of a connection: what the address asks for, and how long a statement may take."""
    asked = make_url(url).query.get("options", "")
    words = (asked,) if isinstance(asked, str) else asked
    return " ".join((*words, "-c", f"statement_timeout={limit // timedelta(milliseconds=1)}")).strip()


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
    # NORMAL survives kill -9 of any process; only a power cut can lose the last commits (docs/decisions/0006).
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("begin_immediate", False)
    run(connection, "BEGIN IMMEDIATE" if immediate else "BEGIN", ()).close()

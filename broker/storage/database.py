"""The engine, its sessions and the unit of work: the only place that begins and commits."""

from __future__ import annotations

import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from flask import Flask, g, has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from broker.storage import file
from broker.storage.hot import run
from broker.storage.settings import StorageSettings
from broker.storage.silence import DatabaseSilent, tell_silence
from broker.storage.work import FileTransaction, Held, Transaction, Work

# The option of a connection to the file that SQLAlchemy is not to begin anything on.
_STANDS_ALONE = "stands_alone"
_NUMBERS = count()


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
        if self.is_sqlite and (path := make_url(url).database):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._url = url
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = self._engine_options()
        teardowns = list(app.teardown_appcontext_funcs)
        self._extension = SQLAlchemy(app)
        # The extension would look at the end of each request whether its own ORM session was used. Nobody here uses it.
        app.teardown_appcontext_funcs[:] = teardowns
        with app.app_context():
            self.engine: Engine = self._extension.engine
        self._engines = [self.engine]
        self._prepare(self.engine)
        # SQLite needs no second connection for reading: one that has just written has the pages at hand that are read next.
        self._reading_engine = self.engine if self.is_sqlite else self._autocommit_engine()
        self._idle: deque[Connection] = deque(maxlen=settings.pool_size)
        self._turn = Lock()
        # Never the place of another that has gone: what it left in a context would be taken for ours.
        self._place = f"storage_{next(_NUMBERS)}"
        app.teardown_appcontext(self._let_go)

    @property
    def session(self) -> Connection:
        """The connection of this application context: the transaction inside `work()`, else one statement at a time."""
        held = self.held()
        if held.writer is not None:
            return held.writer
        if held.reader is None:
            held.reader = self._reader()
        return held.reader

    def work(self) -> AbstractContextManager[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises. An inner block joins the outer one.

        On SQLite the write lock is taken at the start, so that a transaction never fails half-way for want of it.
        """
        return Work(self)

    def before_commit(self, last: Callable[[], None]) -> None:
        """Run `last` at the very end of the running unit of work, inside its transaction; if it raises, all is rolled back."""
        self.held().last.append(last)

    def gather(self, last: Callable[[list[Any]], None], one: object) -> None:
        """Add `one` to the list that `last` gets at the very end of the running unit of work, as by `before_commit`."""
        held = self.held()
        gathered = held.gathered.get(last)
        if gathered is None:
            gathered = held.gathered[last] = []
            held.last.append(partial(_hand_over, held, last))
        gathered.append(one)

    def after_commit(self, then: Callable[[], None]) -> None:
        """Run `then` once the running unit of work is committed; never if it is rolled back."""
        self.held().then.append(then)

    @property
    def at_work(self) -> bool:
        """Whether the current application context is inside `work()`."""
        return has_app_context() and self.held().writer is not None

    def autocommitting(self) -> AbstractContextManager[Connection]:
        """A connection whose every statement is its own transaction: this context's reader, or one of its own outside any."""
        return nullcontext(self.session) if has_app_context() else self._lent()

    def held(self) -> Held:
        """What the running application context holds of this database."""
        # What `g` stands for, asked once: this is the busiest question of the house.
        here = g._get_current_object()
        held: Held | None = here.get(self._place)
        if held is None:
            held = Held()
            setattr(here, self._place, held)
        return held

    def begin(self) -> tuple[Connection, Transaction]:
        """A connection for a unit of work, in a transaction that was just begun. For `work()`."""
        if self.is_sqlite:
            connection = self.session
            return connection, FileTransaction(connection, self._turn, self._settings.busy_timeout.total_seconds())
        connection = _connected(self.engine)
        try:
            return connection, connection.begin()
        except BaseException:
            connection.close()
            raise

    def take_back(self, connection: Connection, is_committed: bool) -> None:
        """The connection of a unit of work that is over; one that failed is taken apart. For `work()`."""
        if is_committed and self.is_sqlite:
            return
        held = self.held()
        if held.reader is connection:
            held.reader = None
        connection.close()

    def close(self) -> None:
        """Close every idle connection; for the end of a program or a test, and before a fork."""
        while self._idle:
            self._idle.pop().close()
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

    def _autocommit_engine(self) -> Engine:
        """Another engine whose every statement is its own transaction; for reads and for short-lived state."""
        # Nothing is ever open on these connections, so there is nothing to roll back when one is given back.
        options = self._engine_options() | {"pool_reset_on_return": None}
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT", **options)
        self._prepare(engine)
        self._engines.append(engine)
        return engine

    def _reader(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            connection = _connected(self._reading_engine)
            return connection.execution_options(**{_STANDS_ALONE: True}) if self.is_sqlite else connection

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        connection = self._reader()
        try:
            yield connection
        finally:
            self._give_back(connection)

    def _give_back(self, connection: Connection) -> None:
        """Lay a connection to the file aside as it is: taking it apart and putting it together again is a tenth of a hot request.

        One to a server goes back to the pool, which asks whether it still lives before it is used again.
        """
        idle = self._idle
        if not self.is_sqlite or connection.closed or connection.invalidated or len(idle) == idle.maxlen:
            connection.close()
            return
        if connection.in_transaction():
            connection.rollback()
        idle.append(connection)

    def _let_go(self, _error: BaseException | None) -> None:
        held: Held | None = g.pop(self._place, None)
        if held is not None and held.reader is not None:
            self._give_back(held.reader)

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

    def _prepare(self, engine: Engine) -> None:
        tell_silence(engine)
        if self.is_sqlite:
            # Not by a method: the pool outlives whoever lays connections aside, and would hold him, and he them, for ever.
            event.listen(engine, "connect", _preparing(self._settings.busy_timeout.total_seconds()))
            event.listen(engine, "begin", _begin_sqlite)


def _preparing(busy_seconds: float) -> Callable[[sqlite3.Connection, object], None]:
    return lambda connection, _record: file.prepare(connection, busy_seconds)


def _hand_over(held: Held, last: Callable[[list[Any]], None]) -> None:
    # Whatever comes later in this unit of work is gathered anew.
    last(held.gathered.pop(last))


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


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(_STANDS_ALONE, False):
        run(connection, "BEGIN IMMEDIATE" if options.get("begin_immediate", False) else "BEGIN", ()).close()

"""One unit of work: the outermost block begins and ends it, an inner one joins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Any, Protocol

from sqlalchemy import Connection

from broker.storage.hot import begin, commit, roll_back
from broker.storage.silence import DatabaseSilent


class Transaction(Protocol):
    """What a unit of work asks of its transaction."""

    def commit(self) -> None:
        """Make it last."""

    def close(self) -> None:
        """Undo it, unless it was committed."""


@dataclass(slots=True)
class Held:
    """The connections one application context has open on one database. `writer` is there while it is at work."""

    reader: Connection | None = None
    writer: Connection | None = None
    last: list[Callable[[], None]] = field(default_factory=list)
    then: list[Callable[[], None]] = field(default_factory=list)
    gathered: dict[Callable[[list[Any]], None], list[Any]] = field(default_factory=dict)


class Lender(Protocol):
    """What a unit of work asks of its database."""

    def held(self) -> Held:
        """What the running application context holds."""

    def begin(self) -> tuple[Connection, Transaction]:
        """A connection for a unit of work, in a transaction that was just begun."""

    def take_back(self, connection: Connection, is_committed: bool) -> None:
        """The connection of a unit of work that is over."""


class FileTransaction:
    """A transaction on the connection that also reads, as SQLite has it: reads go on with the pages that are at hand already.

    It is said in SQL, not by `Connection.begin`: to SQLAlchemy each statement of this connection stands alone.
    """

    __slots__ = ("_connection", "_turn")

    def __init__(self, connection: Connection, turn: Lock, patience: float):
        """Waits for its turn among the threads of this process, then for other processes; `patience` is in seconds, for each.

        Raises DatabaseSilent when either takes longer.
        """
        # Threads that wait for the file itself sleep and look again, ever longer; those that wait for a turn are woken.
        if not turn.acquire(timeout=patience):
            raise DatabaseSilent("the database is written to by others for too long")
        self._connection, self._turn = connection, turn
        try:
            # The write lock is taken now, so that a transaction never fails half-way for want of it.
            begin(connection)
        except BaseException:
            turn.release()
            raise

    def commit(self) -> None:
        commit(self._connection)
        self._turn.release()

    def close(self) -> None:
        try:
            roll_back(self._connection)
        finally:
            self._turn.release()


class Work:
    """A class, not a generator: this is entered three times in a refresh."""

    __slots__ = ("_held", "_lender", "_transaction")

    def __init__(self, lender: Lender):
        self._lender = lender
        self._held: Held | None = None

    def __enter__(self) -> Connection:
        held = self._lender.held()
        if held.writer is not None:
            return held.writer
        connection, self._transaction = self._lender.begin()
        self._held, held.writer, held.last, held.then, held.gathered = held, connection, [], [], {}
        return connection

    def __exit__(self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        held = self._held
        if held is None:
            return
        is_committed = False
        try:
            if kind is None:
                for last in held.last:
                    last()
                self._transaction.commit()
                is_committed = True
        finally:
            self._end(held, is_committed)
        if is_committed:
            for then in held.then:
                then()

    def _end(self, held: Held, is_committed: bool) -> None:
        connection, held.writer = held.writer, None
        try:
            if not is_committed:
                self._transaction.close()
        finally:
            if connection is not None:
                self._lender.take_back(connection, is_committed)

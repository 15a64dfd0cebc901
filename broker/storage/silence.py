"""When a database does not answer in time, whatever the driver calls it: one exception for the rooms that know no driver."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

# SQLSTATE classes (PostgreSQL, appendix A): the connection is gone, no room for one more, stopped by an operator or a limit.
_CLASSES: Final = ("08", "53", "57")
_LOCK_NOT_AVAILABLE: Final = "55P03"
# The low byte of SQLite's extended codes (sqlite.org/rescode.html): somebody else holds the lock.
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class DatabaseSilent(SQLAlchemyError):
    """The database did not answer in time; trying again later is right.

    Nothing of the running unit of work has happened, unless it was the answer to its commit that got lost.
    """


def tell_silence(engine: Engine) -> None:
    """Make every statement and every new connection of this engine raise DatabaseSilent where the database did not answer."""
    event.listen(engine, "handle_error", _tell, retval=True)


def _tell(context: ExceptionContext) -> DatabaseSilent | None:
    # A ping that fails is how the pool finds out that a connection is gone; it opens another one.
    if context.is_pre_ping or not _is_silence(context.sqlalchemy_exception):
        return None
    return DatabaseSilent("the database did not answer in time")


def _is_silence(error: object) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return (error.orig.sqlite_errorcode or 0) & 0xFF in _BUSY
    state: str | None = getattr(error.orig, "sqlstate", None)
    # Without a state nobody has answered at all.
    return state is None or state.startswith(_CLASSES) or state == _LOCK_NOT_AVAILABLE

"""How a connection to SQLite's file is set up."""

from __future__ import annotations

import sqlite3
from threading import Event
from typing import Final

from broker.foundation.outside import monotonic

_LOOK_AGAIN: Final = 0.01  # seconds


def prepare(connection: sqlite3.Connection, patience: float) -> None:
    """Make a new connection of the driver ours: a journal of its own (WAL), foreign keys, and transactions only where we say so.

    `patience` is in seconds. Raises sqlite3.OperationalError when the file stays busy for longer than that.
    """
    # The driver must not begin by itself: we say BEGIN or BEGIN IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    _keep_journal(cursor, monotonic() + patience)
    # NORMAL survives kill -9 of any process; only a power cut can lose the last commits (docs/decisions/0006).
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _keep_journal(cursor: sqlite3.Cursor, deadline: float) -> None:
    # SQLite does not wait by itself here: of processes that make a new file together, all but one would fail at once.
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if (error.sqlite_errorcode & 0xFF) != sqlite3.SQLITE_BUSY or monotonic() >= deadline:
                raise
            Event().wait(_LOOK_AGAIN)
        else:
            return

"""Watches every transaction of the house: whoever changes a table of the business without an event in it is found out."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

# Tables whose changes are no business of an auditor's, each with its reason. All else needs an event in the same transaction.
TECHNICAL: Final = {
    "audit_entry": "the journal itself",
    "audit_head": "the journal itself",
    "audit_alias": "the journal itself",
    "short_lived": "attempts, codes and form keys: what comes of them is an event",
    "letter": "a letter waits: message.sent or message.given_up says what became of it",
    "key_fetch": "evidence of who fetched our keys, written by a round a minute later",
    "key_follower": "evidence of who reads what we sign, as key_fetch",
    "try_count": "how often somebody guessed: the limit that it leads to is an event or a page",
}
# What may change in a table without an event, by the function that does it, each with its reason.
QUIET: Final = {
    "broker/sessions/store.py:_note_seen": "when a session was last seen: its owner's page says so, nothing is decided by it",
    "broker/sessions/store.py:note_client": "a service may ask for tokens of a session: that it got them is tokens.issued",
    "broker/cases/store.py:see_again": "a case that is seen again: the refusal itself is login.refused",
    "broker/directory/invitations_store.py:advance": "a step within the wizard: its first and its last one are events",
    "broker/provider/signalling/desk.py:fetch": "a service that fetches signals says which it has",
    "broker/storage/leases.py:": "whose turn it is to send something, and when: that it was sent or given up is an event",
    "broker/provisioning/tokens_store.py:note_used": "when a diary last used its token",
    "broker/storage/migrate.py:": "tables are brought up to a release: what rows mean stays what it was",
    "broker/first_keys.py:make_keys": "the first keys are told of right after: an event about no key would be worse",
}
# Where the product begins: a request from the street, a round of a worker, a command. What a test does by hand is not watched.
ENTRANCES: Final = (
    "broker/app.py", "broker/doors.py", "broker/chores.py", "broker/messages/rounds.py", "broker/console/cli/main.py",
)  # fmt: skip
_CHANGE = re.compile(r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE(?!\s+SET\b)|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)
_KEY = "journaled_changes"


class Watcher:
    """`found` says what was changed and by whom, for every change of the product that nobody was told of."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def statement(self, connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        # A change of no row is none; drivers say -1 where they do not know.
        if statement.startswith("SELECT") or cursor.rowcount == 0:
            return
        kept: dict[str, str] = connection.info.setdefault(_KEY, {})
        for table in set(_CHANGE.findall(statement)) - kept.keys():
            kept[table] = "" if table in TECHNICAL else _who()
        # Outside a unit of work every statement is its own transaction: there is no event in it.
        if _stands_alone(connection):
            self.committed(connection)

    def committed(self, connection: Connection) -> None:
        kept: dict[str, str] = connection.info.pop(_KEY, {})
        if "audit_entry" not in kept:
            self.found += [f"{table} by {who}" for table, who in kept.items() if who and not _is_quiet(who)]

    def forgotten(self, connection: Connection) -> None:
        # What a lost connection held is gone with it, and it cannot be asked any more.
        if not connection.invalidated:
            connection.info.pop(_KEY, None)


def _stands_alone(connection: Connection) -> bool:
    raw = connection.connection.dbapi_connection
    if isinstance(raw, sqlite3.Connection):
        return not raw.in_transaction
    return getattr(connection.dialect, "_on_connect_isolation_level", None) == "AUTOCOMMIT"


def _who() -> str:
    """The functions of the product that led here, innermost first; "" when it was a test that did."""
    frame, found, is_ours = sys._getframe(1), [], False
    while frame is not None:
        name = frame.f_code.co_filename
        is_ours = is_ours or name.endswith(ENTRANCES)
        place = max(name.rfind("/broker/"), name.rfind("/keys/"))
        if place >= 0 and "site-packages" not in name:
            found.append(f"{name[place + 1 :]}:{frame.f_code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return " < ".join(found) if is_ours else ""


def _is_quiet(who: str) -> bool:
    return any(place in who for place in QUIET)


@contextmanager
def watching_changes() -> Iterator[Watcher]:
    """Look at every engine of this process."""
    watcher = Watcher()
    listeners = (
        ("after_cursor_execute", watcher.statement),
        ("commit", watcher.committed),
        ("rollback", watcher.forgotten),
    )
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield watcher
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)

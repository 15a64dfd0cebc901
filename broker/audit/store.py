"""The journal's rows: records wait until the unit of work commits, then join the chain under the lock of its head."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, desc, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.audit.aliases_store import Aliases
from broker.audit.copies import copies_of
from broker.audit.entry import GENESIS, Entry, Head, OfClient, Record, chained
from broker.audit.event import Actor
from broker.audit.tables import AuditEntryRow, AuditHeadRow
from broker.foundation.encoding import canonical_json
from broker.storage.database import Database
from broker.storage.hot import Hot

_LOG = logging.getLogger(__name__)
_PAGE = 500

_ENTRIES: Any = AuditEntryRow.__table__
_HEADS: Any = AuditHeadRow.__table__
_HEAD = select(_HEADS.c.seq, _HEADS.c.hash, _HEADS.c.mac).where(_HEADS.c.id == 1)
_LOCKED_HEAD = Hot(_HEAD.with_for_update())
_MOVE_HEAD = update(_HEADS).where(_HEADS.c.id == 1).values({name: bindparam(f"new_{name}") for name in ("seq", "hash", "mac")})
_HOT_MOVE = Hot(_MOVE_HEAD)
_INSERT = Hot(insert(_ENTRIES), _ENTRIES.columns.keys())
_AFTER = select(_ENTRIES).where(_ENTRIES.c.seq > bindparam("after")).order_by(_ENTRIES.c.seq).limit(_PAGE)
_BEFORE = select(_ENTRIES).where(_ENTRIES.c.seq < bindparam("before")).order_by(desc(_ENTRIES.c.seq)).limit(bindparam("count"))
_LAST_SEQ = select(func.max(_ENTRIES.c.seq))
_LAST_OF = select(_ENTRIES).where(_ENTRIES.c.name == bindparam("wanted")).order_by(desc(_ENTRIES.c.seq)).limit(1)
_OF_CLIENT = (
    select(_ENTRIES)
    .where(
        _ENTRIES.c.client_id == bindparam("client"),
        _ENTRIES.c.at >= bindparam("since"),
        _ENTRIES.c.seq < bindparam("before"),
        _ENTRIES.c.name.in_(bindparam("names", expanding=True)),
    )
    .order_by(desc(_ENTRIES.c.seq))
    .limit(bindparam("count"))
)


class JournalStore:
    """`mac_of` gives the hex MAC of a head."""

    def __init__(self, database: Database, aliases: Aliases, mac_of: Callable[[Head], str]):
        self._database = database
        self._aliases = aliases
        self._mac_of = mac_of
        self._made: tuple[Head, str] | None = None
        insert_head = sqlite.insert if database.is_sqlite else postgresql.insert
        self._first_head = insert_head(_HEADS).on_conflict_do_nothing(index_elements=["id"])
        # PostgreSQL writes the entry and moves the head in one round trip; SQLite has no such statement and no round trips.
        entry = insert(_ENTRIES).values({column.name: bindparam(f"entry_{column.name}") for column in _ENTRIES.columns})
        self._insert_and_move = None if database.is_sqlite else Hot(_MOVE_HEAD.add_cte(entry.cte("entry")))

    def enqueue(self, record: Record) -> None:
        """Add a record to the running unit of work.

        The head is locked last, when the work commits: it is then held as shortly as possible, and no two writers can wait
        for each other, whatever else they changed before.

        Raises:
            RuntimeError: there is no unit of work.
        """
        if not self._database.at_work:
            raise RuntimeError("an event is written in the unit of work of the change it tells of")
        self._database.gather(self._write, record)

    def head(self) -> tuple[Head, str] | None:
        """The end of the chain and the MAC it was written with; None when nothing was ever written."""
        row = self._database.session.execute(_HEAD).first()
        return None if row is None else (Head(row.seq, row.hash), row.mac)

    def last_seq(self) -> int:
        """The highest number any entry has, 0 without entries."""
        return int(self._database.session.execute(_LAST_SEQ).scalar() or 0)

    def after(self, seq: int) -> Iterator[Entry]:
        """All entries after a number, in order, read in pages."""
        while rows := self._database.session.execute(_AFTER, {"after": seq}).all():
            yield from map(entry_of, rows)
            seq = rows[-1].seq

    def numbers_of(self, since: datetime | None, until: datetime | None) -> tuple[int, int]:
        """The lowest and the highest number of entries between two instants, both included; (1, 0) without any."""
        asked = select(func.min(_ENTRIES.c.seq), func.max(_ENTRIES.c.seq))
        asked = asked if since is None else asked.where(_ENTRIES.c.at >= since)
        first, last = self._database.session.execute(asked if until is None else asked.where(_ENTRIES.c.at <= until)).one()
        return (first, last) if first is not None else (1, 0)

    def last_of(self, name: str) -> Entry | None:
        """The newest entry of an event."""
        row = self._database.session.execute(_LAST_OF, {"wanted": name}).first()
        return None if row is None else entry_of(row)

    def before(self, seq: int, limit: int) -> tuple[Entry, ...]:
        """The `limit` entries before a number, in order."""
        rows = self._database.session.execute(_BEFORE, {"before": seq, "count": limit}).all()
        return tuple(map(entry_of, reversed(rows)))

    def of_client(self, wanted: OfClient, limit: int) -> tuple[Entry, ...]:
        """What the journal says of a service, newest first."""
        values = {"client": wanted.client_id, "since": wanted.since, "before": wanted.before, "names": list(wanted.names)}
        return tuple(map(entry_of, self._database.session.execute(_OF_CLIENT, values | {"count": limit}).all()))

    def _write(self, records: list[Record]) -> None:
        connection = self._database.session
        known = self._aliases.before_lock(records)
        before, mac_before = self.locked_head()
        rows = [_row(entry) for entry in chained(self._aliases.under_lock(records, known), before)]
        head = Head(rows[-1]["seq"], rows[-1]["hash"])
        moved = {"new_seq": head.seq, "new_hash": head.hash, "new_mac": self._following_mac(head, before, mac_before)}
        if self._insert_and_move is not None and len(rows) == 1:
            self._insert_and_move.change(connection, moved | {f"entry_{name}": value for name, value in rows[0].items()})
            return
        for row in rows:
            _INSERT.change(connection, row)
        _HOT_MOVE.change(connection, moved)

    def _following_mac(self, head: Head, before: Head, mac_before: str) -> str:
        """The MAC of the next head; a wrong MAC stays as it is, so that `verify` finds it for ever.

        Otherwise the next sign-in would put our own MAC on whatever somebody with the database alone had written. People still
        sign in: a journal that was tampered with must not keep the school out.
        """
        # What this process has made itself a moment ago it need not make again to compare.
        is_ours = (before, mac_before) == self._made
        if is_ours or hmac.compare_digest(mac_before.encode("utf-8"), self._mac_of(before).encode("ascii")):
            self._made = head, self._mac_of(head)
            return self._made[1]
        _LOG.error("the end of the journal is not the one we wrote", extra={"seq": before.seq})
        return mac_before

    def locked_head(self) -> tuple[Head, str]:
        """The end of the chain and its MAC, as they stay until the running unit of work ends."""
        connection = self._database.session
        row = _LOCKED_HEAD.first(connection, {})
        if row is None:
            first = Head(0, GENESIS)
            connection.execute(self._first_head, {"id": 1, "seq": 0, "hash": GENESIS, "mac": self._mac_of(first)})
            (row,) = _LOCKED_HEAD.all(connection, {})
        seq, found, mac = row
        return Head(seq, found), mac


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.record.at,
        "name": entry.record.name,
        "actor_kind": entry.record.actor.kind,
        "actor_id": entry.record.actor.id,
        "fields": canonical_json(entry.record.fields).decode("utf-8"),
        "previous": entry.previous,
        "hash": entry.hash,
        **copies_of(entry),
    }


def entry_of(row: Any) -> Entry:
    """A row of the table as an entry; never raises, whatever somebody wrote there."""
    at: datetime = row.at
    return Entry(row.seq, Record(at, row.name, Actor(row.actor_kind, row.actor_id), _fields(row.fields)), row.previous, row.hash)


def _fields(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    # Text that is not exactly what we would have written was not written by us; its hash shall not fit.
    if not isinstance(fields, dict) or canonical_json(fields).decode("utf-8") != text:
        return {"unreadable": text}
    return fields

"""The rows of checkpoints and of the place where the chain begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, desc, exists, func, insert, select, update

from broker.audit.entry import Head
from broker.audit.tables import AuditCheckpointRow, AuditEntryRow, AuditStartRow
from broker.storage.database import Database

_PAGE = 500
_ROWS: Any = AuditCheckpointRow.__table__
_ENTRIES: Any = AuditEntryRow.__table__
_STARTS: Any = AuditStartRow.__table__
_LAST = select(_ROWS).order_by(desc(_ROWS.c.number)).limit(1)
_OF_HOUR = select(exists().where(_ROWS.c.hour == bindparam("wanted")))
_AFTER = (
    select(_ROWS, _ENTRIES.c.hash.label("found"))
    .outerjoin(_ENTRIES, _ENTRIES.c.seq == _ROWS.c.seq)
    .where(_ROWS.c.number > bindparam("after"))
    .order_by(_ROWS.c.number)
    .limit(_PAGE)
)
_BEFORE = select(_ROWS).where(_ROWS.c.at < bindparam("instant")).order_by(desc(_ROWS.c.number)).limit(1)
_FROM_SEQ = select(func.min(_ROWS.c.number)).where(_ROWS.c.seq >= bindparam("first"))
_START = select(_STARTS).where(_STARTS.c.id == 1)


@dataclass(frozen=True, slots=True)
class Written:
    """A checkpoint as it lies in the table: nobody has checked the document yet. `found` is the hash of the entry it is about."""

    number: int
    seq: int
    at: datetime
    unverified_document: str
    found: str | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Where the chain begins: entries up to `head` were removed, as the checkpoint `number` says. `mac` is over `signed`."""

    number: int
    head: Head
    at: datetime
    mac: str

    @property
    def signed(self) -> bytes:
        return start_text(self.number, self.head, self.at)


def start_text(number: int, head: Head, at: datetime) -> bytes:
    """What the MAC of a start is over."""
    return f"{number} {head.seq} {head.hash} {at.timestamp():.6f}".encode()


class CheckpointStore:
    """Reads, and changes inside `Database.work()`."""

    def __init__(self, database: Database):
        self._database = database

    def last(self) -> Written | None:
        """The newest checkpoint."""
        return _written(self._database.session.execute(_LAST).first())

    def last_before(self, at: datetime) -> Written | None:
        """The newest checkpoint that was made before an instant."""
        return _written(self._database.session.execute(_BEFORE, {"instant": at}).first())

    def has_hour(self, hour: str) -> bool:
        """Whether this hour has its checkpoint."""
        return bool(self._database.session.execute(_OF_HOUR, {"wanted": hour}).scalar())

    def first_at_or_after(self, seq: int) -> int | None:
        """The number of the first checkpoint about an entry or a later one."""
        found: int | None = self._database.session.execute(_FROM_SEQ, {"first": seq}).scalar()
        return found

    def after(self, number: int) -> Iterator[Written]:
        """All checkpoints after a number, in order, each with the hash of its entry as it stands there now; read in pages."""
        while rows := self._database.session.execute(_AFTER, {"after": number}).all():
            yield from (Written(row.number, row.seq, row.at, row.document, row.found) for row in rows)
            number = rows[-1].number

    def add(self, written: Written, hour: str | None) -> None:
        """Keep a checkpoint. The database refuses a second one with its number or its hour."""
        row = {"number": written.number, "seq": written.seq, "at": written.at}
        self._database.session.execute(insert(_ROWS).values(row | {"document": written.unverified_document, "hour": hour}))

    def start(self) -> Start | None:
        """Where the chain begins; None while it begins at its beginning."""
        row = self._database.session.execute(_START).first()
        return None if row is None else Start(row.number, Head(row.seq, row.hash), row.at, row.mac)

    def move_start(self, start: Start) -> None:
        """Let the chain begin later. Entries before it do not count from now on."""
        values = {"number": start.number, "seq": start.head.seq, "hash": start.head.hash, "at": start.at, "mac": start.mac}
        moved = self._database.session.execute(update(_STARTS).where(_STARTS.c.id == 1).values(values))
        if moved.rowcount == 0:
            self._database.session.execute(insert(_STARTS).values(values | {"id": 1}))

    def remove_entries(self, through: int, most: int) -> int:
        """Delete at most so many of the oldest entries up to a number; how many went."""
        oldest = self._database.session.execute(select(func.min(_ENTRIES.c.seq))).scalar()
        if oldest is None or oldest > through:
            return 0
        last = min(through, oldest + most - 1)
        return int(self._database.session.execute(delete(_ENTRIES).where(_ENTRIES.c.seq <= last)).rowcount)

    def remove_checkpoints_before(self, number: int) -> int:
        """Delete the checkpoints with lower numbers: they are about entries that are gone."""
        return int(self._database.session.execute(delete(_ROWS).where(_ROWS.c.number < number)).rowcount)


def _written(row: Any) -> Written | None:
    return None if row is None else Written(row.number, row.seq, row.at, row.document)

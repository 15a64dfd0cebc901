"""Walking whole tables: online, in small steps, by whichever worker has time.

A step is one transaction: the rows and how far the job has come are written together. Whoever dies in a step leaves it undone,
and the next one does it again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from broker.audit.catalogue_secrets import TablesRewritten
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.custody.jobs_store import Job, JobStore, Row, cursor_of
from broker.foundation.outside import Outside
from broker.storage.database import Database

# So many rows are read, and at most so many written, in one step: some milliseconds of the write lock of an embedded database.
BATCH = 500
# A worker that has not come back for so long is taken for dead.
_LEASE = timedelta(minutes=1)
_PAUSE_AFTER_BROKEN = timedelta(days=1)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reworked:
    """What became of some rows: what is to be written, and how many do not open."""

    changed: Sequence[tuple[Row, Any]]
    broken: int


class Part(Protocol):
    """One table, or one column of one."""

    @property
    def name(self) -> str: ...
    def total(self) -> int:
        """How many rows there are."""

    def read(self, cursor: str, most: int) -> list[Row]:
        """The next rows behind the cursor, in the order of their key."""

    def rework(self, rows: Sequence[Row]) -> Reworked:
        """What is to be written; touches no database."""

    def write(self, changed: Sequence[tuple[Row, Any]]) -> int:
        """Write what nobody else has written meanwhile; how many. Inside `work()`."""


@dataclass(frozen=True, slots=True)
class WalkTools:
    """What every walk works with."""

    database: Database
    journal: Journal
    outside: Outside


class Walk:
    """The jobs of one kind; one a process."""

    def __init__(self, kind: str, tools: WalkTools, parts: Sequence[Part]):
        self._kind = kind
        self._database, self._journal, self._outside = tools.database, tools.journal, tools.outside
        self._parts: Mapping[str, Part] = {part.name: part for part in sorted(parts, key=lambda one: one.name)}
        self._store = JobStore(tools.database)
        self._me = tools.outside.uuid()

    def begin(self) -> Job:
        """A new round; one that is under way is over. Joins the caller's work."""
        with self._database.work():
            now = self._outside.now()
            self._store.end(self._kind, now)
            total = sum(part.total() for part in self._parts.values())
            job = Job(self._outside.uuid(), self._kind, next(iter(self._parts)), "", 0, 0, 0, total, now, None)
            self._store.add(job)
        return job

    def find(self) -> Job | None:
        """The round that is under way."""
        return self._store.open(self._kind)

    def last(self) -> Job | None:
        """The youngest round, ended or not."""
        return self._store.last(self._kind)

    def ended_since(self, instant: datetime) -> bool:
        """Whether a whole round was begun and ended after this instant."""
        last = self.last()
        return last is not None and last.made_at >= instant and last.ended_at is not None and not last.part

    def may_begin_again(self) -> bool:
        """Not at once after a round that met records which do not open: they will not open in the next one either."""
        last = self.last()
        return last is None or last.broken == 0 or self._outside.now() - last.made_at >= _PAUSE_AFTER_BROKEN

    def step(self) -> bool:
        """One batch, if there is a round and nobody else is at it; whether there is more to do here."""
        job = self._store.open(self._kind)
        if job is None or not self._take(job):
            return False
        part = self._parts.get(job.part)
        if part is None:
            # A release that had another table has begun it.
            return self._write(job, replace(job, part=self._after(job.part), cursor=""), None)
        rows = part.read(job.cursor, BATCH)
        done = part.rework(rows)
        if done.broken:
            _log.error("sealed records do not open, and stay as they are", extra={"part": part.name, "records": done.broken})
        after = replace(job, seen=job.seen + len(rows), broken=job.broken + done.broken)
        if len(rows) < BATCH:
            after = replace(after, part=self._after(job.part), cursor="")
        else:
            after = replace(after, cursor=cursor_of(rows[-1]))
        return self._write(job, after, (part, done.changed))

    def _take(self, job: Job) -> bool:
        now = self._outside.now()
        with self._database.work():
            return self._store.take(job.id, self._me, now, now + _LEASE)

    def _write(self, before: Job, after: Job, done: tuple[Part, Sequence[tuple[Row, Any]]] | None) -> bool:
        """Rows and progress in one transaction."""
        now = self._outside.now()
        try:
            with self._database.work():
                changed = done[0].write(done[1]) if done else 0
                after = replace(after, changed=after.changed + changed, ended_at=None if after.part else now)
                if not self._store.advance(before, after, self._me, now + _LEASE):
                    raise _LeaseLost
                if after.ended_at is not None:
                    self._journal.append(TablesRewritten(after.id, self._kind, after.seen, after.changed, after.broken), SYSTEM)
        except _LeaseLost:
            return False
        return after.ended_at is None

    def _after(self, name: str) -> str:
        """The part behind this one; "" behind the last."""
        return next((one for one in self._parts if one > name), "")


class _LeaseLost(Exception):
    """Somebody else has taken the job over; what this step did is rolled back."""

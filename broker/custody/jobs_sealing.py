"""Bringing every sealed record under the present key: online, in small steps, by whichever worker has time.

A step is one transaction: the records and how far the job has come are written together. Whoever dies in a step leaves it undone,
and the next one does it again; a record that is under the present key already is never read.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from broker.audit.catalogue_secrets import RecordsSealedAgain
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.custody.jobs_store import Job, JobStore, Row, cursor_of
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.sealed_columns import Sealed
from keys.secrets.sealing import SealBroken, Sealer

KIND = "seal"
# So many rows are read, and at most so many written, in one step: some milliseconds of the write lock of an embedded database.
BATCH = 500
# A worker that has not come back for so long is taken for dead.
_LEASE = timedelta(minutes=1)
_PAUSE_AFTER_BROKEN = timedelta(days=1)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of one window of rows."""

    changed: Sequence[tuple[Row, bytes]]
    broken: int


class SealingJob:
    """One a process."""

    def __init__(self, database: Database, sealer: Sealer, journal: Journal, outside: Outside, parts: Sequence[Sealed]):
        self._database = database
        self._sealer = sealer
        self._journal = journal
        self._outside = outside
        self._parts: Mapping[str, Sealed] = {part.name: part for part in parts}
        self._names = tuple(self._parts)
        self._store = JobStore(database)
        self._me = outside.uuid()

    def begin(self) -> Job:
        """A job for the key that is current from now on; one for a key before it is over. Joins the caller's work."""
        with self._database.work():
            now = self._outside.now()
            self._store.end(KIND, now)
            total = self._store.total(tuple(self._parts.values()))
            job = Job(self._outside.uuid(), KIND, self._names[0], "", 0, 0, 0, total, now, None)
            self._store.add(job)
        return job

    def last(self) -> tuple[Job, ...]:
        """The youngest ten, ended or not."""
        return self._store.last(10)

    def find(self) -> Job | None:
        """The one that is under way."""
        return self._store.open(KIND)

    def may_begin_again(self) -> bool:
        """Not at once after a round that met records which do not open: they will not open in the next one either."""
        last = next(iter(self._store.last(1)), None)
        return last is None or last.broken == 0 or self._outside.now() - last.made_at >= _PAUSE_AFTER_BROKEN

    def under(self, heads: Sequence[bytes]) -> int:
        """How many records lie under a key, given by what they begin with."""
        return self._store.beginning(tuple(self._parts.values()), heads)

    def step(self) -> bool:
        """One batch, if there is a job and nobody else is at it; whether there is more to do here."""
        job = self._store.open(KIND)
        if job is None or not self._take(job):
            return False
        part = self._parts.get(job.part)
        if part is None:
            # A release that had another table has begun it.
            return self._write(job, replace(job, part=self._after(job.part), cursor=""), None)
        rows = self._store.window(part, job.cursor, self._sealer.head(), BATCH)
        done = self._sealed_again(part, rows)
        after = replace(job, seen=job.seen + len(rows), broken=job.broken + done.broken)
        if len(rows) < BATCH:
            after = replace(after, part=self._after(job.part), cursor="")
        else:
            after = replace(after, cursor=cursor_of(rows[-1]))
        return self._write(job, after, (part, done))

    def _take(self, job: Job) -> bool:
        now = self._outside.now()
        with self._database.work():
            return self._store.take(job.id, self._me, now, now + _LEASE)

    def _sealed_again(self, part: Sealed, rows: Sequence[Row]) -> _Done:
        changed, broken = [], 0
        for row in rows:
            if not row.sealed:
                continue
            try:
                after = self._sealer.reseal(row.sealed, part.bound_to(row.columns))
            except SealBroken:
                broken += 1
                continue
            if after != row.sealed:
                changed.append((row, after))
        if broken:
            _log.error("sealed records do not open, and stay as they are", extra={"part": part.name, "records": broken})
        return _Done(changed, broken)

    def _write(self, before: Job, after: Job, work: tuple[Sealed, _Done] | None) -> bool:
        """Records and progress in one transaction. A record that somebody wrote meanwhile is theirs: under the present key, or
        else found when the old one is to go."""
        now = self._outside.now()
        try:
            with self._database.work():
                changed = self._store.write(work[0], work[1].changed) if work else 0
                after = replace(after, changed=after.changed + changed, ended_at=None if after.part else now)
                if not self._store.advance(before, after, self._me, now + _LEASE):
                    raise _LeaseLost
                if after.ended_at is not None:
                    self._journal.append(RecordsSealedAgain(after.id, after.seen, after.changed, after.broken), SYSTEM)
        except _LeaseLost:
            return False
        return after.ended_at is None

    def _after(self, name: str) -> str:
        """The part behind this one; "" behind the last."""
        return next((one for one in self._names if one > name), "")


class _LeaseLost(Exception):
    """Somebody else has taken the job over; what this step did is rolled back."""

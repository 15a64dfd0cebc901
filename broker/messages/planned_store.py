"""Planned work: when nobody begins to sign in, told a week before. Set by staff, or by the settings of the house.

Asked at every sign-in, so a process remembers what it read for ten seconds; other processes hear of a change within that time.
A database that does not answer changes nothing here: what was read last stays true.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select, update

from broker.foundation.outside import Outside
from broker.messages.tables import PlannedWorkRow
from broker.storage.database import Database
from broker.storage.silence import DatabaseSilent

ANNOUNCED: Final = timedelta(days=7)
_READ_EVERY: Final = timedelta(seconds=10)
# Staff see the nearest ones; nobody plans more.
_MOST: Final = 50

Window = tuple[datetime, datetime]

_TABLE: Any = PlannedWorkRow.__table__
_C = _TABLE.c


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """One span; its first instant belongs to it, its last one does not. `id` is "" for that of the settings."""

    id: str
    starts_at: datetime
    ends_at: datetime


class PlannedWorks:
    """One a process. `settled` is what the settings of the house say, None for nothing."""

    def __init__(self, database: Database, outside: Outside, settled: Window | None):
        self._database = database
        self._outside = outside
        self._settled = () if settled is None else (PlannedWork("", *settled),)
        self._read_at: datetime | None = None
        self._kept: tuple[PlannedWork, ...] = ()

    def announced(self, now: datetime) -> Window | None:
        """The work that people are told of at this instant: the nearest, a week ahead and until it is over."""
        near = [(one.starts_at, one.ends_at) for one in self._known(now) if one.starts_at - ANNOUNCED <= now < one.ends_at]
        return min(near, default=None)

    def end(self, now: datetime) -> datetime | None:
        """When the work that is going on at this instant ends; None while there is none."""
        return max((one.ends_at for one in self._known(now) if one.starts_at <= now < one.ends_at), default=None)

    def ahead(self, now: datetime) -> tuple[PlannedWork, ...]:
        """All that is going on or will, the nearest first; asks the database."""
        found = (*self._settled, *self._rows(now))
        return tuple(sorted((one for one in found if now < one.ends_at), key=lambda one: one.starts_at))

    def plan(self, starts_at: datetime, ends_at: datetime) -> PlannedWork:
        """Add one; inside `work()`, together with its event."""
        made = PlannedWork(self._outside.uuid(), starts_at, ends_at)
        values = {"id": made.id, "starts_at": starts_at, "ends_at": ends_at, "planned_at": self._outside.now()}
        self._database.session.execute(insert(_TABLE), values)
        self._read_at = None
        return made

    def withdraw(self, planned_id: str) -> bool:
        """Take one back, also one that is going on; whether it was this call that did. Inside `work()`."""
        now = self._outside.now()
        still = (_C.id == planned_id) & _C.withdrawn_at.is_(None) & (_C.ends_at > now)
        done = self._database.session.execute(update(_TABLE).where(still).values(withdrawn_at=now))
        self._read_at = None
        return bool(done.rowcount == 1)

    def _known(self, now: datetime) -> tuple[PlannedWork, ...]:
        if self._read_at is None or not timedelta(0) <= now - self._read_at < _READ_EVERY:
            with suppress(DatabaseSilent):
                self._kept = self._rows(now)
            # Also where it did not answer: nobody waits for it twice.
            self._read_at = now
        return (*self._settled, *self._kept)

    def _rows(self, now: datetime) -> tuple[PlannedWork, ...]:
        is_ahead = _C.withdrawn_at.is_(None) & (_C.ends_at > now)
        asked = select(_C.id, _C.starts_at, _C.ends_at).where(is_ahead).order_by(_C.starts_at).limit(_MOST)
        return tuple(PlannedWork(*row) for row in self._database.session.execute(asked).all())

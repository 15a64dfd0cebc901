"""Telling people of what ends soon: at 60, 30 and 7 days, once each, whatever the number of workers and nodes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from broker.audit.catalogue_calendar import ExpiryWarned
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.custody.calendar import OF_SERVICES, Calendar, DueDate, nearest, stage
from broker.custody.calendar_store import Key, WarningStore
from broker.storage.database import Database

_log = logging.getLogger(__name__)
_LOOKS_EVERY: Final = timedelta(minutes=10)
# Longer than anything is warned of; nobody asks for it afterwards.
_KEPT_FOR: Final = timedelta(days=400)

# Inside the unit of work around it; how many letters.
TellStaff = Callable[[Sequence[DueDate], datetime], int]
TellService = Callable[[DueDate, datetime], int]


@dataclass(frozen=True, slots=True)
class Voices:
    """Who is told: everybody who keeps the house, the contacts of one service, and the meters."""

    staff: TellStaff
    service: TellService
    meter: Callable[[str, float], None]


class CalendarRounds:
    """One a process. A warning is a row that only one process can add, in the unit of work that keeps its letters."""

    def __init__(self, calendar: Calendar, database: Database, journal: Journal, voices: Voices):
        self._calendar = calendar
        self._database = database
        self._journal = journal
        self._voices = voices
        self._store = WarningStore(database)
        self._looked_at: datetime | None = None

    def step(self) -> bool:
        """Look every ten minutes; False, for there is never more at once. Never raises: other work must not wait for ours."""
        now, before = self._calendar.now(), self._looked_at
        if before is not None and timedelta(0) <= now - before < _LOOKS_EVERY:
            return False
        self._looked_at = now
        try:
            self.look(now)
        except Exception as error:
            # The text of a database error quotes values. The next look does what this one did not.
            _log.error("a look at the calendar was not finished", extra={"error": type(error).__name__})
        return False

    def look(self, now: datetime) -> tuple[DueDate, ...]:
        """Set the meters and warn of what has come nearer; what was warned of now."""
        dates = self._calendar.look().all
        for what, seconds in nearest(dates, now).items():
            self._voices.meter(what, seconds)
        due = {(one.what, one.mark, days): one for one in dates if (days := stage(one, now)) is not None}
        told = self._store.told()
        wanted = {key: one for key, one in due.items() if key not in told}
        return self._warn(wanted, now) if wanted else ()

    def _warn(self, wanted: Mapping[Key, DueDate], now: datetime) -> tuple[DueDate, ...]:
        with self._database.work():
            # In one order everywhere, so that two nodes wait for each other and never for themselves.
            mine = {key: wanted[key] for key in sorted(wanted) if self._store.claim(key, now)}
            if not mine:
                return ()
            dates = tuple(sorted(mine.values(), key=lambda one: one.at))
            letters = self._voices.staff(dates, now)
            for (what, mark, days), date in mine.items():
                own = self._voices.service(date, now) if what in OF_SERVICES else 0
                self._journal.append(ExpiryWarned(what, mark, days, letters + own), SYSTEM)
            self._store.forget(now - _KEPT_FOR)
        return dates

"""The page of dates: what ends or is due, the nearest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from broker.screens.security_pages import SecurityFrame


@dataclass(frozen=True, slots=True)
class DateLine:
    """`what_key` is one under `security.calendar.what`, `how_key` one of security.calendar.how: over, week, soon, far. `days` are
    never negative."""

    what_key: str
    name: str
    at: datetime
    days: int
    how_key: str
    ends: bool


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """`unread` are keys under `security.calendar.unread`: what could not be asked for its dates."""

    template: ClassVar[str] = "security_calendar.html"
    frame: SecurityFrame
    dates: tuple[DateLine, ...]
    unread: tuple[str, ...] = ()

    @property
    def soon(self) -> int:
        """How many of them are near or over."""
        return sum(one.how_key != "far" for one in self.dates)

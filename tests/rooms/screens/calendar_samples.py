"""Examples of the page of dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from broker.custody.calendar import WHATS
from broker.screens.calendar_pages import CalendarPage, DateLine
from broker.screens.pages import Page
from broker.screens.security_pages import SecurityFrame

_HOW = ("over", "week", "soon", "far")
_SOURCES = ("signing_keys", "secret_keys", "master_key", "services", "registration", "diaries", "esia", "opening_keys",
            "authorities", "module")  # fmt: skip


def calendar_samples(outer: SecurityFrame, at: datetime) -> dict[str, Page]:
    """Every kind of date, a quiet list, an empty one."""
    frame = replace(outer, current="calendar")
    dates = tuple(
        DateLine(what, "" if what == "master_key" else f"{what}-1", at + timedelta(days=n), n, _HOW[min(n, 3)], n % 2 == 0)
        for n, what in enumerate(WHATS)
    )
    return {
        "security, calendar": CalendarPage(frame, dates),
        "security, calendar unread": CalendarPage(frame, dates[:1], _SOURCES),
        "security, calendar calm": CalendarPage(frame, dates[3:]),
        "security, calendar empty": CalendarPage(frame, ()),
    }

"""The page of dates."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from broker.console.rights import Action
from broker.console.security.needs import needs
from broker.console.security.visit import here
from broker.custody.calendar import WARN_DAYS, DueDate, stage
from broker.screens.calendar_pages import CalendarPage, DateLine

PAGE: Final = "/admin/calendar"


def calendar_routes(blueprint: Blueprint) -> None:
    """Add the address to the blueprint of security."""

    @blueprint.get(PAGE)
    @needs(Action.SEE_CALENDAR)
    def calendar() -> AnyResponse:
        visit = here()
        found, now = visit.room.calendar.look(), visit.room.outside.now()
        return visit.show(CalendarPage(visit.frame("calendar"), tuple(date_line(one, now) for one in found.all), found.unread))


def date_line(one: DueDate, now: datetime) -> DateLine:
    """One date as the pages show it."""
    near, days = stage(one, now), one.days_left(now)
    how = "over" if one.at <= now else "far" if near is None else "week" if near == min(WARN_DAYS) else "soon"
    return DateLine(one.what, one.name, one.at, max(days, 0), how, one.ends)

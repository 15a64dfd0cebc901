"""The clock of the device: what time it is here, and the page for somebody whose own clock says something else (1008).

A script of the start page looks; without scripts nobody is told and nothing is lost. What the script says is believed by nobody:
it changes no decision, and the page shows it to the same browser alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from broker.login.causes_shown import support_card
from broker.login.neighbours import Neighbours
from broker.login.region import policy_of
from broker.login.visit import Visit, address_of, back_to_dispatcher
from broker.screens.causes import cause
from broker.screens.pages import CausePage
from broker.screens.texts import day_in_zone
from broker.screens.values import Value

CLOCK_URL = "/login/clock"
TOLERATED = timedelta(minutes=5)
_WRONG = 1008
# Milliseconds since 1970; fourteen digits reach the year 5138.
_INSTANT = re.compile(r"\d{1,14}", re.ASCII)

WithVisit = Callable[[str, Callable[[Visit], Response]], Response]


def clock_routes(blueprint: Blueprint, rooms: Neighbours, with_visit: WithVisit) -> None:
    """Add the addresses. `with_visit(attempt_id, doing)` checks whose attempt it is."""

    @blueprint.get(CLOCK_URL)
    def clock() -> Response:
        response = Response(str(milliseconds(rooms.outside.now())), content_type="text/plain; charset=utf-8")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    # A part of the path, because the links of the languages replace the query.
    @blueprint.get("/login/<attempt_id>/clock/<unverified_device>")
    def clock_is_wrong(attempt_id: str, unverified_device: str) -> Response:
        return with_visit(attempt_id, lambda visit: tell_wrong(rooms, visit, unverified_device))


def milliseconds(instant: datetime) -> int:
    """As JavaScript counts them."""
    return int(instant.timestamp() * 1000)


def tell_wrong(rooms: Neighbours, visit: Visit, unverified_device: str) -> Response:
    """The page 1008; the start page looks no more then: whoever cannot set the clock goes on. Where the two agree, back to it."""
    attempt, now = visit.attempt, rooms.outside.now()
    found = _INSTANT.fullmatch(unverified_device)
    device_at = datetime.fromtimestamp(int(found[0]) / 1000, UTC) if found else now
    if abs(device_at - now) <= TOLERATED or attempt.is_over:
        return back_to_dispatcher(attempt)
    if not attempt.knows_clock:
        rooms.attempts.save(replace(attempt, knows_clock=True))
    policy = policy_of(rooms, attempt.region)
    device, real = _said(rooms, visit, (device_at, now), policy.zone)
    page = CausePage(
        cause=cause(_WRONG),
        at=now,
        zone=policy.zone,
        variables={"device": device, "real": real},
        primary_url=address_of(attempt),
        support=support_card(policy, visit.view),
    )
    return rooms.screens.render(page, visit.view)


def _said(rooms: Neighbours, visit: Visit, instants: tuple[datetime, datetime], zone: str) -> tuple[Value, Value]:
    """Both times; with their days when these differ, as after an empty battery."""
    local_zone = ZoneInfo(zone)
    if len({instant.astimezone(local_zone).date() for instant in instants}) == 1:
        return instants
    language, texts = visit.view.language, rooms.screens.texts
    one, other = (f"{day_in_zone(language, at, zone)}, {texts.value(language, at, zone)}" for at in instants)
    return one, other

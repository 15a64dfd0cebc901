"""The clock of the device: what time it is here, and the page for somebody whose own clock says something else (1008).

A script of the start page looks; without scripts nobody is told and nothing is lost. What the script says is believed by nobody:
it changes no decision, and the page shows it to the same browser alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
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
# Milliseconds since 1970 (fourteen digits reach the year 5138), and minutes by which the device is ahead of UTC.
_SAYS = re.compile(r"(\d{1,14})(?:z(-?\d{1,3}))?", re.ASCII)

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
    device_at = _device_at(unverified_device, now)
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
        variant="zone" if _shows_the_same(device_at, now, policy.zone) else "",
        primary_url=address_of(attempt),
        support=support_card(policy, visit.view),
    )
    return rooms.screens.render(page, visit.view)


def _device_at(unverified_device: str, now: datetime) -> datetime:
    """What the device says, in its own time zone if it has told it; `now` for what no script of ours sends."""
    found = _SAYS.fullmatch(unverified_device)
    if found is None:
        return now
    ahead = timedelta(minutes=int(found[2] or 0))
    zone = timezone(ahead, "device") if found[2] and abs(ahead) < timedelta(days=1) else UTC
    return datetime.fromtimestamp(int(found[1]) / 1000, zone)


def _shows_the_same(device_at: datetime, now: datetime, zone: str) -> bool:
    """Whether the hands stand right and only the time zone is wrong: "your clock says 14:05, but it is 14:05" helps nobody."""
    shown, real = device_at.replace(tzinfo=UTC), now.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
    return device_at.tzinfo is not UTC and abs(shown - real) <= TOLERATED


def _said(rooms: Neighbours, visit: Visit, instants: tuple[datetime, datetime], zone: str) -> tuple[Value, Value]:
    """Both times; with their days when these differ, as after an empty battery."""
    language, texts, local_zone = visit.view.language, rooms.screens.texts, ZoneInfo(zone)
    device_at, now = instants
    is_local = device_at.tzinfo is UTC or device_at.utcoffset() == device_at.astimezone(local_zone).utcoffset()
    # A device in another zone is told what stands on it; the name of our zone beside that would be wrong.
    shown_at = device_at.astimezone(local_zone) if is_local else device_at
    device = texts.value(language, device_at, zone) if is_local else f"{shown_at:%H:%M}"
    real = texts.value(language, now, zone)
    if shown_at.date() == now.astimezone(local_zone).date():
        return device, real
    day = day_in_zone(language, shown_at.replace(tzinfo=UTC), "UTC")
    return f"{day}, {device}", f"{day_in_zone(language, now, zone)}, {real}"

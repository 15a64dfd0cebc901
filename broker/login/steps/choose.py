"""CHOOSE: the page with one button; and the use of a session that is alive already."""

from __future__ import annotations

from dataclasses import replace

from flask import Response

from broker.login.attempt import Attempt
from broker.login.neighbours import Neighbours
from broker.login.region import first_region
from broker.login.start_page import may_go_on, start_page
from broker.login.visit import Visit, back_to_dispatcher, see_other
from broker.login.ways import main_way, title_of, upstream_of

_UNFINISHED = 1007


def choose(rooms: Neighbours, visit: Visit) -> Response:
    """E1. The region is settled here, because only the browser knows the host and what was chosen before."""
    attempt = _in_some_region(rooms, visit)
    page = start_page(rooms, replace(visit, attempt=attempt))
    if attempt.left_at is not None:
        # Away to the upstream and here without its answer: told once, and counted, since its own error page ends like this.
        rooms.health.failed(upstream_of(attempt) or main_way(rooms, attempt.region), _UNFINISHED)
        if rooms.attempts.is_still(attempt):
            # Otherwise its answer has just come, in another request that must not be written over.
            rooms.attempts.save(replace(attempt, left_at=None))
        page = replace(page, is_unfinished=True, left_for=title_of(rooms, upstream_of(attempt)))
    return rooms.screens.render(page, visit.view)


def _in_some_region(rooms: Neighbours, visit: Visit) -> Attempt:
    attempt = visit.attempt
    if not attempt.region:
        client = visit.facts.client
        wishes = (attempt.asked.region if attempt.asked else "", client.default_region if client else "", visit.brought.region)
        found = first_region(rooms, wishes, visit.brought.host)
        if found:
            attempt = attempt.in_region(found)
            rooms.attempts.save(attempt)
    return attempt


def adopt(rooms: Neighbours, visit: Visit) -> Response:
    """ADOPT: a live session that fits is used without a question."""
    session = visit.facts.session
    if session is None:
        return back_to_dispatcher(visit.attempt)
    attempt = visit.attempt.adopting(session.id, session.person_id)
    rooms.attempts.save(replace(attempt, region=attempt.region or session.region))
    return back_to_dispatcher(attempt)


def go_on(rooms: Neighbours, visit: Visit) -> Response:
    """The person said "continue" on a page that showed who is signed in."""
    if visit.attempt.asked is None:
        return see_other(visit.attempt.resume_url)
    return adopt(rooms, visit) if may_go_on(rooms, visit.attempt, visit.facts) else back_to_dispatcher(visit.attempt)


def somebody_else(rooms: Neighbours, visit: Visit) -> Response:
    """The person said "sign in as someone else"."""
    attempt = visit.attempt.wanting("")
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)

"""A browser whose session was ended from elsewhere is told so once, before it begins to sign in again (9001, 9002)."""

from __future__ import annotations

from flask import Response

from broker.login.causes_shown import plain_page
from broker.login.neighbours import Neighbours
from broker.login.visit import Visit, address_of
from broker.sessions.endings import TOLD_AS


def told_once(rooms: Neighbours, visit: Visit) -> Response | None:
    """The page, whose button leads on to the same attempt; None when there is nothing to tell. The cookie goes with the page."""
    attempt, cookie = visit.attempt, visit.brought.session
    is_begun = attempt.is_over or attempt.refusal is not None or attempt.left_at is not None or attempt.person_id is not None
    if visit.facts.session is not None or cookie is None or is_begun:
        return None
    code = TOLD_AS.get(rooms.sessions.ended_cause(cookie))
    if code is None:
        return None
    answer = plain_page(rooms, code, visit.view, address_of(attempt))
    answer.delete_cookie(rooms.cookies.name_of("session"), **rooms.cookies.flags())
    return answer

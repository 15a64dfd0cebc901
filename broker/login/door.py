"""The door: who is turned away before a sign-in begins, and what is said when the diary falls silent after it has begun."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Response

from broker.login.attempt import Attempt
from broker.login.causes_shown import case_number, support_card
from broker.login.neighbours import Neighbours
from broker.login.region import first_region, policy_of
from broker.login.start_page import may_choose_session
from broker.login.visit import Visit, address_of
from broker.login.ways import title_of, upstream_of
from broker.screens.causes import cause
from broker.screens.pages import CausePage
from broker.screens.values import Value
from broker.screens.view import View
from broker.screens.ways import variant_for
from broker.storage.shelf import ShelfUnavailable

_LOG = logging.getLogger(__name__)
_TOO_OLD, _PLANNED, _SILENT = 1012, 8003, 8004
# Page 8004 says: again in ten minutes. Whoever does so must find what Gosuslugi said, and has a minute more.
_PROMISED = timedelta(minutes=11)


def turned_away(rooms: Neighbours, visit: Visit) -> Response | None:
    """The page for somebody who would begin to sign in and cannot: the browser is too old (1012), or work was planned for this
    time (8003). None for everybody else: who is known already goes on, by this attempt or by a session that is alive."""
    now = rooms.outside.now()
    ends_at = rooms.planned.end(now)
    if not (visit.brought.is_too_old or ends_at) or _is_under_way(rooms, visit):
        return None
    if visit.brought.is_too_old:
        return rooms.screens.render(_page(rooms, visit, _TOO_OLD), visit.view)
    return _closed(rooms, visit, ends_at or now)


def is_known(attempt: Attempt) -> bool:
    """Whether Gosuslugi has said who this is, and nobody has been let in yet."""
    return attempt.identity is not None and not attempt.is_over


def silent_page(rooms: Neighbours, attempt: Attempt, view: View) -> Response:
    """8004: the attempt is kept as it is, so that trying again needs no Gosuslugi. Nothing here asks the database."""
    now, policy = rooms.outside.now(), policy_of(rooms, attempt.region)
    number = case_number(rooms.outside)
    _LOG.error("the directory does not answer", extra={"cause": _SILENT, "case_number": number})
    rooms.health.silent(attempt.id)
    _keep(rooms, attempt, now)
    title = title_of(rooms, upstream_of(attempt))
    page = CausePage(
        cause=cause(_SILENT),
        at=now,
        zone=policy.zone,
        case_number=number,
        primary_url=address_of(attempt),
        support=support_card(policy, view),
        variables={"upstream": title} if title is not None else {},
        variant=variant_for(_SILENT, title),
    )
    return rooms.screens.render(page, view)


def _keep(rooms: Neighbours, attempt: Attempt, now: datetime) -> None:
    """Let the attempt live as long as the page promises, though never longer than one can be started anew."""
    recognised_at = attempt.authenticated_at or now
    ends_at = min(now + rooms.settings.attempt_ttl, recognised_at + rooms.settings.restart_within)
    if attempt.ends_at - now >= _PROMISED or ends_at <= attempt.ends_at:
        return
    # Where both are one database, it may be silent for this too; then the attempt ends when it was meant to.
    with suppress(ShelfUnavailable):
        if rooms.attempts.is_still(attempt):
            rooms.attempts.save(replace(attempt, ends_at=ends_at))


def _is_under_way(rooms: Neighbours, visit: Visit) -> bool:
    attempt, facts = visit.attempt, visit.facts
    learnt = attempt.identity is not None or attempt.person_id is not None or attempt.proof is not None
    if learnt or attempt.is_over or facts.is_returning or attempt.refusal is not None:
        return True
    return facts.session_fits or may_choose_session(rooms, attempt, facts)


def _closed(rooms: Neighbours, visit: Visit, ends_at: datetime) -> Response:
    page = _page(rooms, visit, _PLANNED, {}, address_of(visit.attempt, "/again"))
    now = rooms.outside.now()
    # Work may last for days: an hour without its day would be today's.
    time = rooms.screens.texts.instant(visit.view.language, ends_at, page.zone, now)
    response = rooms.screens.render(replace(page, variables={"time": time}), visit.view)
    left = ends_at - now
    response.headers["Retry-After"] = str(max(1, -(-left // timedelta(seconds=1))))  # RFC 9110 10.2.3
    return response


def _page(
    rooms: Neighbours, visit: Visit, code: int, variables: dict[str, Value] | None = None, primary_url: str | None = None
) -> CausePage:
    """Without a case: nothing is known about anybody."""
    region = visit.attempt.region or first_region(rooms, ("", "", visit.brought.region), visit.brought.host)
    policy = policy_of(rooms, region)
    return CausePage(
        cause=cause(code),
        at=rooms.outside.now(),
        zone=policy.zone,
        variables=variables or {},
        primary_url=primary_url,
        support=support_card(policy, visit.view),
    )

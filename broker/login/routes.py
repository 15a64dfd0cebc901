"""The addresses of the interactive flow. Each parses what the browser brought, checks whose browser it is, and hands on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Blueprint, Response, request

from broker.login.attempt import Attempt
from broker.login.attempts import Gone, NoCookie, OtherBrowser
from broker.login.causes_shown import page_of, plain_page, refusal_of
from broker.login.clock import clock_routes
from broker.login.direct import direct_routes
from broker.login.dispatcher import dispatch, visit_of
from broker.login.door import is_known, silent_page, turned_away
from broker.login.ended_elsewhere import told_once
from broker.login.gone import gone_page, may_repeat
from broker.login.link_routes import link_routes
from broker.login.neighbours import Neighbours
from broker.login.old_browsers import is_too_old
from broker.login.region import COOKIE, region_of
from broker.login.steps import choose, consent, upstream
from broker.login.visit import Brought, Visit, back_to_dispatcher, see_other
from broker.login.wizard_routes import wizard_routes
from broker.screens.view import View, view_of
from broker.sessions.device import device_of
from broker.sessions.known import COOKIE as KNOWN
from broker.storage.silence import DatabaseSilent

_YEAR = 365 * 24 * 3600
_LONGEST_STATE = 128
# RFC 9207: `iss` says whose answer it is.
_FROM_UPSTREAM = ("code", "state", "error", "error_description", "iss")

_LOG = logging.getLogger(__name__)

Doing = Callable[[Visit], Response]


def routes(rooms: Neighbours) -> Blueprint:
    """The blueprint. Mount it at the root of the issuer."""
    blueprint = Blueprint("login", __name__)
    direct_routes(blueprint, rooms)
    _steps(blueprint, rooms)
    _choices(blueprint, rooms)
    for more in (link_routes, wizard_routes, clock_routes):
        more(blueprint, rooms, lambda unverified_id, doing: _with_visit(rooms, unverified_id, doing))

    @blueprint.get("/login/return/<connector>")
    def come_back(connector: str) -> Response:
        return _come_back(rooms, connector)

    return blueprint


def _steps(blueprint: Blueprint, rooms: Neighbours) -> None:
    @blueprint.get("/login/<attempt_id>")
    def dispatcher(attempt_id: str) -> Response:
        return _with_visit(rooms, attempt_id, lambda visit: told_once(rooms, visit) or dispatch(rooms, visit))

    @blueprint.get("/login/<attempt_id>/to/<connector>")
    def press(attempt_id: str, connector: str) -> Response:
        if connector not in rooms.connectors:
            return plain_page(rooms, 1010, view_of(request))
        return _with_visit(rooms, attempt_id, lambda visit: _unless_over(visit, lambda v: upstream.press(rooms, v, connector)))

    @blueprint.post("/login/<attempt_id>/consent")
    def decide(attempt_id: str) -> Response:
        decision, key = request.form.get("decision", ""), request.form.get("form_key")
        return _with_visit(rooms, attempt_id, lambda visit: consent.decide(rooms, visit, decision, key))


def _choices(blueprint: Blueprint, rooms: Neighbours) -> None:
    @blueprint.get("/login/<attempt_id>/continue")
    def go_on(attempt_id: str) -> Response:
        return _with_visit(rooms, attempt_id, lambda visit: _unless_over(visit, lambda v: choose.go_on(rooms, v)))

    @blueprint.get("/login/<attempt_id>/other")
    def somebody_else(attempt_id: str) -> Response:
        return _with_visit(rooms, attempt_id, lambda visit: _unless_over(visit, lambda v: choose.somebody_else(rooms, v)))

    @blueprint.get("/login/<attempt_id>/region/<unverified_region>")
    def choose_region(attempt_id: str, unverified_region: str) -> Response:
        code = region_of(rooms, unverified_region)
        if not code:
            return plain_page(rooms, 1010, view_of(request))
        return _with_visit(rooms, attempt_id, lambda visit: _unless_over(visit, lambda v: _in_region(rooms, v, code)))

    @blueprint.get("/login/<attempt_id>/again")
    def again(attempt_id: str) -> Response:
        return _again(rooms, attempt_id)

    @blueprint.get("/login/<attempt_id>/again/<connector>")
    def again_by(attempt_id: str, connector: str) -> Response:
        if connector not in rooms.connectors:
            return plain_page(rooms, 1010, view_of(request))
        return _again(rooms, attempt_id, connector)

    @blueprint.get("/login/<attempt_id>/cancel")
    def cancel(attempt_id: str) -> Response:
        return _again(rooms, attempt_id)


def brought_by(rooms: Neighbours) -> Brought:
    """What the browser of the present request brought along."""
    cookies = request.cookies
    return Brought(
        browser=cookies.get(rooms.cookies.name_of("browser")),
        session=cookies.get(rooms.cookies.name_of("session")),
        region=cookies.get(rooms.cookies.name_of(COOKIE), ""),
        host=request.host,
        address=request.remote_addr or "",
        device=device_of(request.headers.get("User-Agent")),
        known=cookies.get(rooms.cookies.name_of(KNOWN)),
        is_too_old=is_too_old(request.headers.get("User-Agent")),
    )


def _with_visit(rooms: Neighbours, unverified_id: str, doing: Doing) -> Response:
    """Check whose attempt it is, then do. An identifier alone opens nothing in another browser."""
    brought, view = brought_by(rooms), view_of(request)
    try:
        found = rooms.attempts.find(unverified_id, brought.browser)
    except NoCookie:
        return plain_page(rooms, 1001, view)
    except OtherBrowser:
        return plain_page(rooms, 1005, view)
    if isinstance(found, Gone):
        return gone_page(rooms, found, brought, view)
    try:
        visit = visit_of(rooms, found, brought, _view(found))
        return turned_away(rooms, visit) or doing(visit)
    except DatabaseSilent:
        if not is_known(found):
            raise
        return silent_page(rooms, found, _view(found))


def _view(attempt: Attempt) -> View:
    return view_of(request, attempt.asked.ui_locales if attempt.asked else ())


def _unless_over(visit: Visit, doing: Doing) -> Response:
    """A finished login is not begun anew by a link of an old page."""
    return back_to_dispatcher(visit.attempt) if visit.attempt.is_over else doing(visit)


def _in_region(rooms: Neighbours, visit: Visit, code: str) -> Response:
    attempt = visit.attempt.in_region(code)
    rooms.attempts.save(attempt)
    response = back_to_dispatcher(attempt)
    response.set_cookie(rooms.cookies.name_of(COOKIE), code, max_age=_YEAR, **rooms.cookies.flags())
    return response


def _again(rooms: Neighbours, unverified_id: str, connector: str = "") -> Response:
    """Start anew: relying party, region and language are kept, nothing that was learnt about a person is. The old attempt is
    gone for good, with any identity and any proof in it. `connector` is the one to leave for at once."""
    brought = brought_by(rooms)
    try:
        found = rooms.attempts.find(unverified_id, brought.browser)
    except NoCookie:
        return plain_page(rooms, 1001, view_of(request))
    except OtherBrowser:
        return plain_page(rooms, 1005, view_of(request))
    origin = found.origin if isinstance(found, Gone) else found
    if origin is None:
        return see_other("/login")
    if origin.is_over or (isinstance(found, Gone) and not may_repeat(rooms, found)):
        return back_to_dispatcher(origin)
    fresh = rooms.attempts.renewed(origin, brought.browser or "", origin.region)
    if isinstance(found, Attempt) and found.refusal is not None and found.session_id is not None:
        # The live session led to the refusal; using it again without a question would lead there again.
        rooms.attempts.save(fresh.wanting(connector))
    elif connector:
        rooms.attempts.save(fresh.wanting(connector))
    if isinstance(found, Attempt):
        rooms.attempts.take(found)
    return back_to_dispatcher(fresh)


def _come_back(rooms: Neighbours, connector: str) -> Response:
    """An upstream sent the browser back. The answer is always a 303 to a clean address or a page: no query in the history."""
    brought, view = brought_by(rooms), view_of(request)
    state = request.args.get("state", "")
    upstream_ = rooms.connectors.get(connector)
    if upstream_ is None:
        return plain_page(rooms, 1010, view)
    if not brought.browser:
        # The cookie was there when the browser left: this is another browser, or an address somebody passed on.
        return plain_page(rooms, 1005, view)
    attempt_id = rooms.attempts.attempt_of(state) if 0 < len(state) <= _LONGEST_STATE else None
    if attempt_id is None:
        _LOG.warning("upstream answer with an unknown state", extra={"connector": upstream_.name})
        return plain_page(rooms, 2106, view)
    try:
        found = rooms.attempts.find(attempt_id, brought.browser)
    except (NoCookie, OtherBrowser):
        return plain_page(rooms, 1005, view)
    if isinstance(found, Gone):
        # The dispatcher says the same, and the used code does not stay in the address bar.
        return see_other(f"/login/{attempt_id}")
    parameters = {name: request.args[name] for name in _FROM_UPSTREAM if name in request.args}
    if any(len(request.args.getlist(name)) > 1 for name in _FROM_UPSTREAM):
        return page_of(rooms, found, refusal_of(rooms, 2106), view)
    return upstream.come_back(rooms, visit_of(rooms, found, brought, view), upstream_, parameters)

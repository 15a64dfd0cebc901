"""Visits without a relying party: the sign-in page itself, a region's own entry address, the region chooser."""

from __future__ import annotations

from flask import Blueprint, Response, request

from broker.foundation.encoding import digest
from broker.linking.standing import DIARY
from broker.login.attempt import Attempt
from broker.login.attempts import NoCookie, OtherBrowser, is_attempt_id
from broker.login.causes_shown import plain_page
from broker.login.neighbours import Neighbours
from broker.login.proving import connecting, in_by_password
from broker.login.region import COOKIE, first_region, region_of
from broker.login.visit import back_to_dispatcher, see_other
from broker.login.ways import main_way
from broker.screens.pages import RegionLink, RegionsPage
from broker.screens.values import RegionName
from broker.screens.view import View, view_of

_YEAR = 365 * 24 * 3600
_LONGEST_COOKIE = 64
_LONGEST_QUERY = 60


def direct_routes(blueprint: Blueprint, rooms: Neighbours) -> None:
    """Add the addresses to the room's blueprint."""

    @blueprint.get("/login")
    def start() -> Response:
        return begun(rooms)[1]

    @blueprint.get("/login/esia/<slug>")
    def start_in_region(slug: str) -> Response:
        found = rooms.policies.by_slug(slug)
        if found is None:
            return plain_page(rooms, 1010, view_of(request))
        response = _begin(rooms, found.code, rooms.settings.home_url)[1]
        flags = rooms.cookies.flags()
        response.set_cookie(rooms.cookies.name_of(COOKIE), found.code, max_age=_YEAR, **flags)
        return response

    @blueprint.get("/regions")
    def regions() -> Response:
        return rooms.screens.render(_regions(rooms, ""), view_of(request))

    @blueprint.get("/login/<attempt_id>/recover")
    def recover(attempt_id: str) -> Response:
        _note_left(rooms, attempt_id)
        return see_other("/recover")

    # The attempt is a part of the path because the search form replaces the query.
    @blueprint.get("/login/<attempt_id>/regions")
    def regions_of_attempt(attempt_id: str) -> Response:
        return rooms.screens.render(_regions(rooms, attempt_id), _view_in(rooms, attempt_id))


def begun(rooms: Neighbours) -> tuple[Attempt, Response]:
    """A visit without a service, begun: the attempt, and the way to its dispatcher.

    `next` in the query is the name of a page of ours to end at, from a closed table: an address there would be an open redirect.
    `fresh=1` asks for a new sign-in even if somebody is in, as pages do on which something serious is changed.
    """
    remembered = request.cookies.get(rooms.cookies.name_of(COOKIE), "")
    region = first_region(rooms, (request.args.get("region", ""), "", remembered), request.host)
    ends_at = rooms.places.get(request.args.get("next", ""), rooms.settings.home_url)
    attempt, response = _begin(rooms, region, ends_at)
    if request.args.get("fresh") == "1":
        attempt = _connecting(rooms, attempt) or attempt.wanting("")
        rooms.attempts.save(attempt)
    return attempt, response


def _connecting(rooms: Neighbours, attempt: Attempt) -> Attempt | None:
    """Somebody in by diary password a moment ago, whose own page sent them to connect Gosuslugi: the password counts as shown."""
    session = rooms.sessions.current(request.cookies.get(rooms.cookies.name_of("session")))
    word = request.args.get("connect", "")
    if session is None or session.connector != DIARY or not 0 < len(word) <= _LONGEST_COOKIE:
        return None
    if not rooms.errands.take_connect(session.id, word) or not rooms.settings.connectors:
        return None
    if not rooms.standing.of(session.person_id, session.connector, session.level, session.authenticated_at).is_allowed:
        return None
    inside = in_by_password(attempt, session.person_id, session.authenticated_at)
    return connecting(inside, main_way(rooms, attempt.region))


def _note_left(rooms: Neighbours, unverified_attempt: str) -> None:
    """So that the end of the recovery leads on to the service the person came for."""
    brought = request.cookies.get(rooms.cookies.name_of("browser"))
    try:
        found = rooms.attempts.find(unverified_attempt, brought)
    except (NoCookie, OtherBrowser):
        return
    if isinstance(found, Attempt) or found.origin is not None:
        rooms.errands.leave(digest(brought or ""), unverified_attempt)


def _begin(rooms: Neighbours, region: str, ends_at: str) -> tuple[Attempt, Response]:
    name = rooms.cookies.name_of("browser")
    brought = request.cookies.get(name)
    known = brought if brought and len(brought) <= _LONGEST_COOKIE else None
    secret = known or rooms.outside.token()
    attempt = rooms.attempts.begin(None, ends_at, secret, region)
    response = back_to_dispatcher(attempt)
    if known is None:
        response.set_cookie(name, secret, **rooms.cookies.flags())
    return attempt, response


def _view_in(rooms: Neighbours, unverified_attempt: str) -> View:
    """The look of the attempt's other pages: in the language its service asked for."""
    try:
        found = rooms.attempts.find(unverified_attempt, request.cookies.get(rooms.cookies.name_of("browser")))
    except (NoCookie, OtherBrowser):
        return view_of(request)
    asked = found.asked if isinstance(found, Attempt) else None
    return view_of(request, asked.ui_locales if asked else ())


def _regions(rooms: Neighbours, unverified_attempt: str) -> RegionsPage:
    """E2. The links carry the attempt, so that a choice loses nothing; they open it only in its own browser."""
    attempt = unverified_attempt if is_attempt_id(unverified_attempt) else ""
    query = request.args.get("q", "").strip()[:_LONGEST_QUERY]
    links = tuple(
        RegionLink(
            RegionName(policy.name_ru, policy.name_en),
            f"/login/{attempt}/region/{policy.slug}" if attempt else f"/login/esia/{policy.slug}",
        )
        for policy in rooms.policies.all()
    )
    found = tuple(link for link in links if link.holds(query)) if query else links
    code = region_of(rooms, query) if query else ""
    if not found and code:
        found = tuple(link for link, policy in zip(links, rooms.policies.all(), strict=True) if policy.code == code)
    return RegionsPage(query=query, regions=found or links, nothing_found=not found)

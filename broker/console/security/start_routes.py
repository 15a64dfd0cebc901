"""A one-time link: whoever opens it, signed in with a confirmed account, becomes staff and may make a first passkey.

The code stands behind the # of the link, which is never sent to a server; a script puts it into the form, or a person does.
"""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.entrance import SHOW_PASSKEY, START, START_COOKIE, too_weak, visitor
from broker.console.security.handing_over import hand_over, sign_in_url
from broker.console.security.needs import needs
from broker.console.security.room import SecurityRoom
from broker.console.security.visit import SecurityVisit
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import SecurityFrame, StartPage
from broker.screens.view import view_of

_LONGEST = 128
_KEPT_FOR = 3600


def start_routes(blueprint: Blueprint, room: SecurityRoom) -> None:
    """Add the addresses to the blueprint of security."""

    @blueprint.get(START)
    @needs(Action.COME_IN)
    def start() -> AnyResponse:
        return _page(room, visitor(room))

    @blueprint.post(START)
    @needs(Action.COME_IN)
    def begin() -> AnyResponse:
        return _begun(room, visitor(room))


def _code(room: SecurityRoom) -> str:
    typed = request.form.get("link", "").strip().rpartition("#")[2]
    code = typed or request.cookies.get(room.cookies.name_of(START_COOKIE), "")
    return code if len(code) <= _LONGEST else ""


def _page(room: SecurityRoom, visit: SecurityVisit | None, *, is_refused: bool = False) -> AnyResponse:
    elsewhere = hand_over(room, visit.session) if visit is not None else None
    if elsewhere is not None:
        return elsewhere
    frame = SecurityFrame("", room.screens.settings.zone)
    found = room.staff.find_link(_code(room)) if visit is not None else None
    # Before somebody is signed in nothing is done by this form but to keep a code in their own browser.
    page = StartPage(frame, found.role if found else "", PostForm(START, ""), is_refused)
    response = room.screens.render(page, view_of(request), status=403 if is_refused else 200)
    if is_refused:
        response.delete_cookie(room.cookies.name_of(START_COOKIE), **room.cookies.flags())
    return response


def _begun(room: SecurityRoom, visit: SecurityVisit | None) -> AnyResponse:
    code = _code(room)
    weak = too_weak(room, visit.session) if visit is not None else redirect(sign_in_url(room), 303)
    if visit is None or weak is not None:
        response = weak if weak is not None else redirect(sign_in_url(room), 303)
        response.set_cookie(room.cookies.name_of(START_COOKIE), code, max_age=_KEPT_FOR, **room.cookies.flags())
        return response
    try:
        room.staff.use_link(code, visit.staff.id)
    except Refused:
        return _page(room, visit, is_refused=True)
    room.presence.allow_first(visit.session.id, visit.staff.id)
    response = redirect(SHOW_PASSKEY, 303)
    response.delete_cookie(room.cookies.name_of(START_COOKIE), **room.cookies.flags())
    return response

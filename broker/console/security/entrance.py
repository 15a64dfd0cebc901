"""Who may come in: staff with a confirmed account at Gosuslugi and a passkey, each only where a role of theirs has the right.

Asked before every address of /admin; the address says which action it is (needs.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flask import Response, current_app, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.catalogue_staff import StaffRefused
from broker.connectors.identity import is_gosuslugi
from broker.console.rights import DANGEROUS, PUBLIC, Action, may
from broker.console.security.confirming import confirm
from broker.console.security.handing_over import hand_over, sign_in_url
from broker.console.security.needs import action_of
from broker.console.security.room import SecurityRoom
from broker.console.security.visit import SecurityVisit, purpose_of
from broker.directory.person import Person
from broker.screens.causes import cause
from broker.screens.forms import FORM_FIELD
from broker.screens.pages import CausePage, Word
from broker.screens.view import view_of
from broker.sessions.session import Session

OVERVIEW: Final = "/admin"
SHOW_PASSKEY: Final = "/admin/passkey"
START: Final = "/admin/start"
# The code of a one-time link, on its way through the sign-in.
START_COOKIE: Final = "staff_start"
CONFIRMED: Final = "confirmed"


def enter(room: SecurityRoom) -> AnyResponse | None:
    """Let somebody in, or answer instead. The visit is left for the page that follows."""
    action = action_of(current_app.view_functions.get(request.endpoint or ""))
    if action is None:
        # Fail closed: an address that forgot to state its action is nobody's.
        return not_here(room)
    if action in PUBLIC:
        return None
    visit = visitor(room)
    if visit is None:
        return redirect(sign_in_url(room), 303)
    refused = hand_over(room, visit.session) or _on_to_start(room) or _refused(room, visit, action)
    if refused is not None:
        return refused
    if request.method == "POST":
        # Raises FormStale (cause 1009): every POST carries a key made for this session and this address.
        use = room.form_keys.require(visit.session.id, purpose_of(request.path), request.form.get(FORM_FIELD))
        visit = replace(visit, use=use)
    g.security_visit = visit
    return confirm(visit, action) if action in DANGEROUS and request.method == "POST" else None


def visitor(room: SecurityRoom) -> SecurityVisit | None:
    """Who is signed in in this browser and may be so today, with whatever roles; None for nobody."""
    session = room.sessions.current(request.cookies.get(room.cookies.name_of("session")))
    if session is None:
        return None
    stand = room.standing.of(session.person_id, session.connector, session.level, session.authenticated_at)
    if not stand.is_allowed or stand.person is None:
        return None
    return SecurityVisit(room, stand.person, session, roles_of(stand.person), view_of(request))


def too_weak(room: SecurityRoom, session: Session) -> AnyResponse | None:
    """What to answer somebody whom Gosuslugi has not confirmed, or not today; None for everybody else.

    What another upstream means by confirmed is its operator's mapping: enough for a diary, not for the keys of the house.
    """
    if session.level != CONFIRMED or not is_gosuslugi(session.connector):
        page = CausePage(cause(7008), room.outside.now(), room.screens.settings.zone, primary_url="/help/confirm")
        return room.screens.render(page, view_of(request))
    is_old = room.outside.now() - session.authenticated_at >= room.settings.signed_in_within
    return redirect(sign_in_url(room, again=True), 303) if is_old else None


def roles_of(person: Person) -> tuple[str, ...]:
    """The roles of staff somebody has, also that of an administrator of some school."""
    schools = [place.role.value for place in person.memberships if place.school.is_open]
    return tuple(dict.fromkeys((*person.staff_roles, *schools)))


def not_here(room: SecurityRoom) -> Response:
    """One answer for what is not there."""
    page = CausePage(cause(1010), room.outside.now(), room.screens.settings.zone, primary_url=OVERVIEW)
    return room.screens.render(page, view_of(request))


def has_shown_passkey(room: SecurityRoom, session: Session) -> bool:
    """Whether a passkey was shown since this sign-in; one shown for an earlier sign-in of the session does not count."""
    shown_at = room.presence.last_at(session.id)
    return shown_at is not None and shown_at >= session.authenticated_at


def _on_to_start(room: SecurityRoom) -> AnyResponse | None:
    """Somebody who opened a one-time link and had to sign in first."""
    return redirect(START, 303) if request.cookies.get(room.cookies.name_of(START_COOKIE)) else None


def _refused(room: SecurityRoom, visit: SecurityVisit, action: Action) -> AnyResponse | None:
    """What to answer instead: not staff, not sure enough who it is, no passkey yet, no right to this."""
    if not may(visit.roles, Action.SEE_OVERVIEW):
        return not_for(visit)
    weak = too_weak(room, visit.session)
    if weak is not None:
        return weak
    if request.path != SHOW_PASSKEY and not has_shown_passkey(room, visit.session):
        return redirect(SHOW_PASSKEY, 303)
    if may(visit.roles, action):
        return None
    with room.database.work():
        room.journal.append(StaffRefused(visit.staff.id, action.value), visit.actor)
    return not_for(visit)


def not_for(visit: SecurityVisit) -> Response:
    """Cause 7009, the same for every address: nobody learns here what exists."""
    own = tuple(Word(f"role.{role}") for role in visit.staff.staff_roles) or (Word("role.other"),)
    variables = {"roles": (Word("role.security"),), "role": own}
    room = visit.room
    return visit.show(CausePage(cause(7009), room.outside.now(), room.screens.settings.zone, variables, primary_url="/me"))

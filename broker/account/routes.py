"""A person's own pages: /me and /me/permissions, and the front door. Without a live session they lead to the sign-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.account.pages import PERMISSIONS_URL, PROFILE_URL, Belongings, Reader, permissions_page, profile_page
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.linking.standing import Standing
from broker.screens.forms import FORM_FIELD, FormKeys
from broker.screens.render import Screens
from broker.screens.view import view_of
from broker.sessions.cookie import Cookies
from broker.sessions.session import Session
from broker.sessions.store import Sessions
from broker.storage.database import Database
from broker.tokens.store import Grants

SIGN_IN_URL = "/login"


@dataclass(frozen=True, slots=True)
class AccountRoom:
    """What the pages need. `zone_of` gives the time zone of a region; `sign_out_url` is where sign-out begins."""

    database: Database
    sessions: Sessions
    standing: Standing
    cookies: Cookies
    belongings: Belongings
    grants: Grants
    journal: Journal
    screens: Screens
    form_keys: FormKeys
    zone_of: Callable[[str], ZoneInfo]
    sign_out_url: str


def routes(room: AccountRoom) -> Blueprint:
    """The blueprint of the account."""
    blueprint = Blueprint("account", __name__)

    @blueprint.get("/")
    def front_door() -> AnyResponse:
        # Whoever types the bare address, or presses the name in the top bar, wants their own page or to sign in.
        return redirect(SIGN_IN_URL if _session(room) is None else PROFILE_URL, 303)

    @blueprint.get(PROFILE_URL)
    def profile() -> AnyResponse:
        session = _session(room)
        person = room.belongings.directory.find_person(session.person_id) if session else None
        if session is None or person is None:
            return redirect(SIGN_IN_URL, 303)
        view = view_of(request)
        reader = Reader(view.language, room.zone_of(session.region))
        return room.screens.render(profile_page(room.belongings, person, reader, room.sign_out_url), view)

    @blueprint.get(PERMISSIONS_URL)
    def permissions() -> AnyResponse:
        session = _session(room)
        return redirect(SIGN_IN_URL, 303) if session is None else _permissions(room, session, None)

    @blueprint.post(PERMISSIONS_URL)
    def revoke() -> AnyResponse:
        session = _session(room)
        return redirect(SIGN_IN_URL, 303) if session is None else _revoke(room, session)

    return blueprint


def _session(room: AccountRoom) -> Session | None:
    """The live session of somebody who is still allowed: whoever was untied from a card must not go on reading it."""
    found = room.sessions.current(request.cookies.get(room.cookies.name_of("session")))
    if found is None:
        return None
    stand = room.standing.of(found.person_id, found.connector, found.level, found.authenticated_at)
    return found if stand.is_allowed else None


def _permissions(room: AccountRoom, session: Session, revoked: str | None) -> Response:
    def form_key(consent_id: str) -> str:
        return room.form_keys.issue(session.id, _purpose(consent_id))

    view = view_of(request)
    reader = Reader(view.language, room.zone_of(session.region))
    page = permissions_page(room.belongings, session.person_id, reader, form_key, revoked)
    return room.screens.render(page, view)


def _revoke(room: AccountRoom, session: Session) -> Response:
    """Take one permission back and end what hangs on it. A second press finds nothing left to do and shows the same page.

    Raises:
        FormStale: the form was not given to this session for this permission (cause 1009).
    """
    consent_id = request.form.get("consent_id", "")
    room.form_keys.require(session.id, _purpose(consent_id), request.form.get(FORM_FIELD))
    person_id = session.person_id
    with room.database.work():
        gone = room.belongings.consents.withdraw(consent_id, person_id, room.journal, Actor("person", person_id))
        if gone is not None:
            room.grants.end_of_client(person_id, gone.client_id, "consent_withdrawn")
    return _permissions(room, session, gone.client_id if gone else None)


def _purpose(consent_id: str) -> str:
    return f"account.revoke:{consent_id}"

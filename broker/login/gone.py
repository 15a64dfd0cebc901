"""Attempts that cannot go on: another browser, no cookie, too late, used. Each lands somewhere sensible."""

from __future__ import annotations

from flask import Response

from broker.clients.initiation import initiation_of
from broker.clients.profile import FAPI2
from broker.login.attempts import Gone
from broker.login.causes_shown import plain_page
from broker.login.facts import Facts
from broker.login.neighbours import Neighbours
from broker.login.region import name_of
from broker.login.start_page import already_in
from broker.login.visit import Brought, address_of, service_name
from broker.login.ways import main_way
from broker.screens.pages import ChoosePage
from broker.screens.view import View
from broker.sessions.session import Session

# In the midst of a proof, in the midst of the wizard: what the page says, and the way back to the same place.
_LATE = {"prove": (3203, "/again/{upstream}"), "welcome": (1006, "/first")}


def _may_be_named(rooms: Neighbours, session: Session, client_id: str) -> bool:
    """Whether the page may show a first name: the session took part in this service, and the person may still be here."""
    if client_id not in rooms.sessions.clients_of(session.id):
        return False
    return rooms.standing.of(session.person_id, session.connector, session.level, session.authenticated_at).is_allowed


def may_repeat(rooms: Neighbours, gone: Gone) -> bool:
    """Whether what was asked may be answered once more. A service of the strict profile has pushed its request, and one that was
    answered is over (FAPI 2.0 Security Profile 5.3.2.2)."""
    if gone.origin is None or not gone.was_used or gone.origin.asked is None:
        return True
    client = rooms.clients.find(gone.origin.client_id)
    return client is None or client.profile != FAPI2


def gone_page(rooms: Neighbours, gone: Gone, brought: Brought, view: View) -> Response:
    """1002 or 1003, each with a way on that keeps relying party and region; for somebody who is in, simply "continue"."""
    origin = gone.origin
    if origin is None:
        return plain_page(rooms, 1002, view)
    if not gone.was_used:
        code, onward = _LATE.get(gone.unfinished, (1002, "/again"))
        upstream = origin.through or main_way(rooms, origin.region)
        return plain_page(rooms, code, view, address_of(origin, onward.format(upstream=upstream)), upstream)
    client = rooms.clients.find(origin.client_id) if origin.asked else None
    again = address_of(origin, "/again") if may_repeat(rooms, gone) else "/login"
    # A fresh sign-in begun by the service itself is better than repeating its old request (OpenID Connect Core 4).
    onward = (initiation_of(client, rooms.issuer) if client else None) or again
    session = rooms.sessions.current(brought.session)
    if session is None or not _may_be_named(rooms, session, origin.client_id):
        return plain_page(rooms, 1003, view, onward)
    facts = Facts(knows_person=False, session_fits=False, is_returning=False, session=session, client=client)
    page = ChoosePage(
        service=service_name(client, view),
        region=name_of(rooms, origin.region),
        regions_url=address_of(origin, "/regions"),
        esia_url=again,
        already=already_in(rooms, facts, (onward, again)),
    )
    return rooms.screens.render(page, view)

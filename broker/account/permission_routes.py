"""/me/permissions: permissions taken back, a child's request decided, a receipt to keep."""

from __future__ import annotations

from flask import Blueprint, Response, request

from broker.account.answers import cause_page, see_other
from broker.account.pages import PERMISSIONS_URL
from broker.account.permissions import REVOKED, decide_purpose, permissions_page, receipt_of, revoke_purpose
from broker.account.posted import Done, Outcome, answer_of, post_once
from broker.account.room import AccountRoom
from broker.account.said import Said, say, take_said
from broker.account.visitor import Visitor, with_visitor
from broker.screens.forms import FormStale
from broker.screens.headers import PAGE_HEADERS


def permission_routes(blueprint: Blueprint, room: AccountRoom) -> None:
    """Add the addresses to the room's blueprint."""

    @blueprint.get(PERMISSIONS_URL)
    def permissions() -> Response:
        return with_visitor(room, lambda visitor: _page(room, visitor))

    @blueprint.post(PERMISSIONS_URL)
    def change_permissions() -> Response:
        return with_visitor(room, lambda visitor: _post(room, visitor))

    @blueprint.get(f"{PERMISSIONS_URL}/<consent_id>/receipt")
    def receipt(consent_id: str) -> Response:
        return with_visitor(room, lambda visitor: _receipt(room, visitor, consent_id))


def _page(room: AccountRoom, visitor: Visitor) -> Response:
    said = take_said(room.shelf, visitor.session.id)
    return room.screens.render(permissions_page(room, visitor, said), visitor.view)


def _post(room: AccountRoom, visitor: Visitor) -> Response:
    consent_id, asked_id = request.form.get("consent_id", ""), request.form.get("asked_id", "")
    if asked_id:
        outcome = post_once(room, visitor.session.id, decide_purpose(asked_id), lambda: _decided(room, visitor, asked_id))
    else:
        outcome = post_once(room, visitor.session.id, revoke_purpose(consent_id), lambda: _revoked(room, visitor, consent_id))
    return answer_of(room, visitor.view, outcome, lambda _errors: see_other(PERMISSIONS_URL))


def _family(room: AccountRoom, visitor: Visitor) -> tuple[str, ...]:
    """The person, then their children by the school's record of today."""
    return visitor.person.id, *(child.person_id for child in room.belongings.directory.children_of(visitor.person.id))


def _revoked(room: AccountRoom, visitor: Visitor, consent_id: str) -> Outcome:
    """Take one permission back and end what hangs on it: an own one, or one of an own child."""
    consents, gone = room.belongings.consents, None
    with room.database.work():
        for person_id in _family(room, visitor):
            gone = gone or consents.withdraw(consent_id, person_id, room.changing.journal, visitor.actor)
        if gone is not None:
            room.belongings.grants.end_of_client(gone.person_id, gone.client_id, "consent_withdrawn")
            client = room.belongings.clients.find(gone.client_id)
            service = client.client_name if client else gone.client_id
            room.changing.notices.tell(gone.person_id, "consent_revoked", visitor.view.language, service=service)
    if gone is not None:
        say(room.shelf, visitor.session.id, Said(REVOKED, about=gone.client_id))
    return Done(PERMISSIONS_URL)


def _decided(room: AccountRoom, visitor: Visitor, asked_id: str) -> Outcome:
    """A parent's yes or no. Who takes the request has decided it; a second parent is told that it is decided."""
    decision, journal = request.form.get("decision", ""), room.changing.journal
    if decision not in ("allow", "deny"):
        raise FormStale
    children = _family(room, visitor)[1:]
    with room.database.work():
        asked = room.belongings.askings.take(asked_id, children)
        client = room.belongings.clients.find(asked.client_id) if asked is not None else None
        word = decision
        if asked is None or client is None or not client.is_enabled:
            word = "late"
        elif decision == "allow":
            room.belongings.consents.give(asked.client_id, asked.person_id, asked.items, journal, visitor.actor)
        else:
            room.belongings.askings.decline(asked, journal, visitor.actor)
    say(room.shelf, visitor.session.id, Said(word))
    return Done(PERMISSIONS_URL)


def _receipt(room: AccountRoom, visitor: Visitor, unverified_id: str) -> Response:
    own = room.belongings.consents.of_person(visitor.person.id)
    consent = next((found for found in own if found.id == unverified_id), None)
    if consent is None:
        return cause_page(room, 1010, visitor.view, PERMISSIONS_URL)
    response = Response(receipt_of(room, visitor, consent), content_type="text/plain; charset=utf-8")
    response.headers.update(PAGE_HEADERS)
    response.headers["Content-Disposition"] = 'attachment; filename="permission.txt"'
    return response

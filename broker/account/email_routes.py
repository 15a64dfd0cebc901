"""The link in a message that confirms an e-mail address (E15). A GET changes nothing, since mail scanners open every link."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.directory.contact import Contact, Kind
from broker.directory.contacts import Contacts, EmailClaim
from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.limits.limits import Limit, Limits
from broker.limits.settings import LimitSettings
from broker.messages.delays import Delays
from broker.messages.outbox import Channel, Letter, Outbox
from broker.screens.causes import cause
from broker.screens.forms import FORM_FIELD, FormKeys
from broker.screens.pages import CausePage
from broker.screens.render import Screens
from broker.screens.view import View, view_of
from broker.screens.wizard_pages import EmailPressPage, EmailSaidPage
from broker.storage.database import Database

EMAIL_URL = "/email"
LATE, DONE, NOT_OURS = 5013, 5014, 1010
_CONFIRM, _ANEW = "email.confirm", "email.anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailRoom:
    """What the pages need. `issuer` is our own address without a slash at the end; `zone` tells the time on a cause page."""

    issuer: str
    zone: str
    outside: Outside
    database: Database
    contacts: Contacts
    outbox: Outbox
    delays: Delays
    limits: Limits
    tries: LimitSettings
    screens: Screens
    form_keys: FormKeys


def email_routes(room: EmailRoom) -> Blueprint:
    """The blueprint. Nobody has to be signed in: whoever reads the message has shown that the address is theirs."""
    blueprint = Blueprint("email", __name__)

    @blueprint.get(f"{EMAIL_URL}/<unverified_token>")
    def look(unverified_token: str) -> AnyResponse:
        view, claim = view_of(request), room.contacts.read_email_token(unverified_token)
        return _stopped(room, claim, unverified_token, view) or _press_page(room, claim, unverified_token, view, asks_anew=False)

    @blueprint.post(f"{EMAIL_URL}/<unverified_token>")
    def confirm(unverified_token: str) -> AnyResponse:
        view, claim = view_of(request), room.contacts.read_email_token(unverified_token)
        use = room.form_keys.require(digest(unverified_token), _CONFIRM, request.form.get(FORM_FIELD))
        address = room.form_keys.answer_once(use, lambda: _confirmed(room, claim, unverified_token))
        return redirect(address, 303) if address else _stopped(room, claim, unverified_token, view) or _page(room, NOT_OURS, view)

    @blueprint.get(f"{EMAIL_URL}/<unverified_token>/done")
    def done(unverified_token: str) -> AnyResponse:
        view, claim = view_of(request), room.contacts.read_email_token(unverified_token)
        if claim is None or not claim.is_done:
            return _page(room, NOT_OURS, view)
        return room.screens.render(EmailSaidPage(_masked(claim)), view)

    _anew(blueprint, room)
    return blueprint


def _anew(blueprint: Blueprint, room: EmailRoom) -> None:
    """A link that ran out of time asks for a fresh one, to the same address and to no other."""

    @blueprint.get(f"{EMAIL_URL}/<unverified_token>/again")
    def ask(unverified_token: str) -> AnyResponse:
        view, claim = view_of(request), room.contacts.read_email_token(unverified_token)
        return _press_page(room, claim, unverified_token, view, asks_anew=True)

    @blueprint.post(f"{EMAIL_URL}/<unverified_token>/again")
    def send(unverified_token: str) -> AnyResponse:
        view, claim = view_of(request), room.contacts.read_email_token(unverified_token)
        use = room.form_keys.require(digest(unverified_token), _ANEW, request.form.get(FORM_FIELD))
        return redirect(room.form_keys.answer_once(use, lambda: _sent(room, claim, unverified_token, view)), 303)

    @blueprint.get(f"{EMAIL_URL}/<unverified_token>/sent")
    def sent(unverified_token: str) -> AnyResponse:
        view, claim = view_of(request), room.contacts.read_email_token(unverified_token)
        if claim is None:
            return _page(room, NOT_OURS, view)
        is_late = room.delays.are_on((Channel.MAIL,))
        return room.screens.render(EmailSaidPage(_masked(claim), was_sent=True, is_late=is_late), view)


def _confirmed(room: EmailRoom, claim: EmailClaim | None, unverified_token: str) -> str:
    """The address of the page that says so; "" when there is nothing to confirm."""
    if claim is None or claim.is_late or claim.is_done:
        return ""
    is_theirs = room.contacts.confirm(claim.person_id, Kind.EMAIL, claim.value)
    return f"{EMAIL_URL}/{unverified_token}/done" if is_theirs else ""


def _sent(room: EmailRoom, claim: EmailClaim | None, unverified_token: str, view: View) -> str:
    """Send a fresh link if the address is still the person's and waits. The page afterwards is the same in any case."""
    if claim is not None and _waits(room, claim):
        limit = Limit("confirm.email", room.tries.codes_per_name, room.tries.codes_within)
        if room.limits.spend(limit, claim.person_id).is_allowed:
            link = f"{room.issuer}{EMAIL_URL}/{room.contacts.email_token(claim.person_id, claim.value)}"
            letter = Letter("email_confirm", Channel.MAIL, claim.value, view.language, claim.person_id, {"link": link})
            with room.database.work():
                room.outbox.put(letter)
    return f"{EMAIL_URL}/{unverified_token}/sent"


def _waits(room: EmailRoom, claim: EmailClaim) -> bool:
    own = (found for found in room.contacts.of(claim.person_id) if found.kind is Kind.EMAIL)
    return any(found.value == claim.value and found.confirmed_at is None for found in own)


def _stopped(room: EmailRoom, claim: EmailClaim | None, unverified_token: str, view: View) -> Response | None:
    """The page for a link that confirms nothing: not ours, used, too old, or of an address that was changed since."""
    if claim is None:
        return _page(room, NOT_OURS, view)
    if claim.is_done:
        return _page(room, DONE, view)
    if not _waits(room, claim):
        return _page(room, NOT_OURS, view)
    return _page(room, LATE, view, f"{EMAIL_URL}/{unverified_token}/again") if claim.is_late else None


def _press_page(room: EmailRoom, claim: EmailClaim | None, unverified_token: str, view: View, *, asks_anew: bool) -> Response:
    if claim is None:
        return _page(room, NOT_OURS, view)
    page = EmailPressPage(
        action_url=f"{EMAIL_URL}/{unverified_token}/again" if asks_anew else f"{EMAIL_URL}/{unverified_token}",
        form_key=room.form_keys.issue(digest(unverified_token), _ANEW if asks_anew else _CONFIRM),
        masked=_masked(claim),
        asks_anew=asks_anew,
    )
    return room.screens.render(page, view)


def _masked(claim: EmailClaim) -> str:
    return Contact(Kind.EMAIL, claim.value, None).masked


def _page(room: EmailRoom, code: int, view: View, primary_url: str | None = None) -> Response:
    page = CausePage(cause=cause(code), at=room.outside.now(), zone=room.zone, primary_url=primary_url)
    return room.screens.render(page, view)

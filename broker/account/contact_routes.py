"""/me/phone and /me/email: set, confirmed, sent again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, request

from broker.account.answers import see_other
from broker.account.pages import CONTACT_URLS, PROFILE_URL, SENT, contact_of
from broker.account.posted import Done, Outcome, Stopped, answer_of, post_once, wrong
from broker.account.room import AccountRoom
from broker.account.said import Said, say
from broker.account.visitor import Visitor, with_fresh, with_visitor
from broker.directory.contact import Kind, require_form
from broker.limits.guesses import sms_limit
from broker.limits.limits import Limit
from broker.messages.outbox import Channel, Letter
from broker.screens.field_errors import FieldError
from broker.screens.profile_pages import ContactPage, ContactSentPage, Way

_AGAIN = "/again"
_LONGEST = 254
_PAUSE = timedelta(seconds=60)
CODE_GONE, TOO_OFTEN = 6002, 6004


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two kinds of contact, in the words of pages and of the directory."""

    way: Way
    kind: Kind

    @property
    def url(self) -> str:
        return CONTACT_URLS[self.way]

    @property
    def sent_url(self) -> str:
        return f"{self.url}{SENT}"

    def purpose(self, what: str) -> str:
        return f"account.{self.way}.{what}"


def contact_routes(blueprint: Blueprint, room: AccountRoom) -> None:
    """Add the addresses to the room's blueprint."""
    for side in (_Side("phone", Kind.PHONE), _Side("email", Kind.EMAIL)):
        _side_routes(blueprint, room, side)
    phone = _Side("phone", Kind.PHONE)

    @blueprint.post(phone.sent_url)
    def confirm_phone() -> Response:
        return with_visitor(room, lambda visitor: _post_code(room, visitor, phone))


def _side_routes(blueprint: Blueprint, room: AccountRoom, side: _Side) -> None:
    @blueprint.get(side.url, endpoint=f"ask_{side.way}")
    def ask() -> Response:
        return with_fresh(room, side.way, lambda visitor: _page(room, visitor, side, ()))

    @blueprint.post(side.url, endpoint=f"set_{side.way}")
    def set_contact() -> Response:
        return with_fresh(room, side.way, lambda visitor: _post(room, visitor, side))

    @blueprint.get(side.sent_url, endpoint=f"{side.way}_sent")
    def sent() -> Response:
        return with_visitor(room, lambda visitor: _sent_page(room, visitor, side, ()))

    @blueprint.post(f"{side.url}{_AGAIN}", endpoint=f"{side.way}_again")
    def again() -> Response:
        return with_visitor(room, lambda visitor: _post_again(room, visitor, side))


def _page(room: AccountRoom, visitor: Visitor, side: _Side, errors: tuple[FieldError, ...]) -> Response:
    contact = contact_of(room, visitor.person.id, side.kind)
    page = ContactPage(
        way=side.way,
        action_url=side.url,
        form_key=room.form_keys.issue(visitor.session.id, side.purpose("set")),
        masked=contact.masked if contact else None,
        typed=request.form.get(side.way, "")[:_LONGEST],
        errors=errors,
    )
    return room.screens.render(page, visitor.view, status=400 if errors else 200)


def _post(room: AccountRoom, visitor: Visitor, side: _Side) -> Response:
    outcome = post_once(room, visitor.session.id, side.purpose("set"), lambda: _set(room, visitor, side))
    return answer_of(room, visitor.view, outcome, lambda errors: _page(room, visitor, side, errors))


def _set(room: AccountRoom, visitor: Visitor, side: _Side) -> Outcome:
    value = require_form(side.kind, request.form.get(side.way, ""))
    before = contact_of(room, visitor.person.id, side.kind)
    if before is not None and before.value == value and before.confirmed_at is not None:
        return Done(PROFILE_URL)
    return _too_often(room, visitor, side, value) or _written_to(room, visitor, side, value)


def _written_to(room: AccountRoom, visitor: Visitor, side: _Side, value: str) -> Outcome:
    """Keep the value and send to it. A phone's code is made first: short-lived state has no place in a unit of work."""
    person_id, language = visitor.person.id, visitor.view.language
    if side.kind is Kind.PHONE:
        code = room.changing.phone_codes.begin(person_id, value)
        letter = Letter("phone_confirm", Channel.SMS, value, language, person_id, {"code": code})
    else:
        link = f"{room.issuer}/email/{room.belongings.contacts.email_token(person_id, value)}"
        letter = Letter("email_confirm", Channel.MAIL, value, language, person_id, {"link": link})
    with room.database.work():
        before = contact_of(room, person_id, side.kind)
        if before is None or before.value != value:
            # Told to the addresses of before: whoever takes over a profile must not be able to do it in silence.
            room.changing.notices.tell(person_id, "contact_changed", language, link=f"{room.issuer}{PROFILE_URL}")
        room.belongings.contacts.put(person_id, side.kind, value, visitor.actor)
        room.changing.outbox.put(letter)
    return Done(side.sent_url)


def _too_often(room: AccountRoom, visitor: Visitor, side: _Side, value: str) -> Outcome | None:
    """One a minute, and not many an hour: a letter costs money, and a stranger may be at the other end."""
    tries, limits = room.changing.tries, room.changing.limits
    hourly = Limit(f"contact.{side.way}", tries.codes_per_name, tries.codes_within)
    counts = [(Limit(f"contact.{side.way}.pause", 1, _PAUSE), visitor.person.id), (hourly, visitor.person.id)]
    if side.kind is Kind.PHONE:
        counts.append((sms_limit(tries), value))
    for limit, who in counts:
        counted = limits.spend(limit, who)
        if not counted.is_allowed:
            return Stopped(TOO_OFTEN, None, counted.opens_at)
    return None


def _sent_page(room: AccountRoom, visitor: Visitor, side: _Side, errors: tuple[FieldError, ...]) -> Response:
    contact = contact_of(room, visitor.person.id, side.kind)
    if contact is None or contact.confirmed_at is not None:
        return see_other(PROFILE_URL)
    issue = room.form_keys.issue
    page = ContactSentPage(
        way=side.way,
        action_url=side.sent_url,
        form_key=issue(visitor.session.id, side.purpose("code")),
        again_url=f"{side.url}{_AGAIN}",
        again_key=issue(visitor.session.id, side.purpose("again")),
        masked=contact.masked,
        is_late=room.changing.delays.are_on((Channel.SMS if side.kind is Kind.PHONE else Channel.MAIL,)),
        errors=errors,
    )
    return room.screens.render(page, visitor.view, status=400 if errors else 200)


def _post_again(room: AccountRoom, visitor: Visitor, side: _Side) -> Response:
    outcome = post_once(room, visitor.session.id, side.purpose("again"), lambda: _again(room, visitor, side))
    return answer_of(room, visitor.view, outcome, lambda errors: _sent_page(room, visitor, side, errors))


def _again(room: AccountRoom, visitor: Visitor, side: _Side) -> Outcome:
    contact = contact_of(room, visitor.person.id, side.kind)
    if contact is None or contact.confirmed_at is not None:
        return Done(PROFILE_URL)
    return _too_often(room, visitor, side, contact.value) or _written_to(room, visitor, side, contact.value)


def _post_code(room: AccountRoom, visitor: Visitor, side: _Side) -> Response:
    outcome = post_once(room, visitor.session.id, side.purpose("code"), lambda: _confirmed(room, visitor, side))
    return answer_of(room, visitor.view, outcome, lambda errors: _sent_page(room, visitor, side, errors))


def _confirmed(room: AccountRoom, visitor: Visitor, side: _Side) -> Outcome:
    refused = code_refused(request.form.get("code", ""))
    if refused is not None:
        return refused
    person_id = visitor.person.id
    answer = room.changing.phone_codes.check(person_id, request.form.get("code", ""))
    if answer.state == "wrong" and answer.left:
        return wrong("code", "code.wrong", answer.left)
    # The number may have been changed in another window since the code was sent.
    if answer.state != "right" or not room.belongings.contacts.confirm(person_id, side.kind, answer.phone):
        return Stopped(CODE_GONE, side.sent_url)
    say(room.shelf, visitor.session.id, Said("phone"))
    return Done(PROFILE_URL)


def code_refused(unverified_code: str) -> Outcome | None:
    """What cannot be a code costs no try."""
    typed = "".join(unverified_code.split())
    if not typed:
        return wrong("code", "code.empty")
    return wrong("code", "code.length", len(typed)) if len(typed) != 6 else None

"""WELCOME, the end (E16): connect Gosuslugi now, or later where the region lets people in without it; and the phone's code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from flask import Response

from broker.connectors.identity import Level
from broker.directory.contact import Contact, Kind
from broker.limits.limits import Limit
from broker.linking.standing import DIARY
from broker.login.contact_letters import send_confirmation
from broker.login.neighbours import Neighbours
from broker.login.proving import connecting, in_by_password
from broker.login.visit import Visit, address_of, back_to_dispatcher
from broker.login.ways import main_way, title_of
from broker.login.wizard import Guest, entry_for, form_answered, form_key, sent_on, shown
from broker.messages.outbox import Channel
from broker.policy.entry import entry_page
from broker.screens.field_errors import FieldError
from broker.screens.wizard_pages import DonePage, PhoneCodePage

_FORM = "phone"
_DIGITS = 6
_NEWS_FOR = timedelta(days=365)
_CHANNELS = {Kind.PHONE: Channel.SMS, Kind.EMAIL: Channel.MAIL}
_AGAIN = Limit("confirm.again", 1, timedelta(seconds=60))


def show(rooms: Neighbours, visit: Visit, guest: Guest) -> Response:
    """The page. "Later" is there only if the person will really get in tomorrow."""
    attempt = visit.attempt
    waiting = {found.kind: found for found in rooms.contacts.of(guest.person.id) if found.confirmed_at is None}
    email, phone = waiting.get(Kind.EMAIL), waiting.get(Kind.PHONE)
    page = DonePage(
        connect_url=address_of(attempt, "/welcome/connect"),
        later_url=address_of(attempt, "/welcome/later") if _may_skip(rooms, guest) else None,
        closed_on=_closed_lately(rooms, guest),
        is_linked=rooms.links.of_person(guest.person.id) is not None,
        email=email.masked if email else None,
        phone=phone.masked if phone else None,
        phone_url=address_of(attempt, "/welcome/phone"),
        is_late=bool(waiting) and rooms.delays.are_on(_CHANNELS[kind] for kind in waiting),
        upstream=title_of(rooms, main_way(rooms, guest.region)),
    )
    return shown(rooms, visit, page)


def _closed_lately(rooms: Neighbours, guest: Guest) -> date | None:
    """Since when the password alone opens nothing; None when that is old, since a day of years ago is no news to anybody."""
    policy, now = rooms.policies.of_region(guest.region), rooms.outside.now()
    closed_on = entry_page(policy, now).password_closed_on
    return closed_on if closed_on is not None and policy.local_day(now) - closed_on < _NEWS_FOR else None


def connect(rooms: Neighbours, visit: Visit, guest: Guest) -> Response:
    """Off to Gosuslugi; whoever comes back with an identity is tied to the diary that was just opened."""
    if not guest.is_done:
        return back_to_dispatcher(visit.attempt)
    attempt = connecting(replace(visit.attempt, region=guest.region), main_way(rooms, guest.region))
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def later(rooms: Neighbours, visit: Visit, guest: Guest) -> Response:
    """In by the new diary password, which was chosen a moment ago."""
    if not guest.is_done or not _may_skip(rooms, guest):
        return back_to_dispatcher(visit.attempt)
    attempt = in_by_password(replace(visit.attempt, region=guest.region), guest.person.id, rooms.outside.now())
    rooms.attempts.save(replace(attempt, has_answered_offer=True))
    return back_to_dispatcher(attempt)


def show_phone(rooms: Neighbours, visit: Visit, guest: Guest, was_sent_again: bool = False) -> Response:
    """The form for the code, or that all is well."""
    phone = _phone_of(rooms, guest)
    if phone is None:
        return back_to_dispatcher(visit.attempt)
    return shown(rooms, visit, replace(_phone_page(rooms, visit, phone), was_sent_again=was_sent_again))


def confirm_phone(rooms: Neighbours, visit: Visit, guest: Guest, sent: tuple[str, str, str | None]) -> Response:
    """The form came back. `sent`: confirm or again, the code as it was typed, the form key."""
    act, unverified_code, key = sent
    phone = _phone_of(rooms, guest)
    if phone is None or phone.confirmed_at is not None:
        return show_phone(rooms, visit, guest)
    if act == "again":
        answer = form_answered(rooms, visit, (_FORM, key), lambda: _send_again(rooms, visit, guest, phone))
        return sent_on(answer)
    typed = "".join(unverified_code.split())
    if len(typed) != _DIGITS:
        error = FieldError("code", "code.length", len(typed)) if typed else FieldError("code", "code.empty")
        return _with_error(rooms, visit, phone, error)
    answer = form_answered(rooms, visit, (_FORM, key), lambda: _checked(rooms, visit, guest, typed))
    if isinstance(answer, str) and answer.startswith("!"):
        left = int(answer[1:])
        error = FieldError("code", "code.wrong", left) if left else FieldError("code", "code.gone")
        return _with_error(rooms, visit, phone, error)
    return sent_on(answer)


def _checked(rooms: Neighbours, visit: Visit, guest: Guest, typed: str) -> str:
    answer = rooms.phone_codes.check(guest.person.id, typed)
    if answer.state == "right":
        rooms.contacts.confirm(guest.person.id, Kind.PHONE, answer.phone)
        return address_of(visit.attempt, "/welcome/phone")
    return f"!{answer.left}"


def _send_again(rooms: Neighbours, visit: Visit, guest: Guest, phone: Contact) -> str:
    # The page says the same when nothing was sent: a minute has not passed, or too many were asked for.
    if rooms.limits.spend(_AGAIN, guest.person.id).is_allowed:
        send_confirmation(rooms, guest.person.id, phone, visit.view.language)
    return address_of(visit.attempt, "/welcome/phone?again")


def _may_skip(rooms: Neighbours, guest: Guest) -> bool:
    if not entry_for(rooms, guest.person, guest.region).may_skip_linking:
        return False
    return rooms.standing.of(guest.person.id, DIARY, Level.NOT_CONFIRMED.value, rooms.outside.now()).is_allowed


def _phone_of(rooms: Neighbours, guest: Guest) -> Contact | None:
    """The phone that a code was sent to, once the wizard is over."""
    found = (contact for contact in rooms.contacts.of(guest.person.id) if contact.kind is Kind.PHONE)
    return next(found, None) if guest.is_done else None


def _with_error(rooms: Neighbours, visit: Visit, phone: Contact, error: FieldError) -> Response:
    return shown(rooms, visit, replace(_phone_page(rooms, visit, phone), errors=(error,)), has_errors=True)


def _phone_page(rooms: Neighbours, visit: Visit, phone: Contact) -> PhoneCodePage:
    return PhoneCodePage(
        action_url=address_of(visit.attempt, "/welcome/phone"),
        form_key=form_key(rooms, visit, _FORM),
        back_url=address_of(visit.attempt),
        phone=phone.masked,
        is_right=phone.confirmed_at is not None,
        is_late=phone.confirmed_at is None and rooms.delays.are_on((Channel.SMS,)),
    )

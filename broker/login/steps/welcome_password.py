"""WELCOME, step 3 (E14): a new password and the rules. The invitation is spent and the diary opened in one unit of work."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response

from broker.audit.event import Actor
from broker.directory.field_refused import FieldRefused
from broker.directory.invitations import Stage
from broker.linking.standing import DIARY
from broker.login.neighbours import Neighbours
from broker.login.proving import finished_wizard, welcomed
from broker.login.visit import Visit, address_of, service_name
from broker.login.wizard import (
    Guest,
    Overtaken,
    deadline_of,
    form_answered,
    form_key,
    sent_on,
    shown,
    stopped,
    with_more_time,
)
from broker.screens.field_errors import FieldError
from broker.screens.pages import ReturningPage
from broker.screens.wizard_pages import PasswordPage

_FORM = "password"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The form, unverified. `repeat` is None where scripts are on, since the person can look at what they typed."""

    password: str
    repeat: str | None
    accepts_rules: bool
    form_key: str | None = None

    def __repr__(self) -> str:
        return "Chosen(...)"


def show(rooms: Neighbours, visit: Visit, guest: Guest) -> Response:
    """The page."""
    return _page(rooms, visit, guest, False, ())


def finish(rooms: Neighbours, visit: Visit, guest: Guest, chosen: Chosen) -> Response:
    """The form came back. Of two posts, or two browsers, exactly one finishes."""
    errors = _faults(rooms, guest, chosen)
    if errors:
        return _page(rooms, visit, guest, chosen.accepts_rules, errors)
    answer = form_answered(rooms, visit, (_FORM, chosen.form_key), lambda: _finished(rooms, visit, guest, chosen))
    if visit.attempt.identity is None or isinstance(answer, Response):
        return sent_on(answer)
    # The way from here may end at the service without a page between; a redirect there would look dead in Chromium.
    name = service_name(visit.facts.client, visit.view) or rooms.screens.settings.brand(visit.view.language)
    return rooms.screens.render(ReturningPage(name, answer), visit.view)


def _finished(rooms: Neighbours, visit: Visit, guest: Guest, chosen: Chosen) -> str:
    person, invitation = guest.person, guest.invitation
    actor = Actor("person", person.id)
    # Hashed before anything is locked: it takes a while.
    made = rooms.credentials.prepare(person, chosen.password)
    try:
        with rooms.database.work():
            # The card is locked first, as by everybody who changes ways in.
            if not rooms.invitations.finish(invitation.id, actor):
                raise Overtaken
            rooms.credentials.set_password(person, made, actor, accepts_rules=True)
            rooms.invitations.advance(invitation.id, Stage.DONE)
            # Whoever is in by the password of before is out: a new invitation is what a school gives when that one was stolen.
            rooms.end_others(person.id, "", "password_changed", actor, DIARY)
            rooms.notices.tell(person.id, "invitation_used")
    except Overtaken:
        # The unit of work is undone: the password of whoever was faster stays.
        return stopped(rooms, visit.attempt, guest)
    attempt = finished_wizard(visit.attempt)
    # Whoever came from Gosuslugi has nothing more to be asked: the diary is tied next.
    done = welcomed(attempt) if attempt.identity is not None else attempt
    rooms.attempts.save(with_more_time(rooms, done))
    return address_of(done)


def _faults(rooms: Neighbours, guest: Guest, chosen: Chosen) -> tuple[FieldError, ...]:
    errors = list(_of_password(rooms, guest, chosen))
    if not chosen.accepts_rules:
        errors.append(FieldError("rules", "rules"))
    return tuple(errors)


def _of_password(rooms: Neighbours, guest: Guest, chosen: Chosen) -> tuple[FieldError, ...]:
    if chosen.repeat is not None and chosen.repeat != chosen.password:
        return (FieldError("password_repeat", "password.repeat"),)
    if rooms.invitations.is_password_of(guest.invitation, chosen.password):
        return (FieldError("password", "password.same"),)
    try:
        rooms.credentials.require_good(guest.person, chosen.password)
    except FieldRefused as refused:
        return (FieldError("password", refused.message, refused.n),)
    return ()


def _page(rooms: Neighbours, visit: Visit, guest: Guest, rules: bool, errors: tuple[FieldError, ...]) -> Response:
    page = PasswordPage(
        action_url=address_of(visit.attempt, "/welcome/password"),
        form_key=form_key(rooms, visit, _FORM),
        back_url=address_of(visit.attempt, "/welcome/contacts"),
        deadline=deadline_of(rooms, visit, guest),
        login=guest.person.login or "",
        rules=rules,
        errors=errors,
    )
    return shown(rooms, visit, page, has_errors=bool(errors))

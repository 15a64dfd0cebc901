"""FIRST: the form for the login and temporary password of an invitation (E11)."""

from __future__ import annotations

from dataclasses import replace

from flask import Response

from broker.audit.catalogue import LoginRefused
from broker.audit.event import Actor
from broker.directory.invitations import Opened
from broker.login.answered import SecretForm, secret_answered
from broker.login.attempt import Attempt
from broker.login.invited import either_password, with_invitation
from broker.login.neighbours import Neighbours
from broker.login.secrets_tried import Tried, as_answer, try_secret
from broker.login.typed import Typed
from broker.login.visit import Visit, address_of, see_other
from broker.login.wizard import FIRST_FORM, form_key, purpose_of, region_of_person, with_more_time
from broker.screens.field_errors import FieldError
from broker.screens.wizard_pages import FirstPage

_ACTIVE = "active"


def first(rooms: Neighbours, visit: Visit) -> Response:
    """The page."""
    return rooms.screens.render(_page(rooms, visit), visit.view)


def open_invitation(rooms: Neighbours, visit: Visit, typed: Typed) -> Response:
    """The form came back. A second post gets the first one's answer and costs no try."""
    form = SecretForm(
        purpose=purpose_of(visit, FIRST_FORM),
        attempt_it=lambda: _tried(rooms, visit, typed),
        again=lambda errors, status: _again(rooms, visit, typed, errors, status),
    )
    answer = secret_answered(rooms, visit, typed, form)
    if answer == _ACTIVE:
        return rooms.screens.render(replace(_page(rooms, visit), is_active=True, login=typed.login.strip()), visit.view)
    return see_other(answer) if isinstance(answer, str) else answer


def _tried(rooms: Neighbours, visit: Visit, typed: Typed) -> str:
    found = try_secret(rooms, visit, typed.login, lambda: either_password(rooms, typed))
    if isinstance(found, Opened):
        return _opened(rooms, visit, found)
    # Whoever has the ordinary password opened this diary long ago and has only come to the wrong form.
    return as_answer(found) if isinstance(found, Tried) else _ACTIVE


def _opened(rooms: Neighbours, visit: Visit, opened: Opened) -> str:
    """The wizard, or the page that says why not. From here on the person's own region speaks."""
    attempt = replace(visit.attempt, region=region_of_person(rooms, opened.person, visit.attempt.region))
    attempt = with_invitation(rooms, attempt, opened)
    if attempt.refusal is not None:
        _note(rooms, attempt, opened)
    rooms.attempts.save(with_more_time(rooms, attempt))
    return address_of(attempt)


def _note(rooms: Neighbours, attempt: Attempt, opened: Opened) -> None:
    if attempt.refusal is None:
        return
    event = LoginRefused(attempt.client_id, attempt.refusal.cause, attempt.region, opened.person.id)
    with rooms.database.work():
        rooms.journal.append(event, Actor("person", opened.person.id))


def _again(rooms: Neighbours, visit: Visit, typed: Typed, errors: tuple[FieldError, ...], status: int) -> Response:
    page = replace(_page(rooms, visit), login=typed.login.strip(), errors=errors)
    return rooms.screens.render(page, visit.view, status=status)


def _page(rooms: Neighbours, visit: Visit) -> FirstPage:
    return FirstPage(
        action_url=address_of(visit.attempt, "/first"),
        login=visit.attempt.typed_login,
        form_key=form_key(rooms, visit, FIRST_FORM),
        sign_in_url=address_of(visit.attempt, "/again"),
    )

"""PASSWORD: the form below the Gosuslugi button, where a region still lets people in by diary login and password alone."""

from __future__ import annotations

from dataclasses import replace

from flask import Response

from broker.directory.invitations import Opened
from broker.directory.person import Person
from broker.linking.facts import region_for
from broker.login.answered import SecretForm, secret_answered
from broker.login.attempt import Attempt
from broker.login.attempts import Gone
from broker.login.causes_shown import PASSWORD_CLOSED, page_of, refusal_of
from broker.login.facts import gather
from broker.login.invited import either_password, with_invitation
from broker.login.neighbours import Neighbours
from broker.login.next_step import Step, next_step
from broker.login.proving import in_by_password
from broker.login.region import policy_of
from broker.login.secrets_tried import Tried, as_answer, try_secret
from broker.login.start_page import password_form_is_open, password_purpose, start_page
from broker.login.typed import LONGEST_LOGIN, Typed
from broker.login.visit import Visit, address_of, back_to_dispatcher, see_other, service_name
from broker.screens.field_errors import FieldError
from broker.screens.pages import ReturningPage

_OTHER_REGION = 3112


def submit(rooms: Neighbours, visit: Visit, typed: Typed) -> Response:
    """Diary login and password below the button, where somebody of the region still gets in by them. One press is one try."""
    attempt = visit.attempt
    if next_step(attempt, visit.facts) is not Step.CHOOSE or not attempt.region:
        return back_to_dispatcher(attempt)
    if not password_form_is_open(rooms, attempt):
        return page_of(rooms, attempt, refusal_of(rooms, PASSWORD_CLOSED), visit.view)
    form = SecretForm(
        purpose=password_purpose(attempt),
        attempt_it=lambda: _tried(rooms, visit, typed),
        again=lambda errors, status: _again(rooms, visit, typed, errors, status),
    )
    answer = secret_answered(rooms, visit, typed, form)
    return _sent_on(rooms, visit, answer) if isinstance(answer, str) else answer


def _sent_on(rooms: Neighbours, visit: Visit, url: str) -> Response:
    """To the dispatcher; by a page of ours where that would send the browser to the service at once, since a redirect to another
    host after a form looks dead in Chromium (CSP 3, 6.4.2)."""
    found = rooms.attempts.find(visit.attempt.id, visit.brought.browser)
    if isinstance(found, Gone) or found.asked is None:
        return see_other(url)
    step = next_step(found, gather(rooms, found, rooms.sessions.current(visit.brought.session)))
    if step not in {Step.FINISH, Step.ANSWER}:
        return see_other(url)
    return rooms.screens.render(ReturningPage(service_name(visit.facts.client, visit.view) or "", url), visit.view)


def _tried(rooms: Neighbours, visit: Visit, typed: Typed) -> str:
    found: Person | Opened | Tried = try_secret(rooms, visit, typed.login, lambda: either_password(rooms, typed))
    if isinstance(found, Tried):
        return as_answer(found)
    if isinstance(found, Opened):
        attempt = with_invitation(rooms, visit.attempt, found)
    else:
        attempt = _let_in(rooms, visit.attempt, found)
    rooms.attempts.save(attempt)
    return address_of(attempt)


def _let_in(rooms: Neighbours, attempt: Attempt, person: Person) -> Attempt:
    """Whether the rules let this person in is asked at every step from here on; only the region is settled now."""
    now = rooms.outside.now()
    own = region_for(person, policy_of(rooms, attempt.region).local_day(now), attempt.region)
    if own != attempt.region:
        return attempt.refused(replace(refusal_of(rooms, _OTHER_REGION), region=own))
    return in_by_password(attempt, person.id, now)


def _again(rooms: Neighbours, visit: Visit, typed: Typed, errors: tuple[FieldError, ...], status: int) -> Response:
    page = start_page(rooms, visit)
    if page.password is not None:
        kept = replace(page.password, login=typed.login.strip()[:LONGEST_LOGIN], errors=errors)
        page = replace(page, password=kept)
    return rooms.screens.render(page, visit.view, status=status)

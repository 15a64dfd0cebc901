"""PROVE: the diary login and password beside a Gosuslugi identity. CONFIRM: is this your diary? LINKED: it is told once."""

from __future__ import annotations

from dataclasses import replace

from flask import Response

from broker.directory.invitations import Opened
from broker.directory.person import Person
from broker.login.answered import SecretForm, answered_once, secret_answered
from broker.login.attempt import Attempt, Refusal
from broker.login.causes_shown import school_card, support_card
from broker.login.invited import either_password, with_invitation
from broker.login.neighbours import Neighbours
from broker.login.next_step import Step, next_step
from broker.login.places import current_places
from broker.login.proving import asking, confirmed, shown_password
from broker.login.region import policy_of
from broker.login.secrets_tried import Tried, as_answer, try_secret
from broker.login.typed import LONGEST_LOGIN, Typed
from broker.login.visit import Visit, address_of, back_to_dispatcher, see_other, service_name
from broker.login.ways import title_of, upstream_of
from broker.screens.field_errors import FieldError
from broker.screens.forms import FormStale
from broker.screens.link_pages import ConfirmPage, LinkedPage, ProvePage, Reason, Who
from broker.screens.texts import words_of
from broker.screens.values import RegionName
from broker.screens.ways import variant_for


def prove(rooms: Neighbours, visit: Visit) -> Response:
    """E7. Nothing of any card is shown: the person has not proven that one is theirs."""
    return rooms.screens.render(_page(rooms, visit), visit.view)


def ask(rooms: Neighbours, visit: Visit) -> Response:
    """A page sent the person here to show a diary password: "connect with login", "enter another login"."""
    if visit.attempt.identity is None or visit.facts.knows_person:
        return back_to_dispatcher(visit.attempt)
    attempt = asking(visit.attempt, "prove")
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def submit(rooms: Neighbours, visit: Visit, typed: Typed) -> Response:
    """What was typed. One press is one try, however often it is sent."""
    attempt = visit.attempt
    if next_step(attempt, visit.facts) is not Step.PROVE:
        return back_to_dispatcher(attempt)
    form = SecretForm(
        purpose=_purpose(attempt),
        attempt_it=lambda: _tried(rooms, visit, typed),
        again=lambda errors, status: _again(rooms, visit, typed, errors, status),
    )
    answer = secret_answered(rooms, visit, typed, form)
    return see_other(answer) if isinstance(answer, str) else answer


def confirm(rooms: Neighbours, visit: Visit) -> Response:
    """E8. The password was right, so first name, initial, class and school may be shown; nothing else is."""
    person = _proven(rooms, visit.attempt)
    if person is None:
        return _forget(rooms, visit)
    page = ConfirmPage(
        action_url=address_of(visit.attempt, "/link/confirm"),
        form_key=rooms.form_keys.issue(visit.attempt.browser, _confirm_purpose(visit.attempt)),
        first_name=person.name,
        initial=f"{person.surname[:1]}.",
        places=current_places(rooms, person, visit.view),
    )
    return rooms.screens.render(page, visit.view)


def decide(rooms: Neighbours, visit: Visit, decision: str, unverified_key: str | None) -> Response:
    """Yes: MATCH ties. No: the proof is gone and another login may be entered."""
    attempt = visit.attempt
    if next_step(attempt, visit.facts) is not Step.CONFIRM:
        return back_to_dispatcher(attempt)
    sent = (_confirm_purpose(attempt), unverified_key)
    answer = answered_once(rooms, visit, sent, lambda: _decided(rooms, attempt, decision))
    return see_other(answer) if isinstance(answer, str) else answer


def linked(rooms: Neighbours, visit: Visit) -> Response:
    """E9, after linking by hand. The way on is a link of its own, so that a reload shows the page again."""
    person_id = visit.attempt.person_id or ""
    written_to = [found for found in rooms.contacts.of(person_id) if found.confirmed_at is not None]
    page = LinkedPage(
        onward_url=address_of(visit.attempt, "/onward"),
        service=service_name(visit.facts.client, visit.view),
        masked=written_to[0].masked if written_to else None,
        upstream=title_of(rooms, upstream_of(visit.attempt)),
    )
    return rooms.screens.render(page, visit.view)


def onward(rooms: Neighbours, visit: Visit) -> Response:
    """The person has seen it."""
    attempt = replace(visit.attempt, shows_linked=False)
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def _tried(rooms: Neighbours, visit: Visit, typed: Typed) -> str:
    found: Person | Opened | Tried = try_secret(rooms, visit, typed.login, lambda: either_password(rooms, typed))
    if isinstance(found, Tried):
        return as_answer(found)
    if isinstance(found, Opened):
        attempt = with_invitation(rooms, visit.attempt, found)
    else:
        attempt = shown_password(visit.attempt, found.id, rooms.outside.token(8))
    rooms.attempts.save(attempt)
    return address_of(attempt)


def _decided(rooms: Neighbours, attempt: Attempt, decision: str) -> str:
    if decision not in {"yes", "no"}:
        raise FormStale
    after = confirmed(attempt) if decision == "yes" else asking(attempt, "prove")
    rooms.attempts.save(after)
    return address_of(after)


def _forget(rooms: Neighbours, visit: Visit) -> Response:
    attempt = asking(visit.attempt, "prove")
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def _proven(rooms: Neighbours, attempt: Attempt) -> Person | None:
    return rooms.directory.find_person(attempt.proof.person_id) if attempt.proof is not None else None


def _again(rooms: Neighbours, visit: Visit, typed: Typed, errors: tuple[FieldError, ...], status: int) -> Response:
    page = replace(_page(rooms, visit), login=typed.login.strip()[:LONGEST_LOGIN], errors=errors)
    return rooms.screens.render(page, visit.view, status=status)


def _page(rooms: Neighbours, visit: Visit) -> ProvePage:
    attempt, why, identity = visit.attempt, visit.attempt.doubt, visit.attempt.identity
    title = title_of(rooms, upstream_of(attempt))
    first_name, surname = (identity.name or "", identity.surname or "") if identity else ("", "")
    return ProvePage(
        action_url=address_of(attempt, "/link"),
        login=attempt.typed_login,
        form_key=rooms.form_keys.issue(attempt.browser, _purpose(attempt)),
        cancel_url=address_of(attempt, "/cancel"),
        change_url=address_of(attempt, "/other"),
        none_url=address_of(attempt, "/recover"),
        who=Who(first_name, surname[:1]),
        zone=policy_of(rooms, attempt.region).zone,
        reason=_reason(why, title) if why is not None else None,
        school=school_card(rooms, why, visit.view) if why is not None else None,
        support=support_card(policy_of(rooms, attempt.region), visit.view),
        upstream=title,
    )


def _reason(why: Refusal, title: RegionName | None) -> Reason:
    return Reason(why.cause, why.case_number, why.at, variant_for(why.cause, title), words_of(why.fields, "field"))


def _purpose(attempt: Attempt) -> str:
    # A form shown beside one Gosuslugi account must not tie another that came into the same attempt later.
    subject = attempt.identity.subject if attempt.identity else ""
    return f"link:{attempt.id}:{subject}"


def _confirm_purpose(attempt: Attempt) -> str:
    return f"confirm:{_purpose(attempt)}:{attempt.proof.person_id if attempt.proof else ''}"

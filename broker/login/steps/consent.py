"""CONSENT: a third-party service learns nothing before the person has seen what, and said yes."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response

from broker.audit.catalogue import LoginRefused
from broker.audit.event import Actor
from broker.clients.client import Client
from broker.consent.age import needs_parent
from broker.consent.details import is_wish
from broker.consent.items import items_of, name_key_of
from broker.directory.person import Person, Role
from broker.login.answered import answered_once
from broker.login.attempt import Attempt
from broker.login.causes_shown import page_of, refusal_of
from broker.login.children import whose
from broker.login.consent_values import value_of, with_reasons
from broker.login.neighbours import Neighbours
from broker.login.visit import Visit, address_of, back_to_dispatcher, service_name
from broker.screens.consent_page import ConsentItem, ConsentPage
from broker.screens.forms import FormStale
from broker.screens.pages import ReturningPage
from broker.screens.values import Word

ACCESS_DENIED = "access_denied"


def ask(rooms: Neighbours, visit: Visit) -> Response:
    """E5: who asks, and the actual values it will learn."""
    attempt, facts = visit.attempt, visit.facts
    if facts.client is None or facts.person is None:
        return back_to_dispatcher(attempt)
    if _a_parent_decides(rooms, attempt, facts.person):
        return _left_to_parent(rooms, visit, facts.client, facts.person)
    before = rooms.consents.find(facts.client.client_id, facts.person.id)
    page = ConsentPage(
        service=service_name(facts.client, visit.view) or "",
        organisation=facts.client.organisation,
        host=urlsplit(facts.client.redirect_uris[0]).netloc,
        items=with_reasons(facts.client, _items(rooms, visit, facts.person, facts.missing_items), visit.view.language),
        term_key="year",
        verified=facts.client.environment == "production",
        action_url=address_of(attempt, "/consent"),
        form_key=rooms.form_keys.issue(attempt.browser, _purpose(attempt)),
        not_you_url=address_of(attempt, "/other"),
        has_wishes=bool(attempt.asked and attempt.asked.wishes),
        year_passed=before is not None and not before.is_alive(rooms.outside.now()),
    )
    return rooms.screens.render(page, visit.view)


def decide(rooms: Neighbours, visit: Visit, decision: str, unverified_key: str | None) -> Response:
    """The answer. A page of our own sends the browser on: a redirect to another host after a form looks dead in Chromium."""
    sent = (_purpose(visit.attempt), unverified_key)
    answer = answered_once(rooms, visit, sent, lambda: _decided(rooms, visit, decision))
    if isinstance(answer, Response):
        return answer
    return rooms.screens.render(ReturningPage(service_name(visit.facts.client, visit.view) or "", answer), visit.view)


def _decided(rooms: Neighbours, visit: Visit, decision: str) -> str:
    """Write the answer down. Only what the page asked about counts, and only while it still has to be asked."""
    attempt, client, person = visit.attempt, visit.facts.client, visit.facts.person
    if not visit.facts.missing_items or client is None or person is None or attempt.asked is None:
        return address_of(attempt)
    if _a_parent_decides(rooms, attempt, person):
        return address_of(attempt)
    if decision == "allow":
        with rooms.database.work():
            rooms.consents.give(client.client_id, person.id, _asked_items(attempt), rooms.journal)
            # Asked when the person was younger: the answer is theirs by now.
            rooms.askings.settle(person.id, client.client_id)
            _tell(rooms, visit, client, person)
        rooms.attempts.save(attempt.consented())
    elif decision == "deny":
        _deny(rooms, attempt, client, person)
    else:
        raise FormStale
    return address_of(attempt)


def _deny(rooms: Neighbours, attempt: Attempt, client: Client, person: Person) -> None:
    with rooms.database.work():
        rooms.journal.append(LoginRefused(client.client_id, 7005, attempt.region, person.id), Actor("person", person.id))
    rooms.attempts.save(attempt.answered(ACCESS_DENIED))


def _tell(rooms: Neighbours, visit: Visit, client: Client, person: Person) -> None:
    """A letter about the new permission, inside the caller's unit of work."""
    language = visit.view.language
    items = tuple(Word(f"consent.item.{name_key_of(item)}") for item in _asked_items(visit.attempt) if item != "openid")
    rooms.notices.tell(
        person.id,
        "consent_given",
        language,
        service=service_name(client, visit.view) or "",
        items=str(rooms.screens.texts.value(language, items, rooms.screens.settings.zone)),
        link=f"{rooms.issuer}/me/permissions",
    )


def _a_parent_decides(rooms: Neighbours, attempt: Attempt, person: Person) -> bool:
    day = rooms.policies.of_region(attempt.region).local_day(rooms.outside.now())
    is_pupil_only = set(person.roles_on(day)) <= {Role.PUPIL}
    return needs_parent(person.birth_date, day, rooms.askings.own_from_age, is_pupil_only=is_pupil_only)


def _left_to_parent(rooms: Neighbours, visit: Visit, client: Client, person: Person) -> Response:
    """7012: what the service asks is kept for the parents to decide. What they have allowed before is not asked again, even if
    the service wants it to be (prompt=consent): the child has no say in it."""
    attempt, items = visit.attempt, _asked_items(visit.attempt)
    if not rooms.consents.missing(client, person.id, items, False):
        rooms.attempts.save(attempt.consented())
        return back_to_dispatcher(attempt)
    refusal = refusal_of(rooms, 7012)
    with rooms.database.work():
        rooms.askings.keep(person.id, client.client_id, items, rooms.journal)
        rooms.journal.append(LoginRefused(client.client_id, 7012, attempt.region, person.id), Actor("person", person.id))
    attempt = attempt.refused(refusal)
    rooms.attempts.save(attempt)
    return page_of(rooms, attempt, refusal, visit.view)


def _asked_items(attempt: Attempt) -> tuple[str, ...]:
    return items_of(attempt.asked.scopes, attempt.asked.claims, attempt.asked.wishes) if attempt.asked else ()


def _purpose(attempt: Attempt) -> str:
    # A key shown to one person must not carry the "yes" of another who signs in on the same page.
    return f"consent:{attempt.id}:{attempt.person_id}:{attempt.client_id}:{','.join(_asked_items(attempt))}"


def _items(rooms: Neighbours, visit: Visit, person: Person, missing: tuple[str, ...]) -> tuple[ConsentItem, ...]:
    return tuple(
        ConsentItem(name_key_of(item), _value(rooms, visit, person, item), is_new=item in missing)
        for item in _asked_items(visit.attempt)
    )


def _value(rooms: Neighbours, visit: Visit, person: Person, item: str) -> str:
    if is_wish(item) and visit.facts.client is not None:
        return whose(rooms, visit.facts.client, person, item)
    return value_of(rooms, person, item, visit.view)

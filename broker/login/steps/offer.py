"""OFFER: in by the diary password in a time of transition; connect Gosuslugi now, or later where the region allows it."""

from __future__ import annotations

from dataclasses import replace

from flask import Response

from broker.directory.person import Person
from broker.linking.facts import is_only_parent, person_facts, region_for
from broker.login.neighbours import Neighbours
from broker.login.next_step import Step, next_step
from broker.login.proving import connecting, inside_again
from broker.login.region import policy_of
from broker.login.visit import Visit, address_of, back_to_dispatcher
from broker.login.ways import main_way, title_of
from broker.policy.entry import Entry, entry_of, entry_page
from broker.screens.link_pages import OfferPage


def offer(rooms: Neighbours, visit: Visit) -> Response:
    """The page of F6."""
    person = visit.facts.person
    if person is None:
        return back_to_dispatcher(visit.attempt)
    warning = entry_page(policy_of(rooms, visit.attempt.region), rooms.outside.now()).warning
    page = OfferPage(
        connect_url=address_of(visit.attempt, "/connect"),
        later_url=address_of(visit.attempt, "/later") if _entry(rooms, visit, person).may_skip_linking else None,
        warning=(warning.ru if visit.view.language == "ru" else warning.en) if warning is not None else None,
        upstream=title_of(rooms, main_way(rooms, visit.attempt.region)),
    )
    return rooms.screens.render(page, visit.view)


def connect(rooms: Neighbours, visit: Visit) -> Response:
    """Yes: to the upstream; whoever has just shown the password stays the one who did."""
    if next_step(visit.attempt, visit.facts) is not Step.OFFER:
        return back_to_dispatcher(visit.attempt)
    attempt = connecting(visit.attempt, main_way(rooms, visit.attempt.region))
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def later(rooms: Neighbours, visit: Visit) -> Response:
    """Not now, where the region allows that."""
    attempt, person = visit.attempt, visit.facts.person
    if next_step(attempt, visit.facts) is Step.OFFER and person is not None and _entry(rooms, visit, person).may_skip_linking:
        attempt = replace(attempt, has_answered_offer=True)
        rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def inside(rooms: Neighbours, visit: Visit) -> Response:
    """The trip came to nothing; the person goes on from where it began."""
    if visit.attempt.refusal is None or visit.attempt.proof is None:
        return back_to_dispatcher(visit.attempt)
    attempt = inside_again(visit.attempt)
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def _entry(rooms: Neighbours, visit: Visit, person: Person) -> Entry:
    now, chosen = rooms.outside.now(), visit.attempt.region
    region = region_for(person, policy_of(rooms, chosen).local_day(now), chosen)
    policy = policy_of(rooms, region)
    day = policy.local_day(now)
    children = rooms.directory.children_count(person.id) if is_only_parent(person, day) else 0
    return entry_of(policy, person_facts(person, day, children, region), now)

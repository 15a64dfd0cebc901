"""From a refusal to its page: the words' variables, the way on, who helps, the numbers to read aloud."""

from __future__ import annotations

from datetime import timedelta

from flask import Response

from broker.foundation.outside import Outside
from broker.login.attempt import Attempt, Refusal
from broker.login.neighbours import Neighbours
from broker.login.region import name_of, policy_of
from broker.login.visit import address_of, service_name
from broker.policy.rules import RegionPolicy
from broker.screens.causes import cause
from broker.screens.pages import CausePage, SchoolCard, SupportCard
from broker.screens.texts import words_of
from broker.screens.values import Value
from broker.screens.view import View

# The same attempt goes on: nothing the person did was wrong, and nothing is lost by pressing again.
_RETRIED = frozenset({2101, 2102})
# The dispatcher knows what to show next: the page was merely early or old.
_LOOKED_AT_AGAIN = frozenset({1004, 1009})
# What the service has to put right: another try here leads to the same page.
_OF_SERVICE = frozenset({7001, 7003})
_ROLE_WORDS = {"school_administrator": "school_admin"}


def case_number(outside: Outside) -> str:
    """A random number to read aloud, such as 4821-7730. It means nothing to anybody but staff."""
    digits = f"{int.from_bytes(outside.random(8), 'big') % 100_000_000:08d}"
    return f"{digits[:4]}-{digits[4:]}"


def refusal_of(rooms: Neighbours, code: int) -> Refusal:
    """A bare refusal, now."""
    return Refusal(cause=code, at=rooms.outside.now(), case_number=case_number(rooms.outside))


def page_of(rooms: Neighbours, attempt: Attempt, refusal: Refusal, view: View) -> Response:
    """The page of a refusal of this attempt."""
    client = rooms.clients.find(attempt.client_id) if attempt.asked else None
    policy = policy_of(rooms, refusal.region or attempt.region)
    page = CausePage(
        cause=cause(refusal.cause),
        at=refusal.at,
        zone=policy.zone,
        variables=_variables(rooms, attempt, refusal),
        case_number=refusal.case_number,
        school=_school(rooms, refusal, view),
        primary_url=_primary(rooms, attempt, refusal),
        service=service_name(client, view),
        support=_support(policy, view),
    )
    return rooms.screens.render(page, view)


def plain_page(rooms: Neighbours, code: int, view: View, primary_url: str | None = "/login") -> Response:
    """A cause page outside of any attempt this browser may see. There is no case: nothing is known about anybody."""
    page = CausePage(
        cause=cause(code),
        at=rooms.outside.now(),
        zone=rooms.policies.default.zone,
        variables={"host": rooms.host},
        primary_url=primary_url,
    )
    return rooms.screens.render(page, view)


def _variables(rooms: Neighbours, attempt: Attempt, refusal: Refusal) -> dict[str, Value]:
    found: dict[str, Value] = {
        "host": rooms.host,
        "wait": timedelta(seconds=max(1, refusal.waited_seconds)),
        "fields": words_of(refusal.fields, "field"),
    }
    chosen, actual = name_of(rooms, attempt.region), name_of(rooms, refusal.region)
    if chosen and actual:
        found |= {"chosen": chosen, "actual": actual}
    if refusal.cause == 7009:
        client = rooms.clients.find(attempt.client_id)
        found |= {"roles": _roles(client.roles if client else ()), "role": _roles(refusal.roles)}
    return found


def _roles(roles: tuple[str, ...]) -> Value:
    return words_of((_ROLE_WORDS.get(role, role) for role in roles), "role")


def _primary(rooms: Neighbours, attempt: Attempt, refusal: Refusal) -> str | None:
    if refusal.cause in _RETRIED:
        return address_of(attempt, f"/to/{rooms.settings.connectors[0]}")
    if refusal.cause in _LOOKED_AT_AGAIN:
        return address_of(attempt)
    if refusal.cause == 3112 and refusal.region:
        return address_of(attempt, f"/region/{refusal.region}")
    if cause(refusal.cause).leads_to:
        return None
    if refusal.cause in _OF_SERVICE:
        return "/login"
    return address_of(attempt, "/again")


def _support(policy: RegionPolicy, view: View) -> SupportCard:
    hours = policy.support.hours_ru if view.language == "ru" else policy.support.hours_en
    return SupportCard(policy.support.phone, policy.support.mail, hours)


def _school(rooms: Neighbours, refusal: Refusal, view: View) -> SchoolCard | None:
    school = rooms.directory.find_school(refusal.school_id) if refusal.school_id else None
    if school is None or school.contact is None:
        return None
    contact = school.contact
    name = school.name_ru if view.language == "ru" else school.name_en
    return SchoolCard(name, contact.days, contact.hours, contact.room, contact.phone)

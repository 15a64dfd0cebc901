"""From a refusal to its page: the words' variables, the way on, who helps, the numbers to read aloud."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Response

from broker.foundation.outside import Outside
from broker.login.attempt import Attempt, Refusal
from broker.login.neighbours import Neighbours
from broker.login.region import name_of, policy_of
from broker.login.visit import address_of, service_name
from broker.login.ways import title_of, upstream_of, ways_in
from broker.policy.entry import entry_page
from broker.policy.rules import RegionPolicy
from broker.screens.causes import cause
from broker.screens.pages import CausePage, SchoolCard, SupportCard
from broker.screens.texts import words_of
from broker.screens.values import RegionName, Value
from broker.screens.view import View
from broker.screens.ways import variant_for

# What an upstream itself had to say; nothing was learnt about anybody.
_UPSTREAMS_OWN = frozenset(range(2101, 2109)) | {2113, 2114, 2116}
PASSWORD_CLOSED = 4006
# The button of the upstream is the way on: nothing the person did was wrong, or nothing else opens a diary.
_BY_UPSTREAM = frozenset({2101, 2102, 4004, PASSWORD_CLOSED})
# Nobody came by an upstream: the words are about the one of the button.
_ABOUT_BUTTON = frozenset({4004, PASSWORD_CLOSED})
# The way on below the attempt. 1004, 1009, 5001: the dispatcher knows what to show next.
_ONWARD = {
    1004: "",
    1009: "",
    5001: "",
    2111: "/link",
    3101: "/link",
    3106: "/link",
    3107: "/link",
    3110: "/first",
    3115: "/link",
    3202: "/own",
}
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
        school=school_card(rooms, refusal, view),
        primary_url=_primary(rooms, attempt, refusal),
        service=service_name(client, view),
        support=support_card(policy, view),
        variant=_variant(rooms, attempt, refusal),
    )
    return rooms.screens.render(page, view)


def plain_page(
    rooms: Neighbours, code: int, view: View, primary_url: str | None = "/login", upstream: str = ""
) -> Response:
    """A cause page outside of any attempt this browser may see. There is no case: nothing is known about anybody. `upstream` is
    the one that the words are about."""
    title = title_of(rooms, upstream)
    page = CausePage(
        cause=cause(code),
        at=rooms.outside.now(),
        zone=rooms.policies.default.zone,
        variables={"host": rooms.host} | ({"upstream": title} if title is not None else {}),
        primary_url=primary_url,
        variant=variant_for(code, title),
    )
    return rooms.screens.render(page, view)


def _variant(rooms: Neighbours, attempt: Attempt, refusal: Refusal) -> str:
    return variant_for(refusal.cause, _named(rooms, attempt, refusal))


def _named(rooms: Neighbours, attempt: Attempt, refusal: Refusal) -> RegionName | None:
    """The title of the upstream that the words are about; None for Gosuslugi."""
    return title_of(rooms, _again_by(rooms, attempt) if refusal.cause in _ABOUT_BUTTON else upstream_of(attempt))


def school_card(rooms: Neighbours, refusal: Refusal, view: View) -> SchoolCard | None:
    """Who helps at the school that the page may name; None when it may not, or the school has said nothing about itself."""
    school = rooms.directory.find_school(refusal.school_id) if refusal.school_id else None
    if school is None or school.contact is None:
        return None
    contact = school.contact
    name = school.name_ru if view.language == "ru" else school.name_en
    return SchoolCard(name, *contact.told_in(view.language))


def support_card(policy: RegionPolicy, view: View) -> SupportCard:
    """Who helps in a region, the default one's before a region is chosen."""
    support = policy.support
    return SupportCard(support.phone, support.mail, support.hours_ru if view.language == "ru" else support.hours_en)


def _variables(rooms: Neighbours, attempt: Attempt, refusal: Refusal) -> dict[str, Value]:
    found: dict[str, Value] = {
        "host": rooms.host,
        "wait": timedelta(seconds=max(1, refusal.waited_seconds)),
        "fields": words_of(refusal.fields, "field"),
    }
    title = _named(rooms, attempt, refusal)
    if title is not None:
        found["upstream"] = title
    chosen, actual = name_of(rooms, attempt.region), name_of(rooms, refusal.region)
    if chosen and actual:
        found |= {"chosen": chosen, "actual": actual}
    if refusal.cause == 7009:
        client = rooms.clients.find(attempt.client_id)
        found |= {"roles": _roles(client.roles if client else ()), "role": _roles(refusal.roles)}
    if refusal.until_at is not None:
        found |= _until(rooms, attempt, refusal.until_at)
    if refusal.cause == PASSWORD_CLOSED:
        found["date"] = _password_closed_on(rooms, attempt)
    return found


def _until(rooms: Neighbours, attempt: Attempt, until_at: datetime) -> dict[str, Value]:
    left = max(until_at - rooms.outside.now(), timedelta(minutes=1))
    return {"wait": left, "time": until_at, "date": policy_of(rooms, attempt.region).local_day(until_at)}


def _password_closed_on(rooms: Neighbours, attempt: Attempt) -> date:
    """Since when nobody here gets in by password alone; where only some do not, since their rules began."""
    policy, now = policy_of(rooms, attempt.region), rooms.outside.now()
    period = policy.period_on(policy.local_day(now))
    return entry_page(policy, now).password_closed_on or (period.from_on if period else policy.local_day(now))


def _roles(roles: tuple[str, ...]) -> Value:
    return words_of((_ROLE_WORDS.get(role, role) for role in roles), "role")


def _primary(rooms: Neighbours, attempt: Attempt, refusal: Refusal) -> str | None:
    found = _onward(rooms, attempt, refusal)
    if found is not None:
        return address_of(attempt, found)
    if cause(refusal.cause).leads_to and not _variant(rooms, attempt, refusal):
        return None
    if refusal.cause in _OF_SERVICE:
        return "/login"
    return address_of(attempt, "/again")


def _again_by(rooms: Neighbours, attempt: Attempt) -> str:
    """The same upstream once more, where it still counts; that of the main button for whoever came by none."""
    found = ways_in(rooms, attempt.region)
    return attempt.through if attempt.through in found else found[0]


def _onward(rooms: Neighbours, attempt: Attempt, refusal: Refusal) -> str | None:
    """Where within the attempt the button leads; None when nothing of it can be used any more."""
    if refusal.cause in _UPSTREAMS_OWN and attempt.proof is not None:
        # Whoever came from inside to connect Gosuslugi is still who they were.
        return "/inside"
    if refusal.cause in _BY_UPSTREAM:
        return f"/to/{_again_by(rooms, attempt)}"
    if refusal.cause == 3112 and refusal.region:
        return f"/region/{refusal.region}"
    return _ONWARD.get(refusal.cause)

"""What the region's rules mean for pages: is there a password form, may linking be skipped, which contacts are asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from broker.policy.decide import age_of, rules_for
from broker.policy.decision import PersonFacts
from broker.policy.rules import Announcement, Contacts, LocalPassword, Period, RegionPolicy

_STRICTNESS = {state: place for place, state in enumerate(LocalPassword)}


@dataclass(frozen=True, slots=True)
class EntryPage:
    """What a sign-in page may offer before anybody is known.

    `password_form`: some rule lets people in by diary password. `first_sign_in`: some rule lets an invitation be used.
    `password_closed_on`: the local day since which nobody gets in by password alone, or None while somebody does.
    """

    password_form: bool
    first_sign_in: bool
    password_closed_on: date | None
    warning: Announcement | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What holds for one person: their diary password, whether connecting the upstream may be skipped, the wizard's contacts."""

    local_password: LocalPassword
    may_skip_linking: bool
    contacts: Contacts


def entry_page(policy: RegionPolicy, at: datetime) -> EntryPage:
    """The offer of the region's sign-in page at an instant. Nothing is offered where no rule is in force."""
    day = policy.local_day(at)
    period, coming = policy.period_on(day), policy.announced_on(day)
    states = {rule.local_password for rule in period.rules} if period is not None else set()
    return EntryPage(
        password_form=LocalPassword.ALLOWED in states,
        first_sign_in=bool(states - {LocalPassword.CLOSED}),
        password_closed_on=None if LocalPassword.ALLOWED in states else _closed_on(policy, day),
        warning=coming.warning if coming is not None else None,
    )


def entry_of(policy: RegionPolicy, person: PersonFacts, at: datetime) -> Entry:
    """What holds for one person at an instant; with several rules in question, the strictest of each.

    Where no rule is in force, everything is closed.
    """
    return entry_on(policy, person, policy.local_day(at))


def entry_on(policy: RegionPolicy, person: PersonFacts, day: date) -> Entry:
    """As `entry_of`, on a local day of the region."""
    period = policy.period_on(day)
    rules = rules_for(period, person, age_of(person, None, day)) if period is not None else ()
    if period is None or not rules:
        return Entry(LocalPassword.CLOSED, False, Contacts.BOTH)
    return Entry(
        local_password=max((rule.local_password for rule in rules), key=_STRICTNESS.__getitem__),
        may_skip_linking=period.may_skip_linking,
        contacts=Contacts.BOTH if any(rule.contacts is Contacts.BOTH for rule in rules) else Contacts.ONE,
    )


def _allows_password(period: Period) -> bool:
    return any(rule.local_password is LocalPassword.ALLOWED for rule in period.rules)


def _closed_on(policy: RegionPolicy, day: date) -> date | None:
    closed_on = None
    for period in policy.periods:
        if period.from_on > day:
            break
        if _allows_password(period):
            closed_on = None
        elif closed_on is None:
            closed_on = period.from_on
    return closed_on

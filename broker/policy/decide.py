"""The decision: rule, upstream, level, fields, school, activation, roles, in this order; the first step that objects ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from broker.foundation.normal_forms import age_on
from broker.policy.compare import compare
from broker.policy.decision import Decision, IdentityFacts, Match, PersonFacts, Verdict
from broker.policy.rules import ROLES, LevelAsked, NothingToCompare, Period, RegionPolicy, Rule

_ROLES = frozenset(ROLES)
LEVELS = frozenset({"confirmed", "not_confirmed", "child"})
STRICTNESS = {Verdict.ALLOW: 0, Verdict.PROVE: 1, Verdict.REFUSE: 2}

# What a field costs when it differs, and when the upstream did not send it (screens.md 2.3). The order is the order of telling.
DIFFERS = {"surname": 3102, "name": 3102, "patronymic": 3102, "snils": 3103, "birth_date": 3104, "sex": 3105}
# A card that lacks a field is the school's to complete: only SNILS has a page of its own, the others share that of a wrong value.
MISSING_HERE = {**DIFFERS, "snils": 3106}
MISSING_THERE = {"surname": 2115, "name": 2115, "patronymic": 2115, "snils": 2111, "birth_date": 2115, "sex": 2115}
NOT_THIS_UPSTREAM = 2116
NO_RULE = 8001  # Nothing a person or a school could fix: the region file has no answer for this day, which is our fault.


@dataclass(frozen=True, slots=True)
class Case:
    """What every step sees. `compared` is empty for a linked identity. `upstreams` are those that count on the day."""

    rule: Rule
    person: PersonFacts
    identity: IdentityFacts
    compared: tuple[tuple[str, Match], ...]
    upstreams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """A decision and how it came about. `period` and `rule` are None when no rule speaks; `age` is None when nobody knows it."""

    decision: Decision
    period: Period | None
    rule: Rule | None
    age: int | None


Objection = tuple[Verdict, tuple[int, ...]]


def upstream_objection(case: Case) -> Objection | None:
    """Does the word of this upstream count here at all?"""
    return None if case.identity.upstream in case.upstreams else (Verdict.REFUSE, (NOT_THIS_UPSTREAM,))


def level_objection(case: Case) -> Objection | None:
    """Is the upstream account good enough?"""
    asked, identity = case.rule.level, case.identity
    causes: tuple[int, ...] = ()
    if identity.level not in LEVELS:
        causes = (2109,)
    elif asked is LevelAsked.ATTACHED_TO_PARENT:
        causes = () if identity.child_of_parent else (3113,)
    elif asked is LevelAsked.ANY or identity.level == "confirmed":
        return None
    elif asked is LevelAsked.CONFIRMED_OR_CHILD:
        causes = _child_account_causes(identity)
    else:
        causes = _too_low_causes(asked, identity)
    return (Verdict.REFUSE, causes) if causes else None


def _child_account_causes(identity: IdentityFacts) -> tuple[int, ...]:
    if identity.level != "child":
        return (3114,)
    return () if identity.child_of_parent else (3113,)


def _too_low_causes(asked: LevelAsked, identity: IdentityFacts) -> tuple[int, ...]:
    unconfirmed = identity.level == "not_confirmed"
    if asked is LevelAsked.STANDARD and unconfirmed and identity.fields.snils:
        return ()
    cause = 2110 if asked is LevelAsked.STANDARD and unconfirmed else 2109
    # "Still being checked" helps more than "too low": waiting may be all there is to do.
    return (2112, cause) if identity.checks_pending else (cause,)


def fields_objection(case: Case) -> Objection | None:
    """Is the card this person's? A linked identity has answered that before."""
    if case.identity.linked:
        return None
    differing = [DIFFERS[field] for field, match in case.compared if match is Match.DIFFERS]
    demanded = [(field, match) for field, match in case.compared if field in case.rule.match]
    missing = [MISSING_HERE[field] for field, match in demanded if match is Match.MISSING_HERE]
    missing += [MISSING_THERE[field] for field, match in demanded if match is Match.MISSING_THERE]
    causes = tuple(dict.fromkeys(differing + missing))
    if differing:
        return Verdict.REFUSE, causes
    if demanded and not missing:
        return None
    refused = case.rule.nothing_to_compare is NothingToCompare.REFUSE
    if case.identity.proven and not refused:
        return None
    return (Verdict.REFUSE if refused else Verdict.PROVE), causes or (3101,)


def school_objection(case: Case) -> Objection | None:
    """Is the person still somebody's, and not shut out?"""
    if "school" in case.rule.needs:
        if case.person.left_school:
            return Verdict.REFUSE, (3111,)
        if not case.person.in_school:
            return Verdict.REFUSE, (3109,)
    if case.person.paused:
        return Verdict.REFUSE, (3204,)
    return (Verdict.REFUSE, (4003,)) if case.person.blocked else None


def activation_objection(case: Case) -> Objection | None:
    """Was the first-login wizard finished, where that is asked for?"""
    missing = "activated" in case.rule.needs and not case.person.activated
    return (Verdict.REFUSE, (3110,)) if missing else None


def roles_objection(case: Case) -> Objection | None:
    """A parent and nothing else has nothing to see without a child in the diary."""
    only_parent = set(case.person.roles) == {"parent"}
    childless = "children" in case.rule.needs and only_parent and case.person.children < 1
    return (Verdict.REFUSE, (3116,)) if childless else None


# The order of checks of the disclosure ladder (screens.md 2.2). Fields stand before the state of the card, so that nobody learns
# of a school or a block from a card that may not be theirs.
STEPS: tuple[Callable[[Case], Objection | None], ...] = (
    upstream_objection,
    level_objection,
    fields_objection,
    school_objection,
    activation_objection,
    roles_objection,
)


def decide(policy: RegionPolicy, person: PersonFacts, identity: IdentityFacts, at: datetime) -> Decision:
    """Whether this identity may sign in as this person at this instant, by the rules of the region.

    Pure. Days and ages are those of the region's own zone. Without a rule for the day the answer is a refusal.

    Raises:
        ValueError: `at` has no time zone.
    """
    return examine(policy, person, identity, policy.local_day(at)).decision


def examine(policy: RegionPolicy, person: PersonFacts, identity: IdentityFacts, day: date) -> Examined:
    """As `decide`, for a local day, with the rule and the age that led to the answer."""
    return examine_by_age(policy, (person, identity), day, partial(age_of, person, identity))


def examine_by_age(
    policy: RegionPolicy, facts: tuple[PersonFacts, IdentityFacts], day: date, age_on_day: Callable[[date], int | None]
) -> Examined:
    """As `examine`, for somebody whose age on a local day is asked of `age_on_day`: that of `day`, and of the first day of rules
    that are announced on it."""
    found = _examine_period(policy, policy.period_on(day), facts, age_on_day(day))
    coming = policy.announced_on(day)
    if coming is None or coming.warning is None:
        return found
    then = _examine_period(policy, coming, facts, age_on_day(coming.from_on))
    if STRICTNESS[then.decision.verdict] <= STRICTNESS[found.decision.verdict]:
        return found
    return replace(found, decision=replace(found.decision, warning_key=coming.warning.key))


def rules_for(period: Period, person: PersonFacts, age: int | None) -> tuple[Rule, ...]:
    """The rules that may speak of this person: one, unless roles or age leave room for more.

    Somebody without a role today is looked at as if they held any, so that leaving a school never opens a softer rule.
    """
    roles = _ROLES.intersection(person.roles) or _ROLES
    return tuple([rule for rule in period.rules if rule.covers(roles, age)])


def age_of(person: PersonFacts, identity: IdentityFacts | None, day: date) -> int | None:
    """Whole years on a local day: by the card, else by an upstream that has checked the date, else unknown.

    A birth date somebody typed about themselves must not choose the rule they are judged by.
    """
    born = person.fields.birth_date
    if born is None and identity is not None:
        checked = identity.level == "confirmed" or (identity.level == "child" and identity.child_of_parent)
        born = identity.fields.birth_date if checked else None
    return None if born is None else age_on(born, day)


def _examine_period(
    policy: RegionPolicy, period: Period | None, facts: tuple[PersonFacts, IdentityFacts], age: int | None
) -> Examined:
    person, identity = facts
    rules = rules_for(period, person, age) if period is not None else ()
    if period is None or not rules:
        nothing = f"{policy.code}/{period.from_on.isoformat() if period else 'before'}/none"
        return Examined(Decision(Verdict.REFUSE, (NO_RULE,), nothing, policy.version), period, None, age)
    # With several rules in question the strictest answer counts: a gap in the card must not be worth anything. Of equal answers
    # the first in the file speaks.
    cases = [Case(rule, person, identity, _compared(rule, person, identity), period.upstreams) for rule in rules]
    answers = [(case.rule, _judge(policy, period, case)) for case in cases]
    rule, decision = max(answers, key=lambda answer: STRICTNESS[answer[1].verdict])
    return Examined(decision, period, rule, age)


def _compared(rule: Rule, person: PersonFacts, identity: IdentityFacts) -> tuple[tuple[str, Match], ...]:
    if identity.linked:
        return ()
    fields = [field for field in DIFFERS if field in rule.match or field in rule.match_if_both]
    return compare(fields, person.fields, identity.fields)


def _first_objection(case: Case) -> Objection | None:
    for step in STEPS:
        objection = step(case)
        if objection is not None:
            return objection
    return None


def _judge(policy: RegionPolicy, period: Period, case: Case) -> Decision:
    name = f"{policy.code}/{period.from_on.isoformat()}/{case.rule.name}"
    verdict, causes = _first_objection(case) or (Verdict.ALLOW, ())
    return Decision(verdict, causes, name, policy.version, case.compared)

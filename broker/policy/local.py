"""May somebody sign in with the diary login and password alone: asked at the sign-in and for every session that began so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from broker.policy.decide import (
    NO_RULE,
    STRICTNESS,
    Case,
    Examined,
    Objection,
    age_of,
    roles_objection,
    rules_for,
    school_objection,
)
from broker.policy.decision import Decision, Fields, IdentityFacts, PersonFacts, Verdict
from broker.policy.rules import LocalPassword, Period, RegionPolicy

PASSWORD_CLOSED, NOT_ACTIVATED = 4006, 3110
# No upstream speaks here, so there is nothing to compare and no level to ask for.
_NOBODY = IdentityFacts(Fields(), "", child_of_parent=False, checks_pending=False, linked=True)


def decide_local(policy: RegionPolicy, person: PersonFacts, at: datetime) -> Decision:
    """Whether this person may be in with the diary password alone at this instant, by the rules of the region: allow or refuse.

    Pure. The password itself was checked before, or nobody may be told what this says.

    Raises:
        ValueError: `at` has no time zone.
    """
    return examine_local(policy, person, policy.local_day(at)).decision


def examine_local(policy: RegionPolicy, person: PersonFacts, day: date) -> Examined:
    """As `decide_local`, for a local day, with the rule and the age that led to the answer."""
    found = _examine_period(policy, policy.period_on(day), person, day)
    coming = policy.announced_on(day)
    if coming is None or coming.warning is None:
        return found
    then = _examine_period(policy, coming, person, coming.from_on)
    if STRICTNESS[then.decision.verdict] <= STRICTNESS[found.decision.verdict]:
        return found
    return replace(found, decision=replace(found.decision, warning_key=coming.warning.key))


def _examine_period(policy: RegionPolicy, period: Period | None, person: PersonFacts, day: date) -> Examined:
    age = age_of(person, None, day)
    rules = rules_for(period, person, age) if period is not None else ()
    if period is None or not rules:
        nothing = f"{policy.code}/{period.from_on.isoformat() if period else 'before'}/none"
        return Examined(Decision(Verdict.REFUSE, (NO_RULE,), nothing, policy.version), period, None, age)
    answers = [(_objection(Case(rule, person, _NOBODY, ())), rule) for rule in rules]
    # With several rules in question the strictest answer counts, the first in the file among equals, as in `decide`.
    objection, rule = next((answer for answer in answers if answer[0] is not None), answers[0])
    verdict, causes = objection or (Verdict.ALLOW, ())
    name = f"{policy.code}/{period.from_on.isoformat()}/{rule.name}"
    return Examined(Decision(verdict, causes, name, policy.version), period, rule, age)


def _objection(case: Case) -> Objection | None:
    if case.rule.local_password is not LocalPassword.ALLOWED:
        return Verdict.REFUSE, (PASSWORD_CLOSED,)
    school = school_objection(case)
    if school is not None:
        return school
    # Whatever the rule needs of others: who never finished the wizard has only a temporary password, and that opens the wizard.
    if not case.person.activated:
        return Verdict.REFUSE, (NOT_ACTIVATED,)
    return roles_objection(case)

"""What the rules of a day would mean for somebody of whom only a profile is known: pure, and quick enough for everybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from broker.policy.decide import examine
from broker.policy.decision import Decision, Fields, IdentityFacts, PersonFacts, Verdict
from broker.policy.local import examine_local
from broker.policy.rules import GOSUSLUGI, RegionPolicy

_SAID = Fields("a", "b", "c", None, "x", "00000000000")


class Way(Enum):
    """How somebody gets in, the least trouble first."""

    CONNECTED = "connected"
    PASSWORD = "password"  # noqa: S105 -- the name of a way in
    FIRST_SIGN_IN = "first_sign_in"
    PROOF = "proof"
    NONE = "none"


# Being connected and using the password are alike: the person does nothing new.
TROUBLE = {Way.CONNECTED: 0, Way.PASSWORD: 0, Way.FIRST_SIGN_IN: 1, Way.PROOF: 2, Way.NONE: 3}


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything about a person that a rule can ask for, on one day. `age` is in whole years on that day.

    `lacks` are the fields the card has not. `level`, `is_standard` and `is_of_parent` are what the link remembers of the last
    sign-in; `level` is "" for somebody who is not connected. `upstream` is the one they are connected to.
    """

    roles: tuple[str, ...]
    age: int | None
    in_school: bool
    left_school: bool
    activated: bool
    blocked: bool
    has_children: bool
    lacks: frozenset[str]
    has_password: bool
    level: str
    is_standard: bool
    is_of_parent: bool = False
    paused: bool = False
    upstream: str = GOSUSLUGI


@dataclass(frozen=True, slots=True)
class Standpoint:
    """`cause` is why the person gets in no more easily: 0 for somebody who does nothing new."""

    way: Way
    cause: int


def standpoint(policy: RegionPolicy, profile: Profile, day: date) -> Standpoint:
    """The easiest way in that the rules of a local day leave to somebody of this profile.

    Assumed of whoever is connected: the account is as it was at the last sign-in. Of whoever is not: the Gosuslugi account says
    the same as the card, and is the one that somebody of this age should have: a child account tied to a parent's below 14,
    a confirmed one tied to a parent's below 18, else a confirmed one. `first_sign_in` then connects by itself, `proof` with
    the diary login and password.
    """
    person = _person(profile, day)
    if profile.level:
        linked = examine(policy, person, _remembered(profile, person), day).decision
        if linked.verdict is Verdict.ALLOW:
            return Standpoint(Way.CONNECTED, 0)
    local = examine_local(policy, person, day).decision
    if profile.has_password and local.verdict is Verdict.ALLOW:
        return Standpoint(Way.PASSWORD, 0)
    if profile.level:
        return Standpoint(Way.NONE, _first(linked))
    period = policy.period_on(day)
    supposed = replace(_supposed(profile, person), upstream=period.upstreams[0] if period is not None else GOSUSLUGI)
    fresh = examine(policy, person, supposed, day).decision
    if fresh.verdict is Verdict.ALLOW:
        return Standpoint(Way.FIRST_SIGN_IN, _first(local))
    # A proof may be asked for before what stands in its way is seen: a block, or a wizard that was never finished.
    proven = examine(policy, person, replace(supposed, proven=True), day).decision
    if proven.verdict is Verdict.ALLOW:
        return Standpoint(Way.PROOF, _first(fresh))
    return Standpoint(Way.NONE, _first(proven))


def _person(profile: Profile, day: date) -> PersonFacts:
    fields = replace(_SAID, birth_date=None if profile.age is None else _born(profile.age, day))
    return PersonFacts(
        fields=replace(fields, **{field: None for field in profile.lacks if field != "birth_date"}),
        roles=profile.roles,
        in_school=profile.in_school,
        left_school=profile.left_school,
        activated=profile.activated,
        blocked=profile.blocked,
        paused=profile.paused,
        children=1 if profile.has_children else 0,
        region="",
    )


def _remembered(profile: Profile, person: PersonFacts) -> IdentityFacts:
    fields = Fields(snils="checked" if profile.is_standard else None, birth_date=person.fields.birth_date)
    is_of_parent = profile.is_of_parent or profile.level == "child"
    return IdentityFacts(
        fields, profile.level, is_of_parent, checks_pending=False, linked=True, upstream=profile.upstream
    )


def _supposed(profile: Profile, person: PersonFacts) -> IdentityFacts:
    is_child = profile.age is not None and profile.age < 14
    said = replace(_SAID, patronymic=person.fields.patronymic, birth_date=person.fields.birth_date or date(1970, 1, 1))
    return IdentityFacts(
        fields=said,
        level="child" if is_child else "confirmed",
        child_of_parent=profile.age is not None and profile.age < 18,
        checks_pending=False,
        linked=False,
    )


def _first(decision: Decision) -> int:
    return decision.causes[0] if decision.causes else 0


def _born(age: int, day: date) -> date:
    """A birth date that makes this age on this day; 1 March stands for 29 February."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:
        return date(day.year - age, 3, 1)

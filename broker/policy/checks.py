"""What a region file may not say although each of its fields is well formed, what it hardly means, and what a new version may
not change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from broker.policy.rules import ROLES, LocalPassword, Period, RegionPolicy, Rule

AGES = range(121)


def problems_of(policy: RegionPolicy) -> Iterator[str]:
    """Every problem of one region, as sentences: order of periods, gaps and overlaps of rules, matches that prove nothing."""
    for earlier, later in pairwise(policy.periods):
        if earlier.from_on == later.from_on:
            yield f"{policy.code}: two periods begin on {later.from_on.isoformat()}"
        elif earlier.from_on > later.from_on:
            yield f"{policy.code}: the period {later.from_on.isoformat()} stands after a later one"
    for period in policy.periods:
        yield from (f"{policy.code}, period {period.from_on.isoformat()}: {sentence}" for sentence in _period_problems(period))


def doubts_of(policy: RegionPolicy) -> Iterator[str]:
    """What a region may say but hardly means, as sentences."""
    for period in policy.periods:
        open_rules = [rule.name for rule in period.rules if rule.local_password is LocalPassword.ALLOWED]
        # The form would be there, and whoever fills it in would be told to connect Gosuslugi before anything opens.
        if open_rules and not period.may_skip_linking:
            yield (
                f"{policy.code}, period {period.from_on.isoformat()}: local_password is allowed ({', '.join(open_rules)}), yet "
                f"may_skip_linking = false demands Gosuslugi of everybody who uses it"
            )


def problems_between(policies: Sequence[RegionPolicy]) -> Iterator[str]:
    """A code, a slug or a host must lead to one region only."""
    owners: dict[tuple[str, str], str] = {}
    for policy in policies:
        for what, word in _addresses(policy):
            if (what, word) in owners:
                yield f"{policy.code}: the {what} {word} belongs to region {owners[what, word]} already"
            owners[what, word] = policy.code


def _addresses(policy: RegionPolicy) -> Iterator[tuple[str, str]]:
    yield "code", policy.code
    yield "slug", policy.slug
    yield from (("host", host) for host in policy.hosts)


def changes_of_the_past(old: RegionPolicy, new: RegionPolicy, today: date) -> Iterator[str]:
    """Why a new version of a region may not replace the old one: a period that has begun is history, and history is quoted in
    the audit log. Adding, removing or editing such a period, or moving its midnights to another zone, rewrites it.
    """
    if old.zone != new.zone:
        yield f"{old.code}: the zone may not change, since it moves the midnights of periods that have begun"
    before = {period.from_on: period for period in old.periods if period.from_on <= today}
    after = {period.from_on: period for period in new.periods if period.from_on <= today}
    for from_on in sorted(before.keys() | after.keys()):
        if from_on not in after:
            yield f"{old.code}: the period {from_on.isoformat()} has begun and may not be removed or moved"
        elif from_on not in before:
            yield f"{old.code}: the new period {from_on.isoformat()} begins in the past; choose a later day"
        elif before[from_on] != after[from_on]:
            yield f"{old.code}: the period {from_on.isoformat()} has begun and may not change; write a new period"


def _period_problems(period: Period) -> Iterator[str]:
    names = [rule.name for rule in period.rules]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two rules are named {name}"
    for rule in period.rules:
        yield from (f"rule {rule.name}: {sentence}" for sentence in _rule_problems(rule))
    for role in ROLES:
        yield from _coverage_problems(role, period.rules)


def _coverage_problems(role: str, rules: Sequence[Rule]) -> Iterator[str]:
    """Counts every age one by one: slow, plain, and cannot be wrong about a border."""
    counts = {age: [rule.name for rule in rules if rule.covers(frozenset({role}), age)] for age in AGES}
    gap = [age for age in AGES if not counts[age]]
    overlap = [age for age in AGES if len(counts[age]) > 1]
    if gap:
        yield f"no rule speaks of a {role} aged {gap[0]} (gap)"
    if overlap:
        yield f"the rules {' and '.join(counts[overlap[0]])} both speak of a {role} aged {overlap[0]} (overlap)"


def _rule_problems(rule: Rule) -> Iterator[str]:
    twice = sorted(set(rule.match) & set(rule.match_if_both))
    if twice:
        yield f"{', '.join(twice)} stands in match and in match_if_both"
    if not rule.match and rule.match_if_both:
        yield "match_if_both without match compares nothing that must be there"
    # Names repeat and anybody may type one, so a name alone must never tie two accounts together; nor may a number without
    # a name, because one slip of the pen makes it somebody else's.
    if rule.match and not ({"surname", "name"} <= set(rule.match) and {"snils", "birth_date"} & set(rule.match)):
        yield "match must be empty (always prove) or have surname and name and one of snils, birth_date"

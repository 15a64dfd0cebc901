"""Checking region files before they are used, and asking what they decide for somebody on any day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from broker.console.refused import Refused
from broker.directory.directory import Directory
from broker.linking.facts import person_facts, regions_of, remembered_identity
from broker.linking.links import Links
from broker.policy.decision import Fields, IdentityFacts, PersonFacts
from broker.policy.explain import Explanation, explain, load_sentences
from broker.policy.policies import Policies, PolicyFilesBroken, check_change, check_policies, doubts_about, load_policies
from broker.policy.rules import RegionPolicy

_NOBODY = Fields(surname="a", name="b", patronymic="c", snils="00200000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """An invented person to ask about: everything matches except what is said not to. `age` in whole years on the day asked."""

    region: str
    day: date
    age: int
    roles: tuple[str, ...]
    level: str
    has_snils: bool = True
    is_linked: bool = False
    is_activated: bool = True
    child_of_parent: bool = False


def check(directory: Path, older: Path | None, now: datetime, *, strict: bool = False) -> Mapping[str, Any]:
    """Whether the region files may be used, and may replace an older copy of them; `warnings` are what they hardly mean.

    Raises:
        Refused: with every reason; if `strict`, the warnings are reasons too.
    """
    problems: Sequence[str] = check_policies(directory)
    if not problems and older is not None:
        try:
            problems = check_change(load_policies(older), load_policies(directory), now)
        except PolicyFilesBroken as broken:
            problems = broken.problems
    if problems:
        raise Refused("The region files may not be used: " + "; ".join(problems))
    policies = load_policies(directory)
    doubts = doubts_about(policies)
    if strict and doubts:
        raise Refused("The region files are in doubt: " + "; ".join(doubts))
    regions = [_in_short(policy) for policy in (*policies.all(), policies.default)]
    return {"version": policies.version, "regions": regions, **({"warnings": list(doubts)} if doubts else {})}


def explain_for(policies: Policies, supposed: Supposed) -> Mapping[str, Any]:
    """What the rules of a region say about such a person on a local day, with the sentences that lead there."""
    policy = policies.of_region(supposed.region)
    return _told(policy, explain(policy, _person(supposed), _identity(supposed), supposed.day, load_sentences()))


@dataclass(frozen=True, slots=True)
class AskedPerson:
    """Somebody of the directory on a local day of `region`, or of their own region if that is "". `level` is that of the
    Gosuslugi account to suppose for somebody who is not connected."""

    person_id: str
    day: date
    region: str
    level: str


def explain_person(policies: Policies, directory: Directory, links: Links, asked: AskedPerson) -> Mapping[str, Any]:
    """What the rules say about a person of the directory, as `explain_for`. No personal value stands in the answer.

    Of somebody connected the account is as it was at the last sign-in; of anybody else it says the same as the card.

    Raises:
        Refused: there is no such person.
    """
    found = links.with_card(asked.person_id, directory)
    if found is None:
        raise Refused("There is no such person.")
    person, link = found
    region = asked.region or next(iter(regions_of(person, asked.day)), "")
    policy = policies.of_region(region)
    facts = person_facts(person, asked.day, directory.children_count(person.id), region)
    if link is not None:
        identity = remembered_identity(link.level.value, link, person)
    else:
        identity = _supposed_identity(asked.level, facts.fields, is_child=asked.level == "child")
    told = _told(policy, explain(policy, facts, identity, asked.day, load_sentences()))
    return {"person": person.id, "is_connected": link is not None, "level": identity.level, **told}


def _told(policy: RegionPolicy, found: Explanation) -> dict[str, Any]:
    return {
        "region": policy.code,
        "day": found.day.isoformat(),
        "verdict": found.decision.verdict.value,
        "causes": list(found.decision.causes),
        "rule": found.decision.rule,
        "policy_version": found.decision.policy_version,
        "password": found.local.verdict.value,
        "password_causes": list(found.local.causes),
        "ru": list(found.in_language("ru")),
        "en": list(found.in_language("en")),
    }


def _person(supposed: Supposed) -> PersonFacts:
    return PersonFacts(
        fields=_fields(supposed, supposed.has_snils),
        roles=supposed.roles,
        in_school=True,
        left_school=False,
        activated=supposed.is_activated,
        blocked=False,
        children=1 if "parent" in supposed.roles else 0,
        region=supposed.region,
    )


def _identity(supposed: Supposed) -> IdentityFacts:
    fields = _fields(supposed, with_snils=True)
    return replace(_supposed_identity(supposed.level, fields, is_child=supposed.child_of_parent), linked=supposed.is_linked)


def _supposed_identity(level: str, fields: Fields, *, is_child: bool) -> IdentityFacts:
    # "Standard" and "simplified" are words of people; ESIA shows both as not confirmed, with or without a checked SNILS.
    levels = {"standard": "not_confirmed", "simplified": "not_confirmed"}
    snils = None if level == "simplified" else fields.snils or _NOBODY.snils
    return IdentityFacts(
        fields=replace(fields, snils=snils),
        level=levels.get(level, level),
        child_of_parent=is_child,
        checks_pending=False,
        linked=False,
    )


def _fields(supposed: Supposed, with_snils: bool) -> Fields:
    born = _years_before(supposed.day, supposed.age)
    snils = _NOBODY.snils if with_snils else None
    return Fields(_NOBODY.surname, _NOBODY.name, _NOBODY.patronymic, born, None, snils)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        # 29 February: the day after makes the same age on the day asked.
        return date(day.year - years, 3, 1)


def _in_short(policy: RegionPolicy) -> dict[str, Any]:
    periods = [period.from_on.isoformat() for period in policy.periods]
    return {"code": policy.code, "slug": policy.slug, "name": policy.name_ru, "version": policy.version, "periods": periods}

"""What follows when the diary login and password of a card were shown beside an upstream identity: pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from broker.connectors.identity import UpstreamIdentity
from broker.directory.person import Person
from broker.foundation.normal_forms import age_on, snils_digits, snils_sum_is_right
from broker.linking.evidence import Evidence
from broker.linking.facts import card_fields, identity_fields
from broker.linking.link import Link
from broker.linking.match import DATA_MISSING, DIARY_TAKEN, LEVEL_CAUSES, Candidate
from broker.linking.outcome import Certain, Doubt, Grounds, Proven, Refused
from broker.policy.compare import compare
from broker.policy.decide import DIFFERS
from broker.policy.decision import Match as Compared
from broker.policy.decision import Verdict

OTHER_PERSON, GOSUSLUGI_TAKEN = 3115, 3202
ADULT = 18
# No parent is born less than twelve years before their child; a slip of the pen seldom reaches so far.
A_GENERATION = timedelta(days=12 * 365)


def prove(identity: UpstreamIdentity, candidate: Candidate, own_link: Link | None, day: date) -> Proven:
    """Certain, Doubt or Refused for the card whose password was shown; `own_link` is the identity's, `day` local to the region.

    A password proves that somebody may use this diary, not that it is theirs: a parent knows the child's. So the first question
    is whether the two can be one person at all, before any other cause could send a parent to mend the child's account. Then
    level, links, fields, school, activation and roles, as everywhere (screens.md 2.2). The password was right (L3), so the page
    may name the school.
    """
    compared = compare(DIFFERS, card_fields(candidate.person), identity_fields(identity))
    grounds = _grounds(candidate, compared)
    if own_link is not None and own_link.person_id == candidate.person.id:
        return _tied_before(candidate, own_link, grounds)
    if is_somebody_else(identity, candidate.person, day):
        return Refused(replace(grounds, causes=(OTHER_PERSON,), fields=()))
    decision = candidate.decision
    if decision.verdict is Verdict.REFUSE and LEVEL_CAUSES & set(decision.causes[:1]):
        return Refused(replace(grounds, fields=()))
    if own_link is not None or candidate.link is not None:
        taken = GOSUSLUGI_TAKEN if own_link is not None else DIARY_TAKEN
        return Refused(replace(grounds, causes=(taken,), fields=()))
    if decision.verdict is not Verdict.ALLOW:
        return Refused(replace(grounds, fields=_differing(decision.compared)))
    if _is_childs_card_without_age(identity, candidate.person, day):
        return Refused(replace(grounds, causes=(DATA_MISSING,), fields=("birth_date",)))
    return _weighed(candidate, grounds)


def is_somebody_else(identity: UpstreamIdentity, person: Person, day: date) -> bool:
    """Whether identity and card cannot be one person, as far as the two sides say anything.

    Any of these: one is a grown-up, the other a child, a generation apart; the first names differ and neither birth date nor
    SNILS agrees; both SNILS are sound and different, and so is the name.
    """
    matches = dict(compare(DIFFERS, card_fields(person), identity_fields(identity)))
    if _is_generation_apart(identity.birth_date, person.birth_date, day):
        return True
    agreeing = Compared.SAME in (matches["birth_date"], matches["snils"])
    if matches["name"] is Compared.DIFFERS and not agreeing:
        return True
    other_name = Compared.DIFFERS in (matches["surname"], matches["name"])
    return other_name and matches["snils"] is Compared.DIFFERS and _is_sound(identity.snils) and _is_sound(person.snils)


def _weighed(candidate: Candidate, grounds: Grounds) -> Proven:
    """Everything that the rule asks for is there. What it does not compare may differ: one thing is a question, two a reason."""
    things = tuple(dict.fromkeys(DIFFERS[field] for field in grounds.fields))
    if not things:
        return Certain(candidate.person, Evidence.DIARY_PASSWORD, None, grounds)
    if len(things) == 1:
        return Doubt(candidate.person, grounds)
    return Refused(replace(grounds, causes=things))


def _tied_before(candidate: Candidate, own_link: Link, grounds: Grounds) -> Proven:
    if candidate.decision.verdict is Verdict.ALLOW:
        return Certain(candidate.person, own_link.evidence, own_link, grounds)
    return Refused(replace(grounds, fields=()))


def _grounds(candidate: Candidate, compared: tuple[tuple[str, Compared], ...]) -> Grounds:
    decision = candidate.decision
    return Grounds(
        causes=decision.causes,
        fields=_differing(compared),
        compared=compared,
        rule=decision.rule,
        policy_version=decision.policy_version,
        region=candidate.region,
        school_id=candidate.school_id,
        person_id=candidate.person.id,
        warning_key=decision.warning_key,
    )


def _differing(compared: tuple[tuple[str, Compared], ...]) -> tuple[str, ...]:
    return tuple(field for field, found in compared if found is Compared.DIFFERS)


def _is_generation_apart(one: date | None, other: date | None, day: date) -> bool:
    if one is None or other is None:
        return False
    return _is_adult(one, day) != _is_adult(other, day) and abs(one - other) >= A_GENERATION


def _is_childs_card_without_age(identity: UpstreamIdentity, person: Person, day: date) -> bool:
    """A father and a son may share a full name; without his birth date the father would pass for the son."""
    return identity.birth_date is None and person.birth_date is not None and not _is_adult(person.birth_date, day)


def _is_adult(born: date | None, day: date) -> bool:
    return born is not None and age_on(born, day) >= ADULT


def _is_sound(snils: str | None) -> bool:
    digits = snils_digits(snils)
    return digits is not None and snils_sum_is_right(digits)

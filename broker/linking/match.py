"""Whose account an identity is: pure, from candidates that were looked up and decided before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from broker.connectors.identity import UpstreamIdentity
from broker.directory.person import Person
from broker.foundation.normal_forms import name_form, patronymic_form, snils_digits, snils_sum_is_right
from broker.linking.evidence import Evidence
from broker.linking.facts import is_level_one
from broker.linking.link import Link
from broker.linking.outcome import Certain, Grounds, Match, Nobody, Prove, Refused
from broker.policy.decision import Decision, Verdict
from broker.policy.decision import Match as Compared

NOT_FOUND, SEVERAL, DUPLICATE, OTHER_REGION, DIARY_TAKEN = 3101, 3107, 3108, 3112, 3201
DATA_MISSING = 2115
# A card that no school has today stands in nobody's way: its owner has moved, and the proof finds the card of today.
_NOBODYS = frozenset({3109, 3111})
# What an account is told about itself; nothing of these says that a card exists.
LEVEL_CAUSES = frozenset({2109, 2110, 2112, 2116, 3113, 3114})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A card that may be this person's, already decided by the rules of `region`.

    `link` is the card's; `is_own_link` says that it is tied to this very identity. `is_elsewhere` says that the region chosen is
    none of the person's. `school_id` is the school that could help.
    """

    person: Person
    decision: Decision
    region: str
    link: Link | None = None
    is_own_link: bool = False
    is_elsewhere: bool = False
    school_id: str = ""


Pairs = Collection[tuple[str, str]]


def match(identity: UpstreamIdentity, candidates: Sequence[Candidate], apart: Pairs = ()) -> Match:
    """Certain, Prove, Nobody or Refused, with no more said than screens.md 2.2 allows. The order of candidates is of no account.
    `apart` are pairs of cards, the smaller identifier first, of which a school has said that they are two people.

    Weak evidence never links by itself: Certain takes one candidate, allowed by its rule, with a SNILS and name or a full name
    and birth date that are equal in their normal forms, or a link that was tied before.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.person.id)
    own = [found for found in ordered if found.is_own_link] or [found for found in ordered if not _is_stranger(identity, found)]
    if not own:
        # Somebody else's card with a slip in its SNILS: this person learns nothing, and the journal keeps that it was there.
        hidden = ordered[0].decision.causes if ordered else ()
        return Nobody(Grounds(causes=(NOT_FOUND,), hidden_causes=hidden))
    decisive = own if len(own) == 1 else [found for found in own if _is_decisive(identity, found)]
    found = _of_one(identity, decisive[0]) if len(decisive) == 1 else _of_several(identity, own, apart)
    return _disclosed(identity, found) if not own[0].is_own_link else found


def _of_one(identity: UpstreamIdentity, candidate: Candidate) -> Match:
    """The order of checks of screens.md 2.2: level, region, link, fields, school state, activation, roles."""
    decision = candidate.decision
    grounds = _grounds(identity, candidate)
    if _is_level_refusal(decision):
        return Refused(grounds)
    evidence = candidate.link.evidence if candidate.is_own_link and candidate.link else _evidence(identity, candidate)
    # Whoever would be let in, were it not for this one thing, may be told of it: nothing new is learnt.
    is_theirs = candidate.is_own_link or (decision.verdict is Verdict.ALLOW and evidence is not None)
    if candidate.is_elsewhere:
        return _of_elsewhere(grounds, is_theirs or _is_decisive(identity, candidate))
    if candidate.link is not None and not candidate.is_own_link and (is_theirs or _is_by_number(identity, candidate.person)):
        return Refused(replace(grounds, causes=(DIARY_TAKEN,), fields=()))
    if decision.verdict is Verdict.REFUSE:
        return Refused(grounds)
    if decision.verdict is Verdict.PROVE or evidence is None:
        return Prove(replace(grounds, causes=grounds.causes or (NOT_FOUND,)))
    return Certain(candidate.person, evidence, candidate.link, grounds)


def _of_elsewhere(grounds: Grounds, may_say_where: bool) -> Match:
    """A namesake born on the same day must not learn in which region somebody goes to school (decision 0008)."""
    if may_say_where:
        return Refused(replace(grounds, causes=(OTHER_REGION,), fields=()))
    return Nobody(replace(grounds, causes=(NOT_FOUND,), hidden_causes=(OTHER_REGION,), fields=(), school_id="", warning_key=None))


def _of_several(identity: UpstreamIdentity, candidates: Sequence[Candidate], apart: Pairs) -> Match:
    """Cards that nothing tells apart. Only what holds for all of them is a reason; otherwise a proof has to choose.

    Two cards with the SNILS and the name of the one who asks are one person's: a school has to make them one (cause 3108).
    Without the number they may be namesakes, and nobody is told of a namesake.
    """
    decision = candidates[0].decision
    plain = Grounds(rule=decision.rule, policy_version=decision.policy_version, region=candidates[0].region)
    if all(_is_level_refusal(found.decision) for found in candidates):
        return Refused(replace(plain, causes=decision.causes))
    twins = _twins(identity, candidates, apart)
    return _of_twins(identity, twins) if twins else Prove(replace(plain, causes=(SEVERAL,)))


def _of_twins(identity: UpstreamIdentity, twins: Sequence[Candidate]) -> Match:
    """The case is that of a card in the chosen region. A school is named only when it can help alone: both cards are its own."""
    here = [found for found in twins if not found.is_elsewhere]
    grounds = _grounds(identity, (here or twins)[0])
    if not here:
        return _of_elsewhere(grounds, may_say_where=True)
    is_one_school = len({found.school_id for found in twins}) == 1
    school_id = grounds.school_id if is_one_school else ""
    return Refused(replace(grounds, causes=(DUPLICATE,), fields=(), compared=(), school_id=school_id))


def _twins(identity: UpstreamIdentity, candidates: Sequence[Candidate], apart: Pairs) -> list[Candidate]:
    """Cards of one person: SNILS, surname and name agree, no birth date differs, and no school has said that they are two."""
    alike = [found for found in candidates if _is_decisive(identity, found) and _may_be_twin(identity, found)]
    ids = [found.person.id for found in alike]
    paired = {one for one in ids for other in ids if one != other and (min(one, other), max(one, other)) not in apart}
    return [found for found in alike if found.person.id in paired]


def _may_be_twin(identity: UpstreamIdentity, candidate: Candidate) -> bool:
    born = candidate.person.birth_date
    differs = born is not None and identity.birth_date is not None and born != identity.birth_date
    return not differs and not _NOBODYS & set(candidate.decision.causes)


def _disclosed(identity: UpstreamIdentity, found: Match) -> Match:
    """With a self-typed name (L1) every answer but yes looks like "not found"."""
    if isinstance(found, Certain) or not is_level_one(identity):
        return found
    real = found.grounds
    return Nobody(replace(real, causes=(NOT_FOUND,), hidden_causes=real.causes, fields=(), school_id="", warning_key=None))


def _grounds(identity: UpstreamIdentity, candidate: Candidate) -> Grounds:
    decision = candidate.decision
    may_name_school = candidate.is_own_link or _strong_pairs(identity, candidate.person)
    return Grounds(
        causes=decision.causes,
        fields=_told_fields(decision),
        compared=decision.compared,
        rule=decision.rule,
        policy_version=decision.policy_version,
        region=candidate.region,
        school_id=candidate.school_id if may_name_school else "",
        person_id=candidate.person.id,
        warning_key=decision.warning_key,
    )


def _told_fields(decision: Decision) -> tuple[str, ...]:
    """What the page of the first cause names: what the upstream did not send, where that is the cause; else what differs."""
    wanted = Compared.MISSING_THERE if decision.causes[:1] == (DATA_MISSING,) else Compared.DIFFERS
    return tuple(field for field, compared in decision.compared if compared is wanted)


def _evidence(identity: UpstreamIdentity, candidate: Candidate) -> Evidence | None:
    if any(compared is Compared.DIFFERS for _, compared in candidate.decision.compared):
        return None
    person = candidate.person
    if _is_decisive(identity, candidate):
        return Evidence.SNILS_AND_NAME
    if _same_full_name(identity, person) and _same_birth_date(identity, person):
        return Evidence.NAME_AND_BIRTH_DATE
    return None


def _is_level_refusal(decision: Decision) -> bool:
    return decision.verdict is Verdict.REFUSE and bool(LEVEL_CAUSES & set(decision.causes[:1]))


def _is_stranger(identity: UpstreamIdentity, candidate: Candidate) -> bool:
    """Nothing but, perhaps, a SNILS agrees."""
    person = candidate.person
    same_name = _same(name_form(identity.surname), name_form(person.surname)) or _same(
        name_form(identity.name), name_form(person.name)
    )
    return not same_name and not _same_birth_date(identity, person)


def _is_decisive(identity: UpstreamIdentity, candidate: Candidate) -> bool:
    """SNILS, surname and name all agree: among several cards, this is the one."""
    person = candidate.person
    return _same_snils(identity, person) and _same_short_name(identity, person)


def _strong_pairs(identity: UpstreamIdentity, person: Person) -> bool:
    """Whether two strong fields agree, so that the page may name the school (screens.md 2.2, L2).

    A name and a birth date are two, unless two sound numbers say that these are namesakes (decision 0008).
    """
    if _same_snils(identity, person):
        return _is_by_number(identity, person)
    both = snils_digits(identity.snils), snils_digits(person.snils)
    are_namesakes = all(number is not None and snils_sum_is_right(number) for number in both)
    return _same_full_name(identity, person) and _same_birth_date(identity, person) and not are_namesakes


def _is_by_number(identity: UpstreamIdentity, person: Person) -> bool:
    """A SNILS that is equal, and something beside it."""
    beside = _same_birth_date(identity, person) or _same_short_name(identity, person)
    return beside and _same_snils(identity, person)


def _same_snils(identity: UpstreamIdentity, person: Person) -> bool:
    return _same(snils_digits(identity.snils) or "", snils_digits(person.snils) or "")


def _same_birth_date(identity: UpstreamIdentity, person: Person) -> bool:
    return identity.birth_date is not None and identity.birth_date == person.birth_date


def _same_short_name(identity: UpstreamIdentity, person: Person) -> bool:
    return _same(name_form(identity.surname), name_form(person.surname)) and _same(
        name_form(identity.name), name_form(person.name)
    )


def _same_full_name(identity: UpstreamIdentity, person: Person) -> bool:
    return _same_short_name(identity, person) and patronymic_form(identity.patronymic) == patronymic_form(person.patronymic)


def _same(one: str, other: str) -> bool:
    return bool(one) and one == other

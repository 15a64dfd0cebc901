"""The match, pure: order of checks, what may be said, and never certain on weak evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.connectors.identity import Level, UpstreamIdentity
from broker.directory.person import Person
from broker.foundation.normal_forms import name_form, patronymic_form, snils_digits
from broker.linking.evidence import Evidence
from broker.linking.facts import identity_facts, person_facts
from broker.linking.link import Link
from broker.linking.match import Candidate, match
from broker.linking.outcome import Certain, Match, Nobody, Prove, Refused, as_event
from broker.policy.decide import decide
from broker.policy.decision import Match as Compared
from tests.rooms.directory.samples import card
from tests.rooms.linking.samples import ALLOWED, OTHER_SNILS, candidate, identity, refused, shipped, to_prove
from tests.support.clock import FIRST_BELL

LINK = Link("l-1", "p-1", "esia", Level.CONFIRMED, True, Evidence.DIARY_PASSWORD, FIRST_BELL, FIRST_BELL)
WEAK = identity(level=Level.NOT_CONFIRMED, snils=None)
TWIN = card(id="p-2", login=None)
UNLIKE = card(id="p-2", surname="Сосновская", name="Ирма", birth_date=date(1990, 1, 30))


def causes(found: Match) -> tuple[type[Match], tuple[int, ...]]:
    return type(found), found.grounds.causes


class TestOneCandidate:
    def test_nobody_without_candidates(self) -> None:
        assert (Nobody, (3101,)) == causes(match(identity(), []))

    def test_snils_and_name_make_it_certain(self) -> None:
        found = match(identity(birth_date=None), [candidate()])

        assert isinstance(found, Certain)
        assert ("p-1", Evidence.SNILS_AND_NAME, None) == (found.person.id, found.evidence, found.link)

    def test_full_name_and_birth_date_make_it_certain(self) -> None:
        found = match(identity(snils=None), [candidate()])

        assert isinstance(found, Certain) and Evidence.NAME_AND_BIRTH_DATE is found.evidence

    @pytest.mark.parametrize(
        "weak",
        [
            {"snils": None, "birth_date": None},
            {"snils": None, "patronymic": None},
            {"snils": None, "surname": "Клёнова"},
            {"snils": OTHER_SNILS, "birth_date": None},
            {"snils": OTHER_SNILS, "name": "Елена"},
            {"surname": "Клёнова"},
            {"name": None},
        ],
    )
    def test_an_allowing_rule_alone_never_makes_it_certain(self, weak: dict[str, Any]) -> None:
        """A rule that compares nothing, or a mistake in a rule, must not link by itself."""
        changed = {"birth_date": date(1985, 3, 18)} | weak if "surname" in weak or "name" in weak else weak
        assert (Prove, (3101,)) == causes(match(identity(**changed), [candidate()]))

    def test_a_field_that_differs_never_makes_it_certain(self) -> None:
        decision = replace(ALLOWED, compared=(("surname", Compared.SAME), ("sex", Compared.DIFFERS)))

        assert isinstance(match(identity(), [candidate(decision=decision)]), Prove)

    def test_a_rule_that_wants_proof_gets_it(self) -> None:
        assert (Prove, (3106,)) == causes(match(identity(), [candidate(decision=to_prove(3106))]))

    def test_where_the_upstream_did_not_send_something_that_is_what_is_named(self) -> None:
        compared = (("birth_date", Compared.MISSING_THERE), ("snils", Compared.MISSING_HERE), ("sex", Compared.MISSING_THERE))

        found = match(identity(), [candidate(decision=replace(to_prove(2115, 3106), compared=compared))])

        assert (Prove, (2115, 3106), ("birth_date", "sex")) == (*causes(found), found.grounds.fields)
        found = match(identity(), [candidate(decision=replace(to_prove(3106, 2115), compared=compared))])
        assert () == found.grounds.fields

    def test_a_refusal_names_what_differs_and_who_can_help(self) -> None:
        compared = (("surname", Compared.DIFFERS), ("name", Compared.SAME), ("patronymic", Compared.MISSING_HERE))
        decision = replace(refused(3102), compared=compared)

        found = match(identity(surname="Клёнова"), [candidate(decision=decision)])

        assert (Refused, (3102,)) == causes(found)
        grounds = found.grounds
        assert (("surname",), compared, "29-001", "p-1") == (
            grounds.fields,
            grounds.compared,
            grounds.school_id,
            grounds.person_id,
        )
        assert ("29/2024-07-01/adults", "v1", "29") == (grounds.rule, grounds.policy_version, grounds.region)


class TestOrderOfChecks:
    """Level, region, link, then whatever the policy found."""

    EVERYTHING = {"is_elsewhere": True, "link": LINK}

    @pytest.mark.parametrize("cause", [2109, 2110, 2112, 3113, 3114])
    def test_the_level_comes_first(self, cause: int) -> None:
        found = match(identity(), [candidate(decision=refused(cause), region="38", **self.EVERYTHING)])

        assert (Refused, (cause,)) == causes(found)

    @pytest.mark.parametrize("decision", [ALLOWED, refused(3102), refused(4003), to_prove(3106)])
    def test_then_the_region(self, decision: Any) -> None:
        found = match(identity(), [candidate(decision=decision, region="38", **self.EVERYTHING)])

        assert (Refused, (3112,)) == causes(found)
        assert ("38", ()) == (found.grounds.region, found.grounds.fields)

    @pytest.mark.parametrize("decision", [ALLOWED, refused(3102), refused(3111), to_prove(3106)])
    def test_then_the_link(self, decision: Any) -> None:
        assert (Refused, (3201,)) == causes(match(identity(), [candidate(decision=decision, link=LINK)]))

    @pytest.mark.parametrize("cause", [3102, 3103, 3104, 3105, 3109, 3110, 3111, 3116, 4003])
    def test_then_the_policy(self, cause: int) -> None:
        assert (Refused, (cause,)) == causes(match(identity(), [candidate(decision=refused(cause))]))


class TestOwnLink:
    def test_a_tied_identity_is_certain_whatever_has_become_of_the_names(self) -> None:
        found = match(identity(surname="Клёнова", snils=None, birth_date=None), [candidate(link=LINK, is_own_link=True)])

        assert isinstance(found, Certain)
        assert (LINK, Evidence.DIARY_PASSWORD) == (found.link, found.evidence)

    def test_it_is_told_its_own_state_even_at_the_lowest_level(self) -> None:
        blocked = candidate(decision=refused(4003), link=LINK, is_own_link=True)

        found = match(identity(level=Level.NOT_CONFIRMED, snils=None, surname="Клёнова"), [blocked])

        assert (Refused, (4003,)) == causes(found)
        assert "29-001" == found.grounds.school_id

    @pytest.mark.parametrize(("cause", "more"), [(2109, {}), (3112, {"is_elsewhere": True})])
    def test_level_and_region_are_asked_again(self, cause: int, more: dict[str, Any]) -> None:
        decision = refused(2109) if cause == 2109 else ALLOWED

        assert (Refused, (cause,)) == causes(
            match(identity(), [candidate(decision=decision, link=LINK, is_own_link=True, **more)])
        )


class TestSeveral:
    def test_cards_that_nothing_tells_apart_need_a_proof(self) -> None:
        both = [candidate(card(snils=None)), candidate(replace(TWIN, snils=None))]

        found = match(identity(snils=None), both)

        assert (Prove, (3107,)) == causes(found)
        assert ("", None, ()) == (found.grounds.school_id, found.grounds.person_id, found.grounds.fields)

    def test_two_cards_with_ones_own_snils_and_name_are_for_the_school(self) -> None:
        found = match(identity(), [candidate(TWIN), candidate()])

        assert (Refused, (3108,)) == causes(found)
        assert ("p-1", "29-001", (), ()) == (
            found.grounds.person_id, found.grounds.school_id, found.grounds.fields, found.grounds.compared
        )  # fmt: skip

    @pytest.mark.parametrize(
        "other",
        [
            candidate(replace(TWIN, birth_date=date(2012, 3, 17))),
            candidate(TWIN, decision=refused(3111)),
            candidate(TWIN, decision=refused(3109)),
            candidate(replace(TWIN, name="Елена")),
        ],
        ids=["a son with the father's number", "left that school", "of no school", "another first name"],
    )
    def test_two_cards_that_may_not_be_one_person(self, other: Candidate) -> None:
        both = [candidate(), other]
        wanted = (Certain, ()) if other.person.name == "Елена" else (Prove, (3107,))

        assert wanted == causes(match(identity(), both))

    def test_a_school_has_said_that_they_are_two(self) -> None:
        both = [candidate(), candidate(TWIN)]

        assert (Prove, (3107,)) == causes(match(identity(), both, {("p-1", "p-2")}))
        assert (Refused, (3108,)) == causes(match(identity(), [*both, candidate(replace(TWIN, id="p-3"))], {("p-1", "p-2")}))

    def test_cards_of_two_schools_name_neither(self) -> None:
        both = [candidate(), replace(candidate(TWIN), school_id="29-002")]

        found = match(identity(), both)

        assert ((Refused, (3108,)), "") == (causes(found), found.grounds.school_id)

    @pytest.mark.parametrize(("elsewhere", "cause", "card_id"), [((True, True), 3112, "p-1"), ((True, False), 3108, "p-2")])
    def test_the_chosen_region_comes_first(self, elsewhere: tuple[bool, bool], cause: int, card_id: str) -> None:
        both = [candidate(is_elsewhere=elsewhere[0]), candidate(TWIN, is_elsewhere=elsewhere[1])]

        found = match(identity(), both)

        assert ((Refused, (cause,)), card_id) == (causes(found), found.grounds.person_id)

    def test_snils_and_name_decide_between_namesakes(self) -> None:
        namesake = candidate(replace(TWIN, snils=None), decision=to_prove(3106))

        found = match(identity(), [namesake, candidate()])

        assert isinstance(found, Certain) and "p-1" == found.person.id

    def test_a_snils_alone_does_not(self) -> None:
        """One card has the SNILS and another surname, the other has the name and birth date and no SNILS."""
        married = candidate(card(surname="Клёнова", birth_date=date(1985, 3, 18)), decision=refused(3102, 3104))
        namesake = candidate(replace(TWIN, snils=None), decision=to_prove(3106))

        assert (Prove, (3107,)) == causes(match(identity(), [married, namesake]))

    def test_a_level_that_is_too_low_for_all_is_said(self) -> None:
        both = [candidate(decision=refused(2109)), candidate(TWIN, decision=refused(2109))]

        assert (Refused, (2109,)) == causes(match(identity(), both))

    def test_a_level_that_is_too_low_for_one_says_nothing_of_the_other(self) -> None:
        both = [candidate(card(snils=None), decision=refused(2109)), candidate(replace(TWIN, snils=None), decision=ALLOWED)]

        assert (Prove, (3107,)) == causes(match(identity(), both))


class TestDisclosure:
    @pytest.mark.parametrize("decision", [refused(3102), refused(3111), refused(4003), to_prove(3106), refused(2109)])
    def test_a_self_typed_name_learns_only_not_found(self, decision: Any) -> None:
        decision = replace(decision, compared=(("surname", Compared.DIFFERS),))

        found = match(WEAK, [candidate(decision=decision, link=LINK if decision.causes == (4003,) else None)])

        grounds = found.grounds
        assert (Nobody, (3101,)) == causes(found)
        assert ((), "", None) == (grounds.fields, grounds.school_id, grounds.warning_key)
        assert (decision.causes, "p-1") == (grounds.hidden_causes, grounds.person_id)

    def test_two_namesakes_look_the_same_to_it(self) -> None:
        both = [candidate(), candidate(TWIN)]

        assert (Nobody, (3101,)) == causes(match(WEAK, both))
        assert (3107,) == match(WEAK, both).grounds.hidden_causes

    def test_a_region_that_lets_it_in_lets_it_in(self) -> None:
        assert isinstance(match(WEAK, [candidate()]), Certain)

    def test_a_snils_on_somebody_elses_card_is_not_told(self) -> None:
        found = match(identity(), [candidate(UNLIKE, decision=refused(3102, 3104))])

        assert (Nobody, (3101,)) == causes(found)
        assert ((3102, 3104), (), "") == (found.grounds.hidden_causes, found.grounds.fields, found.grounds.school_id)

    def test_nor_does_it_stand_in_the_way_of_the_right_card(self) -> None:
        found = match(
            identity(), [candidate(UNLIKE, decision=refused(3102)), candidate(card(snils=None), decision=to_prove(3106))]
        )

        assert (Prove, (3106,)) == causes(found)

    @pytest.mark.parametrize("person", [card(snils="", surname="Клёнова", name="Ирма", birth_date=None)])
    def test_an_absent_value_never_counts_as_equal(self, person: Person) -> None:
        assert isinstance(match(identity(snils=None, birth_date=None, surname="", name=""), [candidate(person)]), Nobody)

    @pytest.mark.parametrize(
        ("changes", "may_name"),
        [
            ({"surname": "Клёнова", "birth_date": date(1985, 3, 17)}, True),
            ({"birth_date": date(1985, 3, 18)}, True),
            ({"snils": None}, True),
            ({"snils": "20111430568"}, True),  # a slip of the pen: the sum is wrong, so it may well be the same person
            ({"snils": OTHER_SNILS}, False),  # two sound numbers: a namesake born on the same day
            ({"surname": "Клёнова", "birth_date": date(1985, 3, 18)}, False),
            ({"snils": OTHER_SNILS, "patronymic": "Олеговна"}, False),
            ({"snils": None, "surname": "Клёнова"}, False),
        ],
    )
    def test_the_school_is_named_only_when_two_strong_fields_agree(self, changes: dict[str, Any], may_name: bool) -> None:
        found = match(identity(**changes), [candidate(decision=refused(3102))])

        assert ("29-001" if may_name else "") == found.grounds.school_id

    @pytest.mark.parametrize(
        ("changes", "decision", "outcome"),
        [
            ({}, refused(3104), (Refused, (3112,))),
            ({}, ALLOWED, (Refused, (3112,))),
            ({"snils": None}, ALLOWED, (Refused, (3112,))),
            ({"snils": None}, to_prove(2111), (Nobody, (3101,))),
            ({"snils": OTHER_SNILS}, refused(3103), (Nobody, (3101,))),
            ({"surname": "Клёнова"}, refused(3102), (Nobody, (3101,))),
        ],
    )
    def test_a_namesake_does_not_learn_the_region(self, changes: dict[str, Any], decision: Any, outcome: Any) -> None:
        found = match(identity(**changes), [candidate(decision=decision, region="38", is_elsewhere=True)])

        assert outcome == causes(found)
        hidden = ((3112,), "", ()) if outcome[0] is Nobody else ((), "29-001", ())
        assert hidden == (found.grounds.hidden_causes, found.grounds.school_id, found.grounds.fields)

    @pytest.mark.parametrize(
        ("changes", "decision", "outcome"),
        [
            ({}, refused(3104), (Refused, (3201,))),
            ({"surname": "Клёнова"}, refused(3102), (Refused, (3201,))),
            ({"snils": None}, ALLOWED, (Refused, (3201,))),
            ({"snils": None}, to_prove(2111), (Prove, (2111,))),
            ({"snils": OTHER_SNILS}, refused(3103), (Refused, (3103,))),
        ],
    )
    def test_nor_that_the_diary_is_connected(self, changes: dict[str, Any], decision: Any, outcome: Any) -> None:
        assert outcome == causes(match(identity(**changes), [candidate(decision=decision, link=LINK)]))


def test_the_journal_keeps_the_real_causes() -> None:
    event = as_event(match(WEAK, [candidate(decision=refused(3102))]))

    assert ("nobody", (3102,), "29/2024-07-01/adults", "v1", "p-1") == (
        event.verdict,
        event.causes,
        event.rule,
        event.policy_version,
        event.person_id,
    )
    assert ("certain", ()) == ((found := as_event(match(identity(), [candidate()]))).verdict, found.causes)


# Cards and identities from few values, so that they agree and disagree in every way; decided by the shipped rules.
NAMES = st.sampled_from(["Рябинина", "рябинина", "Pябинина", "Клёнова", "Кленова", ""])
BORN = st.sampled_from([None, date(1985, 3, 17), date(1985, 3, 18), date(2013, 3, 17)])
NUMBERS = st.sampled_from([None, "20111430566", "20111430667"])
PEOPLE = st.builds(
    card,
    id=st.sampled_from(["p-1", "p-2", "p-3"]),
    surname=NAMES.filter(bool),
    name=NAMES.filter(bool),
    patronymic=st.none() | NAMES.filter(bool),
    birth_date=BORN,
    snils=NUMBERS,
    sex=st.sampled_from([None, "M", "F"]),
    is_blocked=st.booleans(),
)
IDENTITIES = st.builds(
    identity,
    surname=st.none() | NAMES,
    name=st.none() | NAMES,
    patronymic=st.none() | NAMES,
    birth_date=BORN,
    snils=NUMBERS,
    sex=st.sampled_from([None, "M", "F"]),
    level=st.sampled_from(Level),
    child_of_parent=st.booleans(),
    checks_pending=st.booleans(),
)
REGIONS = st.sampled_from(["29", "38", "77"])
DAYS = st.sampled_from([datetime(year, 9, 1, 5, tzinfo=UTC) for year in (2012, 2016, 2018, 2026)])
POLICIES = shipped()


@st.composite
def crowds(draw: st.DrawFn) -> tuple[UpstreamIdentity, list[Candidate]]:
    someone, at, region = draw(IDENTITIES), draw(DAYS), draw(REGIONS)
    people = draw(st.lists(PEOPLE, max_size=3, unique_by=lambda person: person.id))
    policy = POLICIES.of_region(region)
    found = []
    for person in people:
        facts = person_facts(person, policy.local_day(at), 0, region)
        decision = decide(policy, facts, identity_facts(someone, linked=False), at)
        link = draw(st.sampled_from([None, None, LINK]))
        found.append(
            candidate(person, decision, region=region, link=link, is_elsewhere=draw(st.sampled_from([False, False, True])))
        )
    return someone, found


@given(crowds())
def test_certain_takes_everything_the_rule_demands(crowd: tuple[UpstreamIdentity, list[Candidate]]) -> None:
    someone, candidates = crowd
    found = match(someone, candidates)
    if not isinstance(found, Certain):
        return
    (chosen,) = [one for one in candidates if one.person.id == found.person.id]
    person = found.person
    assert (None, False, ()) == (chosen.link, chosen.is_elsewhere, chosen.decision.causes)
    assert Compared.DIFFERS not in dict(chosen.decision.compared).values()
    policy = POLICIES.of_region(chosen.region)
    rule = next(r for p in policy.periods for r in p.rules if chosen.decision.rule.endswith(f"{p.from_on}/{r.name}"))
    assert {Compared.SAME} >= {result for field, result in chosen.decision.compared if field in rule.match}
    full_name = [name_form(t) for t in (someone.surname, someone.name)] == [name_form(t) for t in (person.surname, person.name)]
    born = someone.birth_date is not None and someone.birth_date == person.birth_date
    same_patronymic = patronymic_form(someone.patronymic) == patronymic_form(person.patronymic)
    number = bool(someone.snils) and someone.snils == snils_digits(person.snils)
    assert full_name and (number or (born and same_patronymic))


@given(crowds())
def test_two_cards_that_fit_alike_are_never_certain(crowd: tuple[UpstreamIdentity, list[Candidate]]) -> None:
    someone, candidates = crowd
    doubled = [*candidates, *(replace(one, person=replace(one.person, id=f"{one.person.id}-copy")) for one in candidates)]

    assert not isinstance(match(someone, doubled), Certain)


@given(crowds(), st.randoms(use_true_random=False))
def test_the_order_of_candidates_is_of_no_account(crowd: tuple[UpstreamIdentity, Sequence[Candidate]], random: Any) -> None:
    someone, candidates = crowd
    shuffled = list(candidates)
    random.shuffle(shuffled)

    assert match(someone, candidates) == match(someone, shuffled)


@given(crowds())
def test_a_self_typed_name_sees_one_answer_or_is_in(crowd: tuple[UpstreamIdentity, list[Candidate]]) -> None:
    someone, candidates = crowd
    weak = replace(someone, level=Level.NOT_CONFIRMED, snils=None)
    found = match(weak, candidates)

    if not isinstance(found, Certain):
        grounds = found.grounds
        assert (Nobody, (3101,), (), "", None) == (
            type(found),
            grounds.causes,
            grounds.fields,
            grounds.school_id,
            grounds.warning_key,
        )

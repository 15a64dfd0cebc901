"""The steps of a decision: fields, states, their order, and what happens where facts are missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broker.policy.decide import decide
from broker.policy.decision import Match, Verdict
from tests.rooms.policy.facts import CARD, account, card, identity, instant, person, shipped

TODAY = instant("2026-11-22T09:00:00")
SPRING_2020 = instant("2020-03-02T09:00:00")
ALLOW, PROVE, REFUSE = Verdict.ALLOW, Verdict.PROVE, Verdict.REFUSE


def decided(who, identity_facts, at=TODAY, region="29"):
    return decide(shipped().of_region(region), who, identity_facts, at)


@pytest.mark.parametrize(
    ("changed", "verdict", "causes"),
    [
        ({"surname": "РЯБИНИНА "}, ALLOW, ()),
        ({"name": "Алена"}, ALLOW, ()),
        ({"snils": "20111430557"}, ALLOW, ()),
        ({"surname": "Берёзкина"}, REFUSE, (3102,)),
        ({"name": "Aлёна"}, REFUSE, (3102,)),  # Latin A
        ({"patronymic": None}, REFUSE, (3102,)),
        ({"surname": None}, PROVE, (3102,)),
        ({"snils": "201-114-306 57"}, REFUSE, (3103,)),
        ({"snils": "2011143"}, REFUSE, (3103,)),
        ({"snils": None}, PROVE, (3106,)),
        ({"snils": " "}, PROVE, (3106,)),
        ({"born": "1985-03-18"}, REFUSE, (3104,)),
        ({"sex": "M"}, REFUSE, (3105,)),
        ({"sex": None}, ALLOW, ()),
        ({"sex": "M", "snils": None, "name": "Анна"}, REFUSE, (3102, 3105, 3106)),
        ({"sex": "M", "born": "1985-03-18", "snils": "201-114-306 57", "name": "Анна"}, REFUSE, (3102, 3103, 3104, 3105)),
    ],
)
def test_the_card_of_an_adult(changed, verdict, causes):
    decision = decided(person(card(**changed)), account("confirmed"))

    assert (verdict, causes) == (decision.verdict, decision.causes)


@pytest.mark.parametrize(
    ("missing", "verdict", "causes"),
    [
        ("snils", PROVE, (2111,)),
        ("surname", PROVE, (2115,)),
        ("birth_date", ALLOW, ()),
        ("sex", ALLOW, ()),
    ],
)
def test_what_the_upstream_does_not_send(missing, verdict, causes):
    decision = decided(person(), identity(replace(CARD, **{missing: None})))

    assert (verdict, causes) == (decision.verdict, decision.causes)
    assert dict(decision.compared)[missing] is Match.MISSING_THERE


@pytest.mark.parametrize("word", ["нет", "Нет", "-", "отсутствует", ""])
def test_no_patronymic_is_written_in_many_ways(word):
    decision = decided(person(card(patronymic=word)), identity(replace(CARD, patronymic=None)))

    assert ALLOW is decision.verdict


@pytest.mark.parametrize(
    ("here", "there", "verdict", "causes"),
    [
        ({}, {}, ALLOW, ()),
        ({"snils": None}, {}, ALLOW, ()),
        ({}, {"snils": None}, ALLOW, ()),
        ({}, {"snils": "201-114-306 57"}, REFUSE, (3103,)),
        ({"born": "2014-07-05"}, {}, REFUSE, (3104,)),
        ({"sex": "M"}, {}, ALLOW, ()),
        ({"name": "Олёна"}, {}, REFUSE, (3102,)),
    ],
)
def test_a_child_is_compared_by_name_and_birth_date(here, there, verdict, causes):
    born = {"born": "2014-05-07"}
    pupil = person(card(**{**born, **here}), "pupil")
    decision = decided(pupil, identity(card(**{**born, **there}), "child", child_of_parent=True))

    assert (verdict, causes, "29/2024-07-01/children") == (decision.verdict, decision.causes, decision.rule)


def test_compared_fields_are_told_one_by_one_in_a_fixed_order():
    decision = decided(person(card(surname="Берёзкина", sex=None)), account("confirmed"))

    assert decision.compared == (
        ("surname", Match.DIFFERS),
        ("name", Match.SAME),
        ("patronymic", Match.SAME),
        ("snils", Match.SAME),
        ("birth_date", Match.SAME),
        ("sex", Match.MISSING_HERE),
    )


@pytest.mark.parametrize(
    ("state", "roles", "causes"),
    [
        ({"in_school": False}, "teacher", (3109,)),
        ({"left_school": True}, "teacher", (3111,)),
        ({"left_school": True, "in_school": False}, "", (3111,)),
        ({"blocked": True}, "teacher", (4003,)),
        ({"blocked": True, "left_school": True}, "teacher", (3111,)),
        ({"children": 0}, "parent", (3116,)),
        ({"children": 0}, "parent teacher", ()),
        ({"activated": False}, "teacher", ()),
    ],
)
@pytest.mark.parametrize("linked", [False, True])
def test_the_state_of_the_card(state, roles, causes, linked):
    decision = decided(person(CARD, roles, **state), account("confirmed", linked=linked))

    assert (REFUSE if causes else ALLOW, causes) == (decision.verdict, decision.causes)


@pytest.mark.parametrize("linked", [False, True])
def test_a_child_must_have_opened_the_diary_once(linked):
    pupil = person(card(born="2014-05-07"), "pupil", activated=False)
    decision = decided(pupil, account("child", pupil.fields, linked=linked))

    assert (decision.verdict, decision.causes) == (REFUSE, (3110,))


def test_the_first_objection_ends_the_examination():
    wrong = {"in_school": False, "blocked": True, "activated": False, "children": 0}

    def causes(roles, fields, kind):
        return decided(person(fields, roles, **wrong), account(kind)).causes

    assert causes("parent", card(surname="Берёзкина"), "standard") == (2109,)
    assert causes("parent", card(surname="Берёзкина"), "confirmed") == (3102,)
    assert causes("parent", CARD, "confirmed") == (3109,)


def test_a_state_is_not_told_to_somebody_who_has_not_proven_the_card():
    decision = decided(person(card(snils=None), blocked=True), account("confirmed"))

    assert (decision.verdict, decision.causes) == (PROVE, (3106,))


def test_a_linked_identity_is_not_compared_but_must_still_be_good_enough():
    stranger = card(surname="Берёзкина", snils="201-114-306 57")

    as_linked = decided(person(), account("confirmed", stranger, linked=True))

    assert (as_linked.verdict, as_linked.causes, as_linked.compared) == (ALLOW, (), ())
    assert decided(person(), account("standard", stranger, linked=True)).causes == (2109,)


def test_a_minor_of_region_38_is_tied_by_password_once():
    fields = card(born="2004-02-03")
    minor = person(fields, "pupil")

    def verdict(linked):
        return decided(minor, account("attached", fields, linked=linked), SPRING_2020, "38").verdict

    assert (verdict(linked=False), verdict(linked=True)) == (PROVE, ALLOW)


@pytest.mark.parametrize(
    ("kind", "at", "causes"),
    [
        ("standard", TODAY, (2112, 2109)),
        ("simplified", SPRING_2020, (2112, 2110)),
        ("standard", SPRING_2020, ()),
        ("confirmed", TODAY, ()),
    ],
)
def test_pending_checks_are_told_first(kind, at, causes):
    assert causes == decided(person(), account(kind, checks_pending=True), at).causes


def test_an_unknown_level_is_no_level():
    assert decided(person(), identity(level="trusted")).causes == (2109,)
    before = instant("2016-01-01T09:00:00")
    assert REFUSE is decided(person(), identity(level=""), before).verdict


def test_without_a_birth_date_a_checked_one_of_the_upstream_counts():
    pupil = person(replace(CARD, birth_date=None), "pupil")
    child_fields = card(born="2014-05-07")

    assert decided(pupil, account("child", child_fields, linked=True)).rule == "29/2024-07-01/children"
    assert decided(pupil, account("confirmed", linked=True)).rule == "29/2024-07-01/adults"


def test_without_any_birth_date_the_strictest_rule_counts():
    """A self-typed birth date must not choose the softer rule of children."""
    pupil = person(replace(CARD, birth_date=None), "pupil")
    typed = account("simplified", card(born="2010-05-07"), linked=True)

    decision = decided(pupil, typed, SPRING_2020)

    assert (decision.verdict, decision.causes, decision.rule) == (REFUSE, (2110,), "29/2017-10-01/adults")


def test_roles_of_two_rules_are_judged_by_the_strictest():
    fields = card(born="2010-05-07")
    decision = decided(person(fields, "pupil parent"), account("simplified", fields), SPRING_2020)

    assert (decision.verdict, decision.causes) == (REFUSE, (2110,))


def test_somebody_without_a_role_meets_no_softer_rule():
    left = person(card(born="1980-01-01"), "", left_school=True)

    assert decided(left, account("simplified", left.fields), SPRING_2020).causes == (2110,)
    assert decided(left, account("standard", left.fields), SPRING_2020).causes == (3111,)


@pytest.mark.parametrize(
    ("day", "kind", "key"),
    [
        ("2024-04-30", "standard", None),
        ("2024-05-01", "standard", "29/2024-07-01"),
        ("2024-06-30", "standard", "29/2024-07-01"),
        ("2024-06-30", "confirmed", None),
        ("2024-06-30", "simplified", None),  # refused already: a warning would not help
    ],
)
def test_who_will_lose_access_is_warned(day, kind, key):
    decision = decided(person(), account(kind, linked=True), instant(day + "T09:00:00"))

    assert key == decision.warning_key

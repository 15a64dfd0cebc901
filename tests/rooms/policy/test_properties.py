"""What must hold for any facts at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.policy.decide import STRICTNESS, decide
from broker.policy.decision import Fields, IdentityFacts, Match, PersonFacts, Verdict
from broker.policy.explain import explain, load_sentences
from broker.policy.rules import ROLES
from tests.rooms.policy.facts import shipped

POLICIES = shipped()
SENTENCES = load_sentences()

# Few values, so that equal ones meet often; odd ones, so that nothing is taken for granted.
names = st.sampled_from(["Рябинина", "рябинина ", "Рябинина\u00a0", "Pябинина", "Берёзкина", "", "нет", None]) | st.text(
    max_size=6
)
days = st.sampled_from([None, date(1985, 3, 17), date(2012, 2, 29), date(2024, 7, 1)]) | st.dates()
snils = st.sampled_from([None, "", "201-114-305 57", "20111430557", "201-114-306 57", "12", "не помню"])
fields = st.builds(Fields, names, names, names, days, st.sampled_from([None, "", "F", "M", "f"]), snils)
roles = st.lists(st.sampled_from([*ROLES, "security_officer"]), max_size=3).map(tuple)
people = st.builds(
    PersonFacts,
    fields,
    roles,
    in_school=st.booleans(),
    left_school=st.booleans(),
    activated=st.booleans(),
    blocked=st.booleans(),
    children=st.integers(0, 2),
    region=st.just("29"),
)
levels = st.sampled_from(["confirmed", "not_confirmed", "child", "", "trusted"])
identities = st.builds(
    IdentityFacts,
    fields,
    level=levels,
    child_of_parent=st.booleans(),
    checks_pending=st.booleans(),
    linked=st.booleans(),
)
policies = st.sampled_from([POLICIES.of_region(code) for code in ("29", "38", "50")])
instants = st.datetimes(datetime(2009, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(policies, people, identities, instants)
def test_any_facts_get_the_same_answer_twice_and_causes_exactly_when_not_allowed(policy, who, at_upstream, at):
    decision = decide(policy, who, at_upstream, at)

    assert decision == decide(policy, who, at_upstream, at)
    assert (decision.verdict is Verdict.ALLOW) == (decision.causes == ())
    assert decision.rule.startswith(policy.code + "/")


@given(policies, people, identities, instants)
@settings(max_examples=300)
def test_nobody_is_allowed_below_the_level_of_the_rule(policy, who, at_upstream, at):
    decision = decide(policy, who, at_upstream, at)
    if decision.verdict is not Verdict.ALLOW:
        return

    rule = decision.rule.partition("/")[2]
    has_snils = bool(at_upstream.fields.snils)
    attached = at_upstream.child_of_parent
    accepted = {
        "2010-01-01/everyone": at_upstream.level in {"confirmed", "not_confirmed", "child"},
        "2010-01-01/children": at_upstream.level in {"confirmed", "not_confirmed", "child"},
        "2010-01-01/adults": at_upstream.level == "confirmed" or (at_upstream.level == "not_confirmed" and has_snils),
        "2017-10-01/children": at_upstream.level in {"confirmed", "not_confirmed", "child"},
        "2017-10-01/adults": at_upstream.level == "confirmed" or (at_upstream.level == "not_confirmed" and has_snils),
        "2017-09-01/minors": attached and at_upstream.level in {"confirmed", "not_confirmed", "child"},
        "2017-09-01/adults": at_upstream.level == "confirmed" or (at_upstream.level == "not_confirmed" and has_snils),
        "2024-07-01/children": at_upstream.level == "confirmed" or (at_upstream.level == "child" and attached),
        "2024-07-01/adults": at_upstream.level == "confirmed",
    }
    assert accepted[rule]


same = names.filter(lambda text: bool(text and text.strip()))


@given(policies, people, identities, instants, st.tuples(same, same, days, snils))
def test_an_identity_that_is_not_linked_is_allowed_only_on_equal_strong_fields(policy, who, at_upstream, at, shared):
    surname, name, born, number = shared
    equal = {"surname": surname, "name": name, "birth_date": born, "snils": number, "patronymic": None}
    who = replace(who, fields=replace(who.fields, **equal))
    at_upstream = replace(at_upstream, linked=False, fields=replace(at_upstream.fields, **equal))

    decision = decide(policy, who, at_upstream, at)

    if decision.verdict is Verdict.ALLOW:
        gave = dict(decision.compared)
        assert Match.DIFFERS not in gave.values()
        assert Match.SAME is gave["surname"]
        assert Match.SAME is gave["name"]
        assert Match.SAME in {gave.get("snils"), gave.get("birth_date")}


@given(policies, people, identities, instants)
def test_a_higher_level_is_never_worse(policy, who, at_upstream, at):
    def strictness(level):
        return STRICTNESS[decide(policy, who, replace(at_upstream, level=level), at).verdict]

    assert strictness("") >= strictness("not_confirmed") >= strictness("confirmed")
    assert strictness("") >= strictness("child")


@given(policies, people, identities, instants, snils)
def test_a_checked_snils_is_never_worse_for_a_linked_identity(policy, who, at_upstream, at, number):
    def strictness(value):
        fields = replace(at_upstream.fields, snils=value)
        return STRICTNESS[decide(policy, who, replace(at_upstream, linked=True, fields=fields), at).verdict]

    assert strictness(None) >= strictness(number)


@given(policies, people, identities, instants)
def test_a_block_is_never_allowed(policy, who, at_upstream, at):
    assert Verdict.ALLOW is not decide(policy, replace(who, blocked=True), at_upstream, at).verdict


@given(policies, people, identities, st.dates(date(2009, 1, 1), date(2031, 1, 1)))
def test_every_decision_can_be_told_in_both_languages_without_personal_values(policy, who, at_upstream, day):
    who = replace(who, fields=replace(who.fields, surname="Ксенобиология", snils="201-114-305 57"))
    told = explain(policy, who, at_upstream, day, SENTENCES)

    for language in ("ru", "en"):
        text = " ".join(told.in_language(language))
        assert "Ксенобиология" not in text
        # Years and ages may hold any few of its digits; the first six in a row belong to nothing else.
        assert "201114" not in text.replace("-", "").replace(day.isoformat().replace("-", ""), "")
        assert "{" not in text

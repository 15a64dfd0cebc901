"""The easiest way in, for a profile: written out by hand, and never another answer than the decision itself gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.foundation.normal_forms import age_on
from broker.policy.decide import examine
from broker.policy.decision import Verdict
from broker.policy.local import examine_local
from broker.policy.simulate import Profile, Standpoint, Way, standpoint
from tests.rooms.policy.facts import identity, person, shipped

ADULT = Profile(
    roles=("teacher",),
    age=40,
    in_school=True,
    left_school=False,
    activated=True,
    blocked=False,
    has_children=False,
    lacks=frozenset(),
    has_password=True,
    level="",
    is_standard=False,
)
CHILD = replace(ADULT, roles=("pupil",), age=12)
TEEN = replace(ADULT, roles=("pupil",), age=16)
NO_SNILS = {"lacks": frozenset({"snils"})}
BEFORE, AFTER = date(2024, 6, 30), date(2024, 7, 1)

ROWS = [
    # who, region, the way before 1 July 2024, the way after
    (replace(ADULT, level="confirmed"), "29", (Way.CONNECTED, 0), (Way.CONNECTED, 0)),
    (replace(ADULT, level="not_confirmed", is_standard=True), "29", (Way.CONNECTED, 0), (Way.NONE, 2109)),
    (replace(ADULT, level="not_confirmed"), "29", (Way.NONE, 2110), (Way.NONE, 2109)),
    (replace(CHILD, level="not_confirmed"), "29", (Way.CONNECTED, 0), (Way.NONE, 3114)),
    (replace(CHILD, level="child"), "29", (Way.CONNECTED, 0), (Way.CONNECTED, 0)),
    (replace(ADULT, level="confirmed", blocked=True), "29", (Way.NONE, 4003), (Way.NONE, 4003)),
    # The password still opens the diary of somebody whose account no longer does.
    (replace(ADULT, level="not_confirmed"), "38", (Way.PASSWORD, 0), (Way.NONE, 2109)),
    (replace(ADULT, level="not_confirmed"), "77", (Way.PASSWORD, 0), (Way.PASSWORD, 0)),
    # Not connected.
    (ADULT, "38", (Way.PASSWORD, 0), (Way.FIRST_SIGN_IN, 4006)),
    (ADULT, "29", (Way.FIRST_SIGN_IN, 4006), (Way.FIRST_SIGN_IN, 4006)),
    (replace(ADULT, **NO_SNILS), "38", (Way.PASSWORD, 0), (Way.PROOF, 3106)),
    (replace(CHILD, **NO_SNILS), "29", (Way.FIRST_SIGN_IN, 4006), (Way.FIRST_SIGN_IN, 4006)),
    (replace(TEEN, has_password=False), "38", (Way.PROOF, 3101), (Way.FIRST_SIGN_IN, 4006)),
    (replace(CHILD, activated=False, has_password=False), "38", (Way.NONE, 3110), (Way.NONE, 3110)),
    (replace(ADULT, activated=False, has_password=False), "29", (Way.FIRST_SIGN_IN, 4006), (Way.FIRST_SIGN_IN, 4006)),
    (replace(ADULT, age=None, lacks=frozenset({"birth_date"})), "29", (Way.FIRST_SIGN_IN, 4006), (Way.FIRST_SIGN_IN, 4006)),
    (replace(ADULT, in_school=False, roles=()), "29", (Way.NONE, 3109), (Way.NONE, 3109)),
    (replace(ADULT, left_school=True, roles=()), "38", (Way.NONE, 3111), (Way.NONE, 3111)),
    (replace(ADULT, roles=("parent",)), "29", (Way.NONE, 3116), (Way.NONE, 3116)),
    (replace(ADULT, roles=("parent",), has_children=True), "38", (Way.PASSWORD, 0), (Way.FIRST_SIGN_IN, 4006)),
]


@pytest.mark.parametrize(("who", "region", "before", "after"), ROWS)
def test_what_a_new_rule_changes(who, region, before, after):
    policy = shipped().of_region(region)

    assert (Standpoint(*before), Standpoint(*after)) == (standpoint(policy, who, BEFORE), standpoint(policy, who, AFTER))


PROFILES = st.builds(
    Profile,
    roles=st.sampled_from([("pupil",), ("parent",), ("teacher",), ("parent", "teacher"), ()]),
    age=st.none() | st.integers(0, 70),
    in_school=st.booleans(),
    left_school=st.booleans(),
    activated=st.booleans(),
    blocked=st.booleans(),
    has_children=st.booleans(),
    lacks=st.frozensets(st.sampled_from(["surname", "name", "snils", "sex"])),
    has_password=st.booleans(),
    level=st.sampled_from(["", "confirmed", "not_confirmed", "child"]),
    is_standard=st.booleans(),
)
DAYS = st.dates(date(2009, 1, 1), date(2030, 12, 31))
POLICIES = shipped()


@given(PROFILES, DAYS, st.sampled_from(["29", "38", "77"]))
def test_everybody_has_a_way_or_a_reason_on_every_day(profile, day, region):
    found = standpoint(POLICIES.of_region(region), profile, day)

    assert found.way is not Way.NONE or found.cause > 0


@given(PROFILES, DAYS, st.sampled_from(["29", "38", "77"]), st.none() | st.dates(date(1940, 1, 1), date(2008, 12, 31)))
def test_it_says_what_the_decision_says(profile, day, region, born):
    """A profile knows the age only; the decision about a real card of that age must be the same."""
    policy = POLICIES.of_region(region)
    fields = replace(person().fields, birth_date=born, **dict.fromkeys(profile.lacks))
    aged = replace(profile, age=None if born is None else age_on(born, day))
    who = person(
        fields, " ".join(profile.roles), in_school=profile.in_school, left_school=profile.left_school,
        activated=profile.activated, blocked=profile.blocked, children=int(profile.has_children),
    )  # fmt: skip
    found = standpoint(policy, aged, day)
    local = profile.has_password and examine_local(policy, who, day).decision.verdict is Verdict.ALLOW
    linked = identity(
        replace(fields, snils="20111430566" if profile.is_standard else None), profile.level,
        child_of_parent=profile.level == "child", linked=True,
    )  # fmt: skip
    connected = bool(profile.level) and examine(policy, who, linked, day).decision.verdict is Verdict.ALLOW

    assert connected == (found.way is Way.CONNECTED)
    assert (local and not connected) == (found.way is Way.PASSWORD)

"""A remembered decision is the decision itself, and holds nothing of whom it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.connectors.identity import Level
from broker.directory.person import Membership, Person, Role, School
from broker.linking.evidence import Evidence
from broker.linking.facts import person_facts, remembered_identity, tied_facts
from broker.linking.link import Link
from broker.policy.decide import decide
from broker.policy.policies import Policies
from broker.policy.rules import NEEDS, Announcement, LevelAsked
from broker.policy.tied import Tied, TiedDecisions
from tests.rooms.linking.samples import shipped
from tests.support.clock import FIRST_BELL

SHIPPED = shipped()
_DVINALAND = SHIPPED.of_region("29")
_NEWEST = _DVINALAND.periods[-1]
_CHILDREN, _ADULTS = _NEWEST.rules
# A region with stricter words than any that is shipped, announced in the summer of the other values below.
_STRICT = (
    replace(_CHILDREN, level=LevelAsked.ATTACHED_TO_PARENT, needs=frozenset(NEEDS)),
    replace(_ADULTS, level=LevelAsked.STANDARD, needs=frozenset(NEEDS)),
)
_COMING = Announcement("91/2026-10-01", date(2026, 8, 1), "", "")
LUKOMORYE = replace(
    _DVINALAND,
    code="91",
    periods=(
        replace(_NEWEST, from_on=date(2026, 1, 1), warning=None),
        replace(_NEWEST, from_on=date(2026, 10, 1), warning=_COMING, rules=_STRICT),
    ),
)
POLICIES = Policies((*SHIPPED.regions, LUKOMORYE), SHIPPED.default, "")
# One for the whole file, so that later examples meet what earlier ones have left in it.
DECISIONS = TiedDecisions(POLICIES)

days = st.dates(date(2026, 7, 1), date(2026, 11, 1))
flags = st.booleans()
places = st.builds(
    Membership,
    st.builds(School, st.just("s-1"), st.just("29"), st.just("Школа"), st.just("School"), flags, st.none()),
    st.sampled_from(Role),
    st.none(),
    st.none() | days,
)
people = st.builds(
    Person,
    id=st.just("p-1"),
    surname=st.just("Рябинина"),
    name=st.just("Алёна"),
    patronymic=st.none(),
    birth_date=st.none() | st.dates(date(2012, 8, 1), date(2012, 11, 1)) | st.just(date(1985, 3, 17)),
    sex=st.none(),
    snils=st.just("201-114-305 57"),
    email=st.none(),
    phone=st.none(),
    login=st.just("ryabinina"),
    is_blocked=flags,
    activated_at=st.none() | st.just(FIRST_BELL),
    memberships=st.lists(places, max_size=3).map(tuple),
    staff_roles=st.just(()),
    is_paused=flags,
)
links = st.builds(
    Link,
    st.just("l-1"),
    st.just("p-1"),
    st.sampled_from(["esia", "other"]),
    st.sampled_from(Level),
    flags,
    st.sampled_from(Evidence),
    st.just(FIRST_BELL),
    st.just(FIRST_BELL),
    flags,
)
levels = st.sampled_from(["confirmed", "not_confirmed", "child", "", "trusted"])
# 99 has no file of its own.
regions = st.sampled_from(["91"] * 4 + ["29", "38", "50", "99", ""])
instants = st.datetimes(datetime(2026, 7, 1), datetime(2026, 11, 1), timezones=st.just(UTC)) | st.datetimes(  # noqa: DTZ001
    datetime(2009, 1, 1),  # noqa: DTZ001
    datetime(2031, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def tied_at(person: Person, link: Link, level: str, region: str, at: datetime) -> Tied:
    policy = POLICIES.of_region(region)
    day = policy.local_day(at)
    coming = policy.announced_on(day)
    return tied_facts(person, link, level, (day, coming.from_on if coming else None), lambda _: 1)


LINK = Link("l-1", "p-1", "esia", Level.CONFIRMED, True, Evidence.SNILS_AND_NAME, FIRST_BELL, FIRST_BELL, False)


def pupil(birthday: date) -> Person:
    place = Membership(School("s-1", "91", "Школа", "School", True, None), Role.PUPIL, "8А", None)
    named = ("p-1", "Рябинина", "Алёна", None, birthday, "F", "201-114-305 57", "a@school.example", "+79990000000", "ryabinina")
    return Person(*named, False, FIRST_BELL, (place,), ())


@given(people, links, levels, regions, instants)
@settings(max_examples=300)
def test_it_is_what_the_rules_say_of_the_whole_card(person: Person, link: Link, level: str, region: str, at: datetime) -> None:
    policy = POLICIES.of_region(region)
    facts = person_facts(person, policy.local_day(at), 1, region)
    expected = decide(policy, facts, remembered_identity(level, link, person), at)
    tied = tied_at(person, link, level, region, at)

    # The second answer is remembered.
    assert [expected] * 2 == [DECISIONS.of(region, tied), DECISIONS.of(region, tied)]


@pytest.mark.parametrize(("birthday", "warned"), [(date(2012, 10, 1), None), (date(2012, 10, 2), _COMING.key)])
def test_announced_rules_are_those_for_the_age_of_their_first_day(birthday: date, warned: str | None) -> None:
    """Thirteen on the first of September; from fourteen on the rules that come ask for no parent."""
    assert warned == DECISIONS.of("91", tied_at(pupil(birthday), LINK, "confirmed", "91", FIRST_BELL)).warning_key


def test_nothing_in_it_says_who_it_is() -> None:
    kept = set(tied_at(pupil(date(2012, 10, 1)), LINK, "confirmed", "29", FIRST_BELL))

    assert {date(2026, 9, 1), 13, None, ("pupil",), "confirmed", "esia", True, False} == kept

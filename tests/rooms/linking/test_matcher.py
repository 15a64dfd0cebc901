"""The matcher: candidates from the directory, each decided by its own region, in the order of the disclosure ladder."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.connectors.identity import Level, UpstreamIdentity
from broker.directory.days import day_of, today_of
from broker.directory.directory import Directory
from broker.foundation.normal_forms import snils_digits
from broker.linking.evidence import Evidence
from broker.linking.links import Links
from broker.linking.matcher import Matcher
from broker.linking.outcome import Certain, Match, Nobody, Prove, Refused
from tests.rooms.directory.samples import person, place, school
from tests.rooms.linking.samples import identity
from tests.support.clock import Clock

ROOT = Path(__file__).parents[3]
Load = Callable[..., None]
CHILD = person(birth_date="2014-05-20", memberships=[place(role="pupil", class_name="6А")])
CHILD_ACCOUNT = identity(level=Level.CHILD, birth_date=date(2014, 5, 20), child_of_parent=True)


def said(found: Match) -> tuple[str, tuple[int, ...]]:
    return type(found).__name__.lower(), found.grounds.causes


class TestToday:
    """The rules of 1 September 2026, in region 29 unless said otherwise."""

    def test_snils_finds_the_card(self, matcher: Matcher, load: Load) -> None:
        load(person(), person("p-2", surname="Иная", snils="201-114-306 67"))

        found = matcher.match(identity(), "29")

        assert isinstance(found, Certain) and "p-1" == found.person.id
        assert "29/2024-07-01/adults" == found.grounds.rule

    def test_nobody_has_such_a_card(self, matcher: Matcher, load: Load) -> None:
        load(person(surname="Иная", snils="201-114-306 67"))

        assert ("nobody", (3101,)) == said(matcher.match(identity(), "29"))

    @pytest.mark.parametrize(
        ("card", "kind", "cause"),
        [
            ({"surname": "Клёнова"}, "refused", 3102),
            ({"surname": "Pябинина"}, "refused", 3102),
            ({"name": "АЛЕНА"}, "certain", None),
            ({"snils": "201-114-305 65"}, "refused", 3103),
            ({"snils": None}, "prove", 3106),
            ({"birth_date": "1985-07-03"}, "refused", 3104),
            ({"birth_date": None}, "certain", None),
            ({"sex": "M"}, "refused", 3105),
            ({"sex": None}, "certain", None),
            ({"memberships": []}, "refused", 3109),
            ({"memberships": [place(left_on="2026-09-01")]}, "refused", 3111),
            ({"memberships": [place(left_on="2026-09-02")]}, "certain", None),
            ({"state": "blocked"}, "refused", 4003),
            ({"memberships": [place(role="parent")]}, "refused", 3116),
        ],
    )
    def test_one_thing_amiss(self, matcher: Matcher, load: Load, card: dict[str, Any], kind: str, cause: int | None) -> None:
        load(person(**card))

        assert (kind, (cause,) if cause else ()) == said(matcher.match(identity(), "29"))

    def test_a_closed_school_counts_as_left(self, matcher: Matcher, load: Load) -> None:
        load(person(), schools=(school(state="closed"),))

        assert ("refused", (3111,)) == said(matcher.match(identity(), "29"))

    def test_a_parent_with_a_child_in_the_diary_is_in(self, matcher: Matcher, load: Load) -> None:
        load(
            person(memberships=[place(role="parent")], children=["p-2"]),
            person("p-2", name="Ада", snils=None, birth_date="2014-05-20"),
        )

        assert isinstance(matcher.match(identity(), "29"), Certain)

    def test_a_child_account_finds_the_child(self, matcher: Matcher, load: Load) -> None:
        load(CHILD)

        found = matcher.match(CHILD_ACCOUNT, "29")

        assert isinstance(found, Certain) and "29/2024-07-01/children" == found.grounds.rule

    def test_a_child_without_snils_is_found_by_name_and_birth_date(self, matcher: Matcher, load: Load) -> None:
        load(CHILD | {"snils": None})

        found = matcher.match(identity(level=Level.CHILD, birth_date=date(2014, 5, 20), child_of_parent=True, snils=None), "29")

        assert isinstance(found, Certain) and Evidence.NAME_AND_BIRTH_DATE is found.evidence

    @pytest.mark.parametrize(
        ("changes", "card", "cause"),
        [
            ({"child_of_parent": False}, {}, 3113),
            ({}, {"activated": False}, 3110),
            ({}, {"birth_date": "2012-09-01"}, 2109),  # fourteen today: a child account will not do any more
        ],
    )
    def test_a_child_refused(
        self, matcher: Matcher, load: Load, changes: dict[str, Any], card: dict[str, Any], cause: int
    ) -> None:
        load(CHILD | card)
        someone = identity(level=Level.CHILD, birth_date=date(2014, 5, 20), **({"child_of_parent": True} | changes))

        assert ("refused", (cause,)) == said(matcher.match(someone, "29"))

    def test_standard_is_too_low_today(self, matcher: Matcher, load: Load) -> None:
        load(person())

        found = matcher.match(identity(level=Level.NOT_CONFIRMED), "29")

        assert ("refused", (2109,)) == said(found)
        assert "p-1" == found.grounds.person_id

    def test_two_namesakes_need_a_proof(self, matcher: Matcher, load: Load) -> None:
        load(person(snils=None), person("p-2", snils=None))

        assert ("prove", (3107,)) == said(matcher.match(identity(), "29"))

    def test_a_slip_that_makes_it_somebody_elses_snils_is_not_told(self, matcher: Matcher, load: Load) -> None:
        load(person(surname="Сосновская", name="Ирма", birth_date="1990-01-30"))

        found = matcher.match(identity(), "29")

        assert ("nobody", (3101,)) == said(found)
        assert (3102, 3104) == found.grounds.hidden_causes


class TestRegions:
    def test_another_region_than_ones_own(self, matcher: Matcher, load: Load) -> None:
        load(person(memberships=[place("38-001")]))

        found = matcher.match(identity(), "29")

        assert ("refused", (3112,)) == said(found)
        assert "38" == found.grounds.region

    def test_no_region_was_chosen(self, matcher: Matcher, load: Load) -> None:
        load(person(memberships=[place("38-001")]))

        found = matcher.match(identity(), "")

        assert isinstance(found, Certain) and "38" == found.grounds.region

    @pytest.mark.parametrize("chosen", ["29", "38"])
    def test_with_schools_in_two_regions_the_chosen_one_decides(self, matcher: Matcher, load: Load, chosen: str) -> None:
        load(person(memberships=[place("29-001"), place("38-001")]))

        found = matcher.match(identity(), chosen)

        assert isinstance(found, Certain) and chosen == found.grounds.region

    def test_a_region_left_long_ago_does_not_count(self, matcher: Matcher, load: Load) -> None:
        load(person(memberships=[place("38-001", left_on="2020-06-01"), place("29-001")]))

        assert isinstance(matcher.match(identity(), "29"), Certain)
        assert ("refused", (3112,)) == said(matcher.match(identity(), "38"))

    def test_the_level_is_told_before_the_region(self, matcher: Matcher, load: Load) -> None:
        load(person(memberships=[place("38-001")]))

        assert ("refused", (2109,)) == said(matcher.match(identity(level=Level.NOT_CONFIRMED), "29"))

    def test_an_old_rule_of_region_38_always_wants_a_proof_of_the_young(self, matcher: Matcher, load: Load, clock: Clock) -> None:
        clock.at = datetime(2024, 6, 30, 15, 59, tzinfo=UTC)
        load(person(birth_date="2007-03-17", memberships=[place("38-001", "pupil")]))
        someone = identity(birth_date=date(2007, 3, 17), child_of_parent=True)

        assert "prove" == said(matcher.match(someone, "38"))[0]
        clock.at = datetime(2024, 6, 30, 16, 0, tzinfo=UTC)  # midnight in Irkutsk
        assert "certain" == said(matcher.match(someone, "38"))[0]


class TestLinks:
    def test_a_tied_identity_comes_back_to_its_person(self, matcher: Matcher, links: Links, load: Load) -> None:
        load(person(surname="Клёнова", snils=None), person("p-2"))
        link = links.tie(identity(), "p-1", Evidence.DIARY_PASSWORD, "v1", SYSTEM)

        found = matcher.match(identity(), "29")

        assert isinstance(found, Certain)
        assert ("p-1", link) == (found.person.id, found.link)

    @pytest.mark.parametrize(("card", "cause"), [({"state": "blocked"}, 4003), ({"memberships": []}, 3109)])
    def test_a_tie_does_not_open_what_is_closed(
        self, matcher: Matcher, links: Links, load: Load, card: dict[str, Any], cause: int
    ) -> None:
        load(person(**card))
        links.tie(identity(), "p-1", Evidence.DIARY_PASSWORD, "v1", SYSTEM)

        assert ("refused", (cause,)) == said(matcher.match(identity(), "29"))

    def test_a_tie_does_not_lower_the_level_asked_for(self, matcher: Matcher, links: Links, load: Load) -> None:
        load(person())
        links.tie(identity(), "p-1", Evidence.SNILS_AND_NAME, "v1", SYSTEM)

        assert ("refused", (2109,)) == said(matcher.match(identity(level=Level.NOT_CONFIRMED), "29"))

    @pytest.mark.parametrize("other", [{"subject": "1000600999"}, {"connector": "other"}])
    def test_a_diary_tied_to_somebody_else_is_taken(
        self, matcher: Matcher, links: Links, load: Load, other: dict[str, Any]
    ) -> None:
        load(person())
        links.tie(identity(**other), "p-1", Evidence.IMPORTED, "v1", SYSTEM)

        assert ("refused", (3201,)) == said(matcher.match(identity(), "29"))


class TestSelfTypedNames:
    """Level 1: the answer is the same whether there is a card or not (screens.md 2.2)."""

    WEAK = identity(level=Level.NOT_CONFIRMED, snils=None)

    @pytest.mark.parametrize("cards", [(), (person(),), (person(state="blocked"),), (person(), person("p-2"))])
    @pytest.mark.parametrize(
        ("born", "cause"), [(date(1985, 3, 17), 2109), (date(2010, 3, 17), 2109), (date(2014, 5, 20), 3114), (None, 2109)]
    )
    def test_a_level_too_low_for_the_region_is_all_that_is_told(
        self, matcher: Matcher, load: Load, cards: tuple[dict[str, Any], ...], born: date | None, cause: int
    ) -> None:
        load(*(card | ({"birth_date": born.isoformat()} if born else {}) for card in cards))

        found = matcher.match(identity(level=Level.NOT_CONFIRMED, snils=None, birth_date=born), "29")

        assert ("refused", (cause,)) == said(found)
        assert (None, (), ()) == (found.grounds.person_id, found.grounds.fields, found.grounds.hidden_causes)

    @pytest.mark.parametrize("card", [{"state": "blocked"}, {"memberships": []}, {"activated": False}, None])
    def test_where_any_level_will_do_a_refusal_looks_like_no_card(
        self, matcher: Matcher, load: Load, clock: Clock, card: dict[str, Any] | None
    ) -> None:
        clock.at = datetime(2020, 9, 1, 5, tzinfo=UTC)
        load(*([CHILD | card] if card is not None else []))

        found = matcher.match(identity(level=Level.NOT_CONFIRMED, snils=None, birth_date=date(2014, 5, 20)), "29")

        assert ("nobody", (3101,), "") == (*said(found), found.grounds.school_id)

    def test_where_any_level_will_do_a_full_match_is_in(self, matcher: Matcher, load: Load, clock: Clock) -> None:
        clock.at = datetime(2020, 9, 1, 5, tzinfo=UTC)
        load(CHILD)

        someone = identity(level=Level.NOT_CONFIRMED, snils=None, birth_date=date(2014, 5, 20))

        assert isinstance(matcher.match(someone, "29"), Certain)

    def test_a_checked_snils_missing_is_told_where_it_would_do(self, matcher: Matcher, load: Load, clock: Clock) -> None:
        clock.at = datetime(2020, 9, 1, 5, tzinfo=UTC)
        load(person())

        assert ("refused", (2110,)) == said(matcher.match(self.WEAK, "29"))


# Requirements.md section 5: the invented people of the mock, matched against the demo directory as on any day.
DEMO = tomllib.loads((ROOT / "broker" / "mock_esia" / "people.toml").read_text("utf-8"))["people"]


# One kind of database is enough: the question is about people.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("demo", DEMO, ids=[demo["login"] for demo in DEMO])
def test_every_demo_person_gets_the_answer_the_mock_promises(
    directory: Directory, journal: Journal, links: Links, matcher: Matcher, clock: Clock, demo: dict[str, Any]
) -> None:
    given = json.loads((ROOT / "examples" / "demo" / "directory.json").read_text("utf-8"))
    report = directory.import_document(given, journal, SYSTEM)
    for wanted in report.links:
        someone = identity(connector=wanted.connector, subject=wanted.subject)
        links.tie(someone, wanted.person_id, Evidence.IMPORTED, "", SYSTEM)

    found = matcher.match(_identity_of(demo, today_of(clock.now())), demo["region"])

    if demo["outcome"] == "signed_in" or demo["code"] == "2103":  # refusing at Gosuslugi comes before any match
        assert isinstance(found, Certain) and demo["card"] == found.person.id
    else:
        assert (int(demo["code"]),) == found.grounds.causes
        assert isinstance(found, Refused | Prove | Nobody)


def _identity_of(demo: dict[str, Any], today: date) -> UpstreamIdentity:
    level = {"confirmed": Level.CONFIRMED, "child": Level.CHILD}.get(demo["level"], Level.NOT_CONFIRMED)
    return identity(
        subject=str(demo["oid"]),
        level=level,
        surname=demo["surname"],
        name=demo["name"],
        patronymic=demo.get("patronymic"),
        birth_date=day_of(demo["birth_date"], today),
        sex=demo.get("sex"),
        snils=snils_digits(demo.get("snils")) if demo["level"] != "simplified" else None,
        child_of_parent=level is Level.CHILD and "not tied" not in demo["row"],
    )

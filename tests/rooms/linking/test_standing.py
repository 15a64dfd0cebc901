"""Still allowed today: every way to lose access is seen by the next question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from broker.audit.event import SYSTEM
from broker.connectors.identity import Level
from broker.directory.directory import Directory
from broker.foundation.outside import Outside
from broker.linking.evidence import Evidence
from broker.linking.links import Links
from broker.linking.standing import Standing
from broker.storage.database import Database
from tests.rooms.directory.samples import person, place, school
from tests.rooms.linking.samples import identity, shipped
from tests.support.clock import FIRST_BELL, Clock

Load = Callable[..., None]


@pytest.fixture(autouse=True)
def tied(load: Load, links: Links) -> None:
    load(person())
    links.tie(identity(), "p-1", Evidence.SNILS_AND_NAME, "v1", SYSTEM)


def test_who_was_let_in_may_stay(standing: Standing) -> None:
    stand = standing.of("p-1", "esia", "confirmed", FIRST_BELL)

    assert (True, 0, "29/2024-07-01/adults") == (stand.is_allowed, stand.cause, stand.decision.rule)
    assert stand.person is not None and "p-1" == stand.person.id


@pytest.mark.parametrize(
    ("card", "cause"),
    [
        ({"state": "blocked"}, 4003),
        ({"memberships": []}, 3109),
        ({"memberships": [place(left_on="2026-09-01")]}, 3111),
        ({"memberships": [place(role="parent")]}, 3116),
    ],
)
def test_a_changed_card_counts_at_once(standing: Standing, load: Load, card: dict[str, Any], cause: int) -> None:
    load(person(**card))

    stand = standing.of("p-1", "esia", "confirmed", FIRST_BELL)
    assert (False, cause) == (stand.is_allowed, stand.cause)


def test_a_closed_school_counts_at_once(standing: Standing, load: Load) -> None:
    load(schools=(school(state="closed"),))

    assert 3111 == standing.of("p-1", "esia", "confirmed", FIRST_BELL).cause


def test_an_untied_identity_counts_at_once(standing: Standing, links: Links) -> None:
    links.untie("p-1", "school", SYSTEM)

    stand = standing.of("p-1", "esia", "confirmed", FIRST_BELL)
    assert (False, 3101) == (stand.is_allowed, stand.cause)
    assert stand.person is not None


def test_another_identity_tied_meanwhile_is_not_the_one_that_signed_in(standing: Standing, links: Links) -> None:
    links.untie("p-1", "school", SYSTEM)
    links.tie(identity(connector="other"), "p-1", Evidence.DIARY_PASSWORD, "v1", SYSTEM)

    assert not standing.of("p-1", "esia", "confirmed", FIRST_BELL).is_allowed


def test_whoever_was_tied_by_mistake_does_not_come_back_with_the_right_one(
    standing: Standing, links: Links, clock: Clock
) -> None:
    """Sessions and grants of both name one person and one upstream; only the time of the sign-in tells them apart."""
    links.untie("p-1", "school", SYSTEM)
    clock.advance(timedelta(seconds=1))
    link = links.tie(identity(subject="7"), "p-1", Evidence.DIARY_PASSWORD, "v1", SYSTEM)

    stand = standing.of("p-1", "esia", "confirmed", FIRST_BELL)

    assert (False, 3101) == (stand.is_allowed, stand.cause)
    assert standing.of("p-1", "esia", "confirmed", link.linked_at).is_allowed


def test_a_sign_in_of_which_nobody_knows_when_does_not_count(standing: Standing) -> None:
    assert not standing.of("p-1", "esia", "confirmed", None).is_allowed


def test_an_upstream_taken_out_of_use_counts_at_once(directory: Directory, links: Links, outside: Outside) -> None:
    stand = Standing(directory, links, shipped(), (), outside.now).of("p-1", "esia", "confirmed", FIRST_BELL)

    assert (False, 2104) == (stand.is_allowed, stand.cause)


def test_a_person_who_is_not_there(standing: Standing) -> None:
    stand = standing.of("p-9", "esia", "confirmed", FIRST_BELL)

    assert (None, False, 3101) == (stand.person, stand.is_allowed, stand.cause)


@pytest.mark.parametrize("level", ["not_confirmed", "child", "", "CONFIRMED", "trusted"])
def test_a_level_that_will_not_do(standing: Standing, level: str) -> None:
    assert not standing.of("p-1", "esia", level, FIRST_BELL).is_allowed


def test_a_new_period_of_the_region_counts_from_local_midnight(standing: Standing, clock: Clock) -> None:
    clock.at = datetime(2024, 6, 30, 20, 59, tzinfo=UTC)
    assert standing.of("p-1", "esia", "not_confirmed", FIRST_BELL).is_allowed

    clock.at = datetime(2024, 6, 30, 21, 0, tzinfo=UTC)
    assert (False, 2109) == ((stand := standing.of("p-1", "esia", "not_confirmed", FIRST_BELL)).is_allowed, stand.cause)


def test_a_checked_snils_is_remembered_as_of_the_last_sign_in(standing: Standing, links: Links, clock: Clock) -> None:
    clock.at = datetime(2024, 6, 1, tzinfo=UTC)
    link = links.of_person("p-1")
    assert link is not None

    links.touch(link.id, Level.NOT_CONFIRMED, is_standard=False)

    assert 2110 == standing.of("p-1", "esia", "not_confirmed", FIRST_BELL).cause


def test_a_fourteenth_birthday_ends_what_a_child_account_opens(
    standing: Standing, load: Load, links: Links, clock: Clock
) -> None:
    load(person("p-2", name="Ада", snils=None, birth_date="2012-09-02", memberships=[place(role="pupil")]))
    child = identity(subject="7", level=Level.CHILD, birth_date=date(2012, 9, 2), child_of_parent=True)
    links.tie(child, "p-2", Evidence.NAME_AND_BIRTH_DATE, "v1", SYSTEM)
    assert standing.of("p-2", "esia", "child", FIRST_BELL).is_allowed

    clock.at = datetime(2026, 9, 1, 21, 0, tzinfo=UTC)  # midnight in Moscow
    assert 2109 == standing.of("p-2", "esia", "child", FIRST_BELL).cause


def test_schools_in_two_regions_either_of_which_will_do(standing: Standing, load: Load, clock: Clock) -> None:
    clock.at = datetime(2024, 6, 30, 17, tzinfo=UTC)  # already 1 July in Irkutsk, not yet in Moscow
    load(person(memberships=[place("38-001"), place("29-001")]))

    assert standing.of("p-1", "esia", "not_confirmed", FIRST_BELL).is_allowed
    load(person(memberships=[place("38-001")]))
    assert not standing.of("p-1", "esia", "not_confirmed", FIRST_BELL).is_allowed


@pytest.fixture
def questions(database: Database) -> Iterator[list[str]]:
    asked: list[str] = []

    def heard(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(database._reading_engine, "before_cursor_execute", heard)
    yield asked
    event.remove(database._reading_engine, "before_cursor_execute", heard)


def test_it_takes_one_question_and_a_second_for_parents(standing: Standing, load: Load, questions: list[str]) -> None:
    standing.of("p-1", "esia", "confirmed", FIRST_BELL)
    assert 1 == len(questions)

    load(person(memberships=[place(role="parent")]))
    questions.clear()
    standing.of("p-1", "esia", "confirmed", FIRST_BELL)
    assert 2 == len(questions)


@pytest.mark.parametrize(
    ("region", "today", "card", "cause", "why"),
    [
        ("38", date(2018, 3, 1), {}, 0, "the password alone is allowed"),
        (
            "38",
            date(2018, 3, 1),
            {"activated": False},
            3110,
            "who never finished the wizard, though the rule asks it of minors only",
        ),
        ("38", date(2018, 3, 1), {"state": "blocked"}, 4003, "blocked"),
        ("38", date(2018, 3, 1), {"left_on": "2018-02-01"}, 3111, "left"),
        ("38", date(2018, 3, 1), {"role": "parent"}, 3116, "a parent without children"),
        ("38", date(2024, 6, 30), {}, 0, "the last day"),
        ("38", date(2024, 7, 1), {}, 4006, "closed from the next"),
        ("29", date(2017, 9, 30), {}, 0, "transition"),
        ("29", date(2017, 10, 1), {}, 4006, "the letter"),
    ],
)
def test_a_session_of_the_diary_password_stands_by_the_rules_of_the_password(
    load: Load, directory: Directory, links: Links, region: str, today: date, card: dict[str, Any], cause: int, why: str
) -> None:
    where = place(f"{region}-001", role=card.get("role", "teacher"), left_on=card.get("left_on"))
    state = {name: value for name, value in card.items() if name in ("activated", "state")}
    load(person("p-2", snils=None, memberships=[where], **state))
    at = datetime(today.year, today.month, today.day, 6, tzinfo=UTC)
    standing = Standing(directory, links, shipped(), ("esia",), lambda: at)
    assert cause == standing.of("p-2", "diary", "not_confirmed", None).cause, why


def test_a_session_of_the_diary_password_outlives_a_new_link(load: Load, directory: Directory, links: Links) -> None:
    load(person("p-2", snils=None, surname="Ким", memberships=[place("38-001")]))
    standing = Standing(directory, links, shipped(), ("esia",), lambda: datetime(2018, 3, 1, tzinfo=UTC))
    links.tie(identity(subject="s-2"), "p-2", Evidence.DIARY_PASSWORD, "v1", SYSTEM)
    assert standing.of("p-2", "diary", "not_confirmed", None).is_allowed

"""Whose card a school or a diary must leave alone: whoever corrects it could sign in with rights that are not theirs to give."""

from __future__ import annotations

from typing import Any

import pytest

from broker.directory.credentials import Credentials
from broker.directory.provisioned import ProvisionRooms, RegionPeople
from broker.directory.roster import RawRow, Scope
from broker.directory.roster_import import Rosters
from broker.directory.school_person import CardGuarded
from tests.rooms.directory.samples import OTHER_SNILS, person, place
from tests.rooms.directory.school_house import STAFF, TODAY, SchoolHouse, typed

PARENT_HERE = place("29-001", "parent")
RUNS_ANOTHER = place("29-002", "school_administrator")
RUNS_FAR_AWAY = place("38-001", "school_administrator")


@pytest.fixture
def house(school_home: SchoolHouse) -> SchoolHouse:
    return school_home


@pytest.mark.parametrize(
    ("second", "is_guarded"),
    [
        (RUNS_ANOTHER, True),
        (RUNS_FAR_AWAY, True),
        (place("29-001", "school_administrator"), False),
        (place("29-002", "teacher"), False),
        (place("29-002", "school_administrator", left_on="2026-09-01"), False),
        (place("29-002", "school_administrator", left_on="2026-09-02"), True),
    ],
)
def test_a_parent_who_runs_another_school_is_not_this_schools_to_correct(
    house: SchoolHouse, second: dict[str, Any], is_guarded: bool
) -> None:
    house.furnish(person(memberships=[PARENT_HERE, second]))
    found = house.cards().get("p-1")

    assert is_guarded == found.is_guarded
    if is_guarded:
        with pytest.raises(CardGuarded):
            house.desk().correct("p-1", typed(found, snils=OTHER_SNILS), found.version)
        with pytest.raises(CardGuarded):
            house.desk().set_blocked("p-1", True, "")


@pytest.mark.parametrize(("second", "refused"), [(RUNS_ANOTHER, True), (place("29-002", "teacher"), False)])
def test_nor_by_a_list(house: SchoolHouse, second: dict[str, Any], refused: bool) -> None:
    house.furnish(person(memberships=[PARENT_HERE, second]))
    one = house.cards().get("p-1").person
    cells = {"id": "p-1", "surname": one.surname, "name": one.name, "snils": OTHER_SNILS, "role": "Родитель"}
    lists = Rosters(house.database, house.directory, house.schools.changes, house.journal, house.outside)

    plan = lists.plan([RawRow(2, cells)], Scope("29-001", TODAY), house.cards().short_names(), lambda _: None)

    assert refused == (["guarded"] == [found.message for found in plan.problems])


@pytest.mark.parametrize(("second", "is_guarded"), [(RUNS_FAR_AWAY, True), (RUNS_ANOTHER, False)])
def test_a_diary_leaves_the_staff_of_another_region_alone(
    house: SchoolHouse, second: dict[str, Any], is_guarded: bool
) -> None:
    house.furnish(person(memberships=[PARENT_HERE, second]))
    credentials = Credentials(house.database, house.directory, house.journal, house.outside)
    rooms = ProvisionRooms(
        house.database, house.directory, credentials, house.schools.changes, house.outside, lambda _: TODAY
    )
    people = RegionPeople(rooms, "29", STAFF)

    with house.database.work():
        before = people.hold("p-1")
        assert is_guarded == before.is_guarded
        if is_guarded:
            with pytest.raises(CardGuarded):
                people.take_out(before)

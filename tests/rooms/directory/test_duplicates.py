"""Two cards, one person: found, made one, made two again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.directory.duplicates import Duplicates, OtherSchoolInvolved
from broker.directory.duplicates_store import Carried
from broker.directory.person import Role
from broker.directory.school_person import CardGuarded, NotHere
from broker.foundation.outside import Outside
from keys.vault import Vault
from tests.rooms.directory.samples import OTHER_SNILS, SNILS, person, place
from tests.rooms.directory.school_house import STAFF, SchoolHouse, pupil, typed
from tests.support.clock import Clock


@pytest.fixture
def house(school_home: SchoolHouse) -> SchoolHouse:
    return school_home


@pytest.fixture
def duplicates(house: SchoolHouse, vault: Vault, outside: Outside) -> Duplicates:
    return Duplicates(house.database, house.directory.cards, vault.sealer, outside)


def merge(house: SchoolHouse, duplicates: Duplicates, kept: str, merged: str) -> None:
    with house.database.work():
        duplicates.merge(house.cards(), kept, merged, STAFF, Carried)


@pytest.mark.parametrize(
    ("one", "other", "is_pair"),
    [
        ({}, {}, True),
        ({}, {"patronymic": None}, True),
        ({}, {"patronymic": "Ильич"}, False),
        ({}, {"birth_date": "2014-03-06"}, False),
        ({"snils": SNILS}, {"snils": OTHER_SNILS}, True),
        ({"snils": SNILS}, {"snils": "20111430566", "surname": "Орлов", "birth_date": None}, True),
        ({}, {"name": "Тимýр"}, False),
        ({}, {"memberships": [place("29-002", "pupil", class_name="6А")]}, False),
    ],
)
def test_which_cards_look_like_one_person(
    house: SchoolHouse, duplicates: Duplicates, one: dict[str, object], other: dict[str, object], is_pair: bool
) -> None:
    house.furnish(pupil("p-1", **one), pupil("p-2", **other))

    assert is_pair == bool(duplicates.pairs(house.cards()))


def test_a_pair_kept_apart_is_not_shown_again(house: SchoolHouse, duplicates: Duplicates) -> None:
    house.furnish(pupil("p-1"), pupil("p-2"))

    for _ in range(2):
        duplicates.keep_apart(house.cards(), "p-2", "p-1", STAFF)

    assert () == duplicates.pairs(house.cards())
    with pytest.raises(NotHere):
        duplicates.keep_apart(house.cards("29-002"), "p-1", "p-2", STAFF)


def test_the_kept_card_takes_over_what_it_lacks_and_the_other_is_gone(house: SchoolHouse, duplicates: Duplicates) -> None:
    house.furnish(
        pupil("p-1", sex=None, activated=False),
        pupil("p-2", "7Б", snils=SNILS, login="two.login", memberships=[place("29-001", "teacher")]),
        person("p-mother", snils=None, memberships=[place(role="parent")], children=["p-2"]),
    )

    merge(house, duplicates, "p-1", "p-2")

    kept = house.cards().get("p-1")
    assert (SNILS, "M", "login.p-1") == (kept.person.snils, kept.person.sex, kept.person.login)
    assert kept.person.activated_at is not None
    assert {Role.PUPIL, Role.TEACHER} == {held.role for held in kept.person.memberships}
    assert ["p-mother"] == [one.person_id for one in house.cards().kin_of("p-1").parents]
    gone = house.directory.find_person("p-2")
    assert gone is not None
    assert (True, ()) == (gone.is_blocked, gone.memberships)
    assert ["p-1"] == [one.id for one in house.directory.with_snils("20111430566")]
    assert house.directory.find_by_login("two.login") is None
    assert house.cards().find("p-2") is None
    assert house.cards().find_homeless("p-2") is None


def test_undoing_gives_back_what_nobody_has_changed_since(
    house: SchoolHouse, duplicates: Duplicates, clock: Clock
) -> None:
    house.furnish(
        pupil("p-1", sex=None, activated=False, patronymic=None),
        pupil("p-2", snils=SNILS, login="two.login", memberships=[place("29-001", "teacher")]),
        person("p-mother", snils=None, memberships=[place(role="parent")], children=["p-2"]),
    )
    before = house.cards().get("p-2").person
    merge(house, duplicates, "p-1", "p-2")
    kept = house.cards().get("p-1")
    house.desk().correct("p-1", typed(kept, sex="F", roles=("pupil", "teacher")), kept.version)
    clock.advance(timedelta(days=29))

    found = duplicates.recent(house.cards())[0]
    with house.database.work():
        duplicates.undo(house.cards(), found.id, STAFF)

    one, other = house.cards().get("p-1").person, house.cards().get("p-2").person
    assert before == other
    assert (None, "F", None) == (one.snils, one.sex, one.activated_at)
    assert [Role.PUPIL] == [held.role for held in one.memberships]
    assert () == house.cards().kin_of("p-1").parents
    assert ["p-mother"] == [relative.person_id for relative in house.cards().kin_of("p-2").parents]
    assert ["p-2"] == [found.id for found in house.directory.with_snils("20111430566")]
    with pytest.raises(NotHere), house.database.work():
        duplicates.undo(house.cards(), found.id, STAFF)


def test_after_thirty_days_nothing_can_be_undone(house: SchoolHouse, duplicates: Duplicates, clock: Clock) -> None:
    house.furnish(pupil("p-1"), pupil("p-2"))
    merge(house, duplicates, "p-1", "p-2")
    found = duplicates.recent(house.cards())[0]
    clock.advance(timedelta(days=30))

    assert () == duplicates.recent(house.cards())
    with pytest.raises(NotHere), house.database.work():
        duplicates.undo(house.cards(), found.id, STAFF)


def test_what_is_not_the_schools_to_merge(house: SchoolHouse, duplicates: Duplicates) -> None:
    house.furnish(
        pupil("p-1"),
        pupil("p-2", staff_roles=["auditor"]),
        pupil("p-3", memberships=[place("29-001", "pupil", class_name="6А"), place("29-002", "pupil", class_name="6А")]),
        pupil("p-4", school_id="29-002"),
    )
    for other, refusal in (("p-2", CardGuarded), ("p-3", OtherSchoolInvolved), ("p-4", NotHere), ("p-1", NotHere)):
        for pair in (("p-1", other), (other, "p-1")):
            with pytest.raises(refusal):
                merge(house, duplicates, *pair)
    assert [False, False, False] == [pair.can_merge for pair in duplicates.pairs(house.cards())]
    assert () == duplicates.recent(house.cards())


def test_of_two_who_undo_at_once_one_may(house: SchoolHouse, duplicates: Duplicates, outside: Outside) -> None:
    """Both have read the merge before either has undone it."""
    house.furnish(pupil("p-1"), pupil("p-2"))
    merge(house, duplicates, "p-1", "p-2")
    found = duplicates.recent(house.cards())[0]

    with house.database.work():
        said = [duplicates._store.claim_undo(found.id, outside.now()) for _ in range(2)]

    assert [True, False] == said

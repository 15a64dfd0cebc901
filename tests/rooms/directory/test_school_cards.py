"""A school's cards: what is its own, what is not, and what becomes of two people who write at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from broker.directory.card_changes import Wanted
from broker.directory.person import Role, SchoolContact
from broker.directory.school_desk import SnilsTaken
from broker.directory.school_edits import CardRefused
from broker.directory.school_person import CardGuarded, CardMoved, NotHere
from tests.rooms.directory.samples import OTHER_SNILS, SNILS, person, place
from tests.rooms.directory.school_house import STAFF, SchoolHouse, pupil, typed


@pytest.fixture
def house(school_home: SchoolHouse) -> SchoolHouse:
    return school_home


def test_a_school_finds_its_own_people_by_class_and_name(house: SchoolHouse) -> None:
    house.furnish(
        pupil("p-1", "10А"),
        pupil("p-2", "2Б"),
        pupil("p-3", "2А", surname="Яшин"),
        pupil("p-4", school_id="29-002"),
        person("p-5"),
    )

    assert ["p-3", "p-2", "p-1", "p-5"] == [one.id for one in house.cards().people()]
    assert {"p-1", "p-2", "p-3", "p-5"} == set(house.cards().ids())
    assert ["p-4"] == [one.id for one in house.cards("29-002").people()]


@pytest.mark.parametrize(
    ("places", "sees"),
    [
        ([place("29-001", "pupil", class_name="6А")], True),
        ([place("29-001", "pupil", class_name="6А", left_on="2026-06-25")], True),
        ([place("29-001", "pupil", left_on="2026-09-01"), place("29-002", "pupil")], False),
        ([place("29-001", "pupil", left_on="2026-09-02"), place("29-002", "pupil")], True),
        ([place("29-001", "pupil", left_on="2026-06-25"), place("29-002", "pupil", left_on="2026-06-25")], True),
        ([place("29-001", "teacher"), place("29-002", "teacher")], True),
        ([place("29-002", "pupil")], False),
        ([], False),
    ],
)
def test_past_people_are_seen_until_another_school_has_them(house: SchoolHouse, places: list[Any], sees: bool) -> None:
    house.furnish(pupil(memberships=places))

    assert sees == (house.cards().find("p-pupil") is not None)
    assert sees == ("p-pupil" in house.cards().ids())


def test_places_of_other_schools_are_not_shown(house: SchoolHouse) -> None:
    house.furnish(person(memberships=[place("29-002", "teacher"), place("29-001", "teacher")]))

    found = house.cards().get("p-1")

    assert ["29-001"] == [held.school.id for held in found.person.memberships]
    assert found.is_elsewhere


def test_a_foreign_card_and_no_card_are_the_same(house: SchoolHouse) -> None:
    house.furnish(pupil(school_id="29-002"))
    desk = house.desk()

    for person_id in ("p-pupil", "nobody", "", "x" * 400):
        for deed in (
            lambda who: house.cards().get(who),
            desk.leave,
            desk.restore,
            lambda who: desk.set_blocked(who, True, "…"),
            lambda who: desk.add_kin(who, "p-pupil"),
            lambda who: desk.remove_kin(who, "p-pupil"),
            lambda who: desk.take_in(who, Role.PUPIL, "6А"),
        ):
            with pytest.raises(NotHere):
                deed(person_id)
    assert [] == house.events()


def test_a_school_that_is_not_there_has_no_cards(house: SchoolHouse) -> None:
    with pytest.raises(NotHere):
        house.cards("29-999")


def test_saving_a_card_finds_it_by_its_new_values_and_is_written_down(house: SchoolHouse) -> None:
    house.furnish(pupil())
    found = house.cards().get("p-pupil")

    form = typed(found, snils="20111430566", surname=" Грачёв-Рябинин ")
    changed = house.desk().correct("p-pupil", form, found.version, "паспорт")

    assert ("surname", "snils") == changed
    after = house.cards().get("p-pupil")
    assert ("Грачёв-Рябинин", SNILS) == (after.person.surname, after.person.snils)
    assert ["p-pupil"] == [one.id for one in house.directory.with_snils("20111430566")]
    assert [("card.changed", ["surname", "snils"])] == [(name, fields["fields"]) for name, fields in house.events()]
    assert ["паспорт"] == [noted.reason for noted in house.schools.changes.of_school("29-001", Wanted(), 10)]


def test_saving_what_is_there_writes_nothing(house: SchoolHouse) -> None:
    house.furnish(pupil())
    found = house.cards().get("p-pupil")

    assert () == house.desk().correct("p-pupil", typed(found), found.version)
    assert found.version == house.cards().get("p-pupil").version
    assert [] == house.events()


def test_the_second_of_two_editors_loses_nothing_of_the_first(house: SchoolHouse) -> None:
    house.furnish(pupil())
    found = house.cards().get("p-pupil")
    house.desk().correct("p-pupil", typed(found, surname="Орлов"), found.version)

    with pytest.raises(CardMoved):
        house.desk().correct("p-pupil", typed(found, name="Иван"), found.version)

    assert ("Орлов", "Тимур") == (house.cards().get("p-pupil").person.surname, house.cards().get("p-pupil").person.name)


@pytest.mark.parametrize("deed", ["leave", "kin", "blocked", "roles"])
def test_every_change_of_places_and_ties_is_a_new_version(house: SchoolHouse, deed: str) -> None:
    house.furnish(pupil(), person("p-mother", memberships=[place("29-001", "parent")]))
    before = house.cards().get("p-pupil")

    if deed == "leave":
        house.desk().leave("p-pupil")
    elif deed == "kin":
        assert house.desk().add_kin("p-mother", "p-pupil")
    elif deed == "blocked":
        assert house.desk().set_blocked("p-pupil", True, "по письму")
    else:
        house.desk().correct("p-pupil", typed(before, class_name="7б"), before.version)

    assert before.version != house.cards().get("p-pupil").version


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"surname": ""}, [("surname", "card.name_empty")]),
        ({"surname": "Рябиниna"}, [("surname", "card.latin")]),
        ({"name": "Тимур7"}, [("name", "card.name_signs")]),
        ({"name": "Тимур\u202e"}, [("name", "card.name_signs")]),
        ({"birth_date": "2014-03-05"}, [("birth_date", "date.format")]),
        ({"birth_date": "31.02.2014"}, [("birth_date", "date.format")]),
        ({"birth_date": "02.09.2026"}, [("birth_date", "card.date_impossible")]),
        ({"birth_date": "05.03.1899"}, [("birth_date", "card.date_impossible")]),
        ({"birth_date": ""}, [("birth_date", "date.format")]),
        ({"snils": "112-233-445 9"}, [("snils", "snils.format")]),
        ({"snils": "201-114-305 67"}, [("snils", "snils.sum")]),
        ({"sex": "X"}, [("sex", "card.sex_none")]),
        ({"login": "тимур"}, [("login", "login.format")]),
        ({"login": "a"}, [("login", "login.format")]),
        ({"class_name": ""}, [("class_name", "card.class_empty")]),
        ({"class_name": "<b>"}, [("class_name", "card.class_format")]),
        ({"roles": ()}, [("roles", "card.role_none")]),
        ({"roles": ("school_administrator",)}, [("roles", "card.role_none")]),
        (
            {"surname": "", "snils": "1", "sex": "?"},
            [("surname", "card.name_empty"), ("sex", "card.sex_none"), ("snils", "snils.format")],
        ),
    ],
)
def test_what_cannot_be_on_a_card_is_refused_by_name(house: SchoolHouse, changes: dict[str, Any], problems: list[Any]) -> None:
    house.furnish(pupil())
    found = house.cards().get("p-pupil")

    with pytest.raises(CardRefused) as refused:
        house.desk().correct("p-pupil", typed(found, **changes), found.version)

    assert problems == [(wrong.field, wrong.message) for wrong in refused.value.problems]
    assert found == house.cards().get("p-pupil")
    assert [] == house.events()


@pytest.mark.parametrize(("other_school", "is_own"), [("29-001", True), ("29-002", False)])
def test_a_snils_of_another_card_is_refused_without_saying_whose(house: SchoolHouse, other_school: str, is_own: bool) -> None:
    house.furnish(pupil(), person("p-2", snils=OTHER_SNILS, memberships=[place(other_school)]))
    found = house.cards().get("p-pupil")

    with pytest.raises(SnilsTaken) as taken:
        house.desk().correct("p-pupil", typed(found, snils=OTHER_SNILS), found.version)

    assert is_own is taken.value.is_own
    assert "p-2" not in str(taken.value)
    assert found == house.cards().get("p-pupil")


def test_a_login_of_another_card_is_refused(house: SchoolHouse) -> None:
    house.furnish(pupil(), pupil("p-2", login="taken.login", school_id="38-001"))
    found = house.cards().get("p-pupil")

    with pytest.raises(CardRefused) as refused:
        house.desk().correct("p-pupil", typed(found, login="Taken.Login", surname="Орлов"), found.version)

    assert [("login", "login.taken")] == [(wrong.field, wrong.message) for wrong in refused.value.problems]
    assert found == house.cards().get("p-pupil")


def test_cards_of_those_who_may_do_more_than_the_school_are_not_the_schools_to_change(house: SchoolHouse) -> None:
    house.furnish(person(staff_roles=["security_officer"]), pupil())
    found = house.cards().get("p-1")
    desk = house.desk()

    for deed in (
        lambda: desk.correct("p-1", typed(found, snils=OTHER_SNILS), found.version),
        lambda: desk.set_blocked("p-1", True, "…"),
        lambda: desk.leave("p-1"),
    ):
        with pytest.raises(CardGuarded):
            deed()
    assert found == house.cards().get("p-1")


def test_a_school_neither_gives_nor_takes_the_role_that_runs_its_console(house: SchoolHouse) -> None:
    house.furnish(pupil(), person(memberships=[place(role="school_administrator"), place(role="teacher")]))
    child, chief = house.cards().get("p-pupil"), house.cards().get("p-1")

    house.desk().correct("p-pupil", typed(child, roles=("pupil", "school_administrator")), child.version)
    house.desk().correct("p-1", typed(chief, roles=()), chief.version)
    house.desk().leave("p-1")

    assert not house.cards().get("p-pupil").has_role(Role.SCHOOL_ADMINISTRATOR, house.cards().today)
    after = house.cards().get("p-1")
    assert after.has_role(Role.SCHOOL_ADMINISTRATOR, house.cards().today)
    assert not after.has_role(Role.TEACHER, house.cards().today)
    assert 1 == house.cards().administrators()


def test_leaving_and_coming_back(house: SchoolHouse) -> None:
    was_chief = place(role="school_administrator", left_on="2026-01-01")
    house.furnish(person(memberships=[place(role="teacher"), was_chief]))

    house.desk().leave("p-1", "уволилась")
    assert not house.cards().get("p-1").is_here_on(house.cards().today)
    house.desk().restore("p-1", "ошибка")

    today = house.cards().today
    assert [Role.TEACHER] == [held.role for held in house.cards().get("p-1").person.memberships if held.left_on is None]
    assert not house.cards().get("p-1").has_role(Role.SCHOOL_ADMINISTRATOR, today)
    assert ["left", "restored"] == [fields["action"] for _, fields in house.events()]


def test_somebody_without_any_school_is_taken_in_once(house: SchoolHouse) -> None:
    house.furnish(pupil(memberships=[]))

    house.desk().take_in("p-pupil", Role.PUPIL, "6а", "паспорт")

    place_now = house.cards().get("p-pupil").place_on(house.cards().today)
    assert place_now is not None
    assert (Role.PUPIL, "6А") == (place_now.role, place_now.class_name)
    for school_id in ("29-001", "29-002"):
        with pytest.raises(NotHere):
            house.desk(school_id).take_in("p-pupil", Role.PUPIL, "6А")


def test_kin_are_of_the_same_school_and_recorded_once(house: SchoolHouse) -> None:
    house.furnish(pupil(), pupil("p-foreign", school_id="29-002"), person("p-mother", memberships=[place(role="parent")]))

    assert house.desk().add_kin("p-mother", "p-pupil")
    assert not house.desk().add_kin("p-mother", "p-pupil")
    with pytest.raises(NotHere):
        house.desk().add_kin("p-mother", "p-foreign")
    with pytest.raises(NotHere):
        house.desk().add_kin("p-mother", "p-mother")

    assert ["p-mother"] == [one.person_id for one in house.cards().kin_of("p-pupil").parents]
    assert ["p-pupil"] == [one.person_id for one in house.cards().kin_of("p-mother").children]
    assert house.desk().remove_kin("p-mother", "p-pupil")
    assert not house.desk().remove_kin("p-mother", "p-pupil")


def test_a_pupil_is_nobodys_parent_and_nobody_else_has_parents(house: SchoolHouse) -> None:
    mother, teacher = person("p-mother", memberships=[place(role="parent")]), person("p-teacher", snils=None)
    house.furnish(pupil(), pupil("p-other"), mother, teacher)

    for pair in (("p-other", "p-pupil"), ("p-pupil", "p-mother"), ("p-mother", "p-teacher")):
        with pytest.raises(CardRefused):
            house.desk().add_kin(*pair)

    assert () == house.cards().kin_of("p-pupil").parents
    assert house.desk().add_kin("p-teacher", "p-pupil")


def test_contacts_of_the_school(house: SchoolHouse) -> None:
    house.furnish()
    contact = SchoolContact("пн, ср", "15:00–17:00", "27", "+7 8180 00-00-27")

    house.desk("29-002").set_contact(contact)

    assert contact == house.cards("29-002").school.contact
    assert contact != house.cards("29-001").school.contact
    assert house.schools.changes.last_at("29-001", "contacts") is None
    assert house.outside.now() == house.schools.changes.last_at("29-002", "contacts")


def test_search_knows_beginnings_of_names_and_classes(house: SchoolHouse) -> None:
    house.furnish(pupil(), pupil("p-2", "6Б", name="Артём"), pupil("p-3", school_id="29-002"))
    cards = house.cards()

    assert ["p-pupil", "p-2"] == [one.id for one in cards.search("грачев")]
    assert ["p-2"] == [one.id for one in cards.search("грач АРТЕМ")]
    assert ["p-pupil"] == [one.id for one in cards.search("6а")]
    assert [] == list(cards.search("  "))
    assert [] == list(cards.search("%"))


def test_the_journal_of_a_school_is_its_own_and_turns_pages(house: SchoolHouse) -> None:
    house.furnish(pupil(), pupil("p-2", school_id="29-002"))
    for _ in range(3):
        house.desk().set_blocked("p-pupil", True, "раз")
        house.desk().set_blocked("p-pupil", False, "два")
    house.desk("29-002").leave("p-2")
    changes = house.schools.changes

    first = changes.of_school("29-001", Wanted(), 4)
    rest = changes.of_school("29-001", Wanted(before_id=first[-1].id), 4)

    assert (4, 2) == (len(first), len(rest))
    assert 6 == len({noted.id for noted in (*first, *rest)})
    assert 3 == len(changes.of_school("29-001", Wanted(action="blocked"), 10))
    assert () == changes.of_school("29-001", Wanted(actor_id="somebody"), 10)
    assert () == changes.of_school("29-002", Wanted(before_id=first[0].id), 10)
    assert {STAFF.id} == {noted.actor_id for noted in first}
    assert replace(first[0], reason="") != first[0]

"""The directory: cards come back whole, are found by normal forms, lie sealed, and one question reads a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, select, text, update

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.directory.directory import Directory
from broker.directory.person import Child, Membership, Person, Role
from broker.directory.tables import PersonRow
from broker.storage.database import Database
from keys.secrets.sealing import SealBroken
from tests.rooms.directory.samples import CARD, OTHER_SNILS, SCHOOL, SNILS, document, person, place, school
from tests.support.clock import Clock

BORN = date(1985, 3, 17)


@pytest.fixture
def load(directory: Directory, journal: Journal) -> Callable[..., None]:
    def loaded(*people: object, **more: object) -> None:
        directory.import_document(document(*people, **more), journal, SYSTEM)  # type: ignore[arg-type]

    return loaded


@pytest.fixture
def questions(database: Database) -> Iterator[list[str]]:
    asked: list[str] = []

    def heard(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    for engine in database._engines:
        event.listen(engine, "before_cursor_execute", heard)
    yield asked
    for engine in database._engines:
        event.remove(engine, "before_cursor_execute", heard)


class TestPersons:
    def test_a_card_comes_back_as_it_was_written(self, directory: Directory, load: Callable[..., None]) -> None:
        load(person())

        assert CARD == directory.find_person("p-1")
        assert directory.find_person("p-2") is None

    def test_a_bare_card_too(self, directory: Directory, load: Callable[..., None]) -> None:
        empty = dict.fromkeys(("patronymic", "birth_date", "sex", "snils", "email", "phone", "login"))
        load(person(**empty, memberships=[], activated=False, state="blocked"))

        found = replace(CARD, **empty, memberships=(), activated_at=None, is_blocked=True)
        assert found == directory.find_person("p-1")

    def test_places_keep_their_order_and_staff_roles_are_not_multiplied(
        self, directory: Directory, load: Callable[..., None]
    ) -> None:
        places = [
            place("38-001", "parent"),
            place("29-001", "teacher"),
            place("29-001", "pupil", class_name="7А", left_on="2026-05-31"),
        ]
        load(
            person(memberships=places, staff_roles=["registrar", "auditor"]),
            schools=(school(), school("38-001", administrator=None, state="closed")),
        )

        found = directory.find_person("p-1")
        assert found is not None
        other = replace(SCHOOL, id="38-001", region="38", contact=None, is_open=False)
        assert (
            Membership(other, Role.PARENT, None, None),
            Membership(SCHOOL, Role.TEACHER, None, None),
            Membership(SCHOOL, Role.PUPIL, "7А", date(2026, 5, 31)),
        ) == found.memberships
        assert ("auditor", "registrar") == found.staff_roles

    def test_a_whole_person_is_one_question(self, directory: Directory, load: Callable[..., None], questions: list[str]) -> None:
        load(person(memberships=[place(), place(role="parent")], staff_roles=["auditor"]))
        questions.clear()

        directory.find_person("p-1")

        assert 1 == len(questions)

    def test_nothing_personal_shows_in_a_representation(self, directory: Directory, load: Callable[..., None]) -> None:
        load(person())

        assert "Person(id='p-1')" == repr(directory.find_person("p-1"))


class TestFinding:
    @pytest.mark.parametrize("written", [SNILS, "20111430566", "201 114 305 66", "201-114-305-66"])
    def test_a_snils_is_found_however_it_is_written(self, directory: Directory, load: Callable[..., None], written: str) -> None:
        load(person(snils=written), person("p-2", snils=OTHER_SNILS))

        assert ["p-1"] == [found.id for found in directory.with_snils("20111430566")]

    def test_a_mistyped_snils_is_kept_and_found_as_typed(self, directory: Directory, load: Callable[..., None]) -> None:
        load(person(snils="201-114-305 65"), person("p-2", snils="201-114-305"))

        assert () == directory.with_snils("20111430566")
        assert ["201-114-305 65"] == [found.snils for found in directory.with_snils("20111430565")]
        second = directory.find_person("p-2")
        assert second is not None and "201-114-305" == second.snils

    @pytest.mark.parametrize(
        ("surname", "name", "patronymic"),
        [
            ("Рябинина", "Алёна", "Сергеевна"),
            ("РЯБИНИНА", "алена", " Сергеевна "),
            ("Рябинина", "Алёна", "Сергеевна​"),
        ],
    )
    def test_names_are_compared_in_their_normal_forms(
        self, directory: Directory, load: Callable[..., None], surname: str, name: str, patronymic: str
    ) -> None:
        load(person(), person("p-2", name="Елена"))

        assert ["p-1"] == [found.id for found in directory.with_name_and_birth_date(surname, name, patronymic, BORN)]

    @pytest.mark.parametrize(
        ("surname", "name", "patronymic", "born"),
        [
            ("Рябинина", "Алёна", "Сергеевна", date(1985, 3, 18)),
            ("Рябинина", "Алёна", None, BORN),
            ("Рябинина", "Алёна", "Олеговна", BORN),
            ("Pябинина", "Алёна", "Сергеевна", BORN),  # a Latin P
            ("РябининаАлёна", "", "Сергеевна", BORN),
            ("Рябинина", "Алёна\nСергеевна", "", BORN),
            ("Рябинина\x00", "Алёна", "Сергеевна", BORN),
            ("Рябинина", "Алёна", "Сергеевна", None),
            (None, "Алёна", "Сергеевна", BORN),
            ("", "", "", BORN),
        ],
    )
    def test_other_names_and_days_find_nobody(
        self, directory: Directory, load: Callable[..., None], surname: str, name: str, patronymic: str, born: date
    ) -> None:
        load(person(), person("p-2", surname="Иная"))

        assert () == directory.with_name_and_birth_date(surname, name, patronymic, born)

    @pytest.mark.parametrize("patronymic", [None, "нет", "Нет", "-", "отсутствует"])
    def test_no_patronymic_is_written_in_many_ways(
        self, directory: Directory, load: Callable[..., None], patronymic: str | None
    ) -> None:
        load(person(patronymic=None))

        assert ["p-1"] == [found.id for found in directory.with_name_and_birth_date("Рябинина", "Алёна", patronymic, BORN)]

    def test_two_cards_may_share_a_snils_and_a_name(self, directory: Directory, load: Callable[..., None]) -> None:
        load(person("p-2"), person("p-1"))

        assert ["p-1", "p-2"] == [found.id for found in directory.with_snils("20111430566")]
        assert ["p-1", "p-2"] == [
            found.id for found in directory.with_name_and_birth_date("Рябинина", "Алёна", "Сергеевна", BORN)
        ]

    @pytest.mark.parametrize("typed", ["login.p-1", "LOGIN.P-1", " login.p-1 "])
    def test_a_login_is_found_in_any_case(self, directory: Directory, load: Callable[..., None], typed: str) -> None:
        load(person())

        found = directory.find_by_login(typed)
        assert found is not None and "p-1" == found.id

    @pytest.mark.parametrize("typed", ["", "login.p", "login.p-1x", "l" * 100_000])
    def test_other_logins_find_nobody(self, directory: Directory, load: Callable[..., None], typed: str) -> None:
        load(person(), person("p-2", login=None))

        assert directory.find_by_login(typed) is None


class TestAtRest:
    def test_no_personal_value_lies_open(self, database: Database, directory: Directory, load: Callable[..., None]) -> None:
        load(person(memberships=[place(role="pupil", class_name="7А")], children=["p-2"]), person("p-2"))

        lying = "".join(
            str(tuple(row))
            for table in ("person", "membership", "kinship", "staff_role", "audit_entry")
            for row in database.session.execute(text(f"SELECT * FROM {table}"))
        )
        # A birth date in any form; its year alone is found in every hundredth fingerprint by chance.
        dates = ("1985-03", "03.1985", "(1985,", "19850317")
        for value in ("Рябинина", "Алёна", "Сергеевна", *dates, "201-114", "20111430566", "example.org", "900 000", "login.p"):
            assert value not in lying

    def test_a_card_does_not_open_for_somebody_else(
        self, database: Database, directory: Directory, load: Callable[..., None]
    ) -> None:
        load(person(), person("p-2", login="two"))
        with database.work() as session:
            sealed = session.execute(select(PersonRow.card_sealed).where(PersonRow.id == "p-1")).scalar_one()
            session.execute(update(PersonRow).where(PersonRow.id == "p-2").values(card_sealed=sealed))

        with pytest.raises(SealBroken):
            directory.find_person("p-2")


class TestChildren:
    def test_children_are_seen_with_their_class_and_nobody_elses(self, directory: Directory, load: Callable[..., None]) -> None:
        load(
            person("mother", children=["boy", "girl"]),
            person("father", children=["boy"]),
            person("boy", surname="Рябинин", name="Пётр", patronymic=None, memberships=[place(role="pupil", class_name="7А")]),
            person("girl", surname="Рябинина", name="Ада", memberships=[]),
            person("other", memberships=[place(role="pupil")]),
        )

        boy = Child("boy", "Рябинин Пётр", "7А", "29-001")
        assert (boy, Child("girl", "Рябинина Ада Сергеевна", None, None)) == directory.children_of("mother")
        assert (boy,) == directory.children_of("father")
        assert ((), ()) == (directory.children_of("boy"), directory.children_of("nobody"))
        assert [2, 1, 0] == [directory.children_count(who) for who in ("mother", "father", "boy")]

    @pytest.mark.parametrize(
        ("at", "class_name"),
        [(datetime(2026, 9, 1, 20, 59, tzinfo=UTC), "7А"), (datetime(2026, 9, 1, 21, 0, tzinfo=UTC), None)],
    )
    def test_a_class_is_left_at_local_midnight(
        self, directory: Directory, load: Callable[..., None], clock: Clock, at: datetime, class_name: str | None
    ) -> None:
        left = place(role="pupil", class_name="7А", left_on="2026-09-02")
        load(person("parent", children=["child"]), person("child", memberships=[left]))

        clock.at = at

        assert [class_name] == [child.class_name for child in directory.children_of("parent")]

    def test_a_class_of_a_closed_school_is_none(self, directory: Directory, load: Callable[..., None]) -> None:
        pupil = person("child", memberships=[place(role="pupil", class_name="7А")])
        load(person("parent", children=["child"], memberships=[]), pupil, schools=(school(state="closed"),))

        assert [None] == [child.school_id for child in directory.children_of("parent")]


def test_schools_are_found_and_listed(directory: Directory, load: Callable[..., None]) -> None:
    load(schools=(school("38-001"), school("29-002"), school("29-001")))

    assert SCHOOL == directory.find_school("29-001")
    assert directory.find_school("29-009") is None
    assert ["29-001", "29-002", "38-001"] == [found.id for found in directory.schools()]


def test_roles_count_in_open_schools_until_the_day_they_end() -> None:
    closed = replace(SCHOOL, is_open=False)
    held: Person = replace(
        CARD,
        memberships=(
            Membership(SCHOOL, Role.TEACHER, None, date(2026, 9, 2)),
            Membership(closed, Role.PUPIL, None, None),
            Membership(SCHOOL, Role.PARENT, None, None),
            Membership(SCHOOL, Role.PARENT, None, None),
        ),
    )

    assert (Role.TEACHER, Role.PARENT) == held.roles_on(date(2026, 9, 1))
    assert (Role.PARENT,) == held.roles_on(date(2026, 9, 2))

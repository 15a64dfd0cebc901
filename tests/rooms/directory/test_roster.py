"""Lists from files: read, checked line by line, looked at first, written whole or not at all."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from broker.audit.event import Actor
from broker.directory.person import Role
from broker.directory.roster import COLUMNS, TITLES, RawRow, RosterMoved, RosterRefused, Scope
from broker.directory.roster_files import FileUnreadable, rows_of, write_csv, write_xlsx
from broker.directory.roster_import import Rosters
from broker.directory.roster_plan import Plan
from broker.directory.roster_rows import read_row
from tests.rooms.directory.samples import OTHER_SNILS, SNILS, person, place
from tests.rooms.directory.school_house import STAFF, TODAY, SchoolHouse, pupil, typed

FIELDS = [field for field, _ in COLUMNS]


@pytest.fixture
def house(school_home: SchoolHouse) -> SchoolHouse:
    return school_home


def rosters(house: SchoolHouse) -> Rosters:
    return Rosters(house.database, house.directory, house.schools.changes, house.journal, house.outside)


def line(number: int = 2, **cells: str) -> RawRow:
    return RawRow(number, {"surname": "Грачёв", "name": "Тимур", "birth_date": "05.03.2014", "class_name": "6А"} | cells)


def planned(house: SchoolHouse, *rows: RawRow, school_id: str | None = "29-001") -> Plan:
    own = house.cards(school_id).short_names() if school_id else {}
    return rosters(house).plan(rows, Scope(school_id, TODAY), own, lambda _: None)


def applied(house: SchoolHouse, *rows: RawRow, school_id: str | None = "29-001") -> Plan:
    plan = planned(house, *rows, school_id=school_id)
    rosters(house).apply(plan, STAFF, lambda _: None)
    return plan


def problems(plan: Plan) -> list[tuple[int, str, str]]:
    return [(one.line, one.field, one.message) for one in plan.problems]


def csv_of(text: str, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO(text.encode(encoding))


def test_a_new_list_makes_cards_of_the_school(house: SchoolHouse) -> None:
    house.furnish()

    plan = applied(house, line(2, snils=SNILS), line(3, name="Артём", role="Родитель", class_name="", children=SNILS))

    assert (2, 0, 0) == (plan.count_added, plan.count_changed, plan.count_same)
    child, parent = house.cards().search("Тимур")[0], house.cards().search("Артём")[0]
    assert (SNILS, "6А", None) == (child.person.snils, child.person.memberships[0].class_name, child.person.activated_at)
    assert parent.has_role(Role.PARENT, TODAY)
    assert [child.id] == [one.person_id for one in house.cards().kin_of(parent.id).children]
    assert "imported" in [fields.get("action") for _, fields in house.events()]


def test_the_same_list_again_changes_nothing(house: SchoolHouse) -> None:
    house.furnish()
    rows = [
        line(2, snils=SNILS),
        line(3, name="Артём", birth_date="", snils=OTHER_SNILS),
        line(4, name="Олег", birth_date="01.02.2015"),
    ]
    applied(house, *rows)
    before = house.cards().people()

    plan = applied(house, *rows)

    assert (0, 0, 3) == (plan.count_added, plan.count_changed, plan.count_same)
    assert before == house.cards().people()


def test_a_dry_run_writes_nothing(house: SchoolHouse) -> None:
    house.furnish()

    plan = planned(house, line())

    assert 1 == plan.count_added
    assert () == house.cards().people()
    assert [] == house.events()


def test_empty_cells_leave_and_a_dash_clears(house: SchoolHouse) -> None:
    house.furnish(pupil(snils=SNILS))

    plan = applied(house, line(2, patronymic="-", sex="", snils=""))

    assert [("patronymic",)] == [shown.fields for shown in plan.changed]
    found = house.cards().get("p-pupil").person
    assert (None, "M", SNILS) == (found.patronymic, found.sex, found.snils)


@pytest.mark.parametrize(
    ("cells", "fields"),
    [
        ({"id": "p-pupil", "surname": "Орлов", "birth_date": "06.03.2014"}, ("surname", "birth_date")),
        ({"snils": SNILS}, ("snils",)),
        ({"class_name": "7а"}, ("class_name",)),
        ({"left_on": "01.09.2026"}, ("school",)),
        ({"role": "родитель", "class_name": ""}, ("school",)),
        ({"login": "new.login"}, ("login",)),
        ({}, ()),
    ],
)
def test_what_a_line_changes(house: SchoolHouse, cells: dict[str, str], fields: tuple[str, ...]) -> None:
    house.furnish(pupil())

    plan = applied(house, line(2, **cells))

    assert [fields] * bool(fields) == [shown.fields for shown in plan.changed]
    assert 1 == len(house.cards().people())


def test_a_teacher_who_is_a_parent_is_one_person_of_two_lines(house: SchoolHouse) -> None:
    house.furnish()
    teacher = {"class_name": "", "snils": SNILS, "birth_date": "17.03.1985"}

    plan = applied(house, line(2, role="учитель", **teacher), line(3, role="родитель", **teacher))

    assert 1 == plan.count_added
    assert {Role.TEACHER, Role.PARENT} == {held.role for held in house.cards().people()[0].person.memberships}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([line(7, surname="")], [(7, "surname", "name_empty")]),
        ([line(2, snils="201-114-305 67")], [(2, "snils", "snils_sum")]),
        ([line(2, snils="1")], [(2, "snils", "snils_format")]),
        ([line(2, birth_date="31.02.2014")], [(2, "birth_date", "date_format")]),
        ([line(2, birth_date="01.01.2030")], [(2, "birth_date", "date_impossible")]),
        ([line(2, name="Tимур")], [(2, "name", "latin")]),
        ([line(2, sex="да")], [(2, "sex", "sex_none")]),
        ([line(2, role="директор")], [(2, "role", "role_none")]),
        ([line(2, role="администратор")], [(2, "role", "role_admin")]),
        ([line(2, class_name="")], [(2, "role", "role_none")]),
        ([line(2, class_name="", role="ученик")], [(2, "class_name", "class_empty")]),
        ([line(2, login="Логин")], [(2, "login", "login_format")]),
        ([line(2, login="login.p-far")], [(2, "login", "login_taken")]),
        ([line(2, id="p-far")], [(2, "id", "code_unknown")]),
        ([line(2, id="nobody")], [(2, "id", "code_unknown")]),
        ([line(2, id="../x")], [(2, "id", "code_format")]),
        ([line(2, snils=OTHER_SNILS)], [(2, "snils", "snils_elsewhere")]),
        ([line(2, children="p-far")], [(2, "children", "children_unknown")]),
        ([line(2, snils=SNILS), line(3, name="Артём", children=SNILS)], [(3, "children", "kin_role")]),
        ([line(2, school="29-002")], [(2, "school", "school_unknown")]),
        ([line(2, snils=SNILS), line(3, snils=SNILS, name="Артём")], [(3, "snils", "twice")]),
        ([line(2, login="one.login"), line(3, login="one.login", name="Артём")], [(3, "login", "twice")]),
        ([line(2, snils=SNILS), line(3, snils=SNILS, birth_date="06.03.2014")], [(3, "surname", "differs")]),
    ],
)
def test_what_is_wrong_is_told_by_line_and_column(house: SchoolHouse, rows: list[RawRow], expected: list[Any]) -> None:
    house.furnish(person("p-far", snils=OTHER_SNILS, memberships=[place("29-002")]))

    plan = planned(house, *rows, line(90, surname="Верный"))

    assert expected == problems(plan)
    with pytest.raises(RosterRefused):
        rosters(house).apply(plan, STAFF, lambda _: None)
    assert () == house.cards().people()


def test_two_cards_that_fit_are_a_problem_and_not_a_guess(house: SchoolHouse) -> None:
    house.furnish(pupil("p-1"), pupil("p-2"))

    assert [(2, "surname", "several")] == problems(planned(house, line()))
    assert [] == problems(planned(house, line(2, id="p-2", name="Иван")))


def test_a_mistyped_snils_is_corrected_by_the_list(house: SchoolHouse) -> None:
    house.furnish(pupil(snils="201-114-305 67"))

    applied(house, line(2, snils=SNILS))

    assert SNILS == house.cards().get("p-pupil").person.snils


def test_a_list_of_a_school_leaves_guarded_cards_alone(house: SchoolHouse) -> None:
    house.furnish(pupil(staff_roles=["auditor"]))

    assert [] == problems(planned(house, line()))
    assert [(2, "surname", "guarded")] == problems(planned(house, line(2, snils=SNILS)))


def test_logins_may_go_round(house: SchoolHouse) -> None:
    house.furnish(pupil("p-1", login="one.login"), pupil("p-2", name="Артём", login="two.login"))

    applied(house, line(2, id="p-1", login="two.login"), line(3, id="p-2", name="Артём", login="one.login"))

    assert ["two.login", "one.login"] == [house.cards().get(one).person.login for one in ("p-1", "p-2")]


def test_a_plan_made_before_somebody_else_saved_is_not_written(house: SchoolHouse) -> None:
    house.furnish(pupil(), pupil("p-2", name="Артём"))
    plan = planned(house, line(2, class_name="7А"), line(3, name="Новый"))
    found = house.cards().get("p-pupil")
    house.desk().correct("p-pupil", typed(found, surname="Орлов"), found.version)

    with pytest.raises(RosterMoved):
        rosters(house).apply(plan, STAFF, lambda _: None)

    kept = house.cards().get("p-pupil").person
    assert ("Орлов", "6А") == (kept.surname, kept.memberships[0].class_name)
    assert 2 == len(house.cards().people())


def test_the_whole_directory_takes_codes_and_schools_of_its_own(house: SchoolHouse) -> None:
    house.furnish(pupil(school_id="29-002"))

    plan = applied(
        house,
        line(2, id="p-new", name="Новый", school="29-001", role="администратор", class_name=""),
        line(3, id="p-pupil", school="38-001"),
        school_id=None,
    )

    assert (1, 1) == (plan.count_added, plan.count_changed)
    assert house.cards().get("p-new").has_role(Role.SCHOOL_ADMINISTRATOR, TODAY)
    assert house.cards("29-002").get("p-pupil").is_elsewhere
    assert [(2, "school", "school_unknown")] == problems(planned(house, line(2, school="99-1"), school_id=None))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Фамилия;Имя;Класс\nГрачёв;Тимур;6А\n", "utf-8"),
        ("Фамилия;Имя;Класс\r\nГрачёв;Тимур;6А\r\n", "utf-8-sig"),
        ("Фамилия;Имя;Класс\nГрачёв;Тимур;6А\n", "cp1251"),
        ("Фамилия,Имя,Класс,Прочее\n\"Грачёв\",Тимур,6А,x\n\n,,,\n", "utf-8"),
        ("ФАМИЛИЯ\tИмя\tкласс\nГрачёв\tТимур\t6А", "cp1251"),
        ("surname;name;class_name\nГрачёв;Тимур;6А\n", "utf-8"),
    ],
)
def test_csv_is_read_however_it_was_saved(text: str, encoding: str) -> None:
    assert [RawRow(2, {"surname": "Грачёв", "name": "Тимур", "class_name": "6А"})] == list(rows_of(csv_of(text, encoding)))


def test_xlsx_is_read_with_its_own_days_and_numbers() -> None:
    book = Workbook()
    book.active.append(["Фамилия", "Имя", "Дата рождения", "СНИЛС", "Класс"])
    book.active.append(["Грачёв", "Тимур", date(2014, 3, 5), 20111430566.0, None])
    out = io.BytesIO()
    book.save(out)

    found = list(rows_of(io.BytesIO(out.getvalue())))

    assert [RawRow(2, {"surname": "Грачёв", "name": "Тимур", "birth_date": "05.03.2014", "snils": "20111430566"})] == found


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\x03", "kind"),
        ("Класс;Имя\n6А;Тимур\n".encode(), "columns"),
        ("Фамилия;Имя;Имя\nа;б;в\n".encode(), "columns_twice"),
        ("Фамилия;Имя\n\"Грачёв;Тимур\n".encode(), "broken"),
        (b"PK\x03\x04 nonsense", "broken"),
    ],
)
def test_a_file_that_is_no_list_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(FileUnreadable) as refused:
        list(rows_of(io.BytesIO(content)))

    assert message == refused.value.message


def test_a_small_archive_that_unpacks_to_a_giant_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(5):
            packed.writestr(f"xl/{number}.xml", b"0" * 100_000_000)
    assert len(out.getvalue()) < 1_000_000

    with pytest.raises(FileUnreadable) as refused:
        list(rows_of(io.BytesIO(out.getvalue())))

    assert "too_big" == refused.value.message


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_what_is_written_is_read_again_and_runs_nowhere(write: Any) -> None:
    cells = {"surname": "=cmd|' /C calc'!A0", "name": "-Тимур", "patronymic": "@х", "login": "+1", "class_name": "6А"}
    out = io.BytesIO()

    write([tuple(cells.get(field, "") for field in FIELDS)], out)

    if write is write_csv:
        text = out.getvalue().decode("utf-8-sig")
        assert all(f"'{mark}" in text for mark in "=-@+")
    assert [RawRow(2, cells)] == list(rows_of(io.BytesIO(out.getvalue())))


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS[1:]), st.text(max_size=12)), max_size=6))
def test_any_text_in_any_cell_is_an_answer_and_no_accident(rows: list[dict[str, str]]) -> None:
    out = io.BytesIO()
    write_csv([tuple(row.get(field, "") for field in FIELDS) for row in rows], out)
    try:
        read = list(rows_of(io.BytesIO(out.getvalue())))
    except FileUnreadable:
        return
    for row in read:
        read_row(row, Scope("29-001", TODAY))


def test_titles_are_different() -> None:
    assert len(TITLES) == len(set(TITLES.values()))
    assert Actor("staff", "x").kind == "staff"

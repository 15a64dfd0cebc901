"""Documents: all or nothing, every problem with its place, the same one again changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.days import day_of
from broker.directory.directory import Directory, ImportRefused
from broker.directory.document import ImportLink, read_document
from broker.storage.database import Database
from tests.rooms.directory.samples import document, person, place, school
from tests.support.clock import FIRST_BELL, Clock

STAFF = Actor("cli")
DEMO = Path(__file__).parents[3] / "examples" / "demo" / "directory.json"
TODAY = date(2026, 9, 1)
Load = Callable[..., Any]


@pytest.fixture
def load(directory: Directory, journal: Journal) -> Load:
    def loaded(given: dict[str, Any], **more: bool) -> Any:
        return directory.import_document(given, journal, STAFF, **more)

    return loaded


class TestImporting:
    def test_the_demo_document_is_read(self, directory: Directory, journal: Journal, load: Load) -> None:
        given = json.loads(DEMO.read_text("utf-8"))

        report = load(given)

        assert (len(given["schools"]), len(given["people"])) == (report.schools, report.people)
        assert all(directory.find_person(entry["id"]) for entry in given["people"])
        (entry,) = journal.tail(9)
        assert ("people.imported", STAFF, {"schools": report.schools, "people": report.people}) == (
            entry.name,
            entry.actor,
            entry.fields,
        )

    def test_the_same_document_again_changes_nothing(self, directory: Directory, database: Database, load: Load) -> None:
        given = document(
            person(children=["p-2"], staff_roles=["auditor"]), person("p-2", memberships=[place(), place(role="parent")])
        )
        load(given)
        before = self._everything(directory, database)

        load(given)

        assert before == self._everything(directory, database)

    def test_a_new_document_takes_the_place_of_the_old(self, directory: Directory, database: Database, load: Load) -> None:
        load(document(person(children=["p-2"], staff_roles=["auditor"]), person("p-2")))
        moved = person(surname="Клёнова", snils=None, memberships=[place("38-001")], login="new", state="blocked")
        load(document(moved, schools=(school(name={"ru": "Школа", "en": "School"}), school("38-001"))))

        found, renamed = directory.find_person("p-1"), directory.find_school("29-001")
        assert found is not None and renamed is not None
        assert ("Клёнова", None, "new", True, ()) == (
            found.surname,
            found.snils,
            found.login,
            found.is_blocked,
            found.staff_roles,
        )
        assert (["38-001"], "Школа") == ([m.school.id for m in found.memberships], renamed.name_ru)
        assert (0, ()) == (directory.children_count("p-1"), directory.with_snils("20111430566")[:0])
        assert ["p-2"] == [other.id for other in directory.with_snils("20111430566")]
        assert directory.find_by_login("login.p-1") is None
        assert directory.find_person("p-2") is not None

    def test_activation_is_never_taken_back(self, directory: Directory, load: Load, clock: Clock) -> None:
        instants = []
        for activated in (False, True, False, True):
            load(document(person(activated=activated)))
            found = directory.find_person("p-1")
            assert found is not None
            instants.append(found.activated_at)
            clock.advance(timedelta(days=1))

        first = FIRST_BELL + timedelta(days=1)
        assert [None, first, first, first] == instants

    def test_a_dry_run_says_the_same_and_writes_nothing(self, directory: Directory, journal: Journal, load: Load) -> None:
        given = document(person(link={"connector": "esia", "subject": "1000"}))

        dry = load(given, is_dry_run=True)

        assert (None, (), ()) == (directory.find_person("p-1"), directory.schools(), journal.tail(9))
        wet = load(given)
        assert (dry.schools, dry.people, dry.links) == (wet.schools, wet.people, wet.links)
        assert (True, False) == (dry.is_dry_run, wet.is_dry_run)

    def test_links_are_handed_back_and_not_kept(self, load: Load) -> None:
        report = load(document(person(link={"connector": "esia", "subject": "1000"}), person("p-2")))

        assert (ImportLink("p-1", "esia", "1000"),) == report.links
        assert "1000" not in repr(report)

    def test_logins_may_change_hands_within_a_document(self, directory: Directory, load: Load) -> None:
        load(document(person(login="one"), person("p-2", login="two")))
        load(document(person(login="two"), person("p-2", login="one")))

        assert ["p-2", "p-1"] == [found.id for found in map(directory.find_by_login, ("one", "two")) if found]

    def test_people_and_schools_of_earlier_documents_may_be_named(self, directory: Directory, load: Load) -> None:
        load(document(person("child")))
        load(document(person(children=["child"]), schools=()))

        assert 1 == directory.children_count("p-1")

    def test_more_people_than_one_statement_holds(self, directory: Directory, load: Load) -> None:
        pupils = [person(f"p-{number}", memberships=[place(role="pupil")]) for number in range(850)]
        load(document(person("parent", children=[pupil["id"] for pupil in pupils]), *pupils))

        assert 850 == directory.children_count("parent")

    @staticmethod
    def _everything(directory: Directory, database: Database) -> list[Any]:
        tables = (
            "SELECT * FROM membership",
            "SELECT * FROM kinship",
            "SELECT * FROM staff_role",
            "SELECT id, login_print FROM person",
        )
        rows = [sorted(map(str, database.session.execute(text(table)))) for table in tables]
        return [*rows, directory.find_person("p-1"), directory.find_person("p-2"), directory.schools()]


REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"people": []} | {"pupils": []}, "pupils", "not known"),
    ({"schools": {}}, "schools", "list"),
    ({"people": ["p-1"]}, "people[0]", "object"),
    (document(person(), schools=(school(id=""),)), "schools[0].id", "identifier"),
    (document(schools=(school(region="Москва"),)), "schools[0].region", "region"),
    (document(schools=(school(region="２９"),)), "schools[0].region", "region"),
    (document(schools=(school(state="half"),)), "schools[0].state", "open, closed"),
    (document(schools=(school(name="Школа"),)), "schools[0].name", "object"),
    (document(schools=(school(name={"ru": "Школа"}),)), "schools[0].name.en", "missing"),
    (
        document(schools=(school(administrator=dict.fromkeys(("days", "room", "phone"), "1")),)),
        "schools[0].administrator.hours",
        "missing",
    ),
    (document(schools=(school(town="Сосновск"),)), "schools[0].town", "not known"),
    (document(schools=(school(), school())), "schools[1].id", "twice"),
    (document(person(id="a" * 37)), "people[0].id", "identifier"),
    (document(person(id="два")), "people[0].id", "identifier"),
    (document(person(), person(login=None)), "people[1].id", "twice"),
    (document(person(login="One"), person("p-2", login="one ")), "people[1].login", "twice"),
    (document(person(surname=None)), "people[0].surname", "missing"),
    (document(person(surname="   ")), "people[0].surname", "signs"),
    (document(person(surname=7)), "people[0].surname", "signs"),
    (document(person(name="А" * 101)), "people[0].name", "signs"),
    (document(person(name="Алё\x00на")), "people[0].name", "cannot be seen"),
    (document(person(name="Алёна\nСергеевна")), "people[0].name", "cannot be seen"),
    (document(person(birth_date="17.03.1985")), "people[0].birth_date", "day"),
    (document(person(birth_date="1985-02-30")), "people[0].birth_date", "day"),
    (document(person(birth_date="20260901")), "people[0].birth_date", "day"),
    (document(person(birth_date="today+1d")), "people[0].birth_date", "day"),
    (document(person(birth_date="2026-09-02")), "people[0].birth_date", "today"),
    (document(person(birth_date="1899-12-31")), "people[0].birth_date", "1900"),
    (document(person(birth_date="today-999y")), "people[0].birth_date", "1900"),
    (document(person(sex="Ж")), "people[0].sex", "M, F"),
    (document(person(snils="1" * 21)), "people[0].snils", "signs"),
    (document(person(state="gone")), "people[0].state", "active, blocked"),
    (document(person(activated="yes")), "people[0].activated", "true or false"),
    (document(person(activated=None)), "people[0].activated", "true or false"),
    (document(person(age=7)), "people[0].age", "not known"),
    (document(person(memberships={})), "people[0].memberships", "list"),
    (document(person(memberships=[place(role="cook")])), "people[0].memberships[0].role", "pupil"),
    (document(person(memberships=[place("29-009")])), "people[0].memberships[0].school", "no such school"),
    (document(person(memberships=[place(left_on="soon")])), "people[0].memberships[0].left_on", "day"),
    (document(person(children=["p-9"])), "people[0].children[0]", "no such person"),
    (document(person(children=["p-1"])), "people[0].children[0]", "own child"),
    (document(person(children=[7])), "people[0].children[0]", "identifier"),
    (document(person(staff_roles=["owner"])), "people[0].staff_roles[0]", "security_officer"),
    (document(person(link={"connector": "esia"})), "people[0].link.subject", "missing"),
    (document(person(link="esia")), "people[0].link", "object"),
    (document(person(invitation={"code": "x"})), "people[0].invitation.code", "not known"),
)


class TestRefusing:
    @pytest.mark.parametrize(("given", "path", "problem"), REFUSED, ids=[f"{path}-{n}" for n, (_, path, _) in enumerate(REFUSED)])
    def test_a_problem_is_named_with_its_place_and_nothing_is_written(
        self, directory: Directory, journal: Journal, load: Load, given: dict[str, Any], path: str, problem: str
    ) -> None:
        with pytest.raises(ImportRefused) as refused:
            load(given)

        assert [path] == [found.path for found in refused.value.problems if problem in found.problem]
        assert ((), None, ()) == (directory.schools(), directory.find_person("p-1"), journal.tail(9))

    def test_all_problems_are_named_at_once(self, load: Load) -> None:
        with pytest.raises(ImportRefused) as refused:
            load(document(person(sex="?", surname=None), person("p-2", state="?")))

        assert {"people[0].sex", "people[0].surname", "people[1].state"} == {found.path for found in refused.value.problems}

    def test_no_problem_quotes_what_was_written(self, load: Load) -> None:
        with pytest.raises(ImportRefused) as refused:
            load(document(person(birth_date="17.03.1985", sex="Женский", phone="8" * 40)))

        said = str(refused.value) + str(refused.value.problems)
        assert all(value not in said for value in ("1985", "Женский", "888"))

    def test_the_login_of_somebody_outside_the_document_is_taken(self, directory: Directory, load: Load) -> None:
        load(document(person(login="one")))

        with pytest.raises(ImportRefused) as refused:
            load(document(person("p-2", login="ONE")))
        assert ["people[0].login"] == [found.path for found in refused.value.problems]
        assert directory.find_person("p-2") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*person(), *school(), "ru"]), inner, max_size=5),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["schools", "people", "x"]), JSON | st.lists(JSON, max_size=3), max_size=3))
def test_any_json_is_read_or_refused_and_nothing_else(given_: dict[str, Any]) -> None:
    found = read_document(given_, TODAY)

    assert found.problems or set(given_) <= {"schools", "people"}


@pytest.mark.parametrize(
    ("text_", "day"),
    [
        ("2011-04-05", date(2011, 4, 5)),
        ("today", TODAY),
        ("today-14y", date(2012, 9, 1)),
        ("today-100d", date(2026, 5, 24)),
        ("today-12y-100d", date(2014, 5, 24)),
    ],
)
def test_days_may_count_from_today(text_: str, day: date) -> None:
    assert day == day_of(text_, TODAY)


def test_the_years_of_a_leap_day_have_passed() -> None:
    assert date(2027, 2, 28) == day_of("today-1y", date(2028, 2, 29))


@pytest.mark.parametrize(
    "text_", ["", "today-", "today-1", "today-y", "today-1d-1y", "Today", "yesterday", "2011-4-5", "2011-04-05T00"]
)
def test_no_other_text_is_a_day(text_: str) -> None:
    with pytest.raises(ValueError):
        day_of(text_, TODAY)


def test_today_is_the_day_in_moscow(directory: Directory, load: Load, clock: Clock) -> None:
    clock.at = FIRST_BELL.replace(hour=21)

    load(document(person(birth_date="today")))

    found = directory.find_person("p-1")
    assert found is not None and date(2026, 9, 2) == found.birth_date

"""Every address of the console × everybody who is not its administrator × things of another school: nothing is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from broker.cases.case import Failure
from broker.cases.tables import CaseRow
from broker.console.school.visit import purpose_of
from broker.directory.tables import CardChangeRow, InvitationRow, KinshipRow, MembershipRow, MergeRow, PersonRow
from broker.linking.tables import UpstreamLinkRow
from broker.screens.forms import FormKeys
from broker.sessions.tables import SessionRow
from tests.journeys.school_walks import open_, staff
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.page import Page, parse
from tests.support.town import Town, town

# A card, a link and a case of school 29-002; Andreeva runs the console of 29-001.
FOREIGN, OWN = "demo-romanova", "demo-orlova"
BODIES: dict[str, tuple[dict[str, str], ...]] = {
    "save_card": ({"surname": "Взломщик", "name": "Иван", "roles": "teacher", "version": "x"},),
    "kin": ({"kin_id": OWN}, {"remove": OWN}),
    "act": tuple(
        {"deed": deed, "reason": "так"}
        for deed in ("unlock", "end_sessions", "block", "unblock", "unlink", "confirm", "leave", "restore", "nonsense")
    ),
    "attach": ({"person_id": OWN}, {"person_id": FOREIGN}),
    "take_in": ({"role": "pupil", "class_name": "6А"},),
    "cancel": ({"cancel": FOREIGN},),
    "print_sheets": ({"person": FOREIGN},),
    "decide": (
        {"deed": f"keep:{OWN}:{FOREIGN}"},
        {"deed": f"keep:{FOREIGN}:{OWN}"},
        {"deed": f"apart:{OWN}:{FOREIGN}"},
        {"deed": "undo:nothing"},
        {"deed": "nonsense"},
    ),
    "choose": ({"school": "29-002"},),
    "write": ({},),
    "check": ({},),
}
# These name nothing that could be another school's.
HARMLESS = {"send_roster", "export", "save_contacts", "export_journal"}


@pytest.fixture(scope="module")
def number(sqlite_town: Town) -> str:
    """A case of a person of another school."""
    house = sqlite_town.house
    with house.app.app_context():
        failure = Failure(3102, 3102, "29", person_id=FOREIGN, compared=(("surname", "differs"),), said={"surname": "романова"})
        return house.cases.open(failure).number


def rules(town: Town, method: str) -> Iterator[tuple[str, str]]:
    """Endpoint and rule of every address of the console."""
    for rule in town.house.app.url_map.iter_rules():
        if rule.endpoint.startswith("school.") and method in (rule.methods or ()):
            yield rule.endpoint.removeprefix("school."), rule.rule


def filled(rule: str, number: str, person: str = FOREIGN) -> str:
    job = "0b5f5a2e-0000-4000-8000-000000000000"
    for name, value in (("person_id", person), ("number", number), ("job_id", job), ("kind", "exe")):
        rule = rule.replace(f"<{name}>", value)
    return rule


def state(town: Town) -> dict[str, list[Any]]:
    """Everything that a deed could have changed."""
    tables = (PersonRow, MembershipRow, KinshipRow, InvitationRow, CardChangeRow, MergeRow, CaseRow, UpstreamLinkRow)
    with town.house.app.app_context():
        session = town.house.database.session
        found = {table.__tablename__: sorted(map(str, session.execute(select(table.__table__)))) for table in tables}
        ended = select(SessionRow.id).where(SessionRow.ended_at.is_not(None))
        return found | {"ended": sorted(session.execute(ended).scalars())}


def post(town: Town, browser: Browser, path: str, body: dict[str, str], person_id: str, school_id: str) -> Page:
    """With a form key that is right for this session, school and address: only the walls themselves can stop it."""
    house = town.house
    with house.app.app_context():
        session = house.sessions.of_person(person_id)[-1]
        key = FormKeys(house.shelf, house.outside).issue(session.id, purpose_of(school_id, path))
    answer = browser.session.post(f"{town.issuer}{path}", data=body | {"form_key": key}, allow_redirects=False, timeout=30)
    return parse(answer.url, answer.status_code, answer.text, {name.lower(): value for name, value in answer.headers.items()})


def test_the_table_of_bodies_knows_every_post(sqlite_town: Town) -> None:
    assert set(BODIES) | HARMLESS == {endpoint for endpoint, _ in rules(sqlite_town, "POST")}


def test_nobody_comes_in_without_a_session(sqlite_town: Town, browser: Browser, number: str) -> None:
    before = state(sqlite_town)
    for method in ("GET", "POST"):
        for _, rule in rules(sqlite_town, method):
            url = f"{sqlite_town.issuer}{filled(rule, number)}"
            answer = browser.session.request(method, url, allow_redirects=False, timeout=30)
            assert (303, "/login?next=school") == (answer.status_code, answer.headers["Location"]), (method, rule)
    assert before == state(sqlite_town)


@pytest.mark.parametrize("login", ["belov.t", "belova", "orlova", "dorofeev"], ids=["pupil", "parent", "teacher", "officer"])
def test_other_roles_get_one_answer_everywhere(sqlite_town: Town, browser: Browser, number: str, login: str) -> None:
    first = sqlite_town.sign_in(browser, login, f"{sqlite_town.issuer}/login?next=school&region=29")
    assert (403, True) == (first.status, "7009" in first.text), first.text
    before = state(sqlite_town)
    for method in ("GET", "POST"):
        for _, rule in rules(sqlite_town, method):
            answer = browser.session.request(method, f"{sqlite_town.issuer}{filled(rule, number)}", timeout=30)
            assert (403, first.body) == (answer.status_code, answer.text), (method, rule)
    assert before == state(sqlite_town)


def test_the_administrator_of_another_school_finds_nothing(sqlite_town: Town, browser: Browser, number: str) -> None:
    staff(sqlite_town, browser)
    nothing = open_(sqlite_town, browser, "/school/people/nobody")
    assert 404 == nothing.status
    before = state(sqlite_town)
    for endpoint, rule in rules(sqlite_town, "GET"):
        if "<" in rule:
            page = open_(sqlite_town, browser, filled(rule, number))
            assert (404, nothing.body) == (page.status, page.body), (endpoint, rule)
    for endpoint, rule in rules(sqlite_town, "POST"):
        for body in BODIES.get(endpoint, ()):
            school_id = "" if endpoint == "choose" else "29-001"
            page = post(sqlite_town, browser, filled(rule, number), body, "demo-andreeva", school_id)
            expected = (404, nothing.body)
            if endpoint == "attach":
                # Of two schools the second is told that it was late; in the same words for a number that nobody has.
                unknown = post(sqlite_town, browser, filled(rule, "0000-0000"), body, "demo-andreeva", school_id)
                expected = (unknown.status, unknown.body)
            assert expected == (page.status, page.body), (endpoint, body, page.text)
    for path, body in (
        (f"/school/people/{OWN}/kin", {"kin_id": FOREIGN}),
        (f"/school/people/{OWN}/kin", {"remove": FOREIGN}),
    ):
        assert 404 == post(sqlite_town, browser, path, body, "demo-andreeva", "29-001").status
    assert before == state(sqlite_town)


def test_a_case_of_another_school_is_carried_along_by_no_form(sqlite_town: Town, browser: Browser, number: str) -> None:
    """`case` in a form names a case to mark as done: another school's is not heard."""
    staff(sqlite_town, browser)
    body = {"deed": "end_sessions", "reason": "так", "case": number}
    page = post(sqlite_town, browser, f"/school/people/{OWN}/access", body, "demo-andreeva", "29-001")

    assert f"/school/people/{OWN}/access?done=sessions_ended" == page.headers["location"]
    with sqlite_town.house.app.app_context():
        found = sqlite_town.house.cases.find(number)
    assert found is not None
    assert "open" == found.state.value


def test_a_sign_in_of_yesterday_must_be_made_anew(sqlite_town: Town, browser: Browser) -> None:
    staff(sqlite_town, browser)
    now = sqlite_town.clock.now()
    change(sqlite_town, UpstreamLinkRow, linked_at=now - timedelta(days=9))
    change(sqlite_town, SessionRow, authenticated_at=now - timedelta(hours=12) + timedelta(seconds=1))
    assert 200 == browser.open(f"{sqlite_town.issuer}/school/cases", follow=False).status

    change(sqlite_town, SessionRow, authenticated_at=now - timedelta(hours=12))
    old = browser.open(f"{sqlite_town.issuer}/school/cases", follow=False)

    assert (303, "/login?next=school&fresh=1") == (old.status, old.headers["location"])


def test_a_diary_password_does_not_open_the_console(tmp_path: Path, browser: Browser) -> None:
    """In a year when region 38 let people in by it."""
    with town(tmp_path, Clock(datetime(2018, 3, 1, 5, 0, tzinfo=UTC))) as then:
        staff(then, browser, "fomina", "38")
        change(then, SessionRow, connector="diary", level="not_confirmed")
        assert 200 == browser.open(f"{then.issuer}/me").status

        weak = browser.open(f"{then.issuer}/school/cases", follow=False)

    assert (303, "/login?next=school&fresh=1") == (weak.status, weak.headers["location"])


def change(somewhere: Town, table: Any, **values: Any) -> None:
    """Time passes for rows, since a clock that moved would end sessions by itself."""
    house = somewhere.house
    with house.app.app_context(), house.database.work() as session:
        session.execute(update(table).values(**values))

"""The diary does not find itself: diary login and password on the page that says so, once, and the two are connected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from broker.audit.event import SYSTEM
from broker.cases.case import State
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.linking import (
    PASSWORD,
    as_before,
    at_the_proof,
    give_password,
    link_of,
    show,
    shown_case,
    shown_code,
    to_the_service,
)
from tests.support.page import Page
from tests.support.town import Town, town

ZHDANOVA = "demo-zhdanova"
CHANGING = re.compile(r'name="form_key" value="[^"]*"|/login/[\w-]{22}')


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("proof"), Clock()) as built:
        give_password(built, ZHDANOVA, "demo-sokolov-a", "demo-filippov", "demo-filippov-2", "demo-volkova")
        yield built


@pytest.fixture(autouse=True)
def alone(there: Town) -> Iterator[None]:
    """Tries of one test are not those of the next; nobody is connected, and no card has been completed by a connection."""
    there.clock.advance(timedelta(hours=25))
    yield
    as_before(there, ZHDANOVA, "demo-filippov", "demo-filippov-2")


@pytest.fixture
def other() -> Iterator[Browser]:
    with Browser() as fresh:
        yield fresh


def test_three_screens_three_presses_and_never_again(there: Town, browser: Browser, other: Browser) -> None:
    page, party, request = at_the_proof(there, browser, "zhdanova")
    assert "3106" == shown_code(page)
    assert "Вы вошли на Госуслугах как" in page.text

    done = show(browser, page, "zhdanova.diary")

    assert "Готово. Госуслуги и дневник связаны" == done.heading
    assert to_the_service(browser, done, party, request)["sub"]
    assert link_of(there, ZHDANOVA) is not None
    again = party.begin(region="38")
    assert party.answer(there.sign_in(other, "zhdanova", again.url).headers["location"], again)["code"]


def test_the_case_closes_by_itself(there: Town, browser: Browser) -> None:
    page, party, request = at_the_proof(there, browser, "zhdanova")
    number = shown_case(page)
    with there.house.app.app_context():
        opened = there.house.cases.find(number)
    assert opened is not None and (State.OPEN, 3106) == (opened.state, opened.real_cause)

    to_the_service(browser, show(browser, page, "zhdanova.diary"), party, request)

    with there.house.app.app_context():
        closed = there.house.cases.find(number)
    assert closed is not None and (State.CLOSED, "signed_in") == (closed.state, closed.closed_why)


def test_the_same_failure_has_the_same_number(there: Town, browser: Browser, other: Browser) -> None:
    first, _, _ = at_the_proof(there, browser, "zhdanova")
    second, _, _ = at_the_proof(there, other, "zhdanova")

    assert shown_case(first) == shown_case(second)


def test_a_wrong_password_keeps_the_login_only(there: Town, browser: Browser) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")

    again = show(browser, page, "zhdanova.diary", "wrong-password")

    assert 401 == again.status
    assert again.title.startswith("Ошибка: ")
    assert "Осталось попыток: 9" in again.text
    assert "zhdanova.diary" == again.form("login", "password").fields["login"]
    assert "" == again.form("login", "password").fields["password"]
    assert "wrong-password" not in again.body
    assert link_of(there, ZHDANOVA) is None


def test_an_unknown_login_is_answered_to_the_byte_alike(there: Town, browser: Browser) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")

    known = show(browser, page, "zhdanova.diary", "wrong-password")
    unknown = show(browser, known, "nobody11.diary", "wrong-password")

    assert (known.status, _fixed(known, "zhdanova.diary")) == (unknown.status, _fixed(unknown, "nobody11.diary"))


def _fixed(page: Page, login: str) -> str:
    return CHANGING.sub("", page.body).replace(login, "LOGIN")


@pytest.mark.parametrize("login", ["zhdanova.diary", "nobody.diary"])
def test_ten_wrong_ones_close_it_and_fifteen_minutes_open_it(there: Town, browser: Browser, login: str) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")
    for left in range(9, 0, -1):
        page = show(browser, page, login, "wrong")
        assert f"Осталось попыток: {left}" in page.text
    closed = show(browser, page, login, "wrong")
    assert (429, "4002") == (closed.status, shown_code(closed))

    still = show(browser, page, login)
    assert (429, "4002") == (still.status, shown_code(still)), "the right password opens nothing now"

    there.clock.advance(timedelta(minutes=15))
    page, _, _ = at_the_proof(there, browser, "zhdanova")
    assert (401 if login == "nobody.diary" else 200) == show(browser, page, login).status


@pytest.mark.parametrize(
    ("login", "password", "says"),
    [
        ("", "x", "Введите логин от дневника"),
        ("zhdanova.diary", "", "Введите пароль от дневника"),
        ("+7 900 000-01-01", "x", "Здесь нужен логин от дневника"),
        ("zhdanova@example.org", "x", "Здесь нужен логин от дневника"),
        ("002-000-107 24", "x", "Здесь нужен логин от дневника"),
    ],
)
def test_answers_that_cannot_be_right_cost_no_try(
    there: Town, browser: Browser, login: str, password: str, says: str
) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")

    again = show(browser, page, login, password)

    assert (400, True) == (again.status, says in again.text)
    assert again.title.startswith("Ошибка: ")
    assert "Осталось попыток: 9" in show(browser, again, "zhdanova.diary", "wrong").text


def test_the_wrong_keyboard_layout_is_suggested(there: Town, browser: Browser) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")

    assert "Похоже, включена русская раскладка" in show(browser, page, "zhdanova.diary", "вуьщ-вшфкн").text


def test_a_double_press_costs_one_try_and_ties_once(there: Town, browser: Browser) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")
    wrong = [show(browser, page, "zhdanova.diary", "wrong") for _ in range(2)]
    assert ["Осталось попыток: 9" in each.text for each in wrong] == [True, True]

    right = [show(browser, wrong[-1], "zhdanova.diary", follow=False) for _ in range(2)]

    assert right[0].headers["location"] == right[1].headers["location"]
    assert "Готово" in browser.open(there.issuer + right[0].headers["location"]).heading


def test_the_page_belongs_to_its_browser(there: Town, browser: Browser, other: Browser) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")
    other.open(f"{there.issuer}/login?region=38")

    stolen = show(other, page, "zhdanova.diary")

    assert "1005" == shown_code(stolen)
    assert link_of(there, ZHDANOVA) is None


def test_fifteen_minutes_then_gosuslugi_again(there: Town, browser: Browser) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")
    there.clock.advance(timedelta(minutes=15))

    late = show(browser, page, "zhdanova.diary")

    assert (410, "3203") == (late.status, shown_code(late))
    assert link_of(there, ZHDANOVA) is None
    assert "3106" == shown_code(browser.press(late, "Войти через Госуслуги"))
    assert any(url.startswith(there.esia) for url in browser.trail)


def test_fourteen_minutes_are_given_even_when_gosuslugi_took_its_time(there: Town, browser: Browser) -> None:
    party = there.relying_party()
    start = browser.open(party.begin(region="38").url)
    there.clock.advance(timedelta(minutes=13))
    page = there.sign_in(browser, "zhdanova", start.link("Войти через Госуслуги").url)
    there.clock.advance(timedelta(minutes=14))

    assert "Готово" in show(browser, page, "zhdanova.diary").heading


def test_cancelling_forgets_everything(there: Town, browser: Browser) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")

    start = browser.press(page, "Отменить")
    assert start.has_link("Войти через Госуслуги")
    old = show(browser, page, "zhdanova.diary")

    assert "1003" == shown_code(old)
    assert link_of(there, ZHDANOVA) is None


def test_back_to_the_form_after_the_link_ties_nothing_else(there: Town, browser: Browser) -> None:
    page, party, request = at_the_proof(there, browser, "zhdanova")
    to_the_service(browser, show(browser, page, "zhdanova.diary"), party, request)

    again = show(browser, page, "volkova.diary", follow=False)

    assert 303 != again.status or "/login/" in again.headers["location"]
    assert link_of(there, "demo-volkova") is None


@pytest.mark.parametrize("diary", ["demo-sokolov-a", "demo-volkova"])
def test_somebody_elses_diary_is_not_tied(there: Town, browser: Browser, diary: str) -> None:
    page, _, _ = at_the_proof(there, browser, "titov")

    refused = show(browser, page, f"{diary.removeprefix('demo-').replace('-', '.')}.diary")

    assert (403, "3115") == (refused.status, shown_code(refused))
    assert "Соколов" not in refused.text and "Волкова" not in refused.text
    assert link_of(there, diary) is None
    assert refused.link("Ввести другой логин")
    another = browser.press(refused, "Ввести другой логин")
    assert another.forms_with("login", "password")
    assert "3115" == shown_code(show(browser, another, "volkova.diary"))


def test_a_proof_that_was_refused_is_gone(there: Town, browser: Browser) -> None:
    page, _, _ = at_the_proof(there, browser, "titov")
    refused = show(browser, page, "volkova.diary")

    for _ in range(2):
        assert "3115" == shown_code(browser.open(refused.url))
    assert browser.press(refused, "Ввести другой логин").form("login", "password").fields["login"] == ""


def test_two_cards_alike_and_the_password_decides(there: Town, browser: Browser) -> None:
    page, party, request = at_the_proof(there, browser, "filippov")
    assert "3107" == shown_code(page)

    to_the_service(browser, show(browser, page, "filippov2.diary"), party, request)

    assert link_of(there, "demo-filippov-2") is not None
    assert link_of(there, "demo-filippov") is None


def test_one_identity_and_two_diaries_at_the_same_moment(there: Town, browser: Browser, other: Browser) -> None:
    browsers = (browser, other)
    pages = [at_the_proof(there, each, "filippov")[0] for each in browsers]
    barrier = Barrier(2)

    def prove(number: int) -> Page:
        barrier.wait(30)
        return show(browsers[number], pages[number], ("filippov.diary", "filippov2.diary")[number])

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(prove, range(2)))

    tied = [person_id for person_id in ("demo-filippov", "demo-filippov-2") if link_of(there, person_id) is not None]
    assert 1 == len(tied)
    assert ["3202"] == [shown_code(page) for page in ends if "Готово" not in page.heading]


def test_the_connected_one_is_one_press_away(there: Town, browser: Browser, other: Browser) -> None:
    first, party, request = at_the_proof(there, browser, "filippov")
    second, other_party, other_request = at_the_proof(there, other, "filippov")
    to_the_service(browser, show(browser, first, "filippov.diary"), party, request)

    taken = show(other, second, "filippov2.diary")

    assert (409, "3202") == (taken.status, shown_code(taken))
    page = other.open(taken.link("Открыть связанный").url, follow=False)
    for _ in range(4):
        if page.headers.get("location", "").startswith(other_party.redirect_uri):
            break
        page = other.open(there.issuer + page.headers["location"], follow=False)
    assert other_party.answer(page.headers["location"], other_request)["code"]
    assert link_of(there, "demo-filippov-2") is None


def test_a_server_that_was_restarted_in_between(there: Town, browser: Browser) -> None:
    page, party, request = at_the_proof(there, browser, "zhdanova")
    proven = show(browser, page, "zhdanova.diary", follow=False)
    there.restart_broker()

    done = browser.open(there.issuer + proven.headers["location"])

    assert "Готово" in done.heading
    there.restart_broker()
    assert to_the_service(browser, browser.open(done.url), party, request)["sub"]


def test_a_temporary_password_goes_on_as_the_wizard(there: Town, browser: Browser) -> None:
    with there.house.app.app_context():
        issued = there.house.invitations.issue(ZHDANOVA, SYSTEM, there.clock.now() + timedelta(days=7))
    page, _, _ = at_the_proof(there, browser, "zhdanova")

    wizard = show(browser, page, issued.login, issued.password)

    assert 200 == wizard.status, wizard.text
    assert not wizard.forms_with("login", "password")
    assert link_of(there, ZHDANOVA) is None, "tied at its end, not at its beginning"


def test_too_many_unfound_sign_ins_of_one_account(there: Town, browser: Browser) -> None:
    for _ in range(10):
        at_the_proof(there, browser, "titov")
    party = there.relying_party()

    page = there.sign_in(browser, "titov", party.begin(region="38").url)

    assert (429, "1011") == (page.status, shown_code(page))
    there.clock.advance(timedelta(hours=24))
    at_the_proof(there, browser, "titov")


def test_nobody_is_blocked_by_the_tries_of_a_neighbour(there: Town, browser: Browser, other: Browser) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")
    for _ in range(12):
        page = page if not page.forms_with("login", "password") else show(browser, page, "volkova.diary", "wrong")
    theirs, _, _ = at_the_proof(there, other, "zhdanova")

    assert "Готово" in show(other, theirs, "zhdanova.diary", PASSWORD).heading

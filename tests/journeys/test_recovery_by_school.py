"""Back in through the school: a number that says nothing, a case the school sees, a paper, in; the case closes itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.journeys.failures.clerk import Clerk, appoint
from tests.journeys.failures.stage import code_on
from tests.journeys.test_every_failure_mended import require_in, why_closed
from tests.journeys.test_every_failure_mended_by_hand import _paper
from tests.support.browser import Browser
from tests.support.invited import finish
from tests.support.own import Post, at, enter, submit, town_with_post
from tests.support.page import Page
from tests.support.visits import cause_of

NUMBER = re.compile(r"\b\d{4}-\d{4}\b")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with town_with_post(tmp_path_factory.mktemp("school")) as built:
        appoint(built.town)
        yield built


@pytest.fixture(autouse=True)
def another_day(here: Post) -> None:
    here.town.clock.advance(timedelta(hours=25))


def number_on(page: Page) -> str:
    found: list[str] = NUMBER.findall(page.text)
    assert 1 == len(set(found)), page.text
    return found[0]


def ask_school(here: Post, login: str, language: str = "ru") -> Page:
    with Browser(language) as browser:
        return submit(here.town, browser, "/recover/school", login=login)


def too_often(here: Post, name: str, language: str = "ru") -> Page:
    """Six codes asked for within the hour, each by another browser."""
    for _ in range(5):
        with Browser(language) as browser:
            submit(here.town, browser, "/recover/start", name=name)
    with Browser(language) as browser:
        return submit(here.town, browser, "/recover/start", name=name)


@pytest.mark.parametrize(("code", "walk"), [("6005", ask_school), ("6004", too_often)])
def test_the_school_gives_a_paper_and_the_person_is_in(here: Post, browser: Browser, code: str, walk: object) -> None:
    with Browser() as stolen, Browser() as at_school:
        enter(here.town, stolen, "orlova")
        page = walk(here, "orlova.diary")  # type: ignore[operator]
        assert code == code_on(page)
        number = number_on(page)
        clerk = Clerk(here.town, at_school, "andreeva")
        assert any(link.url.endswith(number) for link in clerk.page.links), "it is in the list"
        case = clerk.open_case(number)
        assert "Просит вернуть доступ" in case.text
        paper = _paper(clerk.send("/school/invites/print"))
        clerk.require_short()
        assert "/login" in at(here.town, stolen, "/me").url, "old sessions are over"

    first = browser.submit(at(here.town, browser, "/first").form("login", "password"), login=paper[0], password=paper[1])
    assert not finish(browser, first).forms_with("password")
    require_in(here, browser, "orlova")
    assert "signed_in" == why_closed(here.town, number)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("walk", [ask_school, too_often])
def test_a_number_says_nothing_about_the_login(here: Post, language: str, walk: object) -> None:
    pages = {login: walk(here, login, language) for login in ("belova.diary", "belowa.diary")}  # type: ignore[operator]
    numbers = {login: number_on(page) for login, page in pages.items()}
    plain = [NUMBER.sub("N", re.sub(r'name="form_key" value="[^"]*"', "KEY", page.body)) for page in pages.values()]

    assert plain[0] == plain[1]
    assert 2 == len(set(numbers.values()))
    again = {login: number_on(walk(here, login, language)) for login in pages}  # type: ignore[operator]
    assert numbers == again, "one a day"
    here.town.clock.advance(timedelta(hours=25))
    tomorrow = {login: number_on(walk(here, login, language)) for login in pages}  # type: ignore[operator]
    assert not set(numbers.values()) & set(tomorrow.values())


def test_the_number_stays_when_the_owner_was_in(here: Post, browser: Browser) -> None:
    """Otherwise a stranger could see by it that the login is somebody's, and when they sign in."""
    before = number_on(ask_school(here, "orlova.diary"))
    enter(here.town, browser, "orlova")

    assert "signed_in" == why_closed(here.town, before)
    assert before == number_on(ask_school(here, "orlova.diary"))


def test_a_number_of_nobody_is_attached_by_the_school(here: Post) -> None:
    number = number_on(ask_school(here, "orlovva.diary"))
    with Browser() as at_school:
        clerk = Clerk(here.town, at_school, "andreeva")
        assert "Пока не ясно, чьё это" in clerk.open_case(number).text


def test_the_page_keeps_its_number_and_says_its_code(here: Post, browser: Browser) -> None:
    page = at(here.town, browser, "/recover/school")
    assert ("6005", 200) == (code_on(page), page.status)
    empty = browser.submit(page.form("login"), login=" ")
    assert (400, True) == (empty.status, empty.title.startswith("Ошибка: "))
    asked = browser.submit(empty.form("login"), login="orlova.diary")
    searched = browser.submit(asked.form("q"), q="нижнеборск 132")

    assert number_on(asked) == number_on(searched)
    assert "Школа № 132" in searched.text


def test_five_requests_an_hour(here: Post) -> None:
    told = [cause_of(ask_school(here, "semyonov.diary")) for _ in range(6)]

    assert "6004" == told[-1]
    assert "6004" not in told[:-1]

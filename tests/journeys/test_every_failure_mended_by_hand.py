"""Failures that take more than one field to mend: papers, a second person, a case of nobody; and what no school can mend."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.journeys.failures import diary_walks
from tests.journeys.failures.clerk import Clerk, appoint
from tests.journeys.failures.stage import Walk, arrive, code_on, spoilt
from tests.journeys.test_every_failure_mended import require_in, why_closed
from tests.support.browser import Browser
from tests.support.invited import EMAIL, PHONE, choose_password, finish
from tests.support.linking import link_of, show, shown_case, unlink
from tests.support.own import Post, at, town_with_post
from tests.support.page import Page
from tests.support.visits import came_to, register, rewrite_card


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with town_with_post(tmp_path_factory.mktemp("mended")) as built:
        appoint(built.town)
        yield built


@pytest.fixture(autouse=True)
def another_day(stage: Post) -> None:
    stage.town.clock.advance(timedelta(hours=25))


@pytest.fixture
def at_school() -> Iterator[Browser]:
    with Browser() as fresh:
        yield fresh


def _paper(sheets: Page) -> tuple[str, str]:
    """Login and temporary password, as printed."""
    found = re.findall(r'<dd class="code">([^<]+)</dd>', sheets.body)
    assert 2 == len(found), sheets.text
    return found[0], found[1]


def _by_paper(stage: Post, browser: Browser, paper: tuple[str, str], login: str) -> None:
    """The wizard with the new paper, then Gosuslugi: in."""
    page = browser.submit(at(stage.town, browser, "/first").form("login", "password"), login=paper[0], password=paper[1])
    assert not finish(browser, page).forms_with("password")
    require_in(stage, browser, login)


def test_not_activated(stage: Post, browser: Browser, at_school: Browser) -> None:
    stopped = arrive(stage, browser, "sokolova.a")
    number = shown_case(stopped)
    clerk = Clerk(stage.town, at_school, "fomina")
    assert "риглашени" in clerk.open_case(number).text
    paper = _paper(clerk.send("/school/invites/print"))
    clerk.require_short()

    _by_paper(stage, browser, paper, "sokolova.a")
    assert "signed_in" == why_closed(stage.town, number)


@pytest.mark.parametrize(("code", "walk"), [(4004, diary_walks.invitation_used), (4005, diary_walks.invitation_expired)])
def test_paper_that_opens_nothing(stage: Post, browser: Browser, at_school: Browser, code: int, walk: Walk) -> None:
    stopped = walk(stage, browser)
    assert str(code) == code_on(stopped)
    number = shown_case(stopped)
    clerk = Clerk(stage.town, at_school, "tarasova")
    assert "риглашени" in clerk.open_case(number).text
    paper = _paper(clerk.send("/school/invites/print"))
    clerk.require_short()

    with Browser() as fresh:
        _by_paper(stage, fresh, paper, "krylova")
    assert "signed_in" == why_closed(stage.town, number)
    unlink(stage.town, "demo-krylova")


def test_a_taken_diary_needs_two_of_the_staff(stage: Post, browser: Browser, at_school: Browser) -> None:
    number = shown_case(arrive(stage, browser, "pavlova"))
    first = Clerk(stage.town, at_school, "andreeva")
    assert "связ" in first.open_case(number).text
    first.press("Перейти к связи")
    first.send("/school/people/demo-pavlova/access", deed="unlink", reason="паспорт")
    assert link_of(stage.town, "demo-pavlova") is not None
    with Browser() as beside:
        second = Clerk(stage.town, beside, "belova")
        second.open_case(number)
        second.press("Перейти к связи")
        second.send("/school/people/demo-pavlova/access", deed="confirm")
        assert "Школа своё сделала" in second.page.text, second.page.text
        second.require_short()
    first.require_short()

    require_in(stage, browser, "pavlova")
    assert "signed_in" == why_closed(stage.town, number)


def test_several_cards_and_a_case_of_nobody(stage: Post, browser: Browser, at_school: Browser) -> None:
    number = shown_case(arrive(stage, browser, "filippov"))
    clerk = Clerk(stage.town, at_school, "andreeva")
    assert "Пока не ясно, чьё это" in clerk.open_case(number).text
    clerk.search("Филиппов")
    clerk.send("/attach", person_id="demo-filippov")
    clerk.send("/school/people/demo-filippov", snils="002-000-212 24")
    clerk.require_short()

    require_in(stage, browser, "filippov")
    assert "signed_in" == why_closed(stage.town, number)


def test_nobody_was_found(stage: Post, browser: Browser, at_school: Browser) -> None:
    """The card is there, with a slip in the surname and without a SNILS."""
    born = {"birth_date": "1987-02-27", "sex": "M", "snils": None}
    rewrite_card(stage.town, "demo-vlasova", surname="Титав", name="Борис", patronymic="Маркович", **born)
    stopped = arrive(stage, browser, "titov")
    assert "3101" == code_on(stopped)
    number = shown_case(stopped)
    clerk = Clerk(stage.town, at_school, "fomina")
    assert "не нашлась" in clerk.open_case(number).text
    clerk.search("Титав")
    clerk.send("/attach", person_id="demo-vlasova")
    clerk.send("/school/people/demo-vlasova", surname="Титов", snils="002-000-247 35")
    clerk.require_short()

    require_in(stage, browser, "titov")
    assert "signed_in" == why_closed(stage.town, number)
    unlink(stage.town, "demo-vlasova")
    rewrite_card(stage.town, "demo-vlasova")


def test_what_the_person_said_is_wrong(stage: Post, browser: Browser, at_school: Browser) -> None:
    """Nothing was compared, so it is the school's word that it is right now; the person is in by the wizard all the while."""
    told = diary_walks.data_wrong(stage, browser)
    number = shown_case(told)
    clerk = Clerk(stage.town, at_school, "tarasova")
    assert "фамилия" in clerk.open_case(number).text
    clerk.press("Исправить в карточке")
    clerk.send("/school/people/demo-krylova", surname="Крылова-Новая")
    assert "Школа своё сделала" in clerk.page.text, clerk.page.text
    clerk.require_short()

    goes_on = browser.submit(browser.press(told, "Продолжить").form("phone", "email"), phone=PHONE, email=EMAIL)
    assert not choose_password(browser, goes_on).forms_with("password")
    rewrite_card(stage.town, "demo-krylova")


def test_a_role_the_service_is_not_for(stage: Post, browser: Browser, at_school: Browser) -> None:
    party = register(stage.town, "teachers", roles=("teacher",), first_party=True, default_region="38")
    stopped = stage.town.sign_in(browser, "sokolov", party.begin().url)
    assert "7009" == code_on(stopped), stopped.text
    number = shown_case(stopped)
    clerk = Clerk(stage.town, at_school, "fomina")
    assert "роль" in clerk.open_case(number).text
    clerk.press("Исправить в карточке")
    clerk.send("/school/people/demo-sokolov", roles=["parent", "teacher"])
    clerk.require_short()

    assert "code=" in came_to(stage.town.sign_in(browser, "sokolov", party.begin().url))
    assert "signed_in" == why_closed(stage.town, number)


@pytest.mark.parametrize(
    ("code", "login", "clerk_login", "fault"),
    [
        ("2109", "belova.d", "andreeva", ()),
        ("2112", "belova.d", "andreeva", ("rs", "being_checked")),
        ("2115", "orlova", "andreeva", ("rs", "no_name")),
        ("3113", "belov.t", "andreeva", ("rs", "no_parent")),
        ("3114", "morozov", "yershov", ()),
    ],
)
def test_what_no_school_can_mend(
    stage: Post, browser: Browser, at_school: Browser, code: str, login: str, clerk_login: str, fault: tuple[str, ...]
) -> None:
    """The page says so, and offers no button that would change a card."""
    stopped = spoilt(stage, browser, login, *fault) if fault else arrive(stage, browser, login)
    assert code == code_on(stopped)

    clerk = Clerk(stage.town, at_school, clerk_login)
    case = clerk.open_case(shown_case(stopped))

    assert "Со стороны школы делать ничего не нужно" in case.text, case.text
    for words in ("Исправить в карточке", "Выдать приглашение", "Найти человека"):
        assert not case.has_link(words)
        assert words not in case.text


def test_an_account_of_another_diary_is_for_the_region(stage: Post, browser: Browser, at_school: Browser) -> None:
    stopped = diary_walks.gosuslugi_taken(stage, browser)
    clerk = Clerk(stage.town, at_school, "tarasova")

    case = clerk.open_case(shown_case(stopped))

    assert "Госуслуги человека связаны с другим дневником" in case.text
    assert "Здесь поможет только поддержка региона" in case.text


def test_a_password_of_somebody_else(stage: Post, browser: Browser, at_school: Browser) -> None:
    """A parent with the child's paper, or a neighbour: the school gives the right person a paper of their own."""
    stopped = diary_walks.other_person(stage, browser)
    clerk = Clerk(stage.town, at_school, "tarasova")

    case = clerk.open_case(shown_case(stopped))

    assert "Волкова" not in stopped.text
    assert "Откройте родителя в карточке и выдайте ему приглашение" in case.text


def test_a_locked_password_is_opened_by_the_school(stage: Post, browser: Browser, at_school: Browser) -> None:
    locked = diary_walks.password_locked(stage, browser)
    assert "4002" == code_on(locked)
    clerk = Clerk(stage.town, at_school, "yershov")
    assert "парол" in clerk.open_case(shown_case(locked)).text.lower()
    clerk.send("/school/people/demo-zhdanova/access")
    assert "Школа своё сделала" in clerk.page.text, clerk.page.text
    clerk.require_short()

    page = show(browser, arrive(stage, browser, "zhdanova"), "zhdanova.diary")

    assert "4002" != code_on(page)
    assert link_of(stage.town, "demo-zhdanova") is not None
    unlink(stage.town, "demo-zhdanova")
    rewrite_card(stage.town, "demo-zhdanova")


def test_a_locked_login_says_the_same_whoever_has_it(stage: Post) -> None:
    """A number once, when it closes; another one the next time; none in between. Known or not."""
    told = {}
    for login in ("zhdanova.diary", "zhdanowa.diary"):
        first, second = _numbers_of_a_lock(stage, login), _numbers_of_a_lock(stage, login)
        assert first[0] != second[0]
        told[login] = [bool(number) for number in (*first, *second)]

    assert [True, False, True, False] == told["zhdanova.diary"] == told["zhdanowa.diary"]


def _numbers_of_a_lock(stage: Post, login: str) -> tuple[str, str]:
    """The case numbers on the page that closes a login, and on the one after it."""
    stage.town.clock.advance(timedelta(hours=25))
    with Browser() as fresh:
        form = page = arrive(stage, fresh, "titov")
        for _ in range(10):
            page = show(fresh, page, login, "wrong")
        late = show(fresh, fresh.open(form.url), login, "wrong")
    assert ("4002", "4002") == (code_on(page), code_on(late))
    return shown_case(page), shown_case(late)

"""More failures and what mends them: two cards, a paused sign-in, a SNILS that is not at Gosuslugi, a login changed before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.journeys.failures.clerk import Clerk, appoint
from tests.journeys.failures.other_times import MAY_2018
from tests.journeys.failures.stage import arrive, code_on, spoilt
from tests.journeys.school_walks import form_to, staff
from tests.journeys.test_every_failure_mended import require_in, why_closed
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.linking import link_of, show, shown_case, unlink
from tests.support.own import Post, at, enter, town_with_post
from tests.support.town import town
from tests.support.twins import paused, two_cards

ACCESS = "/school/people/demo-orlova/access"


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


def test_two_cards_are_made_one(stage: Post, browser: Browser, at_school: Browser) -> None:
    with two_cards(stage.town, "demo-orlova") as twin:
        stopped = arrive(stage, browser, "orlova")
        assert "3108" == code_on(stopped), stopped.text
        number = shown_case(stopped)
        clerk = Clerk(stage.town, at_school, "andreeva")
        assert "две карточки" in clerk.open_case(number).text
        clerk.press("Открыть двойников")
        clerk.send("/school/duplicates", deed=f"keep:demo-orlova:{twin}")
        clerk.require_short()

        require_in(stage, browser, "orlova")
        assert "signed_in" == why_closed(stage.town, number)
        assert link_of(stage.town, "demo-orlova") is not None
        undone = clerk.page.body.partition('value="undo:')[2].partition('"')[0]
        clerk.send("/school/duplicates", deed=f"undo:{undone}")
    unlink(stage.town, "demo-orlova")


def test_of_two_people_each_has_a_card(stage: Post, browser: Browser, at_school: Browser) -> None:
    """The school knows better than the number: from now on the diary password shows which card it is."""
    with two_cards(stage.town, "demo-belova") as twin:
        stopped = arrive(stage, browser, "belova")
        assert "3108" == code_on(stopped), stopped.text
        clerk = Clerk(stage.town, at_school, "andreeva")
        clerk.open_case(shown_case(stopped))
        clerk.press("Открыть двойников")
        clerk.send("/school/duplicates", deed=f"apart:demo-belova:{twin}")
        clerk.require_short()

        asked = arrive(stage, browser, "belova")
        assert "3107" in asked.text
        show(browser, asked, "belova.diary")

        assert (True, True) == (link_of(stage.town, "demo-belova") is not None, link_of(stage.town, twin) is None)
    unlink(stage.town, "demo-belova")


def test_cards_of_two_schools_are_for_the_region(stage: Post, browser: Browser, at_school: Browser) -> None:
    """Neither school learns of the other's card, and the page names none of them."""
    place = {"school": "29-002", "role": "teacher", "class_name": None, "left_on": None}
    with two_cards(stage.town, "demo-orlova", memberships=[place]):
        stopped = arrive(stage, browser, "orlova")
        assert "3108" == code_on(stopped), stopped.text
        assert ("№ 132" not in stopped.text, "№ 8" not in stopped.text) == (True, True)
        case = Clerk(stage.town, at_school, "andreeva").open_case(shown_case(stopped))
        assert "Здесь поможет только поддержка региона" in case.text
        assert not case.has_link("Открыть двойников")
        assert "№ 8" not in case.text

    require_in(stage, browser, "orlova")
    unlink(stage.town, "demo-orlova")


def test_who_left_the_other_school_is_not_stopped_for_good(stage: Post, browser: Browser) -> None:
    left = {"school": "29-002", "role": "teacher", "class_name": None, "left_on": "2026-06-01"}
    with two_cards(stage.town, "demo-orlova", memberships=[left]):
        asked = arrive(stage, browser, "orlova")
        assert "3107" in asked.text, asked.text
        show(browser, asked, "orlova.diary")
        assert link_of(stage.town, "demo-orlova") is not None
    unlink(stage.town, "demo-orlova")


def test_the_school_pauses_and_opens_a_sign_in(stage: Post, browser: Browser, at_school: Browser) -> None:
    require_in(stage, browser, "orlova")
    with Browser() as beside:
        staff(stage.town, beside, "andreeva")
        form = form_to(at(stage.town, beside, ACCESS), ACCESS)
        unsaid = beside.submit(form, deed="pause")
        assert (422, "Ошибка: ") == (unsaid.status, unsaid.title[:8])
        closed = beside.submit(form_to(unsaid, ACCESS), deed="pause", why="family", reason="решение суда")
        assert "Вход закрыт на время" in closed.text, closed.text
        assert "спор в семье" in closed.text and "решение суда" in closed.text
        assert "Открыто входов 0" in closed.text, closed.text

    stopped = arrive(stage, browser, "orlova")
    assert (403, "3204") == (stopped.status, code_on(stopped))
    assert "суд" not in stopped.text and "семье" not in stopped.text
    number = shown_case(stopped)
    clerk = Clerk(stage.town, at_school, "andreeva")
    case = clerk.open_case(number)
    assert "спор в семье" in case.text and "решение суда" in case.text, case.text
    clerk.send(ACCESS)
    assert "Школа своё сделала" in clerk.page.text, clerk.page.text
    clerk.require_short()

    require_in(stage, browser, "orlova")
    assert "signed_in" == why_closed(stage.town, number)


def test_what_security_has_paused_no_school_opens(stage: Post, browser: Browser, at_school: Browser) -> None:
    with paused(stage.town, "demo-orlova"):
        number = shown_case(arrive(stage, browser, "orlova"))
        clerk = Clerk(stage.town, at_school, "andreeva")
        case = clerk.open_case(number)
        assert "служба безопасности" in case.text and "Здесь поможет только поддержка региона" in case.text
        page = at(stage.town, at_school, ACCESS)
        assert "служба безопасности" in page.text and "Открыть вход" not in page.text
        forced = at_school.submit(form_to(page, ACCESS), deed="resume")
        assert "только поддержка региона" in forced.text, forced.text
        assert "3204" == code_on(arrive(stage, browser, "orlova"))

    require_in(stage, browser, "orlova")


def test_a_snils_that_gosuslugi_did_not_have(stage: Post, browser: Browser, at_school: Browser) -> None:
    """Either the person adds it there, or the diary login from the school does without."""
    stopped = spoilt(stage, browser, "semyonov", "rs", "no_snils")
    assert "2111" == code_on(stopped), stopped.text
    number = shown_case(stopped)
    assert "Поможет логин дневника" in Clerk(stage.town, at_school, "fomina").open_case(number).text
    require_in(stage, browser, "semyonov")
    assert "signed_in" == why_closed(stage.town, number)
    unlink(stage.town, "demo-semyonov")

    show(browser, spoilt(stage, browser, "semyonov", "rs", "no_snils"), "semyonov.diary")

    assert link_of(stage.town, "demo-semyonov") is not None
    unlink(stage.town, "demo-semyonov")


def test_a_standard_account_whose_snils_comes_later(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> None:
    """In 2018 a checked SNILS was enough; the school can do nothing about it."""
    with town(tmp_path_factory.mktemp("2018"), Clock(MAY_2018)) as built:
        post = Post(built, None, None)  # type: ignore[arg-type]
        stopped = spoilt(post, browser, "belova.d", "rs", "no_snils")
        assert "2110" == code_on(stopped), stopped.text
        number = shown_case(stopped)
        with Browser() as fresh:
            case = Clerk(built, fresh, "andreeva").open_case(number)
            assert "Со стороны школы делать ничего не нужно" in case.text, case.text

        require_in(post, browser, "belova.d")
        assert "signed_in" == why_closed(built, number)


def test_a_login_changed_before_is_given_anew_by_the_school(stage: Post, browser: Browser) -> None:
    enter(stage.town, browser, "semyonov", "38")
    browser.submit(at(stage.town, browser, "/me/login").form("login"), login="semyonov.new")
    stopped = at(stage.town, browser, "/me/login")
    assert "5010" == code_on(stopped), stopped.text
    with Browser() as beside:
        staff(stage.town, beside, "fomina", "38")
        card = "/school/people/demo-semyonov"
        saved = beside.submit(form_to(at(stage.town, beside, card), card), login="semyonov.third")
        assert "Сохранили" in saved.text, saved.text

    assert "semyonov.third" in at(stage.town, browser, "/me").text
    unlink(stage.town, "demo-semyonov")

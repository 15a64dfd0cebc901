"""The end of the wizard: Gosuslugi now where the region demands it, later where it does not, at once for who came from there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.invited import NEW_PASSWORD, finish, give_contacts, invited, say_right
from tests.support.page import Page
from tests.support.town import RP_HOST, Town, town
from tests.support.visits import cause_of, leave_esia


@pytest.fixture(scope="module")
def transition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The spring of 2018: in region 38 the diary password still opens the diary."""
    with town(tmp_path_factory.mktemp("town"), Clock(datetime(2018, 3, 1, 5, 0, tzinfo=UTC))) as built:
        yield built


def _onward(town: Town, browser: Browser, login: str, url: str) -> Page:
    """Through Gosuslugi and the page that tells of the link."""
    page = town.sign_in(browser, login, url, until=f"{town.issuer}/me")
    while page.status == 200 and page.has_link("Перейти в дневник"):
        page = town.sign_in(browser, login, page.link("Перейти в дневник").url, until=f"{town.issuer}/me")
    return page


def test_region_29_must_connect_now(sqlite_town: Town, browser: Browser) -> None:
    end = finish(browser, invited(sqlite_town, "demo-krylova").open(browser))
    assert "В вашем регионе входят только через Госуслуги" in end.text
    assert end.has_link("Связать Госуслуги") and not end.has_link("Позже")
    asked = browser.open(f"{end.url}/welcome/later")
    assert "Осталось связать Госуслуги" == asked.heading
    assert "Вход в электронный дневник" == browser.open(f"{sqlite_town.issuer}/me").heading


def test_the_day_of_the_rule_is_named_while_it_is_news(transition: Town, browser: Browser) -> None:
    end = finish(browser, invited(transition, "demo-krylova").open(browser))

    assert "С 1 октября 2017" in end.text
    assert "Связать Госуслуги" in end.text


def test_region_38_in_2018_may_wait(transition: Town, browser: Browser) -> None:
    guest = invited(transition, "demo-sokolova-a")
    end = finish(browser, guest.open(browser))
    assert "Потом будете входить одной кнопкой" in end.text

    home = browser.press(end, "Позже")

    assert f"{transition.issuer}/me" == home.url and "Алиса" in home.text
    with transition.house.app.app_context():
        assert transition.house.links.of_person("demo-sokolova-a") is None


def test_region_38_today_must_not_wait(sqlite_town: Town, browser: Browser) -> None:
    end = finish(browser, invited(sqlite_town, "demo-sokolova-a").open(browser))
    assert not end.has_link("Позже") and "только через Госуслуги" in end.text


def test_connecting_ties_by_proof(sqlite_town: Town, browser: Browser) -> None:
    guest = invited(sqlite_town, "demo-sokolova-a")
    end = finish(browser, guest.open(browser))

    page = _onward(sqlite_town, browser, "sokolova.a", end.link("Связать Госуслуги").url)

    assert f"{sqlite_town.issuer}/me" in (page.url, page.headers.get("location", "")), page.text[:600]
    with sqlite_town.house.app.app_context():
        assert sqlite_town.house.links.of_person(guest.person_id) is not None
    leave_esia(sqlite_town, browser)


def test_somebody_elses_gosuslugi_is_refused_and_nothing_tied(sqlite_town: Town, browser: Browser) -> None:
    guest = invited(sqlite_town, "demo-medvedev")
    end = finish(browser, guest.open(browser))

    page = _onward(sqlite_town, browser, "orlova", end.link("Связать Госуслуги").url)

    assert cause_of(page) in ("3115", "3202"), page.text[:500]
    with sqlite_town.house.app.app_context():
        assert sqlite_town.house.links.of_person(guest.person_id) is None
    leave_esia(sqlite_town, browser)


def test_back_from_gosuslugi_offers_it_again(sqlite_town: Town, browser: Browser) -> None:
    end = finish(browser, invited(sqlite_town, "demo-medvedev").open(browser))
    browser.open(end.link("Связать Госуслуги").url)
    back = browser.open(end.url)
    assert "Осталось связать Госуслуги" == back.heading and back.has_link("Связать Госуслуги")


def test_who_came_from_gosuslugi_is_tied_at_once(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> None:
    with town(tmp_path_factory.mktemp("town"), Clock()) as here:
        guest = invited(here, "demo-krylova")
        diary = here.relying_party()
        refused = here.sign_in(browser, "krylova", diary.begin().url)
        assert "3110" == cause_of(refused), refused.text[:500]

        page = browser.press(refused, "Ввести приглашение")
        page = browser.submit(page.form("login", "password"), login=guest.login, password=guest.password)
        page = give_contacts(browser, say_right(browser, page))
        typed = {"password": NEW_PASSWORD, "password_repeat": NEW_PASSWORD, "rules": "yes"}
        sent = browser.submit(page.form("password"), follow=False, **typed)
        end = here.sign_in(browser, "krylova", sent.refresh)

        assert end.headers["location"].startswith(RP_HOST)
        with here.house.app.app_context():
            assert here.house.links.of_person(guest.person_id) is not None


def test_the_proof_ends_with_the_attempt(sqlite_town: Town, browser: Browser) -> None:
    guest = invited(sqlite_town, "demo-medvedev")
    end = finish(browser, guest.open(browser))
    connect = end.link("Связать Госуслуги").url
    sqlite_town.clock.advance(timedelta(minutes=16))
    late = browser.open(connect, follow=False)
    assert late.status in (401, 410), late.text[:300]
    with Browser() as other:
        assert 400 == other.open(connect).status

"""Trouble with Gosuslugi and planned work, as the start page and the status page tell them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from broker.audit.event import Actor
from broker.console.desk_making import planned_desk
from broker.login.upstream_health import UpstreamHealth
from tests.support.browser import Browser
from tests.support.clock import FIRST_BELL, Clock
from tests.support.town import Town, town

pytestmark = pytest.mark.xdist_group("status-and-banners")


@pytest.fixture(scope="module")
def planned_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Work is planned for two hours, three days from now."""
    clock = Clock()
    begin = (clock.now() + timedelta(days=3)).astimezone(UTC).replace(microsecond=0)
    changes = {
        "BROKER_SCREENS__PLANNED_FROM": begin.isoformat(),
        "BROKER_SCREENS__PLANNED_UNTIL": (begin + timedelta(hours=2)).isoformat(),
    }
    with town(tmp_path_factory.mktemp("town"), clock, changes) as built:
        yield built


@pytest.fixture(scope="module")
def long_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Work that begins an hour after the first bell (eight in Moscow) and lasts two days."""
    begin = FIRST_BELL + timedelta(hours=1)
    changes = {
        "BROKER_SCREENS__PLANNED_FROM": begin.isoformat(),
        "BROKER_SCREENS__PLANNED_UNTIL": (begin + timedelta(days=2)).isoformat(),
    }
    with town(tmp_path_factory.mktemp("long"), Clock(), changes) as built:
        yield built


def start(place: Town, browser: Browser) -> str:
    return browser.open(f"{place.issuer}/login?region=29").text


def status(place: Town, browser: Browser) -> str:
    return browser.open(f"{place.issuer}/status").text


def told(instant: datetime) -> str:
    """As the pages of region 29 tell a time."""
    return f"{instant.astimezone(UTC) + timedelta(hours=3):%H:%M} (Москва)"


def test_without_trouble_nothing_is_said(sqlite_town: Town, browser: Browser) -> None:
    assert "Госуслуги сейчас отвечают не всем" not in start(sqlite_town, browser)
    assert "Всё работает. Проверили в" in status(sqlite_town, browser)


def test_work_that_staff_plan_is_told_and_shuts_the_door_until_it_is_taken_back(sqlite_town: Town, browser: Browser) -> None:
    house, clock = sqlite_town.house, sqlite_town.clock
    desk = planned_desk(house, house.outside, house.planned, "Europe/Moscow")
    begin, until = clock.now() + timedelta(minutes=5), clock.now() + timedelta(hours=1)
    with house.app.app_context():
        planned = desk.plan(begin.isoformat(), until.isoformat(), Actor("cli", "somebody"))

    assert f"до {until.astimezone(UTC) + timedelta(hours=3):%H:%M}" in start(sqlite_town, browser)
    assert "Плановые работы:" in status(sqlite_town, browser)
    clock.advance(timedelta(minutes=6))
    assert "Идут плановые работы" in start(sqlite_town, browser)
    with house.app.app_context():
        desk.withdraw(planned["id"], Actor("cli", "somebody"))
    clock.advance(timedelta(seconds=11))
    assert "Войти через Госуслуги" in start(sqlite_town, browser)
    assert "Плановые работы:" not in status(sqlite_town, browser)


def test_trouble_is_told_to_everybody_and_the_button_stays(sqlite_town: Town, browser: Browser) -> None:
    health = UpstreamHealth(sqlite_town.house.shelf, sqlite_town.clock.now)
    began = sqlite_town.clock.now()
    with sqlite_town.house.app.app_context():
        for _ in range(20):
            health.failed("esia", 2101)
    sqlite_town.clock.advance(timedelta(seconds=11))

    page = start(sqlite_town, browser)
    assert f"Госуслуги сейчас отвечают не всем. Проверили в {told(sqlite_town.clock.now())}." in page
    assert "Войти через Госуслуги" in page
    assert f"Вход через Госуслуги сейчас с перебоями. С {told(began)}." in status(sqlite_town, browser)

    landed = sqlite_town.sign_in(browser, "orlova", f"{sqlite_town.issuer}/login?region=29", "Архангельская")
    assert landed.url.endswith("/me")
    sqlite_town.clock.advance(timedelta(seconds=11))
    with Browser() as other:
        assert "Госуслуги сейчас отвечают не всем" not in start(sqlite_town, other)
        assert "Всё работает. Проверили в" in status(sqlite_town, other)


def test_failures_of_real_sign_ins_are_what_counts(sqlite_town: Town) -> None:
    health = UpstreamHealth(sqlite_town.house.shelf, sqlite_town.clock.now)
    with sqlite_town.house.app.app_context():
        for _ in range(19):
            health.failed("esia", 2102)
    sqlite_town.arm("te", "error_503")
    with Browser() as person:
        page = sqlite_town.sign_in(person, "orlova", f"{sqlite_town.issuer}/login?region=29", "Архангельская")
        assert page.status >= 500, page.text[:300]
    sqlite_town.clock.advance(timedelta(seconds=11))

    with Browser() as other:
        assert "Госуслуги сейчас отвечают не всем" in start(sqlite_town, other)


def test_planned_work_is_announced_and_forgotten_when_it_is_over(planned_town: Town, browser: Browser) -> None:
    assert "войти не получится: плановые работы" in start(planned_town, browser)
    assert "Плановые работы:" in status(planned_town, browser)

    planned_town.clock.advance(timedelta(days=3, hours=2, seconds=1))
    assert "плановые работы" not in start(planned_town, browser)
    assert "Плановые работы" not in status(planned_town, browser)


def test_the_end_of_long_work_is_told_with_its_day(long_town: Town, browser: Browser) -> None:
    assert "1 сентября 2026 с 09:00 (Москва) до 3 сентября 2026, 09:00 (Москва) войти" in start(long_town, browser)
    assert "С 09:00 (Москва) до 3 сентября 2026, 09:00 (Москва)." in status(long_town, browser)

    long_town.clock.advance(timedelta(hours=2))
    assert "Войти можно будет с 3 сентября 2026, 09:00 (Москва)." in start(long_town, browser)

    long_town.clock.at = FIRST_BELL + timedelta(days=2)
    assert "Войти можно будет с 09:00 (Москва)." in start(long_town, browser)


def test_a_silent_diary_is_told_once_three_people_have_met_it(sqlite_town: Town, browser: Browser) -> None:
    health = UpstreamHealth(sqlite_town.house.shelf, sqlite_town.clock.now)
    began = sqlite_town.clock.now()
    with sqlite_town.house.app.app_context():
        # One person who tries again and again is one person.
        for attempt in ("one", "one", "one", "two"):
            health.silent(attempt)
    sqlite_town.clock.advance(timedelta(seconds=11))
    assert "Дневник сейчас отвечает" not in start(sqlite_town, browser)

    with sqlite_town.house.app.app_context():
        health.silent("three")
    sqlite_town.clock.advance(timedelta(seconds=11))
    assert f"Дневник сейчас отвечает не всем. Проверили в {told(sqlite_town.clock.now())}." in start(sqlite_town, browser)
    page = status(sqlite_town, browser)
    assert f"Дневник сейчас отвечает с перебоями. С {told(began)}." in page
    assert "Всё работает" not in page

    assert sqlite_town.sign_in(browser, "orlova", f"{sqlite_town.issuer}/login?region=29", "Архангельская").url.endswith("/me")
    sqlite_town.clock.advance(timedelta(seconds=11))
    with Browser() as other:
        assert "Дневник сейчас отвечает" not in start(sqlite_town, other)
        assert "Всё работает" in status(sqlite_town, other)

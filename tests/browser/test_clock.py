"""A device whose clock is wrong, in a real browser: told once, never stopped; and an old page is no wrong clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Route

from examples.demo.house import DemoHouse
from tests.browser.looks import complaints
from tests.browser.newcomer import Newcomer

Arrive = Callable[..., Newcomer]
HOUR = timedelta(hours=1)


def start(person: Newcomer, off: timedelta) -> list[str]:
    """Open the start page with a clock that is `off`; the addresses that the page asks for meanwhile."""
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.url.removeprefix(person.house.issuer)))
    person.page.clock.set_fixed_time(datetime.now(UTC) + off)
    person.open(f"{person.house.issuer}/login?region=29")
    person.page.wait_for_load_state("networkidle")
    return asked


def is_at_start(person: Newcomer) -> bool:
    return 1 == person.page.locator('main a.btn[href*="/to/"]').count()


@pytest.mark.parametrize(("language", "off"), [("ru", -2 * HOUR), ("en", 400 * 24 * HOUR)])
def test_a_wrong_clock_is_told_and_the_button_leads_on(newcomer: Arrive, language: str, off: timedelta) -> None:
    person = newcomer(language)
    said: list[str] = []
    person.page.on("console", lambda message: said.append(message.text))

    start(person, off)
    person.page.wait_for_url(re.compile(r"/clock/\d+z-?\d+$"))
    title = {"ru": "На устройстве сбились часы", "en": "The clock on your device is wrong"}[language]
    assert title == person.page.locator("h1").inner_text()
    assert "1008" in person.page.locator("main").inner_text()
    assert [] == complaints(person.page)
    # The page itself answers 400, which Chromium writes down; a policy that stops the script would be something else.
    assert [] == [text for text in said if "Content Security Policy" in text]

    person.press("main a.btn")
    person.page.wait_for_load_state("networkidle")

    assert is_at_start(person)
    person.to_esia()
    assert person.page.url.startswith(person.house.mock_esia)


@pytest.mark.parametrize("off", [timedelta(0), timedelta(minutes=4), timedelta(minutes=-4)])
def test_a_clock_that_is_almost_right_asks_nothing(newcomer: Arrive, off: timedelta) -> None:
    person = newcomer()

    asked = start(person, off)

    assert is_at_start(person)
    assert [] == [path for path in asked if "/clock" in path and not path.startswith("/static/")]


def test_an_old_page_is_no_wrong_clock(newcomer: Arrive) -> None:
    """As when the browser shows again what it has kept since yesterday."""
    person = newcomer()

    def kept(route: Route) -> None:
        answer = route.fetch()
        yesterday = int((datetime.now(UTC) - 24 * HOUR).timestamp() * 1000)
        route.fulfill(response=answer, body=re.sub(r'data-at="\d+"', f'data-at="{yesterday}"', answer.text()))

    asked = start(person, timedelta(0))
    person.page.route(person.page.url, kept)
    person.page.reload()
    person.page.wait_for_load_state("networkidle")

    assert "/login/clock" in asked
    assert is_at_start(person)


def test_a_server_that_does_not_say_the_time_stops_nobody(newcomer: Arrive) -> None:
    person = newcomer()
    person.page.route("**/login/clock", lambda route: route.abort())

    start(person, 2 * HOUR)

    assert is_at_start(person)


def test_without_scripts_a_wrong_clock_changes_nothing(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer(java_script_enabled=False)
    start(person, 2 * HOUR)

    assert is_at_start(person)

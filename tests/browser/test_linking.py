"""The forms of a diary password in a real Chromium, which would stop a redirect to a service after a form (screens.md 4.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.support.clock import Clock
from tests.support.linking import PASSWORD, as_before, give_password
from tests.support.relying_party import RelyingParty
from tests.support.serving import address_of, bound, serving
from tests.support.town import Town, town
from tests.support.visits import register

ZHDANOVA = "demo-zhdanova"


@pytest.fixture(scope="module")
def here(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, RelyingParty]]:
    """May 2018, when region 38 had both ways in; and a service that is really there."""
    service = Flask("service")
    service.add_url_rule("/back", "back", lambda: "arrived")
    listener = bound()
    clock = Clock(datetime(2018, 5, 14, 6, tzinfo=UTC))
    with serving(listener, service), town(tmp_path_factory.mktemp("town"), clock) as built:
        give_password(built, ZHDANOVA)
        back = (f"{address_of(listener)}/back",)
        yield built, register(built, "seen", first_party=True, redirect_uris=back, default_region="38")


@pytest.fixture(params=[False, True], ids=["scripts off", "scripts on"])
def window(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[[], Page]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(_window(chromium, request.param))


@contextmanager
def _window(chromium: Browser, scripts: bool) -> Iterator[Page]:
    size = {"width": 360, "height": 740}
    context = chromium.new_context(viewport=size, locale="ru-RU", java_script_enabled=scripts)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def _press(page: Page, label: str) -> None:
    page.locator("main .btn", has_text=label).click()
    page.wait_for_load_state()


def _show_password(page: Page, button: str, password: str = PASSWORD) -> None:
    page.fill("[name=login]", "zhdanova.diary")
    page.fill("[name=password]", password)
    _press(page, button)


def _at_esia(page: Page) -> None:
    page.fill("[name=login]", "zhdanova")
    page.fill("[name=password]", "demo")
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    allow = page.locator('button[name=decision][value="allow"]')
    # Asked once a person, not once a browser.
    if allow.count():
        allow.click()
        page.wait_for_load_state()


def test_from_the_proof_to_the_service_and_later_by_password(
    here: tuple[Town, RelyingParty], window: Callable[[], Page]
) -> None:
    built, party = here
    page = window()
    # The house stands in another time than the machine, and its start page would tell so.
    page.clock.set_system_time(built.clock.now())
    page.goto(party.begin().url)
    _press(page, "Войти через Госуслуги")
    _at_esia(page)
    _show_password(page, "Связать и войти", "wrong")
    assert "Ошибка: " in page.title()
    assert "zhdanova.diary" == page.input_value("[name=login]")
    assert "" == page.input_value("[name=password]")

    _show_password(page, "Связать и войти")
    _press(page, "Перейти в «Кружок»")
    page.wait_for_url(f"{party.redirect_uri}?code=*")

    # Connected, so the password leads straight to the service: by a page of ours, not by a redirect.
    again = window()
    again.clock.set_system_time(built.clock.now())
    again.goto(party.begin().url)
    _show_password(again, "Войти по логину")
    again.wait_for_url(f"{party.redirect_uri}?code=*")
    as_before(built, ZHDANOVA)

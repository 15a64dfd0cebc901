"""Passkeys of staff in a real Chromium with a virtual authenticator: made, shown, and saying yes to a dangerous act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Page, expect

from examples.demo.house import DemoHouse
from tests.browser.newcomer import Newcomer

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def officer(newcomer: Callable[..., Newcomer], house: DemoHouse) -> Newcomer:
    """An officer who stands before the first passkey; the console has a name, the sign-in an address."""
    somebody = newcomer()
    somebody.open(f"{house.console}/admin")
    assert somebody.page.url.startswith(f"{house.issuer}/login/")
    somebody.choose_region("29")
    somebody.to_esia()
    somebody.at_esia("yakovlev")
    if somebody.page.url.startswith(house.mock_esia):
        somebody.decide()
    somebody.page.wait_for_url(f"{house.console}/admin/**")
    return somebody


@contextmanager
def device(page: Page, **changes: bool) -> Iterator[CDPSession]:
    """A device with a fingerprint reader, as the browser sees it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, **changes}})
    try:
        yield session
    finally:
        session.detach()


def heading(page: Page) -> str:
    return str(page.locator("h1").inner_text())


def test_an_officer_makes_a_passkey_and_says_yes_to_one_act(officer: Newcomer, house: DemoHouse) -> None:
    page = officer.page
    with device(page):
        assert "Создайте ключ входа" == heading(page)
        page.fill("[name=name]", "ноутбук")
        page.locator("form[data-passkey] button").click()
        expect(page.locator("h1")).to_have_text("Состояние входа")

        officer.open(f"{house.console}/admin/clients/olympiads")
        officer.press('button[name=decision][value="pause"]')
        assert "Подтвердите ключом входа" == heading(page)
        assert 0 == Axe().run(page).violations_count
        page.locator("form[data-passkey] button").click()
        expect(page.locator("[role=status]")).to_have_text("Вход в сервис приостановлен.")
        officer.press('button[name=decision][value="resume"]')
        page.locator("form[data-passkey] button").click()
        expect(page.locator("[role=status]")).to_have_text("Вход в сервис снова открыт.")


def test_a_device_without_a_finger_on_it_opens_nothing(officer: Newcomer) -> None:
    page = officer.page
    with device(page, isUserVerified=False):
        # Whether the page asks for a first passkey or for the one of the other test.
        page.locator("form[data-passkey] button").click()

        expect(page.locator("#passkey-failed")).to_be_visible()
        assert page.url.endswith("/admin/passkey")


def test_without_scripts_the_page_says_what_it_needs(newcomer: Callable[..., Newcomer], house: DemoHouse) -> None:
    somebody = newcomer(java_script_enabled=False)
    somebody.open(f"{house.console}/admin")
    somebody.choose_region("29")
    somebody.to_esia()
    somebody.at_esia("gerasimova")
    if somebody.page.url.startswith(house.mock_esia):
        somebody.decide()
    somebody.page.wait_for_url(f"{house.console}/admin/**")

    assert "Ключ входа работает только с JavaScript." in somebody.page.locator("main").inner_text()


def test_the_code_of_a_link_is_read_from_behind_its_mark(newcomer: Callable[..., Newcomer], house: DemoHouse) -> None:
    somebody = newcomer()
    somebody.open(f"{house.console}/admin/start#secret-code")

    expect(somebody.page.locator("[name=link]")).to_have_value("secret-code")
    assert f"{house.console}/admin/start" == somebody.page.url

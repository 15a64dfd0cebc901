"""The wizard of the first sign-in in a real browser: with scripts and without, to the service, and when time runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.support.clock import FIRST_BELL, Clock
from tests.support.invited import EMAIL, NEW_PASSWORD, PHONE, Invited, invited
from tests.support.serving import address_of, bound, serving
from tests.support.town import Town, town
from tests.support.visits import register

Arrive = Callable[..., Page]


@pytest.fixture(scope="module")
def here(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Asked for after the browser: without one there is no need to build anything."""
    with town(tmp_path_factory.mktemp("town"), Clock()) as built:
        yield built


@pytest.fixture
def arrive(chromium: Browser) -> Iterator[Arrive]:
    """Makes windows of people with browsers of their own."""
    with ExitStack() as stack:

        def window(**options: bool) -> Page:
            context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="ru-RU", **options)  # type: ignore[arg-type]
            stack.callback(context.close)
            context.set_default_timeout(20_000)
            page = context.new_page()
            # The house stands in another time than the machine, and its start page would tell so.
            page.clock.set_system_time(FIRST_BELL)
            return page

        yield window


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def press(page: Page, label: str) -> None:
    """The one main button."""
    page.locator("main .btn", has_text=label).click()
    page.wait_for_load_state()


def open_invitation(page: Page, guest: Invited) -> None:
    page.fill("[name=login]", guest.login)
    page.fill("[name=password]", guest.password)
    press(page, "Дальше")


def to_the_password(page: Page, guest: Invited) -> None:
    open_invitation(page, guest)
    press(page, "Верно, дальше")
    page.fill("[name=phone]", PHONE)
    page.fill("[name=email]", EMAIL)
    press(page, "Дальше")


def choose_password(page: Page) -> None:
    page.fill("[name=password]", NEW_PASSWORD)
    repeat = page.locator("[name=password_repeat]")
    if repeat.count():
        repeat.fill(NEW_PASSWORD)
    page.check("[name=rules]")
    press(page, "Готово")


def at_esia(page: Page, login: str) -> None:
    page.fill("[name=login]", login)
    page.fill("[name=password]", "demo")
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    allow = page.locator('button[name=decision][value="allow"]')
    if allow.count():
        allow.click()
        page.wait_for_load_state()


@pytest.mark.parametrize(("scripts", "who"), [(False, "krylova"), (True, "sokolova.a")], ids=["scripts off", "scripts on"])
def test_from_the_paper_to_ones_own_page(here: Town, arrive: Arrive, scripts: bool, who: str) -> None:
    guest = invited(here, {"krylova": "demo-krylova", "sokolova.a": "demo-sokolova-a"}[who])
    page = arrive(java_script_enabled=scripts)
    page.goto(f"{here.issuer}/first")

    to_the_password(page, guest)
    choose_password(page)
    assert "Осталось связать Госуслуги" == heading(page)
    press(page, "Связать Госуслуги")
    at_esia(page, who)
    if page.locator("main .btn", has_text="Перейти").count():
        press(page, "Перейти")

    assert f"{here.issuer}/me" == page.url, page.locator("main").inner_text()


def test_who_came_from_gosuslugi_reaches_the_service(tmp_path: Path, arrive: Arrive) -> None:
    """After the last form the browser goes to another host: Chromium would stop a redirect there (screens.md 4.5)."""
    service = Flask("service")
    service.add_url_rule("/back", "back", lambda: "arrived")
    listener = bound()
    address = address_of(listener)
    with serving(listener, service), town(tmp_path, Clock()) as built:
        guest, page = invited(built, "demo-krylova"), arrive()
        party = register(built, "seen", first_party=True, redirect_uris=(f"{address}/back",))
        page.goto(party.begin().url)
        page.locator("main a.btn").click()
        page.wait_for_load_state()
        at_esia(page, "krylova")
        press(page, "Ввести приглашение")
        to_the_password(page, guest)
        choose_password(page)

        page.wait_for_url(f"{address}/back?code=*")


def test_staying_and_running_out_of_time(here: Town, arrive: Arrive) -> None:
    guest, page = invited(here, "demo-medvedev"), arrive()
    page.clock.install()
    page.goto(f"{here.issuer}/first")
    open_invitation(page, guest)
    press(page, "Верно, дальше")
    until = page.locator("#until").inner_text()
    page.fill("[name=phone]", PHONE)

    here.clock.advance(timedelta(minutes=13))
    page.clock.fast_forward("13:05")
    expect(page.locator("dialog")).to_be_visible()
    assert "Через 2 минуты" in page.locator("dialog").inner_text()
    page.locator("#stay").click()
    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator("#until")).not_to_have_text(until)
    assert PHONE == page.input_value("[name=phone]")

    here.clock.advance(timedelta(minutes=16))
    page.clock.fast_forward("15:05")
    expect(page.locator("h1")).to_have_text("Вас долго не было")
    assert PHONE not in page.content()
    press(page, "Войти и продолжить")
    open_invitation(page, guest)

    assert "Шаг 2" in heading(page)
    assert PHONE == page.input_value("[name=phone]")


def test_a_password_is_weighed_in_words_and_the_layout_told(here: Town, arrive: Arrive) -> None:
    page = arrive()
    page.goto(f"{here.issuer}/first")
    to_the_password(page, invited(here, "demo-medvedev"))
    said, layout = page.locator("[data-strength]"), page.locator("[data-layout]")
    for typed, words in (("qwe", "слабый"), ("qwertyuiop", "нормальный"), ("three cats and a boat", "хороший")):
        page.fill("[name=password]", typed)
        assert words in said.inner_text()
    assert "" == layout.inner_text()
    page.fill("[name=password]", "йцукен")
    assert "русская раскладка" in layout.inner_text()
    assert 0 == page.locator("[name=password_repeat]").count()

"""The ways to sign in as their owner sees and changes them: password, login, Gosuslugi; what matters asks for a fresh sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from broker.audit.event import SYSTEM
from tests.support.browser import Browser
from tests.support.own import NEW_PASSWORD, PASSWORD, Post, at, enter, enter_by_password, new, submit, town_with_post
from tests.support.visits import cause_of

ORLOVA = "orlova@example.org"
MATTERS = ("/me/login", "/me/phone", "/me/email", "/me/unlink")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """Today: everybody comes through Gosuslugi only."""
    with town_with_post(tmp_path_factory.mktemp("town")) as built:
        yield built


@pytest.fixture(scope="module")
def then(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """May 2018: region 38 lets people in by diary password as well."""
    with town_with_post(tmp_path_factory.mktemp("town"), datetime(2018, 5, 14, 6, tzinfo=UTC)) as built:
        yield built


def test_the_profile_shows_ways_in_and_nothing_in_full(here: Post, browser: Browser) -> None:
    page = enter(here.town, browser, "orlova")

    assert (200, "Мой профиль") == (page.status, page.heading)
    linked, masked = "связаны 1 сентября 2026", ("o•••@example.org", "+7 ••• •••-••-01", "•••-•••-••• 24")
    for shown in (linked, "orlova.diary", *masked, "Школа № 132"):
        assert shown in page.text, shown
    for hidden in (ORLOVA, "+79000000001", "00200010724", "002-000-107", "demo-orlova"):
        assert hidden not in page.body, hidden


@pytest.mark.parametrize("path", ["/me", "/me/password", "/me/devices", "/me/permissions", *MATTERS])
def test_a_stranger_is_led_to_the_sign_in(here: Post, browser: Browser, path: str) -> None:
    page = at(here.town, browser, path)

    assert "/login" in page.url
    assert "Орлова" not in page.text


@pytest.mark.parametrize("path", MATTERS)
def test_what_matters_asks_for_a_fresh_sign_in_and_comes_back(here: Post, browser: Browser, path: str) -> None:
    enter(here.town, browser, "orlova")
    here.town.clock.advance(timedelta(minutes=10))
    assert at(here.town, browser, path).url.endswith(path)
    here.town.clock.advance(timedelta(seconds=1))

    stale = at(here.town, browser, path)

    assert stale.has_link("Войти через Госуслуги"), stale.text
    back = here.town.sign_in(browser, "orlova", stale.link("Войти через Госуслуги").url)
    assert back.url.endswith(path)


def test_a_form_that_was_opened_in_time_does_nothing_when_posted_late(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "dorofeev")
    form = at(here.town, browser, "/me/login").form("login")
    here.town.clock.advance(timedelta(minutes=11))

    late = browser.submit(form, login="dorofeev.new")

    assert late.has_link("Войти через Госуслуги")
    assert "dorofeev.diary" in at(here.town, browser, "/me").text


def test_a_new_password_after_gosuslugi_ends_the_other_devices_and_is_told(here: Post, browser: Browser) -> None:
    with Browser() as elsewhere:
        enter(here.town, elsewhere, "orlova")
        enter(here.town, browser, "orlova")
        form = at(here.town, browser, "/me/password").form("password")
        assert "old_password" not in form.fields

        done = browser.submit(form, **new())

        assert ("/me", True) == (done.url.removeprefix(here.town.issuer), "Пароль сменили" in done.text), done.text
        assert "Пароль сменили" not in at(here.town, browser, "/me").text
        assert "/login" in at(here.town, elsewhere, "/me").url
    letters = [mail for mail in here.mails(ORLOVA) if "Пароль от дневника сменили" in mail.text]
    assert [f"{here.town.issuer}/recover"] == [mail.text.split("Нажмите: ")[1].split()[0] for mail in letters]
    again = browser.submit(form, **new("другой пароль совсем"))
    assert ("/me", 200) == (again.url.removeprefix(here.town.issuer), again.status)
    with here.town.house.app.app_context():
        assert here.town.house.credentials.check("orlova.diary", NEW_PASSWORD)


def test_later_the_old_password_is_asked_for_and_guesses_are_counted(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "andreeva")
    here.town.clock.advance(timedelta(minutes=11))
    page = at(here.town, browser, "/me/password")
    assert page.has_link("Войдите через Госуслуги ещё раз")

    wrong = browser.submit(page.form("old_password"), old_password="not it", **new())

    assert (400, True) == (wrong.status, wrong.title.startswith("Ошибка: "))
    assert "Этот пароль не подошёл. Осталось попыток: 9" in wrong.text
    assert "not it" not in wrong.body
    assert NEW_PASSWORD not in wrong.body
    bad = browser.submit(wrong.form("old_password"), old_password=PASSWORD, **new("12345678"))
    assert "Этот пароль знают многие" in bad.text
    done = browser.submit(bad.form("old_password"), old_password=PASSWORD, **new())
    assert "Пароль сменили" in done.text
    closed = done
    for _ in range(10):
        closed = submit(here.town, browser, "/me/password", old_password="guess", **new("ещё один пароль"))
    assert "4002" == cause_of(closed)
    right = submit(here.town, browser, "/me/password", old_password=NEW_PASSWORD, **new("ещё один пароль"))
    assert "4002" == cause_of(right)


def test_without_scripts_both_fields_must_agree(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "dorofeev")

    page = submit(here.town, browser, "/me/password", password=NEW_PASSWORD, password_repeat="три слона у моря")

    assert "Пароли разные" in page.text


def test_the_login_can_be_changed_once(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "dorofeev")
    for typed, said in (("", "Введите логин"), ("Дорофеев", "латинские буквы"), ("orlova.diary", "Такой логин занят")):
        page = submit(here.town, browser, "/me/login", login=typed)
        assert (400, True) == (page.status, said in page.text), page.text
        assert typed == page.form("login").fields["login"]
    form = page.form("login")

    done = browser.submit(form, login="dorofeev.new")

    assert "Логин сменили" in done.text
    assert "dorofeev.new" in done.text
    assert not done.has_link("Сменить логин")
    assert "5010" == cause_of(at(here.town, browser, "/me/login"))
    twice = browser.submit(form, login="dorofeev.third")
    assert "dorofeev.new" in at(here.town, browser, "/me").text
    assert "dorofeev.third" not in twice.text


def test_two_windows_change_the_login_once(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "andreeva")
    one, other = (at(here.town, browser, "/me/login").form("login") for _ in range(2))
    browser.submit(one, login="andreeva.one")

    second = browser.submit(other, login="andreeva.two")

    assert "5010" == cause_of(second)
    assert "andreeva.one" in at(here.town, browser, "/me").text


def test_a_region_of_gosuslugi_only_keeps_the_link(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "orlova")
    profile, page = at(here.town, browser, "/me"), at(here.town, browser, "/me/unlink")

    for told in (profile, page):
        assert "В вашем регионе входят только через Госуслуги. Отвязать может школа." in told.text
    assert "Отвязать Госуслуги" not in profile.text
    assert not page.forms_with("form_key")


def test_unlinking_needs_another_way_in(then: Post, browser: Browser) -> None:
    with then.town.house.app.app_context():
        then.town.house.credentials.remove("demo-fomina", SYSTEM)
    enter(then.town, browser, "fomina", "38")

    page = at(then.town, browser, "/me/unlink")

    assert "Сначала задайте пароль от дневника" in page.text
    assert not page.forms_with("form_key")
    page = browser.press(page, "Задать пароль")
    browser.submit(page.form("password"), **new())
    assert at(then.town, browser, "/me/unlink").forms_with("form_key")


def test_a_form_from_before_does_not_take_the_last_way_in(then: Post, browser: Browser) -> None:
    enter(then.town, browser, "tarasov", "38")
    form = at(then.town, browser, "/me/unlink").form("form_key")
    with then.town.house.app.app_context():
        then.town.house.credentials.remove("demo-tarasov", SYSTEM)

    page = browser.submit(form)

    assert "Сначала задайте пароль от дневника" in page.text
    assert "связаны" in at(then.town, browser, "/me").text


def test_unlinking_signs_out_everywhere_and_the_password_still_opens(then: Post, browser: Browser) -> None:
    with Browser() as elsewhere:
        enter(then.town, elsewhere, "ilina", "38")
        enter(then.town, browser, "ilina", "38")
        form = at(then.town, browser, "/me/unlink").form("form_key")

        done = browser.submit(form)

        assert ("/me/unlinked", "Госуслуги отвязаны") == (done.url.removeprefix(then.town.issuer), done.heading)
        assert "/login" in browser.submit(form).url
        assert "/me/unlinked" in at(then.town, elsewhere, "/me").url
        assert "/login" in at(then.town, elsewhere, "/me").url
    page = enter_by_password(then.town, browser, "ilina.diary")
    assert ("Мой профиль", True) == (page.heading, "не связаны" in page.text)

    tied = then.town.sign_in(browser, "ilina", page.link("Связать Госуслуги").url)
    assert "Готово. Госуслуги и дневник связаны" == tied.heading, tied.text
    back = browser.press(tied, "Открыть профиль")

    assert ("Мой профиль", True) == (back.heading, "связаны 14 мая 2018" in back.text), back.text
    assert not back.has_link("Связать Госуслуги")


def test_a_diary_password_never_proves_more_than_itself(then: Post, browser: Browser) -> None:
    enter_by_password(then.town, browser, "chernov.diary")

    form = at(then.town, browser, "/me/password").form("old_password", "password")

    page = browser.submit(form, old_password="", **new())
    assert "Этот пароль не подошёл" in page.text

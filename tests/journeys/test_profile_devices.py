"""Where somebody is signed in: told apart, ended from elsewhere with everything that hangs on it, remembered for ninety days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.browser import Browser
from tests.support.own import FIREFOX, PHONE, Post, at, enter, town_with_post
from tests.support.visits import cause_of, signed_in


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with town_with_post(tmp_path_factory.mktemp("town")) as built:
        yield built


@pytest.fixture
def browser() -> Iterator[Browser]:
    with using(FIREFOX) as fresh:
        yield fresh


def using(header: str) -> Browser:
    fresh = Browser()
    fresh.session.headers["User-Agent"] = header
    return fresh


def test_every_device_is_named_and_this_one_is_marked(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "orlova")
    assert "Вы вошли только на этом устройстве" in at(here.town, browser, "/me/devices").text
    with using(PHONE) as phone:
        enter(here.town, phone, "orlova")
        page = at(here.town, browser, "/me/devices")

    assert "Firefox, Windows это вы" in page.text
    assert "Chrome, Android" in page.text
    assert "Архангельская область" in page.text
    assert "08:00 (Москва)" in page.text
    for header in (FIREFOX, PHONE, "Mozilla", "131.0"):
        assert header not in page.body


def test_the_others_go_with_their_tokens_and_hear_of_it_once(here: Post, browser: Browser) -> None:
    diary = here.town.relying_party()
    with using(PHONE) as phone, using(PHONE) as tablet:
        tokens, _ = signed_in(here.town, phone, diary, "dorofeev")
        enter(here.town, tablet, "dorofeev")
        enter(here.town, browser, "dorofeev")
        form = at(here.town, browser, "/me/devices").form("session_id")

        page = browser.submit(form, session_id="")

        assert "Вы вышли на 2 устройствах." in page.text
        assert 1 == page.text.count("это вы")
        assert 401 == diary.userinfo(tokens["access_token"]).status_code
        assert 400 == diary.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code
        assert ("9001", 401) == (cause_of(told := at(here.town, phone, "/me")), told.status)
        assert "/login" in at(here.town, phone, "/me").url
    assert "Вы вышли на" not in at(here.town, browser, "/me/devices").text
    assert "Мой профиль" == at(here.town, browser, "/me").heading
    assert "/me/devices" in browser.submit(form, session_id="").url


def test_the_other_device_hears_of_it_on_its_way_to_the_diary(here: Post, browser: Browser) -> None:
    diary = here.town.relying_party()
    with using(PHONE) as phone:
        signed_in(here.town, phone, diary, "dorofeev")
        enter(here.town, browser, "dorofeev")
        browser.submit(at(here.town, browser, "/me/devices").form("session_id"), session_id="")
        request = diary.begin()

        told = phone.open(request.url)

        assert ("9001", 401) == (cause_of(told), told.status)
        onward = phone.press(told, "Войти снова")
        assert onward.has_link("Войти через Госуслуги")
        page = here.town.sign_in(phone, "dorofeev", onward.link("Войти через Госуслуги").url)
        assert "code=" in page.headers["location"]


def test_one_device_can_be_chosen(here: Post, browser: Browser) -> None:
    with using(PHONE) as phone, using(PHONE) as tablet:
        enter(here.town, phone, "belova")
        enter(here.town, tablet, "belova")
        enter(here.town, browser, "belova")
        page = at(here.town, browser, "/me/devices")
        chosen = next(value for name, value in page.form("session_id").buttons if name == "session_id" and value)

        after = browser.submit(page.form("session_id"), session_id=chosen)

        assert "Вы вышли на 1 устройстве." in after.text
        ended = [cause_of(at(here.town, other, "/me")) for other in (phone, tablet)]
    assert ["", "9001"] == sorted(ended)


def test_a_foreign_session_cannot_be_ended(here: Post, browser: Browser) -> None:
    with using(PHONE) as other:
        enter(here.town, other, "andreeva")
        with here.town.house.app.app_context():
            foreign = here.town.house.sessions.of_person("demo-andreeva")[0].id
        enter(here.town, browser, "orlova")

        page = browser.submit(at(here.town, browser, "/me/devices").form("session_id"), session_id=foreign)

        assert "Вы вышли на 0 устройствах." in page.text
        assert "Мой профиль" == at(here.town, other, "/me").heading


def test_a_forged_form_ends_nothing(here: Post, browser: Browser) -> None:
    with using(PHONE) as other:
        enter(here.town, other, "orlova")
        form = at(here.town, other, "/me/devices").form("session_id")
        enter(here.town, browser, "orlova")

        page = browser.submit(form, session_id="")

        assert "1009" == cause_of(page)
        assert "Мой профиль" == at(here.town, other, "/me").heading


def test_the_history_is_of_ninety_days_in_the_time_of_the_region(here: Post, browser: Browser) -> None:
    with using(PHONE) as long_ago:
        enter(here.town, long_ago, "fomina", "38")
    here.town.clock.advance(timedelta(days=80))
    with using(PHONE) as ended:
        enter(here.town, ended, "fomina", "38")
        enter(here.town, browser, "fomina", "38")
        page = at(here.town, browser, "/me/devices")
        browser.submit(page.form("session_id"), session_id="")
    page = at(here.town, browser, "/me/devices")

    assert "1 сентября 2026, 13:00 (Иркутск)" in page.text
    assert "Закрыт с другого устройства." in page.text
    assert "Вход через Госуслуги." in page.text
    here.town.clock.advance(timedelta(days=11))
    enter(here.town, browser, "fomina", "38")
    page = at(here.town, browser, "/me/devices")
    assert "1 сентября 2026" not in page.text
    assert "20 ноября 2026" in page.text

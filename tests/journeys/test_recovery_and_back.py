"""The way back from a recovery, and from the profile to Gosuslugi, keeps what the person came for and what they have shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from broker.login.errands import Errands
from tests.support.browser import Browser
from tests.support.linking import PASSWORD, give_password, link_of, unlink
from tests.support.own import Post, at, code_in, enter, enter_by_password, new, town_with_post
from tests.support.page import Page
from tests.support.visits import came_to, leave_esia


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with town_with_post(tmp_path_factory.mktemp("back")) as built:
        yield built


@pytest.fixture(autouse=True)
def later(here: Post) -> None:
    here.town.clock.advance(timedelta(hours=2))


def code_for_orlova(here: Post) -> str:
    return code_in([mail for mail in here.mails("orlova@example.org") if "Код" in mail.text][-1])


@pytest.mark.parametrize("wait", [timedelta(0), timedelta(minutes=14)])
def test_the_end_of_a_recovery_leads_to_the_service(here: Post, browser: Browser, wait: timedelta) -> None:
    start = browser.open(here.town.relying_party().begin(region="29").url)
    way = next(link.url for link in start.links if link.url.endswith("/recover"))
    page = browser.press(browser.open(way), "Забыли пароль от дневника")
    sent = browser.submit(page.form("name"), name="orlova.diary")
    page = browser.submit(sent.form("code"), code=code_for_orlova(here))
    here.town.clock.advance(wait)
    done = browser.submit(page.form("password"), **new(f"три слона у реки {wait.seconds}"))

    back = browser.press(done, "Войти")

    assert "Дневник" in back.text, back.text
    assert "code=" in came_to(here.town.sign_in(browser, "orlova", back.url))


def test_through_gosuslugi_it_leads_to_the_service_too(here: Post, browser: Browser) -> None:
    start = browser.open(here.town.relying_party().begin(region="29").url)
    way = next(link.url for link in start.links if link.url.endswith("/recover"))
    page = browser.press(browser.open(way), "Забыли пароль от дневника")
    page = here.town.sign_in(browser, "orlova", page.link("Войти через Госуслуги и задать новый пароль").url, "Архангельская")
    done = browser.submit(page.form("password"), **new("пять слонов у реки"))

    assert "Пароль сменили" in done.text, done.text
    # They are in already, so the button leads straight on.
    assert "code=" in came_to(here.town.sign_in(browser, "orlova", done.link("Войти").url))


def test_a_password_changed_at_home_leads_back_to_the_profile(here: Post, browser: Browser) -> None:
    page = enter(here.town, browser, "orlova", back="password")

    assert f"{here.town.issuer}/me" == browser.submit(page.form("password"), **new("шесть слонов у реки")).url


def test_without_a_service_it_leads_to_the_sign_in(here: Post, browser: Browser) -> None:
    with Browser() as stranger:
        start = browser.open(here.town.relying_party().begin(region="29").url)
        way = next(link.url for link in start.links if link.url.endswith("/recover"))
        page = stranger.open(way)
        assert "/recover" == page.url.removeprefix(here.town.issuer)
        sent = stranger.submit(at(here.town, stranger, "/recover/start").form("name"), name="orlova.diary")
        page = stranger.submit(sent.form("code"), code=code_for_orlova(here))
        done = stranger.submit(page.form("password"), **new("другой новый пароль"))
        assert f"{here.town.issuer}/login" == done.link("Войти").url


LOGIN, PUPIL = "ilina", "demo-sokolov-a"


@pytest.fixture(scope="module")
def then(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """May 2018: region 38 lets people in by diary password, and ties the youngest only by it."""
    with town_with_post(tmp_path_factory.mktemp("then"), datetime(2018, 5, 14, 6, tzinfo=UTC)) as built:
        yield built


def test_the_profile_connects_without_the_password_again(then: Post, browser: Browser) -> None:
    unlink(then.town, f"demo-{LOGIN}")
    profile = enter_by_password(then.town, browser, f"{LOGIN}.diary")
    leave_esia(then.town, browser)
    url = profile.link("Связать Госуслуги").url

    tthen = then.town.sign_in(browser, LOGIN, url)

    assert f"{then.town.issuer}/login" in tthen.url or "/me" in tthen.url, tthen.url
    assert not tthen.forms_with("password"), tthen.text
    assert link_of(then.town, f"demo-{LOGIN}") is not None
    unlink(then.town, f"demo-{LOGIN}")


def test_the_word_is_of_one_session_and_serves_once(then: Post, browser: Browser) -> None:
    profile = enter_by_password(then.town, browser, f"{LOGIN}.diary")
    url = profile.link("Связать Госуслуги").url
    with Browser() as stranger:
        assert then.town.issuer in stranger.open(url).url, "another browser is not sent to Gosuslugi"
    first, second = browser.open(url), browser.open(url)

    assert first.url.startswith(then.town.esia)
    assert second.url.startswith(then.town.issuer)


def test_a_password_of_an_hour_ago_is_no_proof(then: Post, browser: Browser) -> None:
    enter_by_password(then.town, browser, f"{LOGIN}.diary")
    then.town.clock.advance(timedelta(minutes=11))

    assert "connect=" not in at(then.town, browser, "/me").link("Связать Госуслуги").url


def connected(then: Post, browser: Browser, query: str) -> Page:
    """A pupil of seventeen, whom this region ties by a diary password only, on the way from inside to Gosuslugi and back."""
    give_password(then.town, PUPIL)
    unlink(then.town, PUPIL)
    profile = enter_by_password(then.town, browser, "sokolov.a.diary", PASSWORD)
    leave_esia(then.town, browser)
    own = profile.link("Связать Госуслуги").url
    return then.town.sign_in(browser, "sokolov.a", own.partition("&connect=")[0] + query if query else own)


def test_the_youngest_connect_without_the_password_again(then: Post, browser: Browser) -> None:
    connected(then, browser, "")

    assert link_of(then.town, PUPIL) is not None
    assert not [url for url in browser.visited if "/link" in url]


@pytest.mark.parametrize("query", ["&connect=", "&connect=made-up", "&connect=" + "x" * 65])
def test_without_the_word_of_the_profile_the_password_is_asked_for(then: Post, browser: Browser, query: str) -> None:
    page = connected(then, browser, query)

    assert page.forms_with("login", "password"), page.text
    assert link_of(then.town, PUPIL) is None


def test_a_sign_in_through_gosuslugi_is_no_password(then: Post, browser: Browser) -> None:
    """The word counts as a password that was shown: a session without one has none to count."""
    session = "orlova"
    page = enter(then.town, browser, session, region="29")
    with then.town.house.app.app_context():
        cookie = next(one.value for one in browser.session.cookies if one.name.startswith("session"))
        found = then.town.house.sessions.current(cookie)
    assert found is not None and found.connector == "esia", page.text
    word = Errands(then.town.house.shelf, then.town.house.outside, timedelta(minutes=15)).allow_connect(found.id)

    page = browser.open(f"{then.town.issuer}/login?next=profile&fresh=1&region=29&connect={word}")

    assert "/login/" in page.url and page.has_link("Войти через Госуслуги"), page.url

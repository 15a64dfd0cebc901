"""The time of transition: in by the diary password where the region still has it, and connect Gosuslugi from inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from broker.audit.event import SYSTEM
from broker.directory.contacts import Kind
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.linking import as_before as as_before_the_link
from tests.support.linking import (
    at_the_proof,
    claims_at_the_service,
    give_password,
    link_of,
    show,
    shown_code,
    to_the_service,
    unlink,
)
from tests.support.page import Page
from tests.support.relying_party import RelyingParty, Request
from tests.support.town import Town, town
from tests.support.visits import rewrite_card

PEOPLE = ("demo-semyonov", "demo-ilina", "demo-chernov", "demo-vlasova", "demo-zhdanova", "demo-orlova", "demo-zaytsev")
PASSWORD_ACR = "urn:school-signin:esia:confirmed"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """May 2018: region 38 lets people in by diary password, region 29 has stopped doing so."""
    with town(tmp_path_factory.mktemp("transition"), Clock(datetime(2018, 5, 14, 6, tzinfo=UTC))) as built:
        give_password(built, *PEOPLE)
        yield built


@pytest.fixture(autouse=True)
def as_before(there: Town) -> Iterator[None]:
    there.clock.advance(timedelta(hours=25))
    yield
    for person_id in PEOPLE:
        unlink(there, person_id)


def _start(there: Town, browser: Browser, region: str = "38", **extra: str) -> tuple[Page, RelyingParty, Request]:
    party = there.relying_party()
    request = party.begin(region=region, **extra)
    return browser.open(request.url), party, request


def _connected(there: Town, browser: Browser, offer: Page, login: str) -> Page:
    """Press "connect" and go through Gosuslugi as somebody."""
    return there.sign_in(browser, login, offer.link("Подключить Госуслуги").url)


def test_the_form_is_below_the_button_and_lets_in(there: Town, browser: Browser) -> None:
    page, party, request = _start(there, browser)
    assert page.body.index("Войти через Госуслуги") < page.body.index('name="password"')

    offer = show(browser, page, "semyonov.diary")
    assert "Подключите Госуслуги" == offer.heading

    claims = claims_at_the_service(browser, offer.link("Не сейчас").url, party, request)
    assert ["pwd"] == claims["amr"]
    assert "urn:school-signin:diary:password" == claims["acr"]
    assert link_of(there, "demo-semyonov") is None


def test_connecting_from_inside(there: Town, browser: Browser) -> None:
    page, party, request = _start(there, browser)
    offer = show(browser, page, "semyonov.diary")

    done = _connected(there, browser, offer, "semyonov")

    assert "Готово. Госуслуги и дневник связаны" == done.heading
    claims = to_the_service(browser, done, party, request)
    assert "urn:school-signin:esia:confirmed" == claims["acr"]
    assert link_of(there, "demo-semyonov") is not None


def test_whoever_is_connected_is_not_asked_again(there: Town, browser: Browser) -> None:
    page, party, request = _start(there, browser)
    to_the_service(browser, _connected(there, browser, show(browser, page, "ilina.diary"), "ilina"), party, request)
    with Browser() as other:
        page, party, request = _start(there, other)
        # No redirect: after a form, Chromium would not follow one to the service.
        straight = show(other, page, "ilina.diary", follow=False)

        assert (200, True) == (straight.status, bool(straight.refresh))
        assert claims_at_the_service(other, straight.refresh, party, request)["sub"]


def test_somebody_elses_gosuslugi_is_not_taken(there: Town, browser: Browser) -> None:
    """Proven by password as one, at Gosuslugi as another: neither is silently changed for the other."""
    page, _, _ = _start(there, browser)

    refused = _connected(there, browser, show(browser, page, "semyonov.diary"), "titov")

    assert (403, "3115") == (refused.status, shown_code(refused))
    assert link_of(there, "demo-semyonov") is None


def test_gosuslugi_of_another_diary(there: Town, browser: Browser) -> None:
    with Browser() as hers:
        page, party, request = _start(there, hers)
        to_the_service(hers, _connected(there, hers, show(hers, page, "ilina.diary"), "ilina"), party, request)
    page, _, _ = _start(there, browser)

    refused = _connected(there, browser, show(browser, page, "semyonov.diary"), "ilina")

    assert shown_code(refused) in {"3115", "3202"}
    assert link_of(there, "demo-semyonov") is None


def test_refusing_at_gosuslugi_leads_back_inside(there: Town, browser: Browser) -> None:
    page, party, request = _start(there, browser)
    refused = _connected(there, browser, show(browser, page, "vlasova.diary"), "vlasova")
    assert "2103" == shown_code(refused)

    offer = browser.press(refused, "Войти снова")

    assert "Подключите Госуслуги" == offer.heading
    assert claims_at_the_service(browser, offer.link("Не сейчас").url, party, request)["sub"]


def test_a_blocked_person_learns_it_after_the_right_password_only(there: Town, browser: Browser) -> None:
    page, _, _ = _start(there, browser)
    wrong = show(browser, page, "zaytsev.diary", "wrong")
    assert (401, False) == (wrong.status, "4003" in wrong.text)

    blocked = show(browser, wrong, "zaytsev.diary")

    assert (403, "4003") == (blocked.status, shown_code(blocked))


def test_a_diary_of_another_region(there: Town, browser: Browser) -> None:
    page, _, _ = _start(there, browser)

    elsewhere = show(browser, page, "orlova.diary")

    assert "3112" == shown_code(elsewhere)
    start = browser.press(elsewhere, "Войти: Архангельская область")
    assert start.has_link("Войти через Госуслуги")
    assert not start.forms_with("password"), "and there the form is closed"


def test_where_it_is_closed_there_is_no_field_and_no_way(there: Town, browser: Browser) -> None:
    page, _, _ = _start(there, browser, "29")
    assert not page.forms_with("password")

    closed = browser._ask("POST", f"{page.url}/password", {"login": "orlova.diary", "password": "demo-diary"}, True)

    assert (403, "4006") == (closed.status, shown_code(closed))
    assert "1 октября 2017" in closed.text
    assert browser.open(closed.link("Войти через Госуслуги").url).url.startswith(there.esia)


def test_a_service_that_asks_for_a_confirmed_account_gets_no_form(there: Town, browser: Browser) -> None:
    essential = json.dumps({"id_token": {"acr": {"essential": True, "values": [PASSWORD_ACR]}}})
    page, _, _ = _start(there, browser, claims=essential)
    assert page.has_link("Войти через Госуслуги")
    assert not page.forms_with("password")

    closed = browser._ask("POST", f"{page.url}/password", {"login": "ilina.diary", "password": "demo-diary"}, True)

    assert "4006" == shown_code(closed)


@pytest.fixture
def clock_back(there: Town) -> Iterator[None]:
    before = there.clock.at
    yield
    there.clock.at = before


@pytest.mark.usefixtures("clock_back")
def test_a_session_of_the_password_ends_with_the_rule(there: Town, browser: Browser) -> None:
    midnight = datetime(2024, 6, 30, 16, tzinfo=UTC)
    there.clock.at = midnight - timedelta(hours=1)
    page, party, request = _start(there, browser)
    claims_at_the_service(browser, show(browser, page, "ilina.diary").link("Не сейчас").url, party, request)
    again = browser.open(party.begin(region="38").url, follow=False)
    assert again.headers["location"].startswith(party.redirect_uri)

    there.clock.at = midnight
    later, _, _ = _start(there, browser)

    assert later.has_link("Войти через Госуслуги")
    assert not later.forms_with("password")


def test_a_whole_class_behind_one_address(there: Town) -> None:
    logins = ("semyonov.diary", "ilina.diary", "chernov.diary")

    def sign_in(number: int) -> str:
        with Browser() as browser:
            page, _, _ = _start(there, browser)
            page = show(browser, page, logins[number % 3], "wrong") if number % 10 == 0 else page
            return show(browser, page, logins[number % 3]).heading

    with ThreadPoolExecutor(6) as pool:
        assert {"Подключите Госуслуги"} == set(pool.map(sign_in, range(30)))


def test_a_letter_goes_to_whoever_was_connected(there: Town, browser: Browser) -> None:
    with there.house.app.app_context():
        there.house.contacts.put("demo-chernov", Kind.EMAIL, "chernov@example.org", SYSTEM)
        there.house.contacts.confirm("demo-chernov", Kind.EMAIL, "chernov@example.org")
    page, _, _ = _start(there, browser)

    done = _connected(there, browser, show(browser, page, "chernov.diary"), "chernov")

    assert "Мы написали об этом на c•••@example.org" in done.text


@pytest.fixture
def slip(there: Town) -> Iterator[None]:
    """The school swapped day and month. The rule of these years does not compare the day, so it decides nothing by itself."""
    rewrite_card(there, "demo-zhdanova", birth_date="1979-02-11")
    yield
    as_before_the_link(there, "demo-zhdanova")
    rewrite_card(there, "demo-zhdanova")


def _at_the_question(there: Town, browser: Browser) -> tuple[Page, RelyingParty, Request]:
    page, party, request = at_the_proof(there, browser, "zhdanova")
    asked = show(browser, page, "zhdanova.diary")
    assert "Это ваш дневник?" == asked.heading
    assert "Марина Ж." in asked.text
    assert "Жданова" not in asked.text and "1979" not in asked.text
    return asked, party, request


@pytest.mark.usefixtures("slip")
def test_one_thing_differs_and_the_person_says_that_it_is_theirs(there: Town, browser: Browser) -> None:
    asked, party, request = _at_the_question(there, browser)
    assert link_of(there, "demo-zhdanova") is None

    done = [browser.submit(asked.form("decision"), decision="yes") for _ in range(2)]

    assert ["Готово. Госуслуги и дневник связаны"] * 2 == [page.heading for page in done]
    assert to_the_service(browser, done[0], party, request)["sub"]


@pytest.mark.usefixtures("slip")
def test_one_thing_differs_and_the_person_says_that_it_is_not(there: Town, browser: Browser) -> None:
    asked, _, _ = _at_the_question(there, browser)

    form = browser.submit(asked.form("decision"), decision="no")

    assert "" == form.form("login", "password").fields["login"]
    assert link_of(there, "demo-zhdanova") is None
    late = browser.submit(asked.form("decision"), decision="yes")
    assert late.forms_with("login", "password"), "the answer was given"
    assert link_of(there, "demo-zhdanova") is None

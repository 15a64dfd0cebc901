"""The diary password is no account of Gosuslugi: not in a token, not for a service that asks for one, not for the console."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.linking import give_password, show, shown_code
from tests.support.town import Town, town

THEN = datetime(2018, 5, 14, 6, tzinfo=UTC)
UNCONFIRMED = "urn:school-signin:esia:not_confirmed"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("levels"), Clock(THEN)) as built:
        give_password(built, "demo-semyonov", "demo-fomina")
        yield built


@pytest.fixture(autouse=True)
def later(there: Town) -> None:
    there.clock.advance(timedelta(hours=25))


def essential(*levels: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": levels}}})


def test_no_form_for_a_service_that_wants_any_gosuslugi_account(there: Town, browser: Browser) -> None:
    page = browser.open(there.relying_party().begin(region="38", claims=essential(UNCONFIRMED)).url)
    assert page.has_link("Войти через Госуслуги")
    assert not page.forms_with("password")

    closed = browser._ask("POST", f"{page.url}/password", {"login": "semyonov.diary", "password": "demo-diary"}, True)

    assert "4006" == shown_code(closed)


def test_a_session_of_the_password_does_not_serve_such_a_request(there: Town, browser: Browser) -> None:
    party = there.relying_party()
    first = party.begin(region="38")
    offer = show(browser, browser.open(first.url), "semyonov.diary")
    onward = browser.open(offer.link("Не сейчас").url, follow=False)
    while not onward.headers["location"].startswith(party.redirect_uri):
        target = onward.headers["location"]
        onward = browser.open(there.issuer + target if target.startswith("/") else target, follow=False)

    silent = party.begin(region="38", prompt="none", claims=essential(UNCONFIRMED))
    refused = browser.open(silent.url, follow=False)

    assert "error=" in refused.headers["location"]
    assert "code=" not in refused.headers["location"]
    again = browser.open(party.begin(region="38", prompt="none").url, follow=False)
    assert "code=" in again.headers["location"]


def test_the_console_does_not_open_by_the_password(there: Town, browser: Browser) -> None:
    page = browser.open(f"{there.issuer}/login?next=school&region=38")
    offer = show(browser, page, "fomina.diary")
    if offer.has_link("Не сейчас"):
        browser.press(offer, "Не сейчас")

    for path in ("/school", "/school/cases", "/school/people", "/school/invites"):
        answer = browser.open(f"{there.issuer}{path}", follow=False)
        assert (303, "/login?next=school&fresh=1") == (answer.status, answer.headers["location"]), path

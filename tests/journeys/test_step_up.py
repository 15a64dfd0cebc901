"""A service asks for a surer sign-in than the one there is (RFC 9470 4, OpenID Connect Core 3.1.2.1 and 5.5.1.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.linking import give_password, show
from tests.support.town import Town, town
from tests.support.visits import came_to, leave_esia, open_straight, register, signed_in, tokens_of, visit

# When the diary password and a standard account of Gosuslugi still opened the diary.
THEN = datetime(2018, 5, 14, 6, tzinfo=UTC)
CONFIRMED, CHILD, UNCONFIRMED = (f"urn:school-signin:esia:{level}" for level in ("confirmed", "child", "not_confirmed"))
PASSWORD = "urn:school-signin:diary:password"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("step-up"), Clock(THEN)) as built:
        give_password(built, "demo-semyonov")
        yield built


def _essential(*levels: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": levels}}})


def _by_password(there: Town, browser: Browser) -> None:
    """Semyonov, in by his diary password, has declined to connect Gosuslugi."""
    party = there.relying_party()
    offer = show(browser, browser.open(party.begin(region="38").url), "semyonov.diary")
    onward = browser.open(offer.link("Не сейчас").url, follow=False)
    for _ in range(5):
        target = onward.headers["location"]
        if target.startswith(party.redirect_uri):
            return
        onward = browser.open(there.issuer + target if target.startswith("/") else target, follow=False)


def test_a_session_of_the_password_steps_up_to_gosuslugi(there: Town, browser: Browser) -> None:
    _by_password(there, browser)
    party = there.relying_party()
    request, answer = open_straight(browser, party, acr_values=PASSWORD)
    assert PASSWORD == party.id_claims(party.redeem(answer["code"], request).json(), request.nonce)["acr"]

    browser.visited.clear()
    arrived = visit(there, browser, party, "semyonov", acr_values=CONFIRMED)

    assert any(address.startswith(there.esia) for address in browser.visited)
    claims = party.id_claims(tokens_of(party, arrived), arrived.request.nonce)
    assert (CONFIRMED, int(there.clock.now().timestamp())) == (claims["acr"], claims["auth_time"])
    # From here on the surer session serves both.
    for wished in (CONFIRMED, f"{CHILD} {PASSWORD}"):
        assert "code" in open_straight(browser, party, acr_values=wished)[1]


def test_a_wish_that_cannot_be_met_is_no_error_and_an_essential_level_is(there: Town, browser: Browser) -> None:
    party = there.relying_party()
    signed_in(there, browser, party, "belova.d")

    # Where no page may be shown the level there is gets told; a need is not met by it.
    request, answer = open_straight(browser, party, prompt="none", acr_values=CONFIRMED)
    assert UNCONFIRMED == party.id_claims(party.redeem(answer["code"], request).json(), request.nonce)["acr"]
    assert "login_required" == open_straight(browser, party, prompt="none", claims=_essential(CONFIRMED))[1]["error"]

    arrived = visit(there, browser, party, "belova.d", acr_values=CONFIRMED)
    assert UNCONFIRMED == party.id_claims(tokens_of(party, arrived), arrived.request.nonce)["acr"]
    refused = visit(there, browser, party, "belova.d", claims=_essential(CONFIRMED))
    assert ("unmet_authentication_requirements", False) == (refused.answer["error"], "code" in refused.answer)
    # The session that was there is still there.
    assert "code" in open_straight(browser, party)[1]


def test_somebody_else_may_meet_it(there: Town, browser: Browser) -> None:
    party = there.relying_party()
    signed_in(there, browser, party, "belova.d")
    leave_esia(there, browser)

    arrived = visit(there, browser, party, "orlova", claims=_essential(CONFIRMED))

    assert CONFIRMED == party.id_claims(tokens_of(party, arrived), arrived.request.nonce)["acr"]


def test_what_a_service_registered_holds_where_its_request_says_nothing(there: Town, browser: Browser) -> None:
    lax = there.relying_party()
    wishful = register(there, "wishful", default_acr_values=(CONFIRMED,), first_party=True)
    impatient = register(there, "impatient", default_max_age=60, first_party=True)
    signed_in(there, browser, lax, "belova.d")
    there.clock.advance(timedelta(minutes=2))

    for party, said in ((wishful, {"acr_values": UNCONFIRMED}), (impatient, {"max_age": "3600"})):
        page = browser.open(party.begin().url)
        assert page.has_link("Войти через Госуслуги"), party.client_id
        # It says why somebody who is signed in has to do so again.
        assert (party is wishful) == ("подтверждённая запись" in page.text)
        assert (party is impatient) == ("войти ещё раз" in page.text)
        assert "code=" in came_to(browser.open(party.begin(**said).url, follow=False))


def test_a_service_that_takes_nobody_below_a_level(there: Town, browser: Browser) -> None:
    """`minimum_acr_value`: whatever the browser brings, only who comes in surely enough gets a code."""
    lax, exacting = there.relying_party(), register(there, "exacting", minimum_acr_value=CONFIRMED, first_party=True)
    assert browser.open(lax.begin(region="38").url).forms_with("password")
    page = browser.open(exacting.begin(region="38", acr_values=PASSWORD).url)
    # The region lets people in by the password; this service does not, and says what it wants.
    assert ("подтверждённая запись" in page.text, []) == (True, page.forms_with("password"))

    signed_in(there, browser, lax, "belova.d")
    assert "login_required" == open_straight(browser, exacting, prompt="none")[1]["error"]
    refused = visit(there, browser, exacting, "belova.d", acr_values=UNCONFIRMED)
    assert ("unmet_authentication_requirements", False) == (refused.answer["error"], "code" in refused.answer)
    # They may go elsewhere all the same.
    assert "code" in open_straight(browser, lax)[1]

    leave_esia(there, browser)
    arrived = visit(there, browser, exacting, "orlova", acr_values=UNCONFIRMED)
    assert CONFIRMED == exacting.id_claims(tokens_of(exacting, arrived), arrived.request.nonce)["acr"]

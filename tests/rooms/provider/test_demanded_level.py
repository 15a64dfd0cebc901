"""A service that takes nobody below a level (`minimum_acr_value`) gives and gets no token below it, by whichever way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from broker.tokens.acr import ACR_OF_LEVEL
from tests.rooms.provider.machines import MARKS, Hand, add, device_asks, device_begins, exchange, fully
from tests.rooms.provider.stand import ISSUER, Browser, RelyingParty, Stand, build
from tests.support.clock import Clock

# When an account that nobody had confirmed still opened the diary.
THEN = datetime(2018, 5, 14, 6, tzinfo=UTC)
CONFIRMED, CHILD, NOT_CONFIRMED = (ACR_OF_LEVEL[level] for level in ("confirmed", "child", "not_confirmed"))
CHALLENGE = (
    'error="insufficient_user_authentication", error_description="a surer or a later sign-in is needed", '
    f'acr_values="{CONFIRMED}"'
)


@pytest.fixture
def stand(tmp_path: Any) -> Iterator[Stand]:
    made = build(tmp_path, Clock(THEN))
    yield made
    made.rooms.database.close()


@pytest.fixture
def diary(stand: Stand) -> RelyingParty:
    return fully(stand)


def _browser(stand: Stand, level: str) -> Browser:
    made = stand.browser()
    made.sign_in(level=level)
    return made


def _asked(party: RelyingParty, browser: Browser, **more: str) -> dict[str, list[str]]:
    """What an authorization request is answered with at once; nothing when it leads to a page of ours."""
    location = party.authorize(browser, **more).headers["Location"]
    return {} if location.startswith("/") else parse_qs(urlsplit(location).query)


def _told(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]


@pytest.mark.parametrize(("minimum", "level", "is_enough"), [
    (None, "not_confirmed", True), (NOT_CONFIRMED, "not_confirmed", True), (CHILD, "not_confirmed", False),
    (CONFIRMED, "not_confirmed", False), (CHILD, "confirmed", True), (CONFIRMED, "confirmed", True),
])  # fmt: skip
def test_a_live_session_serves_only_from_its_level_on(
    stand: Stand, diary: RelyingParty, minimum: str | None, level: str, is_enough: bool
) -> None:
    stand.change("diary", minimum_acr_value=minimum)
    browser = _browser(stand, level)

    assert is_enough == ("code" in _asked(diary, browser))
    assert is_enough == ("code" in (silent := _asked(diary, browser, prompt="none")))
    assert is_enough or ["login_required"] == silent["error"]


def test_the_browser_cannot_ask_for_less(stand: Stand, diary: RelyingParty) -> None:
    stand.change("diary", minimum_acr_value=CONFIRMED)
    browser = _browser(stand, "not_confirmed")

    assert {} == _asked(diary, browser, acr_values=NOT_CONFIRMED)
    for values, error in (([NOT_CONFIRMED, CHILD], ["unmet_authentication_requirements"]), ([CHILD, CONFIRMED], None)):
        needed = json.dumps({"id_token": {"acr": {"essential": True, "values": values}}})
        assert error == _asked(diary, browser, claims=needed).get("error")


def test_a_device_too(stand: Stand, diary: RelyingParty) -> None:
    stand.change("diary", minimum_acr_value=CONFIRMED)
    for level, place in (("not_confirmed", "/login/"), ("confirmed", "/device/allowed")):
        begun = device_begins(diary).json
        assert Hand(_browser(stand, level)).answers(begun["user_code"], "allow").headers["Location"].startswith(place)


def test_what_was_given_before_the_demand_is_worth_nothing_from_then_on(stand: Stand, diary: RelyingParty) -> None:
    browser = _browser(stand, "not_confirmed")
    tokens, code = diary.tokens(browser), diary.code(browser)
    narrow = exchange(diary, tokens["access_token"]).json["access_token"]
    begun = device_begins(diary).json
    Hand(browser).answers(begun["user_code"], "allow")
    stand.change("diary", minimum_acr_value=CONFIRMED)

    for token in (tokens["access_token"], narrow):
        refused = diary.userinfo(token)
        # RFC 9470 3: what to send the person here with.
        assert (401, f"Bearer {CHALLENGE}") == (refused.status_code, refused.headers.get_all("WWW-Authenticate")[0])
        assert {"active": False} == diary.post("/introspect", {"token": token}).json
    assert (400, "invalid_request") == _told(exchange(diary, tokens["access_token"]))
    assert (400, "invalid_grant") == _told(diary.redeem(code))
    assert (400, "invalid_grant") == _told(device_asks(diary, begun["device_code"]))
    assert (400, "invalid_grant") == _told(diary.refresh(tokens["refresh_token"]))
    assert "policy.refused" in stand.events()


def test_a_service_behind_demands_for_itself(stand: Stand, diary: RelyingParty) -> None:
    behind = add(stand, "behind", audiences=(MARKS, ISSUER), sector_identifier="behind.example.ru", minimum_acr_value=CONFIRMED)
    fully(stand, resources=(MARKS, ISSUER))
    unsure = diary.tokens(_browser(stand, "not_confirmed"), resource=ISSUER)["access_token"]
    sure = diary.tokens(_browser(stand, "confirmed"), resource=ISSUER)["access_token"]

    assert (400, "invalid_request") == _told(exchange(behind, unsure))
    assert 200 == exchange(behind, sure).status_code
    # One that it got before it began to demand.
    stand.change("behind", minimum_acr_value=None)
    got = exchange(behind, unsure).json["access_token"]
    assert 200 == behind.userinfo(got).status_code
    stand.change("behind", minimum_acr_value=CONFIRMED)
    assert (401, "insufficient_user_authentication") == _told(behind.userinfo(got))
    assert {"active": False} == behind.post("/introspect", {"token": got}).json
    # The diary demands nothing, and keeps what it has.
    assert 200 == diary.userinfo(unsure).status_code
    # And the other way round: the permission is the diary's, and with it the demand.
    stand.change("behind", minimum_acr_value=None)
    stand.change("diary", minimum_acr_value=CONFIRMED)
    assert (401, "insufficient_user_authentication") == _told(behind.userinfo(got))

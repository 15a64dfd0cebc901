"""Tokens after the sign-in: refreshed, narrowed, reused by a thief, revoked."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.support.browser import Browser
from tests.support.relying_party import RelyingParty
from tests.support.town import Town
from tests.support.visits import open_straight, register, signed_in

SCOPE = "openid profile school offline_access"


@pytest.fixture(scope="module")
def insider(any_town: Town) -> Iterator[Browser]:
    """Somebody who is signed in already, so that a service gets its code at once."""
    with Browser() as browser:
        signed_in(any_town, browser, any_town.relying_party("kiosk", "openid"), "orlova", region="29")
        yield browser


@pytest.fixture
def diary(any_town: Town) -> RelyingParty:
    return any_town.relying_party(scope=SCOPE)


@pytest.fixture
def tokens(insider: Browser, diary: RelyingParty) -> dict[str, Any]:
    request, answer = open_straight(insider, diary)
    answered = diary.redeem(answer["code"], request)
    assert 200 == answered.status_code, answered.text
    found: dict[str, Any] = answered.json()
    return found


def _refresh(party: RelyingParty, token: str, **more: str) -> requests.Response:
    return party.token(grant_type="refresh_token", refresh_token=token, **more)


def _assert_dead(party: RelyingParty, tokens: dict[str, Any]) -> None:
    assert 401 == party.userinfo(tokens["access_token"]).status_code
    refused = _refresh(party, tokens["refresh_token"])
    assert (400, "invalid_grant") == (refused.status_code, refused.json()["error"])


def test_refresh_brings_new_tokens_about_the_same_sign_in(any_town: Town, diary: RelyingParty, tokens: dict[str, Any]) -> None:
    before = diary.id_claims(tokens, _nonce(tokens))
    any_town.clock.advance(timedelta(minutes=1))

    answered = _refresh(diary, tokens["refresh_token"])

    assert (200, "no-store") == (answered.status_code, answered.headers["Cache-Control"])
    fresh = answered.json()
    assert 3 == len({tokens["refresh_token"], fresh["refresh_token"], fresh["access_token"]})
    # OpenID Connect Core 12.2: no nonce, the same sign-in, a new issue.
    after = diary.id_claims(fresh, None)
    same = ("sub", "auth_time", "acr", "amr", "sid")
    assert [before[name] for name in same] == [after[name] for name in same]
    assert int(any_town.clock.now().timestamp()) == after["iat"]
    assert "Орлова" == diary.userinfo(fresh["access_token"]).json()["family_name"]
    assert SCOPE == fresh["scope"]


def test_a_refresh_token_used_twice_ends_the_grant_for_both(diary: RelyingParty, tokens: dict[str, Any]) -> None:
    fresh = _refresh(diary, tokens["refresh_token"]).json()

    reused = _refresh(diary, tokens["refresh_token"])

    assert (400, "invalid_grant") == (reused.status_code, reused.json()["error"])
    _assert_dead(diary, fresh)


def test_another_client_cannot_refresh_and_does_no_harm(any_town: Town, diary: RelyingParty, tokens: dict[str, Any]) -> None:
    for other in (any_town.relying_party("olymp"), any_town.relying_party("kiosk")):
        refused = _refresh(other, tokens["refresh_token"])
        assert (400, "invalid_grant") == (refused.status_code, refused.json()["error"])

    assert 200 == _refresh(diary, tokens["refresh_token"]).status_code


def test_a_refresh_may_ask_for_less_and_never_for_more(diary: RelyingParty, tokens: dict[str, Any]) -> None:
    more = _refresh(diary, tokens["refresh_token"], scope="openid snils")
    assert (400, "invalid_scope") == (more.status_code, more.json()["error"])

    less = _refresh(diary, tokens["refresh_token"], scope="openid school").json()

    assert "openid school" == less["scope"]
    told = diary.userinfo(less["access_token"]).json()
    assert {"sub", "school", "diary_roles", "region"} == set(told)
    # RFC 6749 6: the new refresh token has the scope of the old one.
    assert SCOPE == _refresh(diary, less["refresh_token"]).json()["scope"]


def test_without_offline_access_there_is_nothing_to_refresh(insider: Browser, diary: RelyingParty) -> None:
    request, answer = open_straight(insider, diary, scope="openid profile")

    tokens = diary.redeem(answer["code"], request).json()

    assert "refresh_token" not in tokens
    assert "openid profile" == tokens["scope"]


def test_a_client_without_the_grant_type_is_not_given_one(any_town: Town, insider: Browser) -> None:
    once = register(any_town, "once", SCOPE, first_party=True, grant_types=("authorization_code",))
    request, answer = open_straight(insider, once)

    tokens = once.redeem(answer["code"], request).json()

    assert "refresh_token" not in tokens
    assert "offline_access" not in tokens["scope"]


def test_an_access_token_ends_after_ten_minutes_and_the_refresh_token_does_not(
    any_town: Town, diary: RelyingParty, tokens: dict[str, Any]
) -> None:
    any_town.clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    assert 200 == diary.userinfo(tokens["access_token"]).status_code

    any_town.clock.advance(timedelta(seconds=1))

    refused = diary.userinfo(tokens["access_token"])
    assert 401 == refused.status_code
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert 200 == _refresh(diary, tokens["refresh_token"]).status_code


def test_revoking_an_access_token_leaves_the_refresh_token(any_town: Town, diary: RelyingParty, tokens: dict[str, Any]) -> None:
    assert 200 == _revoke(diary, tokens["access_token"]).status_code

    assert 401 == diary.userinfo(tokens["access_token"]).status_code
    any_town.clock.advance(timedelta(milliseconds=1))
    fresh = _refresh(diary, tokens["refresh_token"]).json()
    assert 200 == diary.userinfo(fresh["access_token"]).status_code


@pytest.mark.parametrize("hint", ["", "refresh_token", "access_token", "nonsense"])
def test_revoking_a_refresh_token_ends_everything_of_it(diary: RelyingParty, tokens: dict[str, Any], hint: str) -> None:
    told = {"token_type_hint": hint} if hint else {}

    assert 200 == _revoke(diary, tokens["refresh_token"], **told).status_code

    _assert_dead(diary, tokens)
    # RFC 7009 2.2: what is dead already, or never was, is success too.
    assert 200 == _revoke(diary, tokens["refresh_token"]).status_code
    assert 200 == _revoke(diary, "never-was").status_code


def test_nobody_revokes_tokens_of_another_client(any_town: Town, diary: RelyingParty, tokens: dict[str, Any]) -> None:
    for token in (tokens["refresh_token"], tokens["access_token"]):
        _revoke(any_town.relying_party("olymp"), token)

    assert 200 == diary.userinfo(tokens["access_token"]).status_code
    assert 200 == _refresh(diary, tokens["refresh_token"]).status_code


def test_a_grant_outlives_its_session_but_not_its_own_limits(any_town: Town, insider: Browser, diary: RelyingParty) -> None:
    """Two idle weeks, ninety days in all. Last in this module, since it moves the clock far."""
    got = []
    for _ in range(2):
        request, answer = open_straight(insider, diary)
        got.append(diary.redeem(answer["code"], request).json()["refresh_token"])
    used, idle = got
    for _ in range(6):
        any_town.clock.advance(timedelta(days=14) - timedelta(seconds=1))
        used = _refresh(diary, used).json()["refresh_token"]

    assert 400 == _refresh(diary, idle).status_code
    any_town.clock.advance(timedelta(days=6) + timedelta(minutes=1))
    assert 400 == _refresh(diary, used).status_code


def _revoke(party: RelyingParty, token: str, **more: str) -> requests.Response:
    auth = (party.client_id, party.secret) if party.secret else None
    form = {"token": token, **more} | ({} if auth else {"client_id": party.client_id})
    return party.http.post(party.discovery()["revocation_endpoint"], data=form, auth=auth, timeout=30)


def _nonce(tokens: dict[str, Any]) -> str:
    """Read without checking; the check compares it with itself, since the request is another fixture's."""
    part = tokens["id_token"].split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["nonce"])

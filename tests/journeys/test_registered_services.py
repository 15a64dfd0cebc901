"""A service registers itself, signs somebody in, changes, and is gone: over HTTP, found by discovery."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from broker.audit.event import SYSTEM
from broker.registration.approvals import Approvals
from broker.registration.initial_tokens import InitialTokens
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.relying_party import RelyingParty
from tests.support.town import RP_HOST, Town, town
from tests.support.visits import came_to, cause_of, register, signed_in

CALLBACK = f"{RP_HOST}robots"


@pytest.fixture(scope="module")
def open_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Where anybody may register a sandbox."""
    with town(tmp_path_factory.mktemp("town"), Clock(), {"BROKER_REGISTRATION__OPEN": "true"}) as built:
        yield built


def _register(at: Town, token: str = "", **metadata: Any) -> requests.Response:
    endpoint = requests.get(f"{at.issuer}/.well-known/openid-configuration", timeout=30).json()["registration_endpoint"]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"client_name": "Кружок", "redirect_uris": [CALLBACK], "scope": "openid profile"} | metadata
    return requests.post(endpoint, json=body, headers=headers, timeout=30)


def _party(at: Town, made: dict[str, Any], scope: str = "openid profile") -> RelyingParty:
    return RelyingParty(at.issuer, made["client_id"], made["client_secret"], CALLBACK, scope)


def _own(made: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {made['registration_access_token']}"}


def test_from_nothing_to_a_signed_in_person_and_away_again(open_town: Town, browser: Browser) -> None:
    answer = _register(open_town, grant_types=["authorization_code", "refresh_token"], scope="openid profile offline_access")
    made = answer.json()
    assert 201 == answer.status_code, answer.text
    party = _party(open_town, made, "openid profile offline_access")

    tokens, claims = signed_in(open_town, browser, party, "orlova", region="29")

    assert claims["sub"] and 200 == _userinfo(open_town, tokens).status_code
    gone = requests.delete(made["registration_client_uri"], headers=_own(made), timeout=30)
    assert 204 == gone.status_code
    # Nothing that it had is of use any more.
    assert 401 == _userinfo(open_town, tokens).status_code
    assert 401 == party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code
    assert 401 == requests.get(made["registration_client_uri"], headers=_own(made), timeout=30).status_code
    assert "7001" == cause_of(browser.open(party.begin().url))
    # The person's own pages live on without it.
    assert 200 == browser.open(f"{open_town.issuer}/me/permissions").status


def _userinfo(at: Town, tokens: dict[str, Any]) -> requests.Response:
    return requests.get(f"{at.issuer}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}, timeout=30)


def test_a_scope_that_waits_is_refused_until_it_is_approved(open_town: Town, browser: Browser) -> None:
    house = open_town.house
    with house.app.app_context():
        tokens = InitialTokens(house.database, house.journal, house.outside)
        _, token = tokens.add("partner", 1, house.settings.clients.secret_overlap, {"environment": "sandbox"}, SYSTEM)
    made = _register(open_town, token, scope="openid snils").json()
    party = _party(open_town, made, "openid snils")

    refused = party.begin(region="29")
    said = party.answer(came_to(browser.open(refused.url, follow=False)), refused)
    assert ("invalid_scope", "a scope waits for the approval of a registrar") == (said["error"], said["error_description"])
    with house.app.app_context():
        Approvals(house.database, house.clients, house.journal).decide(made["client_id"], ["snils"], True, "contract", SYSTEM)
    assert "snils" in _userinfo(open_town, signed_in(open_town, browser, party, "orlova", region="29")[0]).json()


def test_a_sandbox_is_closed_where_people_are_real(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> None:
    real = {"BROKER_REGISTRATION__OPEN": "true", "BROKER_ESIA__BASE_URL": "https://esia.gosuslugi.ru"}
    with town(tmp_path_factory.mktemp("real"), Clock(), real) as built:
        made = _register(built).json()
        party = _party(built, made)
        ordinary = register(built, "robots", redirect_uris=(CALLBACK,))

        assert "7003" == cause_of(browser.open(party.begin().url))
        refused = party.token(grant_type="authorization_code", code="x", redirect_uri=CALLBACK, code_verifier="x" * 43)
        assert (401, "invalid_client") == (refused.status_code, refused.json()["error"])
        assert "" == cause_of(browser.open(ordinary.begin(region="29").url))


def test_without_registration_discovery_names_none(tmp_path_factory: pytest.TempPathFactory) -> None:
    with town(tmp_path_factory.mktemp("off"), Clock(), {"BROKER_REGISTRATION__ENABLED": "false"}) as built:
        found = requests.get(f"{built.issuer}/.well-known/openid-configuration", timeout=30).json()

        assert "registration_endpoint" not in found
        assert 404 == requests.post(f"{built.issuer}/register", json={}, timeout=30).status_code

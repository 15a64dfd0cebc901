"""How a service proves who it is at the token endpoint: each method, and only its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey

from broker.app import mounted
from broker.house import open_house
from tests.support.browser import Browser
from tests.support.relying_party import RelyingParty
from tests.support.town import Town
from tests.support.visits import open_straight, register, signed_in

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = ECKey.generate_key("P-256", parameters={"kid": "one", "use": "sig"})


@pytest.fixture(scope="module")
def insider(any_town: Town) -> Iterator[Browser]:
    with Browser() as browser:
        signed_in(any_town, browser, any_town.relying_party(), "orlova")
        yield browser


@pytest.fixture(scope="module")
def signing(any_town: Town) -> RelyingParty:
    return register(
        any_town,
        "signing",
        "openid offline_access",
        first_party=True,
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [KEY.as_dict(private=False)]},
    )


def _assertion(town: Town, party: RelyingParty, key: ECKey = KEY, **changes: Any) -> dict[str, str]:
    now = int(town.clock.now().timestamp())
    claims = {"iss": party.client_id, "sub": party.client_id, "aud": town.issuer, "iat": now, "exp": now + 60}
    claims |= {"jti": secrets.token_urlsafe(16)} | changes
    said = jwt.encode({"alg": "ES256", "kid": "one"}, {name: value for name, value in claims.items() if value is not None}, key)
    return {"client_assertion_type": JWT_BEARER, "client_assertion": said}


def _redeem(party: RelyingParty, browser: Browser, **proof: str) -> tuple[int, dict[str, Any]]:
    request, answer = open_straight(browser, party)
    form = {"grant_type": "authorization_code", "redirect_uri": party.redirect_uri, "code_verifier": request.verifier}
    answered = party.token(code=answer["code"], **form, **proof)
    return answered.status_code, answered.json()


def test_client_secret_post(any_town: Town, insider: Browser) -> None:
    party = register(any_town, "posting", "openid", first_party=True, token_endpoint_auth_method="client_secret_post")
    secret, party.secret = party.secret or "", None

    assert 200 == _redeem(party, insider, client_secret=secret)[0]
    for wrong in (secret + "x", "", secret.swapcase()):
        status, body = _redeem(party, insider, client_secret=wrong)
        assert (401, "invalid_client") == (status, body["error"]), wrong
    # One method a client: the right secret in the wrong place is wrong.
    party.secret = secret
    assert (401, "invalid_client") == (lambda found: (found[0], found[1]["error"]))(_redeem(party, insider))


def test_a_confidential_client_cannot_do_without(any_town: Town, insider: Browser) -> None:
    party = any_town.relying_party()
    party.secret = None

    status, body = _redeem(party, insider)

    assert (401, "invalid_client") == (status, body["error"])


def test_a_signed_assertion(any_town: Town, insider: Browser, signing: RelyingParty) -> None:
    status, tokens = _redeem(signing, insider, **_assertion(any_town, signing))

    assert 200 == status, tokens
    proof = _assertion(any_town, signing, aud=signing.discovery()["token_endpoint"])
    fresh = signing.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"], **proof)
    assert 200 == fresh.status_code
    revocation = signing.discovery()["revocation_endpoint"]
    form = {"token": fresh.json()["refresh_token"], "client_id": "signing", **_assertion(any_town, signing)}
    assert 200 == signing.http.post(revocation, data=form, timeout=30).status_code
    assert 401 == signing.userinfo(fresh.json()["access_token"]).status_code


def test_an_assertion_is_used_once(any_town: Town, insider: Browser, signing: RelyingParty) -> None:
    proof = _assertion(any_town, signing)
    assert 200 == _redeem(signing, insider, **proof)[0]

    status, body = _redeem(signing, insider, **proof)

    assert (401, "invalid_client") == (status, body["error"])


@pytest.mark.parametrize("changes", [
    {"iss": "diary"}, {"aud": "https://elsewhere.example"}, {"jti": None}, {"exp": None}, {"exp": 1}, {"exp": 2**33},
    {"key": ECKey.generate_key("P-256")},
], ids=lambda changes: next(iter(changes)))  # fmt: skip
def test_a_wrong_assertion(any_town: Town, insider: Browser, signing: RelyingParty, changes: dict[str, Any]) -> None:
    status, body = _redeem(signing, insider, **_assertion(any_town, signing, **changes))

    assert (401, "invalid_client") == (status, body["error"])


def test_an_assertion_about_another_client(any_town: Town, insider: Browser, signing: RelyingParty) -> None:
    status, body = _redeem(signing, insider, **_assertion(any_town, signing, sub="diary"))

    # Not a failed proof but a contradiction: the form names one client, the assertion another.
    assert (400, "invalid_request") == (status, body["error"])


def test_an_assertion_of_a_minute_ago(any_town: Town, insider: Browser, signing: RelyingParty) -> None:
    proof = _assertion(any_town, signing)
    any_town.clock.advance(timedelta(minutes=2))

    status, body = _redeem(signing, insider, **proof)

    assert (401, "invalid_client") == (status, body["error"])


def test_an_assertion_is_spent_at_every_node(any_town: Town, signing: RelyingParty) -> None:
    """Two processes with one database and one shelf, asked at the same instant: one believes it, once."""
    other = mounted(open_house(any_town.house.settings, any_town.house.outside))
    try:
        for _ in range(3):
            form = {"grant_type": "authorization_code", "code": "x", "client_id": "signing", **_assertion(any_town, signing)}

            def at_first(form: dict[str, str] = form) -> str:
                answer = requests.post(f"{any_town.issuer}/token", data=form, timeout=30)
                return str(answer.json()["error"])

            def at_other(form: dict[str, str] = form) -> str:
                return str(other.app.test_client().post("/token", data=form).get_json()["error"])

            with ThreadPoolExecutor(6) as pool:
                found = [each.result() for each in [pool.submit(ask) for ask in (at_first, at_other) * 3]]
            # Who is believed hears of the code; everybody else hears nothing but that.
            assert 1 == len(found) - found.count("invalid_client"), found
    finally:
        other.database.close()

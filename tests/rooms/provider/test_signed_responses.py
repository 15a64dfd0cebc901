"""JARM: the authorization response as a JWT, for success and error alike, and encrypted where the client is registered so."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2 import OAuth2Error
from werkzeug.test import TestResponse

from broker.clients.profile import as_fapi2
from broker.provider.request.asking import Asking
from broker.provider.request.checks import require_known_response_mode, require_registered_redirect
from broker.provider.request.parameters import Parameters
from tests.rooms.provider.readers import EC, ENCRYPTION_KEYS, RSA, opened, read_jwt
from tests.rooms.provider.signing import JWKS
from tests.rooms.provider.stand import DIARY, ISSUER, KIOSK, Browser, RelyingParty, Stand, answer_of

NO_TOOLS: Any = None


def response_of(answer: TestResponse) -> str:
    """The one parameter of a JARM response, by redirect or by form."""
    if answer.status_code == 200:
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))
    else:
        assert "" == urlsplit(answer.headers["Location"]).fragment
        fields = {name: value for name, [value] in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
        fields.pop("from", None)
    assert {"response"} == set(fields)
    return str(fields["response"])


def claims_of(stand: Stand, answer: TestResponse, algorithm: str = "RS256") -> dict[str, Any]:
    return read_jwt(stand, response_of(answer), algorithm)


@pytest.mark.parametrize(("mode", "status"), [("jwt", 302), ("query.jwt", 302), ("form_post.jwt", 200)])
def test_a_code_within_a_jwt(stand: Stand, browser: Browser, diary: RelyingParty, mode: str, status: int) -> None:
    answer = diary.authorize(browser, response_mode=mode)

    assert (status, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    claims = claims_of(stand, answer)
    assert {"iss", "aud", "exp", "code", "state", "session_state"} == set(claims)
    assert (ISSUER, "diary", "st-1") == (claims["iss"], claims["aud"], claims["state"])
    assert 0 < claims["exp"] - stand.clock.at.timestamp() <= 600
    assert 200 == diary.redeem(claims["code"]).status_code


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_the_client_chooses_the_signature(stand: Stand, browser: Browser, diary: RelyingParty, algorithm: str) -> None:
    stand.change("diary", authorization_signed_response_alg=algorithm)

    assert "code" in claims_of(stand, diary.authorize(browser, response_mode="jwt"), algorithm)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prompt": "none", "scope": "nothing"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"state": None, "request": "x"}, "invalid_request_object"),
    ],
)
def test_errors_are_signed_too(
    stand: Stand, browser: Browser, diary: RelyingParty, changes: dict[str, str | None], error: str
) -> None:
    claims = claims_of(stand, diary.authorize(browser, response_mode="form_post.jwt", **changes))

    assert (ISSUER, "diary", error) == (claims["iss"], claims["aud"], claims["error"])
    assert {"iss", "aud", "exp", "error", "error_description", *({"state"} if "state" not in changes else ())} == set(claims)


def test_an_answer_after_a_login_is_signed_as_it_was_asked(stand: Stand, diary: RelyingParty) -> None:
    silent = stand.browser()
    claims = claims_of(stand, diary.authorize(silent, response_mode="query.jwt", prompt="none"))
    assert "login_required" == claims["error"]

    onward = diary.authorize(silent, response_mode="form_post.jwt")
    assert 303 == onward.status_code
    silent.sign_in()
    while onward.headers.get("Location", "").startswith("/"):
        onward = silent.get(onward.headers["Location"])
    assert (200, "no-store") == (onward.status_code, onward.headers["Cache-Control"])
    assert 200 == diary.redeem(claims_of(stand, onward)["code"]).status_code


@pytest.mark.parametrize("mode", ["fragment", "fragment.jwt", "web_message", "query.jwt ", "JWT"])
def test_no_other_mode(browser: Browser, diary: RelyingParty, mode: str) -> None:
    assert "invalid_request" == answer_of(diary.authorize(browser, response_mode=mode))["error"]


def test_an_address_no_form_can_reach_gets_its_error_signed(stand: Stand, browser: Browser) -> None:
    claims = read_jwt(stand, response_of(stand.relying_party(KIOSK).authorize(browser, response_mode="form_post.jwt")), "RS256")

    assert ("kiosk", "invalid_request") == (claims["aud"], claims["error"])


@pytest.mark.parametrize(
    ("alg", "enc", "key"),
    [("RSA-OAEP-256", "A256GCM", RSA), ("ECDH-ES", None, EC), ("ECDH-ES+A256KW", "A256CBC-HS512", EC)],
)
def test_signed_then_encrypted(
    stand: Stand, browser: Browser, diary: RelyingParty, alg: str, enc: str | None, key: Any
) -> None:
    stand.change(
        "diary", authorization_encrypted_response_alg=alg, authorization_encrypted_response_enc=enc, jwks=ENCRYPTION_KEYS
    )
    header, content = opened(response_of(diary.authorize(browser, response_mode="jwt")), key, alg, enc or "A128CBC-HS256")

    assert ("JWT", key.kid) == (header["cty"], header["kid"])
    assert 200 == diary.redeem(read_jwt(stand, content, "RS256")["code"]).status_code


def test_without_a_key_nothing_is_sent(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    stand.change("diary", authorization_encrypted_response_alg="RSA-OAEP-256", jwks_uri="https://127.0.0.1/jwks")
    answer = diary.authorize(browser, response_mode="jwt")

    assert 400 == answer.status_code
    assert "7004" in answer.text
    assert "Location" not in answer.headers


def test_a_strict_client_gets_nothing_unsigned(stand: Stand, browser: Browser) -> None:
    """Whoever changes the mode of a client that relies on signatures gets an error, and that is signed."""
    client = as_fapi2(replace(DIARY, client_id="strict", token_endpoint_auth_method="private_key_jwt", jwks=JWKS))
    with stand.app.app_context():
        stand.rooms.clients.add(client)
    strict = stand.relying_party(client)
    for mode, read in ((None, answer_of), ("query", answer_of), ("jwt", partial(claims_of, stand, algorithm="ES256"))):
        # It must push its requests; what it is told of that is signed with an algorithm of the profile.
        assert "invalid_request" == read(strict.authorize(browser, response_mode=mode))["error"]

    stand.change("strict", authorization_signed_response_alg="PS256")
    for mode in (None, "query", "form_post", "fragment"):
        claims = claims_of(stand, strict.authorize(browser, response_mode=mode), "PS256")
        assert ("strict", "invalid_request") == (claims["aud"], claims["error"])


@pytest.mark.parametrize("mode", [None, "query", "form_post"])
def test_a_strict_client_cannot_ask_for_less(mode: str | None) -> None:
    client = replace(DIARY, profile="fapi2", authorization_signed_response_alg="PS256")
    values = {"redirect_uri": DIARY.redirect_uris[0]} | ({"response_mode": mode} if mode else {})
    asking = Asking(Parameters(values), client)

    require_registered_redirect(asking, NO_TOOLS)
    assert "query.jwt" == asking.known_destination.mode
    with pytest.raises(OAuth2Error, match="one of JARM"):
        require_known_response_mode(asking, NO_TOOLS)


def test_a_signed_response_is_no_hint(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    """One object may not serve as another (RFC 8725 3.12): a response is signed by the same key for the same client."""
    diary_token = read_jwt(stand, diary.tokens(browser)["id_token"], "ES256")
    response = response_of(diary.authorize(browser, response_mode="jwt"))
    true = {name: diary_token[name] for name in ("iss", "aud", "sub", "auth_time")}
    ring = stand.rooms.vault.ring
    without = {name: value for name, value in true.items() if name != "auth_time"}

    assert "code" in answer_of(diary.authorize(browser, prompt="none", id_token_hint=ring.sign(true, "ES256")))
    for unfit in (response, ring.sign(without, "ES256"), ring.sign(true, "ES256", "at+jwt")):
        assert "error" in answer_of(diary.authorize(browser, prompt="none", id_token_hint=unfit))

"""The token endpoint: who asks, what is spent, what is refused, in this order."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from broker.foundation import jose
from broker.foundation.encoding import b64url
from tests.rooms.provider.stand import DIARY, ISSUER, KIOSK, OLYMP, Browser, RelyingParty, Stand

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def error_of(answer: Any) -> str:
    assert answer.content_type.startswith("application/json"), answer.text
    assert "no-store" == answer.headers["Cache-Control"]
    return str(answer.json["error"])


def test_a_code_works_once_and_its_second_use_ends_what_the_first_gave(
    stand: Stand, browser: Browser, diary: RelyingParty
) -> None:
    code = diary.code(browser)
    tokens = diary.redeem(code).json
    assert "invalid_grant" == error_of(diary.redeem(code))

    assert 401 == diary.userinfo(tokens["access_token"]).status_code
    assert "invalid_grant" == error_of(diary.refresh(tokens["refresh_token"]))
    assert "code.reused" in stand.events()


SPOILED: dict[str, dict[str, str | None]] = {
    "no verifier": {"code_verifier": None},
    "another verifier": {"code_verifier": "x" * 43},
    "short verifier": {"code_verifier": "x"},
    "no address": {"redirect_uri": None},
    "another address": {"redirect_uri": "https://diary.example.ru/cb/"},
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_redemption_spends_the_code(browser: Browser, diary: RelyingParty, how: str) -> None:
    code = diary.code(browser)
    assert error_of(diary.redeem(code, **SPOILED[how])) in ("invalid_grant", "invalid_request")

    assert "invalid_grant" == error_of(diary.redeem(code))


def test_another_client_gets_nothing_for_a_code_and_spoils_it(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    thief = stand.relying_party(OLYMP)
    thief.verifier = diary.verifier
    code = diary.code(browser)

    assert "invalid_grant" == error_of(thief.redeem(code, redirect_uri=DIARY.redirect_uris[0]))
    assert "invalid_grant" == error_of(diary.redeem(code))


def test_a_verifier_without_a_challenge_is_refused(stand: Stand, browser: Browser) -> None:
    stand.change("diary", require_pkce=False)
    diary = stand.relying_party()
    without = {"code_challenge": None, "code_challenge_method": None}

    assert error_of(diary.redeem(diary.code(browser, **without))) == "invalid_request"
    assert 200 == diary.redeem(diary.code(browser, **without), code_verifier=None).status_code


def test_a_code_is_too_old_after_a_minute(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    code = diary.code(browser)
    stand.clock.advance(timedelta(seconds=60))

    assert "invalid_grant" == error_of(diary.redeem(code))


def test_refresh_rotates_and_a_spent_token_ends_the_grant(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    first = diary.tokens(browser)
    stand.clock.advance(timedelta(minutes=20))
    second = diary.refresh(first["refresh_token"])
    assert 200 == second.status_code
    assert first["refresh_token"] != second.json["refresh_token"]
    assert 200 == diary.userinfo(second.json["access_token"]).status_code
    assert "nonce" not in jose.claims_without_checking_signature(second.json["id_token"])

    assert "invalid_grant" == error_of(diary.refresh(first["refresh_token"]))
    assert 401 == diary.userinfo(second.json["access_token"]).status_code
    assert "invalid_grant" == error_of(diary.refresh(second.json["refresh_token"]))
    assert "refresh.reused" in stand.events()


def test_scopes_can_be_narrowed_but_not_widened(browser: Browser, diary: RelyingParty) -> None:
    first = diary.tokens(browser, scope="openid profile offline_access")
    # A mistake costs nothing: the token is still good afterwards.
    assert "invalid_scope" == error_of(diary.refresh(first["refresh_token"], scope="openid snils"))
    narrow = diary.refresh(first["refresh_token"], scope="openid").json

    assert "openid" == narrow["scope"]
    assert {"sub"} == set(diary.userinfo(narrow["access_token"]).json)
    assert "openid profile offline_access" == diary.refresh(narrow["refresh_token"]).json["scope"]


def test_without_offline_access_there_is_no_refresh_token(browser: Browser, diary: RelyingParty) -> None:
    assert "refresh_token" not in diary.tokens(browser, scope="openid")


def test_another_client_cannot_refresh(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    token = diary.tokens(browser)["refresh_token"]

    assert "invalid_grant" == error_of(stand.relying_party(OLYMP).refresh(token))
    assert 200 == diary.refresh(token).status_code


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"data": {}}, "invalid_request"),
    ({"data": {"grant_type": ""}}, "invalid_request"),
    ({"data": {"grant_type": ["a", "b"]}}, "invalid_request"),
    ({"data": {"grant_type": "password"}}, "unsupported_grant_type"),
    ({"data": {"grant_type": "authorization_code"}}, "invalid_request"),
    ({"data": {"grant_type": "refresh_token"}}, "invalid_request"),
    ({"data": {"grant_type": "authorization_code", "code": "x" * 3000}}, "invalid_request"),
    ({"data": {"grant_type": "authorization_code", "code": "a\x00"}}, "invalid_request"),
    ({"data": b"grant_type=%ff", "content_type": "application/x-www-form-urlencoded"}, "invalid_request"),
    ({"data": {"grant_type": "authorization_code", "code": "x", "pad": "x" * 20_000}}, "invalid_request"),
    ({"json": {"grant_type": "authorization_code"}}, "invalid_request"),
    ({"query_string": {"grant_type": "authorization_code", "code": "x"}}, "invalid_request"),
    ({"data": {"grant_type": "authorization_code", "code": "nonsense"}}, "invalid_grant"),
    ({"data": {"grant_type": "refresh_token", "refresh_token": "nonsense"}}, "invalid_grant"),
]


@pytest.mark.parametrize(("options", "error"), MALFORMED)
def test_a_malformed_request_is_refused_by_the_book(stand: Stand, options: dict[str, Any], error: str) -> None:
    headers = basic("diary", stand.secrets["diary"])
    answer = stand.app.test_client().post("/token", base_url=ISSUER, headers=headers, **options)

    assert (400, error) == (answer.status_code, error_of(answer))


def test_a_grant_that_is_not_registered_is_refused_before_anything_is_spent(
    stand: Stand, browser: Browser, diary: RelyingParty
) -> None:
    token = diary.tokens(browser)["refresh_token"]
    stand.change("diary", grant_types=("authorization_code",))
    assert "unauthorized_client" == error_of(diary.refresh(token))
    stand.change("diary", grant_types=DIARY.grant_types)

    assert 200 == diary.refresh(token).status_code


def _unauthenticated(stand: Stand) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    diary, olymp = stand.secrets["diary"], stand.secrets["olymp"]
    return {
        "nothing": ({}, {}),
        "only a name": ({}, {"client_id": "diary"}),
        "wrong secret": (basic("diary", "x"), {}),
        "empty secret": (basic("diary", ""), {}),
        "another's secret": (basic("diary", olymp), {}),
        "unknown client": (basic("nobody", diary), {}),
        "wrong method": ({}, {"client_id": "diary", "client_secret": diary}),
        "the other wrong method": (basic("olymp", olymp), {}),
        "secret for a public client": (basic("kiosk", "x"), {}),
        "not base64": ({"Authorization": "Basic %%%"}, {}),
        "not utf-8": ({"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()}, {}),
        "no colon": ({"Authorization": "Basic " + base64.b64encode(b"diary").decode()}, {}),
        "bearer": ({"Authorization": "Bearer x"}, {}),
        "assertion that is none": ({}, {"client_assertion_type": ASSERTION, "client_assertion": "x.y.z"}),
    }


UNAUTHENTICATED = list(_unauthenticated(type("S", (), {"secrets": {"diary": "", "olymp": ""}})()))  # type: ignore[arg-type]


@pytest.mark.parametrize("how", UNAUTHENTICATED)
def test_who_is_not_authenticated_gets_one_answer(stand: Stand, browser: Browser, how: str) -> None:
    headers, fields = _unauthenticated(stand)[how]
    code = stand.relying_party().code(browser)
    body = {"grant_type": "authorization_code", "code": code} | fields
    answer = stand.app.test_client().post("/token", base_url=ISSUER, headers=headers, data=body)

    assert (401, "invalid_client") == (answer.status_code, error_of(answer))
    assert {"error": "invalid_client", "error_description": "client authentication failed"} == answer.json
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    # Nothing was spent by a stranger.
    with stand.app.app_context():
        assert stand.rooms.codes.take(code) is not None


def test_two_ways_of_authentication_at_once_are_refused(stand: Stand) -> None:
    secret = stand.secrets["diary"]
    fields = {"grant_type": "authorization_code", "code": "x", "client_id": "diary"}
    for more in ({"client_secret": secret}, {"client_assertion": "x.y.z", "client_assertion_type": ASSERTION}):
        answer = stand.app.test_client().post("/token", base_url=ISSUER, headers=basic("diary", secret), data=fields | more)
        assert (400, "invalid_request") == (answer.status_code, error_of(answer))


def test_nobody_acts_for_another_client_by_naming_it(stand: Stand) -> None:
    fields = {"grant_type": "authorization_code", "code": "x", "client_id": "kiosk"}
    answer = stand.app.test_client().post("/token", base_url=ISSUER, headers=basic("diary", stand.secrets["diary"]), data=fields)

    assert "invalid_request" == error_of(answer)


class Signer:
    """A client with private keys."""

    def __init__(self, stand: Stand):
        self.stand = stand
        self.rsa, self.ec = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
        keys = [jose.public_jwk(self.rsa.public_key()) | {"kid": "r"}, jose.public_jwk(self.ec.public_key()) | {"kid": "e"}]
        stand.change("diary", token_endpoint_auth_method="private_key_jwt", jwks={"keys": keys}, secrets=())

    def assertion(self, alg: str = "ES256", kid: str | None = "e", **changes: Any) -> str:
        now = self.stand.clock.at.timestamp()
        claims = {"iss": "diary", "sub": "diary", "aud": ISSUER, "exp": now + 60, "iat": now, "jti": "j"} | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": alg} | ({"kid": kid} if kid else {})
        key = self.ec if alg == "ES256" else self.rsa
        return jose.sign(kept, key, header)

    def post(self, assertion: str, **fields: str) -> Any:
        body = {"grant_type": "authorization_code", "code": "x", "client_assertion_type": ASSERTION}
        return self.stand.app.test_client().post("/token", base_url=ISSUER, data=body | {"client_assertion": assertion} | fields)


GOOD: dict[str, dict[str, Any]] = {
    "es256": {},
    "rs256": {"alg": "RS256", "kid": "r"},
    "ps256": {"alg": "PS256", "kid": "r"},
    "for the token endpoint": {"aud": f"{ISSUER}/token"},
    "for both of our names": {"aud": [ISSUER, f"{ISSUER}/token"]},
    "sole key of its kind": {"kid": None},
}
BAD: dict[str, dict[str, Any]] = {
    "for somebody else": {"aud": "https://other.example"},
    "also for somebody else": {"aud": [ISSUER, "https://other.example"]},
    "for nobody": {"aud": None},
    "for an empty list": {"aud": []},
    "of another issuer": {"iss": "olymp"},
    "about another client": {"sub": "olymp"},
    "about a number": {"sub": 7},
    "without an end": {"exp": None},
    "ended": {"exp": 1},
    "ends as a word": {"exp": "soon"},
    "lives too long": {"exp": 4_000_000_000},
    "not yet": {"nbf": 4_000_000_000},
    "without jti": {"jti": None},
    "empty jti": {"jti": ""},
    "jti is a number": {"jti": 1},
    "unknown key": {"kid": "x"},
    "key of another kind": {"kid": "r"},
}


@pytest.mark.parametrize("how", GOOD)
def test_a_signed_assertion_authenticates_once(stand: Stand, how: str) -> None:
    signer = Signer(stand)
    assertion = signer.assertion(**GOOD[how])
    # invalid_grant: the client was believed, the code was not.
    assert "invalid_grant" == error_of(signer.post(assertion))

    assert "invalid_client" == error_of(signer.post(assertion))


@pytest.mark.parametrize("how", BAD)
def test_an_assertion_with_a_flaw_does_not(stand: Stand, how: str) -> None:
    signer = Signer(stand)

    assert "invalid_client" == error_of(signer.post(signer.assertion(**BAD[how])))
    # A bad assertion uses up no jti: a good one with the same jti still passes.
    assert "invalid_grant" == error_of(signer.post(signer.assertion()))


def test_no_key_of_the_assertions_own_is_believed(stand: Stand) -> None:
    thief, signer = Signer(stand), Signer(stand)  # the second one's keys are the registered ones
    jwk = jose.public_jwk(thief.ec.public_key())
    claims = {"iss": "diary", "sub": "diary", "aud": ISSUER, "exp": stand.clock.at.timestamp() + 60, "jti": "j"}
    own = jose.sign(claims, thief.ec, {"alg": "ES256", "kid": "e", "jwk": jwk})  # type: ignore[dict-item]
    parts = [b64url(json.dumps(part).encode()) for part in ({"alg": "none"}, claims)]
    none = f"{parts[0]}.{parts[1]}."

    for assertion in (own, none, thief.assertion()):
        assert "invalid_client" == error_of(signer.post(assertion))


def test_a_client_with_keys_has_no_other_way_in(stand: Stand) -> None:
    secret = stand.secrets["diary"]
    Signer(stand)
    fields = {"grant_type": "authorization_code", "code": "x"}
    for headers, more in ((basic("diary", secret), {}), ({}, {"client_id": "diary"})):
        answer = stand.app.test_client().post("/token", base_url=ISSUER, headers=headers, data=fields | more)
        assert "invalid_client" == error_of(answer)


def _fifty(attempt: Callable[[], Any]) -> list[int]:
    with ThreadPoolExecutor(16) as pool:
        return [answer.status_code for answer in pool.map(lambda _: attempt(), range(50))]


@pytest.mark.parametrize("client", [DIARY, KIOSK], ids=lambda client: client.client_id)
def test_of_fifty_redemptions_and_refreshes_one_succeeds(stand: Stand, browser: Browser, client: Any) -> None:
    party = stand.relying_party(client)
    code = party.code(browser)
    assert [200] + [400] * 49 == sorted(_fifty(lambda: party.redeem(code)))
    token = party.tokens(browser)["refresh_token"]

    assert [200] + [400] * 49 == sorted(_fifty(lambda: party.refresh(token)))

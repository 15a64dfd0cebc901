"""Access tokens as JWTs (RFC 9068): what they say, where they are good, and that nothing else of ours passes for one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from broker.audit.event import SYSTEM
from broker.foundation import jose
from broker.foundation.encoding import b64url
from broker.tokens.confirmation import Confirmation
from broker.tokens.mint import Minting
from broker.tokens.sealed import BadToken
from broker.tokens.signed_access import TYPE
from tests.rooms.provider.machines import MARKS, MEALS, exchange, for_itself, fully
from tests.rooms.provider.stand import ISSUER, Browser, RelyingParty, Stand

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def diary(stand: Stand) -> RelyingParty:
    return fully(stand, access_token_format="jwt")


def _checked(stand: Stand, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, verified as a resource would: with the published keys and a library that is not ours."""
    keys = KeySet.import_key_set(stand.app.test_client().get("/jwks", base_url=ISSUER).json)
    decoded = jwt.decode(token, keys, algorithms=["ES256", "RS256"])
    return dict(decoded.header), dict(decoded.claims)


def test_a_token_says_what_the_standard_wants(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    tokens = diary.tokens(browser, resource=MARKS)
    header, claims = _checked(stand, tokens["access_token"])
    now = int(stand.clock.at.timestamp())

    assert ("at+jwt", "ES256") == (header["typ"], header["alg"])
    assert (ISSUER, MARKS, "diary", "openid profile offline_access") == tuple(
        claims[name] for name in ("iss", "aud", "client_id", "scope")
    )
    assert (now, now + 600, now) == (claims["iat"], claims["exp"], claims["auth_time"])
    assert ("urn:school-signin:esia:confirmed", ["pwd"]) == (claims["acr"], claims["amr"])
    assert _checked(stand, tokens["id_token"])[1]["sub"] == claims["sub"]
    assert {"iss", "aud", "client_id", "scope", "iat", "exp", "auth_time", "acr", "amr", "sub", "jti"} == set(claims)


@pytest.mark.parametrize(
    ("resource", "audience"), [(None, ISSUER), (MARKS, MARKS), ([MARKS, MEALS], [MARKS, MEALS])], ids=["none", "one", "two"]
)
def test_the_audience_is_the_resource_or_the_issuer(
    stand: Stand, diary: RelyingParty, resource: Any, audience: object
) -> None:
    more = {} if resource is None else {"resource": resource}
    token = for_itself(diary, **more).json["access_token"]
    claims = _checked(stand, token)[1]

    assert (audience, "diary", "diary") == (claims["aud"], claims["sub"], claims["client_id"])
    assert not {"auth_time", "acr", "amr"} & set(claims)
    with stand.app.app_context():
        expected = () if resource is None else tuple([resource] if isinstance(resource, str) else resource)
        assert expected == stand.rooms.living.read(token).access.audience


def test_key_actors_and_time_come_back_as_they_went_in(stand: Stand) -> None:
    key = Confirmation("x5t", "c" * 43)
    with stand.app.app_context():
        client = stand.rooms.clients.find("diary")
        assert client is not None
        minting = Minting(None, client, ("ssf.read",), {}, confirmation=key, actors=("b", "a"), form="jwt")
        minted = stand.rooms.mint.mint(minting)
        access = stand.rooms.access.read(minted.access_token)
    claims = _checked(stand, minted.access_token)[1]

    assert ({"x5t#S256": "c" * 43}, {"sub": "b", "act": {"sub": "a"}}) == (claims["cnf"], claims["act"])
    assert (key, ("b", "a"), ("ssf.read",), stand.clock.at) == (
        access.confirmation, access.actors, access.scopes, access.issued_at,
    )  # fmt: skip


def test_a_resource_believes_it_and_we_still_ask_its_grant(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    tokens = diary.tokens(browser)
    assert 200 == diary.userinfo(tokens["access_token"]).status_code
    diary.post("/revoke", {"token": tokens["access_token"]})
    assert 401 == diary.userinfo(tokens["access_token"]).status_code

    again = diary.refresh(tokens["refresh_token"]).json["access_token"]
    assert 401 == diary.userinfo(again).status_code  # issued in the instant of the revocation
    stand.clock.advance(timedelta(seconds=1))
    later = diary.tokens(browser)["access_token"]
    with stand.app.app_context():
        stand.rooms.sign_out.end_session(stand.rooms.sessions.of_person("anna")[0].id, "sign_out", SYSTEM)
    assert 401 == diary.userinfo(later).status_code


def test_it_ends_with_its_time(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    token = diary.tokens(browser)["access_token"]
    stand.clock.advance(timedelta(minutes=10))

    assert 401 == diary.userinfo(token).status_code


@pytest.mark.parametrize("kind", ["JWT", "AT+JWT", "application/at+jwt", "logout+jwt", "", "token-introspection+jwt"])
def test_another_jwt_of_ours_is_no_access_token(stand: Stand, browser: Browser, diary: RelyingParty, kind: str) -> None:
    claims = dict(jose.claims_without_checking_signature(diary.tokens(browser)["access_token"]))
    with stand.app.app_context():
        for typ, is_one in ((kind, False), (TYPE, True)):
            token = stand.rooms.vault.ring.sign(claims, "ES256", typ)
            assert is_one == (200 == diary.userinfo(token).status_code)


SPOILT: dict[str, dict[str, object]] = {
    "another issuer": {"iss": "https://other.example.ru"},
    "no jti": {"jti": None},
    "a short jti": {"jti": "AAAA"},
    "a number for jti": {"jti": 7},
    "no client": {"client_id": None},
    "no end": {"exp": None},
    "an end in words": {"exp": "tomorrow"},
    "a list of scopes": {"scope": ["openid"]},
    "an odd key": {"cnf": {"jkt": "short"}},
    "an odd actor": {"act": "marks"},
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_we_would_not_have_written_is_not_read(stand: Stand, browser: Browser, diary: RelyingParty, how: str) -> None:
    claims = dict(jose.claims_without_checking_signature(diary.tokens(browser)["access_token"])) | SPOILT[how]
    with stand.app.app_context():
        token = stand.rooms.vault.ring.sign({name: value for name, value in claims.items() if value is not None}, "ES256", TYPE)
        with pytest.raises(BadToken):
            stand.rooms.access.read(token)


def test_an_id_token_opens_nothing_and_an_access_token_names_nobody(
    stand: Stand, browser: Browser, diary: RelyingParty
) -> None:
    tokens = diary.tokens(browser)
    assert 401 == diary.userinfo(tokens["id_token"]).status_code
    assert 400 == exchange(diary, tokens["id_token"]).status_code

    # As a hint it would name a person to us: prompt=none with a hint that is none is refused.
    told = diary.authorize(browser, prompt="none", id_token_hint=tokens["access_token"])
    assert "error=login_required" in told.headers["Location"]
    assert "code=" in diary.authorize(browser, prompt="none", id_token_hint=tokens["id_token"]).headers["Location"]


def test_an_access_token_is_no_proof_of_a_client(stand: Stand, diary: RelyingParty) -> None:
    own = for_itself(diary).json["access_token"]
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": own}
    answer = stand.app.test_client().post("/token", base_url=ISSUER, data=form)

    assert (401, "invalid_client") == (answer.status_code, answer.json["error"])


def test_no_other_signature_passes(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    header, claims, signature = diary.tokens(browser)["access_token"].split(".")
    none = b64url(json.dumps({"alg": "none", "typ": TYPE}).encode())
    for token in (f"{none}.{claims}.", f"{header}.{claims}.", f"{header}.{claims}.{signature[:-4]}AAAA", f"{header}.{claims}"):
        assert diary.userinfo(token).status_code in (400, 401)


def test_lives_are_the_clients_own_within_bounds(stand: Stand, browser: Browser) -> None:
    party = fully(stand, access_token_ttl=120, id_token_ttl=300, refresh_token_ttl=3600)
    tokens = party.tokens(browser)
    claims = jose.claims_without_checking_signature(tokens["id_token"])

    assert (120, 300) == (tokens["expires_in"], claims["exp"] - claims["iat"])
    stand.clock.advance(timedelta(seconds=3599))
    again = party.refresh(tokens["refresh_token"])
    assert 1 == again.json["expires_in"]
    stand.clock.advance(timedelta(seconds=1))
    assert 400 == party.refresh(again.json["refresh_token"]).status_code

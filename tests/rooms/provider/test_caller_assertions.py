"""Clients that sign who they are, and everything that somebody else could try instead (RFC 7523, RFC 8725, FAPI 2.0)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from broker.clients.profile import as_fapi2
from broker.foundation.jose import public_jwk
from broker.provider.caller.client_assertion import ASSERTION_TYPE
from tests.rooms.provider.stand import DIARY, ISSUER, Stand, build
from tests.support.clock import Clock

RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY, STRANGER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
RSA_PEM = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
JWKS = {"keys": [
    public_jwk(RSA_KEY.public_key()) | {"kid": "rsa"}, public_jwk(EC_KEY.public_key()) | {"kid": "ec"},
    public_jwk(ED_KEY.public_key()) | {"kid": "ed"},
]}  # fmt: skip
MACHINE: dict[str, Any] = {
    "grant_types": ("client_credentials",), "scopes": (), "redirect_uris": (), "post_logout_redirect_uris": (),
    "subject_type": "public",
}  # fmt: skip
SIGNING = replace(DIARY, client_id="signing", token_endpoint_auth_method="private_key_jwt", jwks=JWKS, **MACHINE)
PINNED = replace(SIGNING, client_id="pinned", token_endpoint_auth_signing_alg="ES256")
STRICT = as_fapi2(replace(SIGNING, client_id="strict"))
SHARED = replace(DIARY, client_id="shared", token_endpoint_auth_method="client_secret_jwt", **MACHINE)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    made = build(tmp_path_factory.mktemp("callers"), Clock())
    with made.app.app_context():
        for client in (SIGNING, PINNED, STRICT, SHARED):
            made.rooms.clients.add(client)
        made.secrets["shared"] = made.rooms.clients.new_secret("shared", made.rooms.outside, timedelta(0))
    yield made
    made.rooms.database.close()


def assertion(stand: Stand, client_id: str = "signing", key: Any = EC_KEY, header: Any = None, **changes: Any) -> str:
    now = int(stand.clock.now().timestamp())
    claims = {"iss": client_id, "sub": client_id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": secrets.token_hex(8)}
    claims |= changes
    head = {"kid": "ec"} | (header or {})
    algorithm = head.pop("alg", "ES256")
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm, headers={name: value for name, value in head.items() if value is not None})


def asked(stand: Stand, said: str, path: str = "/token", **more: str) -> tuple[int, str]:
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": said, "token": "x"}
    form |= more
    answer = stand.app.test_client().post(path, base_url=ISSUER, data=form)
    body = answer.get_json(silent=True) or {}
    assert "signing" not in answer.text and (len(said) < 20 or said[:20] not in answer.text)
    return answer.status_code, str(body.get("error", ""))


def is_believed(answer: tuple[int, str]) -> bool:
    """Past the client's proof, whatever comes of the rest."""
    return "invalid_client" != answer[1] and 401 != answer[0]


@pytest.mark.parametrize(("key", "header"), [
    (EC_KEY, {"alg": "ES256", "kid": "ec"}), (RSA_KEY, {"alg": "PS256", "kid": "rsa"}), (RSA_KEY, {"alg": "RS256", "kid": "rsa"}),
    (ED_KEY, {"alg": "EdDSA", "kid": "ed"}), (EC_KEY, {"kid": None}), (EC_KEY, {"typ": "client-authentication+jwt"}),
], ids=range(6))  # fmt: skip
def test_a_signed_assertion_is_believed(stand: Stand, key: Any, header: dict[str, Any]) -> None:
    assert (200, "") == asked(stand, assertion(stand, key=key, header=header))


@pytest.mark.parametrize(("key", "header"), [
    (STRANGER, {}), (RSA_KEY, {"alg": "PS256"}), (EC_KEY, {"kid": "rsa"}), (EC_KEY, {"kid": "no"}), (EC_KEY, {"kid": "../ec"}),
    (EC_KEY, {"typ": "at+jwt"}), (EC_KEY, {"typ": "dpop+jwt"}), (EC_KEY, {"typ": "logout+jwt"}), (EC_KEY, {"crit": ["b64"]}),
    (STRANGER, {"jwk": public_jwk(STRANGER.public_key())}), (STRANGER, {"jku": "https://evil.example/jwks"}),
    (STRANGER, {"x5u": "https://evil.example/x"}), (STRANGER, {"kid": None, "jwk": public_jwk(STRANGER.public_key())}),
    (RSA_KEY, {"alg": "RS384", "kid": "rsa"}), (secrets.token_bytes(32), {"alg": "HS256", "kid": "ec"}),
], ids=range(15))  # fmt: skip
def test_a_wrong_signature_or_header_is_not(stand: Stand, key: Any, header: dict[str, Any]) -> None:
    assert (401, "invalid_client") == asked(stand, assertion(stand, key=key, header=header))


def _forged(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """HS256 made by hand: the library refuses to sign with a public key."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    mac = hmac.new(key, b".".join(parts), hashlib.sha256).digest() if key else b""
    return b".".join((*parts, base64.urlsafe_b64encode(mac).rstrip(b"="))).decode()


def test_neither_none_nor_a_mac_with_the_public_key(stand: Stand) -> None:
    now = int(stand.clock.now().timestamp())
    claims = {"iss": "signing", "sub": "signing", "aud": ISSUER, "exp": now + 60, "jti": "j"}
    for header, key in (({"alg": "none"}, b""), ({"alg": "None", "kid": "ec"}, b""), ({"alg": "HS256", "kid": "rsa"}, RSA_PEM),
                        ({"alg": "HS256"}, json.dumps(JWKS["keys"][0]).encode()), ({"alg": ["ES256"]}, b"x")):  # fmt: skip
        assert (401, "invalid_client") == asked(stand, _forged(header, claims, key)), header


WRONG_CLAIMS: tuple[dict[str, Any], ...] = (
    {"iss": "diary"}, {"iss": None}, {"aud": None}, {"aud": []}, {"aud": "https://evil.example"}, {"aud": {"a": ISSUER}},
    {"aud": [ISSUER, "https://evil.example"]}, {"aud": ISSUER + "/"}, {"aud": ISSUER + "/authorize"}, {"exp": None}, {"exp": 1},
    {"exp": 2**33}, {"exp": "soon"}, {"exp": float("inf")}, {"nbf": 2**33}, {"iat": 2**33}, {"jti": None}, {"jti": ""},
    {"jti": "j" * 256}, {"jti": 7},
)  # fmt: skip


@pytest.mark.parametrize("changes", WRONG_CLAIMS, ids=range(len(WRONG_CLAIMS)))
def test_a_wrong_claim_is_not(stand: Stand, changes: dict[str, Any]) -> None:
    assert (401, "invalid_client") == asked(stand, assertion(stand, **changes))


def test_an_assertion_about_nobody(stand: Stand) -> None:
    for name in ("nobody", "", 7, None, "два", "x" * 500):
        assert (401, "invalid_client") == asked(stand, assertion(stand, sub=name)), name


@pytest.mark.parametrize("said", ["", "a", "a.b.c", "." * 9, "é.é.é", "x" * 20_001, "e30.e30.e30", "W10.W10.W10"])
def test_what_is_no_assertion(stand: Stand, said: str) -> None:
    status, error = asked(stand, said)

    assert status in (400, 401) and error in ("invalid_client", "invalid_request")


def test_our_names_are_the_issuer_the_token_endpoint_and_the_one_called(stand: Stand) -> None:
    for audience in (ISSUER, [ISSUER], ISSUER + "/token", [ISSUER, ISSUER + "/token"], "https://mtls.example.ru/token"):
        assert is_believed(asked(stand, assertion(stand, aud=audience))), audience
    assert is_believed(asked(stand, assertion(stand, aud=ISSUER + "/revoke"), "/revoke"))
    assert (401, "invalid_client") == asked(stand, assertion(stand, aud=ISSUER + "/revoke"))


def test_an_assertion_is_used_once_wherever(stand: Stand) -> None:
    said = assertion(stand)
    assert (200, "") == asked(stand, said)

    for path in ("/token", "/revoke"):
        assert (401, "invalid_client") == asked(stand, said, path)


def test_a_wrong_assertion_does_not_burn_the_name_of_a_right_one(stand: Stand) -> None:
    assert (401, "invalid_client") == asked(stand, assertion(stand, key=STRANGER, jti="the-same"))

    assert (200, "") == asked(stand, assertion(stand, jti="the-same"))


def test_a_registered_algorithm_is_the_only_one(stand: Stand) -> None:
    assert (200, "") == asked(stand, assertion(stand, "pinned"))
    for key, header in ((RSA_KEY, {"alg": "PS256", "kid": "rsa"}), (ED_KEY, {"alg": "EdDSA", "kid": "ed"})):
        assert (401, "invalid_client") == asked(stand, assertion(stand, "pinned", key=key, header=header))


def test_the_strict_profile_takes_the_issuer_as_one_string_and_strict_algorithms(stand: Stand) -> None:
    assert is_believed(asked(stand, assertion(stand, "strict")))
    for audience in ([ISSUER], ISSUER + "/token"):
        assert (401, "invalid_client") == asked(stand, assertion(stand, "strict", aud=audience))
    assert (401, "invalid_client") == asked(stand, assertion(stand, "strict", key=RSA_KEY, header={"alg": "RS256", "kid": "rsa"}))


def test_a_shared_secret_makes_a_mac(stand: Stand) -> None:
    header = {"alg": "HS256", "kid": None}
    assert (200, "") == asked(stand, assertion(stand, "shared", stand.secrets["shared"], header))
    for key in (stand.secrets["shared"] + "x", stand.secrets["diary"]):
        assert (401, "invalid_client") == asked(stand, assertion(stand, "shared", key, header))
    assert (401, "invalid_client") == asked(stand, assertion(stand, "shared", EC_KEY))
    # A client that is not registered for this method has no such secret, whatever it has.
    assert (401, "invalid_client") == asked(stand, assertion(stand, "diary", stand.secrets["diary"], header))


def test_an_old_shared_secret_works_until_its_end(stand: Stand) -> None:
    old, header = stand.secrets["shared"], {"alg": "HS256", "kid": None}
    with stand.app.app_context():
        new = stand.secrets["shared"] = stand.rooms.clients.new_secret("shared", stand.rooms.outside, timedelta(hours=1))
    for secret in (old, new):
        assert (200, "") == asked(stand, assertion(stand, "shared", secret, header))
    stand.clock.advance(timedelta(hours=1))

    assert (401, "invalid_client") == asked(stand, assertion(stand, "shared", old, header))
    assert (200, "") == asked(stand, assertion(stand, "shared", new, header))


def test_a_shared_secret_does_not_lie_open_and_goes_with_its_method(stand: Stand) -> None:
    with stand.app.app_context():
        client = stand.rooms.clients.find("shared")
        assert client is not None and client.secrets and all(secret.sealed for secret in client.secrets)
        assert stand.secrets["shared"].encode() not in b"".join(secret.sealed for secret in client.secrets)
        plain = stand.rooms.clients.replace(replace(client, token_endpoint_auth_method="client_secret_basic"))
        kept = stand.rooms.clients.find("shared")
        assert kept is not None and kept.secrets and not any(secret.sealed for secret in kept.secrets)
        stand.rooms.clients.replace(replace(plain, token_endpoint_auth_method="private_key_jwt", jwks=JWKS))
        bare = stand.rooms.clients.find("shared")
        assert bare is not None and () == bare.secrets


def test_two_ways_at_once_are_refused(stand: Stand) -> None:
    said = assertion(stand)
    assert (400, "invalid_request") == asked(stand, said, client_secret="x")
    assert (400, "invalid_request") == asked(stand, said, client_id="diary")
    assert (200, "") == asked(stand, said, client_id="signing")


def test_a_client_of_another_method_cannot_sign(stand: Stand) -> None:
    for client_id in ("diary", "kiosk"):
        assert (401, "invalid_client") == asked(stand, assertion(stand, client_id))

"""ID tokens that only their client can read (OpenID Connect Core 10.2), and the four algorithms they are signed with."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from broker.foundation.encoding import b64url
from tests.rooms.provider.readers import EC, ENCRYPTION_KEYS, RSA, opened, read_jwt
from tests.rooms.provider.stand import Browser, RelyingParty, Stand, answer_of


@pytest.mark.parametrize(
    ("alg", "enc", "key"), [("RSA-OAEP-256", "A128CBC-HS256", RSA), ("ECDH-ES", "A256GCM", EC), ("ECDH-ES+A256KW", None, EC)]
)
def test_signed_then_encrypted(
    stand: Stand, browser: Browser, diary: RelyingParty, alg: str, enc: str | None, key: Any
) -> None:
    stand.change("diary", id_token_encrypted_response_alg=alg, id_token_encrypted_response_enc=enc, jwks=ENCRYPTION_KEYS)
    tokens = diary.tokens(browser)
    header, content = opened(tokens["id_token"], key, alg, enc or "A128CBC-HS256")

    assert ("JWT", key.kid) == (header["cty"], header["kid"])
    claims = read_jwt(stand, content, "ES256")
    assert ("diary", "n-1") == (claims["aud"], claims["nonce"])
    # What comes back as a hint is the token that was inside (OpenID Connect Core 3.1.2.1).
    assert "code" in answer_of(diary.authorize(browser, prompt="none", id_token_hint=content))
    assert "error" in answer_of(diary.authorize(browser, prompt="none", id_token_hint=tokens["id_token"]))
    # A refreshed one is encrypted as well.
    assert 4 == diary.refresh(tokens["refresh_token"]).json["id_token"].count(".")


def test_without_a_key_there_are_no_tokens_and_a_refresh_costs_nothing(
    stand: Stand, browser: Browser, diary: RelyingParty
) -> None:
    tokens = diary.tokens(browser)
    stand.change("diary", id_token_encrypted_response_alg="RSA-OAEP-256", jwks_uri="https://127.0.0.1/jwks")
    for answer in (diary.redeem(diary.code(browser)), diary.refresh(tokens["refresh_token"])):
        assert (400, "invalid_request") == (answer.status_code, answer.json["error"])
        assert {"error", "error_description"} == set(answer.json)

    stand.change("diary", id_token_encrypted_response_alg=None, jwks_uri=None)
    assert 200 == diary.refresh(tokens["refresh_token"]).status_code


@pytest.mark.parametrize(
    ("algorithm", "hashed"), [("RS256", "sha256"), ("PS256", "sha256"), ("ES256", "sha256"), ("EdDSA", "sha512")]
)
def test_four_algorithms(stand: Stand, browser: Browser, diary: RelyingParty, algorithm: str, hashed: str) -> None:
    stand.change("diary", id_token_signed_response_alg=algorithm)
    tokens = diary.tokens(browser)
    half = hashlib.new(hashed, tokens["access_token"].encode()).digest()

    assert b64url(half[: len(half) // 2]) == read_jwt(stand, tokens["id_token"], algorithm)["at_hash"]

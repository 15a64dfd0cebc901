"""Signatures: what is believed, and every known way to be fooled."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as some
from joserfc import jwt as other_jwt
from joserfc.jwk import ECKey, RSAKey

from broker.foundation.encoding import b64url, canonical_json, digest, from_b64url
from broker.foundation.jose import (
    MAX_TOKEN_CHARS,
    BadToken,
    claims_without_checking_signature,
    header_of,
    key_of_jwk,
    public_jwk,
    require_times,
    sign,
    sign_under,
    unverified_header,
    verify,
)
from tests.support.clock import FIRST_BELL

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
P256 = ec.generate_private_key(ec.SECP256R1())
CLAIMS = {"sub": "1", "name": "Ёлкина"}
KEYS = {"RS256": RSA, "PS256": RSA, "ES256": P256}


def pem_of(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def token_with(header: dict[str, Any], signature: bytes = b"x") -> str:
    return f"{b64url(json.dumps(header).encode())}.{b64url(json.dumps(CLAIMS).encode())}.{b64url(signature)}"


@pytest.mark.parametrize("algorithm", KEYS)
class TestGoodSignatures:
    def test_we_believe_what_we_signed(self, algorithm: str) -> None:
        token = sign(CLAIMS, KEYS[algorithm], {"alg": algorithm, "kid": "k", "typ": "at+jwt"})

        assert CLAIMS == verify(token, KEYS[algorithm].public_key(), [algorithm])
        assert {"alg": algorithm, "kid": "k", "typ": "at+jwt"} == unverified_header(token)

    def test_another_implementation_believes_us_and_we_believe_it(self, algorithm: str) -> None:
        other = (ECKey if algorithm == "ES256" else RSAKey).import_key(KEYS[algorithm])
        ours, theirs = (
            sign(CLAIMS, KEYS[algorithm], {"alg": algorithm}),
            other_jwt.encode({"alg": algorithm}, CLAIMS, other, algorithms=[algorithm]),
        )

        assert CLAIMS == other_jwt.decode(ours, other, algorithms=[algorithm]).claims
        assert CLAIMS == verify(theirs, KEYS[algorithm].public_key(), [algorithm])

    def test_another_key_of_the_kind_is_not_believed(self, algorithm: str) -> None:
        made = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)

        with pytest.raises(BadToken):
            verify(sign(CLAIMS, made, {"alg": algorithm}), KEYS[algorithm].public_key(), [algorithm])

    def test_an_algorithm_that_was_not_asked_for_is_not_believed(self, algorithm: str) -> None:
        token = sign(CLAIMS, KEYS[algorithm], {"alg": algorithm})

        for others in ([name for name in KEYS if name != algorithm], []):
            with pytest.raises(BadToken):
                verify(token, KEYS[algorithm].public_key(), others)


class TestUnderAnEncodedHeader:
    """What we put together ourselves is what the library would have written."""

    def test_the_library_writes_the_same_token(self) -> None:
        key = ed25519.Ed25519PrivateKey.generate()
        header = {"alg": "EdDSA", "kid": "k", "typ": "at+jwt"}

        assert sign(CLAIMS, key, header) == sign_under(header_of("EdDSA", "k", "at+jwt"), CLAIMS, key, "EdDSA")

    def test_a_header_is_that_of_its_own_key(self) -> None:
        asked = [("ES256", "one", "JWT"), ("ES256", "other", "JWT"), ("ES256", "one", "at+jwt"), ("ES256", "one", "JWT")]
        tokens = [sign_under(header_of(*header), CLAIMS, P256, "ES256") for header in asked]

        assert asked == [(found["alg"], found["kid"], found["typ"]) for found in map(unverified_header, tokens)]

    @pytest.mark.parametrize(("algorithm", "key"), [("ES384", P256), ("RS256", P256), ("none", P256), ("ES256", RSA)])
    def test_nothing_is_signed_with_a_key_of_another_algorithm(self, algorithm: str, key: Any) -> None:
        with pytest.raises((jwt.InvalidKeyError, TypeError)):
            sign_under(header_of(algorithm, "k", "JWT"), CLAIMS, key, algorithm)


class TestForgeries:
    """RFC 8725 2 and 3: the attacks it names."""

    @pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", " none"])
    @pytest.mark.parametrize("signature", [b"", b"x"])
    def test_no_algorithm(self, alg: str, signature: bytes) -> None:
        for key in (RSA.public_key(), P256.public_key(), pem_of(RSA), ""):
            with pytest.raises(BadToken):
                verify(token_with({"alg": alg}, signature), key, ["RS256", "ES256"])

    @pytest.mark.parametrize("alg", ["HS256", "HS384", "hs256"])
    @pytest.mark.parametrize("key", [RSA, P256])
    def test_a_public_key_as_an_hmac_secret(self, alg: str, key: Any) -> None:
        head_and_body = token_with({"alg": alg}).rpartition(".")[0]
        for secret in (pem_of(key), json.dumps(public_jwk(key.public_key())).encode()):
            mac = hmac.digest(secret, head_and_body.encode(), hashlib.sha256)
            for given_key in (key.public_key(), pem_of(key)):
                with pytest.raises(BadToken):
                    verify(f"{head_and_body}.{b64url(mac)}", given_key, ["RS256", "PS256", "ES256"])

    @pytest.mark.parametrize("alg", ["rs256", "Rs256", "RS256 ", "es256"])
    def test_mixed_case(self, alg: str) -> None:
        with pytest.raises(BadToken):
            verify(token_with({"alg": alg}), RSA.public_key(), ["RS256", "ES256"])

    def test_a_key_inside_the_token(self) -> None:
        theirs = rsa.generate_private_key(65537, 2048)
        jwk = public_jwk(theirs.public_key())
        for header in ({"jwk": jwk}, {"jku": "http://127.0.0.1:1/keys"}, {"x5u": "http://127.0.0.1:1/c"}):
            token = other_jwt.encode({"alg": "RS256", **header}, CLAIMS, RSAKey.import_key(theirs))
            with pytest.raises(BadToken):
                verify(token, RSA.public_key(), ["RS256"])

    @pytest.mark.parametrize("crit", [["b64"], ["exp"], [], "b64", None])
    def test_a_critical_header(self, crit: object) -> None:
        token = token_with({"alg": "RS256", "crit": crit, "b64": False})

        for read in (unverified_header, claims_without_checking_signature, lambda it: verify(it, RSA.public_key(), ["RS256"])):
            with pytest.raises(BadToken):
                read(token)

    def test_a_changed_body(self) -> None:
        head, _body, signature = sign(CLAIMS, P256, {"alg": "ES256"}).split(".")

        with pytest.raises(BadToken):
            verify(f"{head}.{b64url(json.dumps({'sub': '2'}).encode())}.{signature}", P256.public_key(), ["ES256"])

    @pytest.mark.parametrize(
        "signature", [bytes(64), bytes(32) + b"\x01" * 32, b"\xff" * 64, b"", b"\x30\x06\x02\x01\x00\x02\x01\x00"]
    )
    def test_an_elliptic_signature_of_zeros(self, signature: bytes) -> None:
        with pytest.raises(BadToken):
            verify(token_with({"alg": "ES256"}, signature), P256.public_key(), ["ES256"])

    def test_a_token_that_is_too_long(self) -> None:
        token = sign({"a": "x" * MAX_TOKEN_CHARS}, P256, {"alg": "ES256"})

        for read in (unverified_header, claims_without_checking_signature, lambda it: verify(it, P256.public_key(), ["ES256"])):
            with pytest.raises(BadToken, match="too long"):
                read(token)

    @pytest.mark.parametrize(
        "token",
        [
            "",
            ".",
            "..",
            "a.b",
            "a.b.c.d",
            "é.é.é",
            "a" * 100,
            "eyJhbGciOiJFUzI1NiJ9..",
            "W10.e30.",
            "bnVsbA.e30.",
            '{"alg":"none"}',
        ],
    )
    def test_what_is_no_token(self, token: str) -> None:
        with pytest.raises(BadToken):
            verify(token, P256.public_key(), ["ES256"])

    @pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"", b"{", b"\xff\xfe"])
    def test_claims_that_are_no_object(self, body: bytes) -> None:
        head = b64url(b'{"alg":"ES256"}')
        for read in (claims_without_checking_signature, lambda it: verify(it, P256.public_key(), ["ES256"])):
            with pytest.raises(BadToken):
                read(f"{head}.{b64url(body)}.{b64url(bytes(64))}")

    @given(some.text(max_size=80))
    def test_any_text_is_refused_without_a_crash(self, text: str) -> None:
        with pytest.raises(BadToken):
            verify(text, P256.public_key(), ["ES256"])

    def test_the_reason_tells_nothing_of_the_token(self) -> None:
        with pytest.raises(BadToken) as refused:
            verify(token_with({"alg": "RS256"}), RSA.public_key(), ["RS256"])

        assert "bad signature" == str(refused.value) == refused.value.reason


def test_a_peek_reads_claims_without_believing_them() -> None:
    assert CLAIMS == claims_without_checking_signature(token_with({"alg": "RS256"}))


class TestTimes:
    @pytest.mark.parametrize(
        ("claims", "reason"),
        [
            ({"exp": 10}, None),
            ({"exp": 0}, None),
            ({"exp": -4}, None),
            ({"exp": -5}, "expired"),
            ({"exp": 10, "nbf": 5}, None),
            ({"exp": 10, "nbf": 6}, "not valid yet"),
            ({"exp": 10, "iat": 5}, None),
            ({"exp": 10, "iat": 6}, "not valid yet"),
            ({"exp": 10.5}, None),
            ({}, "no exp"),
            ({"nbf": 0}, "no exp"),
        ],
    )
    def test_bounds(self, claims: dict[str, float], reason: str | None) -> None:
        moved = {name: FIRST_BELL.timestamp() + value for name, value in claims.items()}
        if reason is None:
            require_times(moved, FIRST_BELL, timedelta(seconds=5))
        else:
            with pytest.raises(BadToken, match=reason):
                require_times(moved, FIRST_BELL, timedelta(seconds=5))

    @pytest.mark.parametrize("value", ["9999999999", True, [], {}, "x"])
    @pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
    def test_a_time_is_a_number(self, name: str, value: object) -> None:
        claims = {"exp": FIRST_BELL.timestamp() + 10, name: value}

        with pytest.raises(BadToken, match="not a number"):
            require_times(claims, FIRST_BELL, timedelta(0))

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 10**400])
    @pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
    def test_a_time_is_a_real_number(self, name: str, value: float) -> None:
        claims = {"exp": FIRST_BELL.timestamp() + 10, name: value}

        with pytest.raises(BadToken):
            require_times(claims, FIRST_BELL, timedelta(0))


class TestJwk:
    @pytest.mark.parametrize(("key", "members"), [(RSA, {"kty", "n", "e"}), (P256, {"kty", "crv", "x", "y"})])
    def test_the_public_half_only(self, key: Any, members: set[str]) -> None:
        assert members == set(public_jwk(key.public_key()))

    @pytest.mark.parametrize("algorithm", KEYS)
    def test_there_and_back(self, algorithm: str) -> None:
        key = KEYS[algorithm].public_key()

        assert key == key_of_jwk(public_jwk(key), algorithm)

    @pytest.mark.parametrize(
        ("jwk", "algorithm"),
        [
            (public_jwk(RSA.public_key()), "ES256"),
            (public_jwk(P256.public_key()), "RS256"),
            (public_jwk(P256.public_key()), "ES384"),
            (public_jwk(P256.public_key()) | {"crv": "P-384"}, "ES384"),
            (public_jwk(P256.public_key()) | {"x": "AAAA"}, "ES256"),
            (public_jwk(P256.public_key()) | {"x": 5}, "ES256"),
            ({"kty": "EC", "crv": "P-256"}, "ES256"),
            ({"kty": "RSA"}, "RS256"),
            ({"kty": "RSA", "n": "!", "e": "AQAB"}, "RS256"),
            ({"kty": "oct", "k": "AAAA"}, "RS256"),
            ({"kty": "oct", "k": "AAAA"}, "HS256"),
            ({}, "RS256"),
            (RSAKey.import_key(RSA).as_dict(private=True), "RS256"),
            (ECKey.import_key(P256).as_dict(private=True), "ES256"),
        ],
    )
    def test_a_jwk_that_does_not_fit(self, jwk: dict[str, Any], algorithm: str) -> None:
        with pytest.raises(BadToken):
            key_of_jwk(jwk, algorithm)

    def test_a_point_off_the_curve(self) -> None:
        jwk = public_jwk(P256.public_key())

        with pytest.raises(BadToken):
            key_of_jwk(jwk | {"y": jwk["x"]}, "ES256")

    def test_a_key_of_another_kind_signs_nothing(self) -> None:
        with pytest.raises(Exception, match=r".+"):
            sign(CLAIMS, ed25519.Ed25519PrivateKey.generate(), {"alg": "ES256"})


class TestEncoding:
    @given(some.binary(max_size=100))
    def test_base64url_there_and_back(self, data: bytes) -> None:
        text = b64url(data)

        assert data == from_b64url(text) == from_b64url(text + "=" * (-len(text) % 4))
        assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    @pytest.mark.parametrize("text", ["a", "a b", "a+b/", "a.b", "é", "ab\n", "----$"])
    def test_what_is_not_base64url(self, text: str) -> None:
        with pytest.raises(ValueError, match="not base64url"):
            from_b64url(text)

    def test_a_digest_is_sha_256(self) -> None:
        assert "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" == digest("abc")

    def test_one_json_per_value(self) -> None:
        assert canonical_json({"b": 1, "a": "ё"}) == canonical_json({"a": "ё", "b": 1}) == '{"a":"ё","b":1}'.encode()

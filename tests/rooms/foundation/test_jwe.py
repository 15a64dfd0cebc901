from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from joserfc import jwe as other_jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from broker.foundation import jwe
from broker.foundation.encoding import from_b64url
from broker.foundation.jose import key_of_jwk

RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "enc"})
EC = ECKey.generate_key("P-256")
OKP = OKPKey.generate_key("X25519")
TEXT = "a.b.c и ещё"


def _public(key: Any) -> dict[str, Any]:
    found: dict[str, Any] = key.as_dict(private=False)
    return found


@pytest.mark.parametrize("enc", jwe.CONTENT_ENCRYPTIONS)
@pytest.mark.parametrize("alg", jwe.KEY_MANAGEMENT_ALGORITHMS)
def test_every_pair_is_read_by_the_key_and_by_no_other(alg: str, enc: str) -> None:
    for key in [RSA] if alg.startswith("RSA") else [EC, OKP]:
        text = jwe.encrypt(TEXT, _public(key), {"alg": alg, "enc": enc, "cty": "JWT"})
        read = other_jwe.decrypt_compact(text, key, algorithms=[alg, enc])

        assert (read.plaintext or b"").decode() == TEXT
        assert (alg, enc, "JWT", key.kid) == tuple(read.protected.get(name) for name in ("alg", "enc", "cty", "kid"))
        assert "zip" not in read.protected
        stranger = type(key).generate_key(2048 if key is RSA else key.as_dict()["crv"])
        with pytest.raises((JoseError, ValueError)):
            other_jwe.decrypt_compact(text, stranger, algorithms=[alg, enc])


def test_by_the_book_with_rsa() -> None:
    """RFC 7518 4.3 and 5.3 done by hand, so that one library's own reading is not all we have."""
    text = jwe.encrypt(TEXT, _public(RSA), {"alg": "RSA-OAEP-256", "enc": "A256GCM"})
    head, wrapped, iv, sealed, tag = text.split(".")
    padding = OAEP(mgf=MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    content_key = RSA.private_key.decrypt(from_b64url(wrapped), padding)

    assert AESGCM(content_key).decrypt(from_b64url(iv), from_b64url(sealed) + from_b64url(tag), head.encode()) == TEXT.encode()


def test_by_the_book_with_a_curve() -> None:
    """RFC 7518 4.6: the key itself is agreed on, and bound to the algorithm's name."""
    text = jwe.encrypt(TEXT, _public(EC), {"alg": "ECDH-ES", "enc": "A256GCM"})
    head, wrapped, iv, sealed, tag = text.split(".")
    ephemeral = key_of_jwk(json.loads(from_b64url(head))["epk"], "ES256")
    shared = EC.private_key.exchange(ec.ECDH(), ephemeral)
    info = b"".join((b"\x00\x00\x00\x07A256GCM", b"\x00" * 8, (256).to_bytes(4, "big")))
    content_key = ConcatKDFHash(hashes.SHA256(), 32, info).derive(shared)

    assert wrapped == ""
    assert AESGCM(content_key).decrypt(from_b64url(iv), from_b64url(sealed) + from_b64url(tag), head.encode()) == TEXT.encode()


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (RSA, {"alg": "RSA1_5", "enc": "A256GCM"}),
        (RSA, {"alg": "dir", "enc": "A256GCM"}),
        (RSA, {"alg": "none", "enc": "A256GCM"}),
        (RSA, {"alg": "RSA-OAEP-256", "enc": "A192GCM"}),
        (RSA, {"alg": "ECDH-ES", "enc": "A256GCM"}),
        (EC, {"alg": "RSA-OAEP-256", "enc": "A256GCM"}),
    ],
)
def test_what_does_not_fit_is_refused(key: Any, header: Mapping[str, str]) -> None:
    with pytest.raises(jwe.CannotEncrypt):
        jwe.encrypt(TEXT, _public(key), header)


@pytest.mark.parametrize(
    "jwk", [{}, {"kty": "RSA"}, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "EC", "crv": "P-256", "x": "A", "y": "A"}]
)
def test_a_broken_key_is_refused(jwk: dict[str, str]) -> None:
    with pytest.raises(jwe.CannotEncrypt):
        jwe.encrypt(TEXT, jwk, {"alg": "ECDH-ES", "enc": "A256GCM"})

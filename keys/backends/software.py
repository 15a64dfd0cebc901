"""Signing keys made and held by this program."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from broker.foundation.encoding import b64url, canonical_json
from broker.foundation.jose import key_of_jwk, public_jwk
from keys.backends.port import SOFTWARE, FreshKey
from keys.signing.key import Family

# The members that make a key what it is, by its type (RFC 7638 3.2, RFC 8037 2).
_THUMBPRINT_MEMBERS = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


class Software:
    """The back end that is always there: the row keeps the private half, sealed."""

    name = SOFTWARE

    def families(self) -> frozenset[Family]:
        """All."""
        return frozenset(Family)

    def make(self, family: Family) -> FreshKey:
        """A key from the operating system's random source."""
        return make_key(family)

    def signer(self, private: bytes, public: Any) -> Any:
        """The private key object."""
        return private_key(private)

    def destroy(self, private: bytes) -> None:
        """Nothing: the key is gone when the row no longer holds it."""


def make_key(family: Family) -> FreshKey:
    """An RSA key of 2048 bits, a P-256 key or an Ed25519 key, from the operating system's random source."""
    if family is Family.RSA:
        return fresh_key(generate_rsa(public_exponent=65537, key_size=2048))
    return fresh_key(Ed25519PrivateKey.generate() if family is Family.ED25519 else generate_private_key(SECP256R1()))


def fresh_key(private: RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey) -> FreshKey:
    """A key object in the form the store keeps."""
    jwk = named_jwk(private.public_key())
    return FreshKey(jwk["kid"], jwk, private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def named_jwk(public: Any) -> dict[str, str]:
    """The public half as we publish it (RFC 7517 4), from its key object."""
    bare = public_jwk(public)
    # No `alg` on RSA: the one key serves RS256 and PS256, and `alg` would forbid one of them (RFC 7517 4.4).
    alone = {"EC": "ES256", "OKP": "EdDSA"}.get(bare["kty"])
    return bare | {"kid": thumbprint(bare), "use": "sig"} | ({"alg": alone} if alone else {})


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The JWK thumbprint with SHA-256, which is our `kid` (RFC 7638 3)."""
    members = {name: jwk[name] for name in _THUMBPRINT_MEMBERS[jwk["kty"]]}
    return b64url(hashlib.sha256(canonical_json(members)).digest())


def private_key(pkcs8: bytes) -> Any:
    """The key object of a PKCS #8 private key."""
    return load_der_private_key(pkcs8, password=None)


def public_key(jwk: Mapping[str, str], family: Family) -> Any:
    """The key object of a public JWK of ours."""
    return key_of_jwk(jwk, family.algorithms[0])

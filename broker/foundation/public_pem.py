"""Public keys as people have them in files: PEM of a key or of a certificate, read into a JWK (RFC 7517)."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from broker.foundation.jose import public_jwk

_MAX_CHARACTERS = 16_384
_PRIVATE = "PRIVATE KEY-----"
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"


class BadPem(ValueError):
    """Not one public key of a kind we know."""


def holds_private_key(unverified_text: str) -> bool:
    """Whether a PEM block of this text is a private key of any format (RFC 7468 10, 11 and older ones)."""
    return _PRIVATE in unverified_text


def jwk_of_pem(unverified_text: str) -> dict[str, Any]:
    """The one public key, without `kid`, `use` or `alg`.

    Raises:
        BadPem: too long, several, private, or of another kind.
    """
    if len(unverified_text) > _MAX_CHARACTERS or holds_private_key(unverified_text) or unverified_text.count("-----BEGIN") != 1:
        raise BadPem("not one public key")
    try:
        data = unverified_text.strip().encode("ascii")
        is_certificate = _CERTIFICATE in unverified_text
        key: Any = x509.load_pem_x509_certificate(data).public_key() if is_certificate else load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise BadPem("unreadable") from error
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey):
        raise BadPem("another kind of key")
    return dict(public_jwk(key))

"""Public keys as developers bring them: a JWK, a set of them, or PEM. A private key is refused and kept nowhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from broker.foundation.encoding import b64url, canonical_json
from broker.foundation.public_jwks import MIN_RSA_BITS, is_encryption_key, is_signature_key
from broker.foundation.public_pem import BadPem, holds_private_key, jwk_of_pem

MOST_CHARACTERS: Final = 32_768
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# RFC 7638 3.2: what a thumbprint is made of.
_PRINTED: Final = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


class BadKey(Exception):
    """`message` is a key under `field_error`. What was sent is not repeated."""

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


def read_keys(unverified_text: str) -> dict[str, Any]:
    """A JWK set of public keys that we believe, each with a `kid`.

    Raises:
        BadKey: a private key, a weak one, or nothing that can be read.
    """
    text = unverified_text.strip()
    if len(text) > MOST_CHARACTERS:
        raise BadKey("dev.key")
    if holds_private_key(text):
        raise BadKey("dev.private")
    keys = _of_json(text) if text.startswith("{") else _of_pem(text)
    if any(_PRIVATE & set(key) for key in keys):
        raise BadKey("dev.private")
    for key in keys:
        if not (is_signature_key(key) or is_encryption_key(key)):
            raise BadKey("dev.weak" if _is_weak(key) else "dev.key")
    return {"keys": [{**key, "kid": key.get("kid") or thumbprint(key)} for key in keys]}


def thumbprint(key: Mapping[str, Any]) -> str:
    """What names a key by its content alone (RFC 7638 3)."""
    members = {name: key.get(name) for name in _PRINTED.get(str(key.get("kty")), ("kty",))}
    return b64url(hashlib.sha256(canonical_json(members)).digest())


def key_days(key: Mapping[str, Any], now: datetime) -> int | None:
    """The whole days a key has left by its own `exp`; None when it says none."""
    exp = key.get("exp")
    if isinstance(exp, bool) or not isinstance(exp, int) or not 0 <= exp < 2**33:
        return None
    return (datetime.fromtimestamp(exp, UTC) - now).days


def is_over(key: Mapping[str, Any], now: datetime) -> bool:
    """Whether a key has ended by its own word."""
    days = key_days(key, now)
    return days is not None and days < 0


def _of_json(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadKey("dev.key") from None
    keys = found.get("keys", [found]) if isinstance(found, dict) else None
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise BadKey("dev.key")
    return keys


def _of_pem(text: str) -> list[dict[str, Any]]:
    try:
        return [jwk_of_pem(text)]
    except BadPem:
        raise BadKey("dev.key") from None


def _is_weak(key: Mapping[str, Any]) -> bool:
    """An RSA key whose modulus, in base64url, is too short for the bits we ask for."""
    modulus = key.get("n")
    return key.get("kty") == "RSA" and isinstance(modulus, str) and len(modulus) * 6 < MIN_RSA_BITS

"""Public keys of others as JWKs (RFC 7517): which we believe, and which fits what (RFC 8725 3.1, 3.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from broker.foundation.encoding import canonical_json
from broker.foundation.jose import BadToken, key_of_jwk

# Signatures that others make; an algorithm outside this list is never tried, whatever a token says.
SIGNATURE_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
MAX_KEYS = 20
MIN_RSA_BITS = 2048

_MAX_KEY_BYTES = 16_384
# In base64url: 8192 bits, and the three bytes of 65537 with room to spare.
_MAX_MODULUS, _MAX_EXPONENT = 1368, 8
_X25519 = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_ALGORITHMS_OF = {"RSA": ("RS256", "PS256"), "EC": ("ES256",), "OKP": ("EdDSA",)}
_ENCRYPTION_KINDS = {"RSA-OAEP": ("RSA",), "RSA-OAEP-256": ("RSA",)}


def is_signature_key(jwk: Any) -> bool:
    """Whether this is a public key that verifies signatures of at least one algorithm we know."""
    return any(fits(jwk, algorithm) for algorithm in SIGNATURE_ALGORITHMS)


def is_encryption_key(jwk: Any) -> bool:
    """Whether we may encrypt to this key: public, an RSA key of honest size or a P-256 or X25519 key, and meant for it."""
    if not _is_public(jwk) or jwk.get("use", "enc") != "enc" or not _may_encrypt(jwk):
        return False
    if jwk["kty"] == "RSA":
        return _has_honest_size(jwk)
    if jwk["kty"] == "OKP":
        return jwk.get("crv") == "X25519" and isinstance(jwk.get("x"), str) and bool(_X25519.fullmatch(jwk["x"]))
    return _is_made(jwk, "ES256")


def believed(keys: object) -> tuple[Mapping[str, Any], ...]:
    """The keys of a set that may be used for something; what we do not know is passed over (RFC 7517 5)."""
    if not isinstance(keys, list):
        return ()
    return tuple(key for key in keys[:MAX_KEYS] if is_signature_key(key) or is_encryption_key(key))


def fits(jwk: Any, algorithm: str) -> bool:
    """Whether signatures of `algorithm` may be verified by this key."""
    if not _is_public(jwk) or algorithm not in _ALGORITHMS_OF[jwk["kty"]]:
        return False
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithm) != algorithm:
        return False
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return False
    # Before the key is made: the work of making one grows with its size.
    if jwk["kty"] == "RSA" and not _has_honest_size(jwk):
        return False
    return _is_made(jwk, algorithm)


def signature_key(keys: Sequence[Mapping[str, Any]], kid: object, algorithm: str) -> Any:
    """The public key that a header names; without a name only a sole key of the right kind will do.

    Raises:
        BadToken: there is none, or more than one.
    """
    named = [key for key in keys if (kid is None or key.get("kid") == kid) and fits(key, algorithm)]
    if len(named) != 1:
        raise BadToken("no such key")
    return key_of_jwk(named[0], algorithm)


def encryption_jwk(keys: Sequence[Mapping[str, Any]], algorithm: str) -> Mapping[str, Any] | None:
    """The first key to which `algorithm` (RFC 7518 4.1) can encrypt; keys that say `use` come before those that do not."""
    kinds = _ENCRYPTION_KINDS.get(algorithm, ("EC", "OKP"))
    good = [key for key in keys if key.get("kty") in kinds and is_encryption_key(key) and key.get("alg", algorithm) == algorithm]
    return next(iter(sorted(good, key=lambda key: "use" not in key)), None)


def _is_public(jwk: Any) -> Any:
    if not isinstance(jwk, Mapping) or jwk.get("kty") not in list(_ALGORITHMS_OF) or _PRIVATE & set(jwk):
        return False
    if not all(isinstance(name, str) for name in jwk) or not isinstance(jwk.get("kid", ""), str):
        return False
    try:
        return len(canonical_json(dict(jwk))) <= _MAX_KEY_BYTES
    except (ValueError, RecursionError):
        # JSON can spell half a character, and lists within lists, that nothing can write down again.
        return False


def _may_encrypt(jwk: Mapping[str, Any]) -> bool:
    """Whether `key_ops`, when it is there, allows it (RFC 7517 4.3). Deriving takes the private half, so the public half of such
    a key may come without any operation, as Web Cryptography exports it."""
    operations = jwk.get("key_ops")
    if operations is None:
        return True
    if not isinstance(operations, list):
        return False
    wanted = ("encrypt", "wrapKey") if jwk["kty"] == "RSA" else ("deriveKey", "deriveBits")
    return any(operation in wanted for operation in operations) or (not operations and jwk["kty"] != "RSA")


def _is_made(jwk: Mapping[str, Any], algorithm: str) -> bool:
    try:
        key_of_jwk(jwk, algorithm)
    except BadToken:
        return False
    return True


def _has_honest_size(jwk: Mapping[str, Any]) -> bool:
    modulus, exponent = jwk.get("n"), jwk.get("e")
    if not isinstance(modulus, str) or not isinstance(exponent, str):
        return False
    if len(exponent) > _MAX_EXPONENT or len(modulus) > _MAX_MODULUS:
        return False
    try:
        return bool(key_of_jwk({"kty": "RSA", "n": modulus, "e": exponent}, "RS256").key_size >= MIN_RSA_BITS)
    except BadToken:
        return False

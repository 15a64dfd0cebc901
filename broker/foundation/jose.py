"""The only importer of PyJWT: JWS signing and verification with the algorithm always named (RFC 7515, RFC 8725).

Time claims are checked here against a clock that is passed in, because PyJWT reads the wall clock itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NewType

import jwt
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from broker.foundation.encoding import b64url, canonical_json

SignedClaims = NewType("SignedClaims", Mapping[str, Any])

MAX_TOKEN_CHARS = 20_000
# What the library signs and verifies with, by the name of the algorithm.
_JWS = jwt.PyJWS()


class BadToken(Exception):
    """A JWS that must not be believed. `reason` is static text for the log, never for a person or a client."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class SignerSilent(Exception):
    """Who holds the private half made no signature; trying again later is right. `reason` is static text."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, eq=False)
class RemoteKey:
    """A private key that is not in this program.

    `make_signature` gets the signing input and the algorithm, and returns the signature in its JWS form (RFC 7518 3.3-3.5,
    RFC 8037 3.1) or raises SignerSilent. `public` is the key object it is checked by. `answers`: whether the key can be used now.
    """

    make_signature: Callable[[bytes, str], bytes] = field(repr=False)
    public: Any = field(repr=False)
    answers: Callable[[], bool] = field(repr=False)


def sign(claims: Mapping[str, Any], key: Any, header: Mapping[str, str]) -> str:
    """A compact JWS over `claims`. `header` must hold `alg`, and should hold `kid`; `typ` defaults to JWT.

    Raises:
        SignerSilent: `key` is a RemoteKey, and no signature came that its public half verifies.
    """
    if isinstance(key, RemoteKey):
        return sign_under(b64url(canonical_json({"typ": "JWT", **header})), claims, key, header["alg"])
    rest = {name: value for name, value in header.items() if name != "alg"}
    return jwt.api_jws.encode(canonical_json(dict(claims)), key, algorithm=header["alg"], headers=rest)


@lru_cache(maxsize=256)
def header_of(algorithm: str, kid: str, typ: str) -> str:
    """The first part of every token that one key signs for one use, made once."""
    return b64url(canonical_json({"alg": algorithm, "kid": kid, "typ": typ}))


def sign_under(header: str, claims: Mapping[str, Any], key: Any, algorithm: str) -> str:
    """As `sign`, under a header that is encoded already and names `algorithm`.

    Raises:
        SignerSilent: as `sign`.
    """
    signed = f"{header}.{b64url(canonical_json(dict(claims)))}"
    if isinstance(key, RemoteKey):
        signature = _made_elsewhere(signed.encode("ascii"), key, algorithm)
    else:
        signer = _JWS.get_algorithm_by_name(algorithm)
        # Refuses a key that does not fit the algorithm.
        signature = signer.sign(signed.encode("ascii"), signer.prepare_key(key))
    return f"{signed}.{b64url(signature)}"


def _made_elsewhere(signed: bytes, key: RemoteKey, algorithm: str) -> bytes:
    signature = key.make_signature(signed, algorithm)
    # A wrong signature may be a fault that gives an RSA key away, or another key under the same name: it never leaves the house.
    if not _JWS.get_algorithm_by_name(algorithm).verify(signed, key.public, signature):
        raise SignerSilent("the signature does not verify")
    return signature


def unverified_header(token: str) -> Mapping[str, Any]:
    """The header of a JWS whose signature nobody has checked: good for choosing a key, for nothing else.

    Raises:
        BadToken: not a compact JWS, too long, or it carries a critical header (RFC 7515 4.1.11) we do not know.
    """
    if len(token) > MAX_TOKEN_CHARS:
        raise BadToken("token too long")
    try:
        header = jwt.get_unverified_header(token)
    # JSON that is nested deep enough ends Python's own reader.
    except (jwt.PyJWTError, RecursionError) as error:
        raise BadToken("malformed token") from error
    if "crit" in header:
        raise BadToken("unknown critical header")
    _require_text(header)
    return header


def claims_without_checking_signature(token: str) -> Mapping[str, Any]:
    """Peek at the claims to find whose keys to use. Never decide anything else from the result.

    Raises:
        BadToken: the token cannot be read.
    """
    unverified_header(token)
    try:
        claims: Mapping[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, RecursionError) as error:
        raise BadToken("malformed token") from error
    _require_text(claims)
    return claims


def verify(token: str, key: Any, algorithms: Sequence[str]) -> SignedClaims:
    """The claims of a token whose signature `key` made with one of `algorithms`. Only the signature is checked.

    Raises:
        BadToken: the signature, the algorithm or the form is wrong.
    """
    unverified_header(token)
    try:
        claims = jwt.decode(token, key, algorithms=list(algorithms), options=_SIGNATURE_ONLY)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise BadToken("bad signature") from error
    _require_text(claims)
    return SignedClaims(claims)


def _require_text(found: Mapping[str, Any]) -> None:
    """JSON can spell half a character (RFC 8259 8.2), which no store and no digest could write down: an error later on."""
    try:
        canonical_json(dict(found))
    except (ValueError, RecursionError) as error:
        raise BadToken("not text") from error


_SIGNATURE_ONLY: Any = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def require_times(claims: Mapping[str, Any], now: datetime, leeway: timedelta) -> None:
    """Refuse a token that is expired, not yet valid or issued in the future (RFC 7519 4.1.4-4.1.6). `exp` must be there.

    Raises:
        BadToken: a time claim is missing, not a number or out of bounds.
    """
    instant, slack = now.timestamp(), leeway.total_seconds()
    expires = _number(claims, "exp")
    if expires is None:
        raise BadToken("no exp")
    if instant >= expires + slack:
        raise BadToken("expired")
    for name in ("nbf", "iat"):
        begins = _number(claims, name)
        if begins is not None and begins > instant + slack:
            raise BadToken("not valid yet")


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadToken("time claim is not a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise BadToken("time claim is not a number") from error
    # JSON as Python reads it knows NaN and Infinity; a token that expires at NaN would never expire.
    if not math.isfinite(number):
        raise BadToken("time claim is not a number")
    return number


def public_jwk(public_key: Any) -> dict[str, str]:
    """The public half as a JWK (RFC 7517) without `kid`, `use` or `alg`."""
    kind = type(public_key).__name__.lower()
    converter: Any = RSAAlgorithm if "rsa" in kind else OKPAlgorithm if "25519" in kind else ECAlgorithm
    jwk: dict[str, Any] = converter.to_jwk(public_key, as_dict=True)
    return {name: value for name, value in jwk.items() if isinstance(value, str)}


def key_of_jwk(jwk: Mapping[str, Any], algorithm: str) -> Any:
    """The public key object of a JWK, for one named algorithm.

    Raises:
        BadToken: the JWK is malformed, private, symmetric or does not fit the algorithm.
    """
    expected = _KIND_OF.get(algorithm, "")
    if jwk.get("kty") != expected or "d" in jwk or jwk.get("crv") != _CURVE_OF.get(algorithm):
        raise BadToken("key does not fit")
    try:
        return _CONVERTERS[expected].from_jwk(dict(jwk))
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise BadToken("malformed key") from error


_CURVE_OF = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"}
_KIND_OF = {
    **{f"{family}{size}": "RSA" for family in ("RS", "PS") for size in (256, 384, 512)},
    **{algorithm: "OKP" if algorithm == "EdDSA" else "EC" for algorithm in _CURVE_OF},
}
_CONVERTERS: Mapping[str, Any] = {"RSA": RSAAlgorithm, "EC": ECAlgorithm, "OKP": OKPAlgorithm}

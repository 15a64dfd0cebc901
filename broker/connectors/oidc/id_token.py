"""Believing an ID token: each point of OpenID Connect Core 3.1.3.7 and 3.1.3.8, by hand, after the signature."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from broker.connectors.oidc.documents import Published
from broker.connectors.oidc.failures import CLOCKS_DIFFER, NOT_VERIFIED
from broker.connectors.oidc.settings import OidcSettings
from broker.connectors.port import UpstreamFailed
from broker.foundation.encoding import b64url
from broker.foundation.jose import BadToken, SignedClaims, require_times, unverified_header, verify

# Core 2: "MUST NOT exceed 255 ASCII characters in length".
_LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Received:
    """What came from the token endpoint, and the nonce that we had sent."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    nonce: str = field(repr=False)


def require_id_token(settings: OidcSettings, published: Published, received: Received, now: datetime) -> SignedClaims:
    """The claims of an ID token that this provider made for us, in answer to this request, now.

    Raises:
        UpstreamFailed: 2105 when it comes from the future, 2106 for every other doubt.
    """
    try:
        claims, algorithm = _signed(settings, published, received.id_token)
        require_times(claims, now, settings.clock_leeway)
    except BadToken as error:
        cause = CLOCKS_DIFFER if error.reason == "not valid yet" else NOT_VERIFIED
        raise UpstreamFailed(cause, f"id token: {error.reason}") from error
    _require(_is_same(claims.get("iss"), settings.issuer), "wrong issuer")
    _require_audience(claims, settings.client_id)
    _require(claims.get("iat") is not None, "no iat")
    _require(_is_same(claims.get("nonce"), received.nonce), "wrong nonce")
    if claims.get("at_hash") is not None:
        # Core 3.1.3.8: optional in the code flow; where it is there, it must be right.
        _require(_is_same(claims["at_hash"], half_hash(received.access_token, algorithm)), "wrong at_hash")
    _require(is_subject(claims.get("sub")), "no subject")
    return claims


def is_subject(value: object) -> bool:
    """Whether this can be somebody's identifier (Core 2)."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_SUBJECT and value.isascii() and value.isprintable()


def half_hash(text: str, algorithm: str) -> str:
    """The left half of the hash that goes with a signature algorithm (Core 3.1.3.6). EdDSA is Ed25519 here, which has SHA-512."""
    hashed = hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256
    digest = hashed(text.encode("utf-8")).digest()
    return b64url(digest[: len(digest) // 2])


def _signed(settings: OidcSettings, published: Published, token: str) -> tuple[SignedClaims, str]:
    header = unverified_header(token)
    algorithm = header.get("alg")
    if algorithm not in settings.algorithms:
        # Before any key is looked for: neither `none` nor an HMAC with a public key as its secret gets so far (RFC 8725 3.1).
        raise BadToken("wrong algorithm")
    if str(header.get("typ", "JWT")).lower() not in ("jwt", "application/jwt"):
        # RFC 8725 3.11: a logout token or an access token of the same provider is no ID token.
        raise BadToken("wrong kind of token")
    key = published.key_for(header, algorithm)
    return verify(token, key, (algorithm,)), algorithm


def _require_audience(claims: Mapping[str, Any], client_id: str) -> None:
    """For us and for nobody else: there is no other audience that we trust (3.1.3.7, points 3 to 5)."""
    said = claims.get("aud")
    audiences = said if isinstance(said, list) else [said]
    _require(len(audiences) == 1 and _is_same(audiences[0], client_id), "wrong audience")
    if claims.get("azp") is not None:
        _require(_is_same(claims["azp"], client_id), "wrong azp")


def _is_same(value: object, expected: str) -> bool:
    return isinstance(value, str) and hmac.compare_digest(value.encode(), expected.encode())


def _require(is_true: bool, otherwise: str) -> None:
    if not is_true:
        raise UpstreamFailed(NOT_VERIFIED, f"id token: {otherwise}")

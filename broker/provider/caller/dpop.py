"""DPoP proofs: whoever sends a request holds a private key (RFC 9449 4).

A proof is for one request: its method, its address, this minute and, where a token is shown, this token. It counts once, on
whatever node it arrives.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error

from broker.clients.profile import FAPI_ALGORITHMS
from broker.foundation import jose
from broker.foundation.encoding import b64url, canonical_json, digest
from broker.foundation.jose import BadToken
from broker.foundation.public_jwks import fits
from broker.provider.caller.dpop_nonce import Nonces
from broker.provider.wire import refusal

_log = logging.getLogger(__name__)

# Asymmetric ones without known weaknesses; the token never chooses beyond this list (RFC 9449 4.3, item 5).
ALGORITHMS = FAPI_ALGORITHMS
HEADER = "DPoP"
TYPE = "dpop+jwt"
# The clock of the caller may run ahead by this much (FAPI 2.0 Security Profile 5.3.2.1, item 13).
AHEAD = timedelta(seconds=30)
_MAX_PROOF = 8_192
_MAX_JTI = 255
_KIND = "dpop"
# What a thumbprint is made of (RFC 7638 3.2, RFC 8037 2).
_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}
_DEFAULT_PORTS = {"https": 443, "http": 80}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]", re.ASCII)


class ClaimShelf(Protocol):
    """The verb this check needs of short-lived state."""

    def claim(self, kind: str, key: str, ttl: timedelta) -> bool:
        """True for the first caller within `ttl`."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a proof must be made for. `access_token` is the token it is shown beside, None where tokens are asked for."""

    method: str
    path: str
    needs_nonce: bool
    access_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DpopProofs:
    """`bases` are the addresses we are reached at: the issuer and, if there is one, the alias for certificates."""

    bases: tuple[str, ...]
    shelf: ClaimShelf
    now: Callable[[], datetime]
    nonces: Nonces
    life: timedelta

    def thumbprint(self, unverified_proof: str, expected: Expected) -> str:
        """The SHA-256 thumbprint of the key whose holder has made this proof for this request; the proof is used up.

        Raises:
            OAuth2Error: invalid_dpop_proof, or use_dpop_nonce (RFC 9449 5, 8).
            ShelfUnavailable: whether it was used before cannot be said.
        """
        try:
            claims, thumbprint = _signed(unverified_proof)
            self._require_for_request(claims, expected)
            self._require_fresh(claims)
            jti = claims.get("jti")
            if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI:
                raise BadToken("no jti")
        except BadToken as error:
            raise _bad_proof(error.reason) from error
        self._require_nonce(claims.get("nonce"), expected)
        # Last, so that only a proof that holds is marked. The mark outlives the proof (RFC 9449 11.1).
        if not self.shelf.claim(_KIND, digest(f"{thumbprint}\x00{jti}"), self.life + 2 * AHEAD):
            raise _bad_proof("used before")
        return thumbprint

    def _require_for_request(self, claims: Mapping[str, Any], expected: Expected) -> None:
        address = claims.get("htu")
        if claims.get("htm") != expected.method or not isinstance(address, str):
            raise BadToken("for another request")
        if normal_address(address) not in {normal_address(base + expected.path) for base in self.bases}:
            raise BadToken("for another request")
        if expected.access_token is None:
            return
        shown, named = token_hash(expected.access_token), claims.get("ath")
        if not isinstance(named, str) or not hmac.compare_digest(named.encode("utf-8", "replace"), shown.encode("ascii")):
            raise BadToken("for another token")

    def _require_fresh(self, claims: Mapping[str, Any]) -> None:
        now = self.now()
        made, soon = claims.get("iat"), now.timestamp() + 1
        if made is None:
            raise BadToken("no iat")
        # Also refuses what is no number, and an end or a beginning that the caller has set by itself.
        jose.require_times({"exp": soon} | dict(claims), now, AHEAD)
        if now.timestamp() - made > self.life.total_seconds():
            raise BadToken("too old")

    def _require_nonce(self, nonce: object, expected: Expected) -> None:
        if nonce is None and not expected.needs_nonce:
            return
        if not isinstance(nonce, str) or not self.nonces.accepts(nonce):
            raise refusal("use_dpop_nonce", "the proof must hold the nonce of the DPoP-Nonce header")


def _bad_proof(reason: str) -> OAuth2Error:
    """The same words for whatever is wrong with a proof; the log has the reason."""
    _log.info("DPoP proof refused", extra={"reason": reason})
    return refusal("invalid_dpop_proof", "the DPoP proof is not valid for this request")


def token_hash(access_token: str) -> str:
    """`ath` (RFC 9449 4.2)."""
    return b64url(hashlib.sha256(access_token.encode("ascii", "replace")).digest())


def thumbprint_of(jwk: Mapping[str, Any]) -> str:
    """The SHA-256 thumbprint of a public key (RFC 7638 3)."""
    return b64url(hashlib.sha256(canonical_json({name: jwk[name] for name in _MEMBERS[jwk["kty"]]})).digest())


def normal_address(unverified_address: str) -> str:
    """Scheme, host, port and path in one way of writing (RFC 3986 6.2.2, 6.2.3); "" for what is no address of this kind.

    Query and fragment are passed over, as RFC 9449 4.3, item 9, has it.
    """
    try:
        parts = urlsplit(unverified_address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.username is not None or parts.password is not None:
        return ""
    place = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    return f"{parts.scheme}://{place}{_ESCAPE.sub(_plain, parts.path) or '/'}"


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()


def _signed(unverified_proof: str) -> tuple[Mapping[str, Any], str]:
    """The claims of a proof and the thumbprint of the key in its header, which has signed it (RFC 9449 4.3, items 2 to 7)."""
    if len(unverified_proof) > _MAX_PROOF:
        raise BadToken("proof too long")
    header = jose.unverified_header(unverified_proof)
    algorithm, jwk = header.get("alg"), header.get("jwk")
    # Two headers arrive joined by a comma, which no proof holds: they end before this.
    if header.get("typ") != TYPE or algorithm not in ALGORITHMS:
        raise BadToken("not a proof")
    if not isinstance(jwk, dict) or not fits(jwk, algorithm):
        raise BadToken("no such key")
    key = jose.key_of_jwk(jwk, algorithm)
    claims = jose.verify(unverified_proof, key, (algorithm,))
    # Of the key itself, not of how the caller has written it down: one key has one thumbprint.
    return claims, thumbprint_of(jose.public_jwk(key))

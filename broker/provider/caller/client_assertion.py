"""Client authentication by a signed assertion: private_key_jwt (RFC 7523 2.2, 3; OpenID Connect Core 9).

Registered as an authentication method of Authlib. Its own implementation is not used: it reads the wall clock and lets the key
set decide the algorithm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from authlib.oauth2.rfc6749 import OAuth2Request

from broker.clients.client import Client
from broker.foundation import jose
from broker.foundation.encoding import digest
from broker.foundation.jose import BadToken
from broker.foundation.outside import Outside
from broker.provider.caller.client_model import ClientModel

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("RS256", "PS256", "ES256")
LEEWAY = timedelta(seconds=30)
LONGEST_LIFE = timedelta(minutes=10)
_MAX_JTI = 255


class ClaimShelf(Protocol):
    """The verb this check needs of short-lived state."""

    def claim(self, kind: str, key: str, ttl: timedelta) -> bool:
        """True for the first caller within `ttl`."""


@dataclass(frozen=True, slots=True)
class AssertionCheck:
    """`audiences` are our own names: the issuer and the token endpoint."""

    audiences: frozenset[str]
    shelf: ClaimShelf
    outside: Outside

    def __call__(self, query_client: Callable[[str], ClientModel | None], request: OAuth2Request) -> ClientModel | None:
        """The client that signed the assertion, None when anything about it is wrong; nobody is told what."""
        form = request.form
        assertion = form.get("client_assertion")
        if assertion is None or form.get("client_assertion_type") != ASSERTION_TYPE:
            return None
        try:
            unverified_name = jose.claims_without_checking_signature(assertion).get("sub")
            model = query_client(unverified_name) if isinstance(unverified_name, str) else None
            if model is None:
                return None
            self._require_genuine(assertion, model.client)
        except BadToken:
            return None
        return model

    def _require_genuine(self, assertion: str, client: Client) -> None:
        claims = _signed_claims(assertion, client)
        if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
            raise BadToken("of somebody else")
        self._require_for_us(claims.get("aud"))
        now = self.outside.now()
        jose.require_times(claims, now, LEEWAY)
        if float(claims["exp"]) > (now + LONGEST_LIFE + LEEWAY).timestamp():
            raise BadToken("lives too long")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI:
            raise BadToken("no jti")
        # Last, so that only a genuine assertion is marked; the mark outlives the assertion (RFC 7523 3, item 7).
        if not self.shelf.claim("jti", digest(f"{client.client_id}\x00{jti}"), LONGEST_LIFE + 3 * LEEWAY):
            raise BadToken("used before")

    def _require_for_us(self, audience: object) -> None:
        named = audience if isinstance(audience, list) else [audience]
        # An assertion that also names somebody else could be replayed by them, so every name must be ours.
        if not named or not all(isinstance(name, str) and name in self.audiences for name in named):
            raise BadToken("not for us")


def _signed_claims(assertion: str, client: Client) -> Mapping[str, Any]:
    header = jose.unverified_header(assertion)
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise BadToken("algorithm not allowed")
    jwk = _key_named(header.get("kid"), algorithm, client)
    if jwk is None:
        raise BadToken("no such key")
    return jose.verify(assertion, jose.key_of_jwk(jwk, algorithm), (algorithm,))


def _key_named(kid: object, algorithm: str, client: Client) -> Mapping[str, Any] | None:
    """The key that the header names; without a name only a sole key of the right kind will do."""
    kind = "EC" if algorithm.startswith("ES") else "RSA"
    keys = [key for key in client.jwks.get("keys", []) if key.get("kty") == kind and key.get("use", "sig") == "sig"]
    if kid is None:
        return keys[0] if len(keys) == 1 else None
    return next((key for key in keys if key.get("kid") == kid), None)

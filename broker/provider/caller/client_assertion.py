"""Client authentication by an assertion: private_key_jwt and client_secret_jwt (RFC 7523 2.2, 3; OpenID Connect Core 9).

Registered as authentication methods of Authlib. Its own implementations are not used: they read the wall clock and let the key
set, or the token itself, decide the algorithm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from authlib.oauth2.rfc6749 import OAuth2Request

from broker.clients.client import Client
from broker.clients.profile import FAPI2, FAPI_ALGORITHMS
from broker.foundation import jose
from broker.foundation.encoding import digest
from broker.foundation.jose import BadToken
from broker.foundation.public_jwks import SIGNATURE_ALGORITHMS
from broker.provider.caller.client_model import ClientModel

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = SIGNATURE_ALGORITHMS
SECRET_ALGORITHMS = ("HS256",)
LEEWAY = timedelta(seconds=30)
LONGEST_LIFE = timedelta(minutes=10)
_MAX_JTI = 255
# An assertion may say that it is a JWT or what kind of one; a token made for something else is not believed (RFC 8725 3.11).
_TYPES = (None, "jwt", "client-authentication+jwt")


class ClaimShelf(Protocol):
    """The verb this check needs of short-lived state."""

    def claim(self, kind: str, key: str, ttl: timedelta) -> bool:
        """True for the first caller within `ttl`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionTools:
    """`audiences_at(endpoint)` are our own names there, `issuer` the one for the strict profile. `key_for` finds a public key,
    `secrets_of` the live shared secrets of a client."""

    issuer: str
    audiences_at: Callable[[str], frozenset[str]]
    shelf: ClaimShelf
    now: Callable[[], datetime]
    key_for: Callable[[Client, Mapping[str, Any], str], Any]
    secrets_of: Callable[[Client, datetime], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class AssertionCheck:
    """One method of authentication by assertion; a client registered for the other does not exist for this one."""

    method: str
    tools: AssertionTools

    def __call__(self, query_client: Callable[[str], ClientModel | None], request: OAuth2Request) -> ClientModel | None:
        """The client that signed the assertion, None when anything about it is wrong; nobody is told what."""
        form = request.form
        assertion = form.get("client_assertion")
        if assertion is None or form.get("client_assertion_type") != ASSERTION_TYPE:
            return None
        try:
            unverified_name = jose.claims_without_checking_signature(assertion).get("sub")
            model = query_client(unverified_name) if isinstance(unverified_name, str) else None
            if model is None or model.client.token_endpoint_auth_method != self.method:
                return None
            self._require_genuine(assertion, model.client, getattr(request, "called_endpoint", "token"))
        except BadToken:
            return None
        return model

    def _require_genuine(self, assertion: str, client: Client, endpoint: str) -> None:
        claims = self._signed_claims(assertion, client)
        if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
            raise BadToken("of somebody else")
        self._require_for_us(claims.get("aud"), client, endpoint)
        now = self.tools.now()
        jose.require_times(claims, now, LEEWAY)
        if float(claims["exp"]) > (now + LONGEST_LIFE + LEEWAY).timestamp():
            raise BadToken("lives too long")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI:
            raise BadToken("no jti")
        # Last, so that only a genuine assertion is marked; the mark outlives the assertion (RFC 7523 3, item 7).
        if not self.tools.shelf.claim("jti", digest(f"{client.client_id}\x00{jti}"), LONGEST_LIFE + 3 * LEEWAY):
            raise BadToken("used before")

    def _require_for_us(self, audience: object, client: Client, endpoint: str) -> None:
        if client.profile == FAPI2:
            # One string, and no address of an endpoint: whoever answers there could use it elsewhere (FAPI 2.0 5.3.2.1).
            if audience != self.tools.issuer:
                raise BadToken("not for us")
            return
        ours = self.tools.audiences_at(endpoint)
        named = audience if isinstance(audience, list) else [audience]
        # An assertion that also names somebody else could be replayed by them, so every name must be ours.
        if not named or not all(isinstance(name, str) and name in ours for name in named):
            raise BadToken("not for us")

    def _signed_claims(self, assertion: str, client: Client) -> Mapping[str, Any]:
        header = jose.unverified_header(assertion)
        algorithm, kind = header.get("alg"), header.get("typ")
        if algorithm not in allowed_algorithms(client):
            raise BadToken("algorithm not allowed")
        if (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
            raise BadToken("made for something else")
        if self.method == "client_secret_jwt":
            return self._claims_under_secret(assertion, client, algorithm)
        return jose.verify(assertion, self.tools.key_for(client, header, algorithm), (algorithm,))

    def _claims_under_secret(self, assertion: str, client: Client, algorithm: str) -> Mapping[str, Any]:
        for secret in self.tools.secrets_of(client, self.tools.now()):
            try:
                return jose.verify(assertion, secret, (algorithm,))
            except BadToken:
                continue
        raise BadToken("no such secret")


def allowed_algorithms(client: Client) -> tuple[str, ...]:
    """What this client may sign its assertions with: the one it has registered, or those of its method (RFC 8725 3.1)."""
    if client.token_endpoint_auth_method == "client_secret_jwt":  # noqa: S105 -- the name of a method
        return SECRET_ALGORITHMS
    allowed = FAPI_ALGORITHMS if client.profile == FAPI2 else ALGORITHMS
    pinned = client.token_endpoint_auth_signing_alg
    return tuple(name for name in allowed if pinned in (None, name))

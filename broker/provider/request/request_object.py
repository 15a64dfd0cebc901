"""Request objects: authorization requests signed by the client, and perhaps encrypted to us (RFC 9101, OpenID Connect Core 6).

Authlib's own extension is not used: it lets the key set choose the algorithm, accepts an unsigned object unless told otherwise,
and asks neither for whom the object was made nor when it ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from authlib.oauth2 import OAuth2Error

from broker.clients.client import Client
from broker.foundation import jose
from broker.foundation.encoding import digest, from_b64url
from broker.foundation.jose import BadToken
from broker.foundation.jwe import CannotDecrypt
from broker.foundation.public_jwks import SIGNATURE_ALGORITHMS
from broker.provider.request.parameters import REPEATABLE, Parameters, problem_of
from broker.provider.request.strict_json import BadJson, strict_json
from broker.provider.wire import refusal

STRICT_PROFILE = "fapi2"
STRICT_ALGORITHMS = ("PS256", "ES256", "EdDSA")
OBJECT_TYPE = "oauth-authz-req+jwt"
LEEWAY = timedelta(seconds=30)
# FAPI 2.0 Message Signing 5.3.1: neither older nor longer than an hour, which counts from `nbf`.
STRICT_LIFE = timedelta(minutes=60)
_LONGEST_LIFE = timedelta(days=1)
_MAX_JTI = 255
# A compact JWE has five parts (RFC 7516 7.1), a JWS three.
_DOTS_OF_JWE = 4
_MAX_PARAMETERS = 60
# What is said about the object itself, not to the authorization endpoint (RFC 9101 4, RFC 7519 4.1).
_ABOUT_OBJECT = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
_AS_JSON = frozenset({"claims", "authorization_details"})

# (client, header, algorithm) → the client's public key.
KeyFinder = Callable[[Client, Mapping[str, Any], str], Any]


class ClaimShelf(Protocol):
    """The verb this check needs of short-lived state."""

    def claim(self, kind: str, key: str, ttl: timedelta) -> bool:
        """True for the first caller within `ttl`."""


class UsedBefore(Exception):
    """The request was brought once already. `word` is the digest under which its first visit may be remembered."""

    def __init__(self, word: str):
        super().__init__("used before")
        self.word = word


def algorithms_of(client: Client) -> tuple[str, ...]:
    """How this client may sign its requests: the algorithm it registered, else any that its profile allows."""
    if client.request_object_signing_alg is not None:
        return (client.request_object_signing_alg,)
    if client.profile == STRICT_PROFILE:
        return tuple(name for name in SIGNATURE_ALGORITHMS if name in STRICT_ALGORITHMS)
    return SIGNATURE_ALGORITHMS


def word_of(client: Client, unverified_source: str) -> str:
    """What a request is known by once it has been used: nothing of it can be read from this."""
    return digest(f"{client.client_id}\x00{unverified_source}")


@dataclass(frozen=True, slots=True)
class RequestObjects:
    """Reads request objects. `key_of` raises BadToken when the client has no such key, `opened` CannotDecrypt for what is not
    encrypted to us."""

    issuer: str
    key_of: KeyFinder
    opened: Callable[[str], str]
    shelf: ClaimShelf
    now: Callable[[], datetime]

    def by_value(self, unverified_object: str, client: Client) -> Parameters:
        """The parameters of an object that came in the request itself; its `jti` serves once.

        Raises:
            OAuth2Error: invalid_request_object.
            UsedBefore: the same object was brought before.
        """
        claims = self._genuine(unverified_object, client)
        self._require_short(claims)
        self._spend(claims, client, unverified_object)
        return parameters_of(claims)

    def by_reference(self, unverified_object: str, client: Client, unverified_uri: str) -> Parameters:
        """The parameters of an object fetched from a registered address. It may lie there for many sign-ins (OpenID Connect
        Core 6.2.3) as long as it has no `jti`; one that has serves once, wherever it comes from.

        Raises:
            OAuth2Error: invalid_request_object.
            UsedBefore: an object with this `jti` was brought before.
        """
        claims = self._genuine(unverified_object, client)
        if "jti" in claims:
            self._require_short(claims)
            self._spend(claims, client, unverified_uri)
        return parameters_of(claims)

    def _spend(self, claims: Mapping[str, Any], client: Client, source: str) -> None:
        if "jti" not in claims:
            return
        left = timedelta(seconds=float(claims["exp"]) - self.now().timestamp()) if "exp" in claims else _LONGEST_LIFE
        if not self.shelf.claim("request.jti", digest(f"{client.client_id}\x00{claims['jti']}"), left + 3 * LEEWAY):
            raise UsedBefore(word_of(client, source))

    def _genuine(self, unverified_object: str, client: Client) -> Mapping[str, Any]:
        try:
            claims = self._signed(self._bare(unverified_object), client)
            self._require_for_us(claims, client)
            self._require_timely(claims, is_strict=client.profile == STRICT_PROFILE)
        except (BadToken, BadJson, CannotDecrypt, ValueError) as error:
            raise bad_object() from error
        return claims

    def _bare(self, unverified_object: str) -> str:
        """The signed object, out of its envelope if it came in one (RFC 9101 6.1). Anybody has our public key, so it says nothing
        of who has closed it: what is inside must be signed all the same, and is no second envelope.

        A client may encrypt with any algorithm of ours, whatever it has registered (OpenID Connect Registration 2).
        """
        return self.opened(unverified_object) if unverified_object.count(".") == _DOTS_OF_JWE else unverified_object

    def _signed(self, unverified_object: str, client: Client) -> Mapping[str, Any]:
        header = jose.unverified_header(unverified_object)
        algorithm, kind = header.get("alg"), header.get("typ")
        allowed = algorithms_of(client)
        if not isinstance(algorithm, str) or algorithm not in allowed:
            raise BadToken("algorithm not allowed")
        # Pinned, so that no other signed thing of the client passes for a request (RFC 8725 3.11). OpenID Connect Core 6 had no
        # type; FAPI 2.0 Message Signing 5.3.1 demands it.
        is_typed = isinstance(kind, str) and kind.lower().removeprefix("application/") == OBJECT_TYPE
        if not is_typed and (client.profile == STRICT_PROFILE or kind not in (None, "JWT", "jwt")):
            raise BadToken("of another type")
        jose.verify(unverified_object, self.key_of(client, header, algorithm), (algorithm,))
        # Read once more and strictly: the library lets the second of two equal names win.
        claims = strict_json(from_b64url(unverified_object.split(".")[1]).decode("utf-8"))
        if not isinstance(claims, dict) or len(claims) > _MAX_PARAMETERS:
            raise BadToken("not a small object")
        return claims

    def _require_for_us(self, claims: Mapping[str, Any], client: Client) -> None:
        if claims.get("client_id") != client.client_id or claims.get("iss") != client.client_id:
            raise BadToken("of somebody else")
        # Ours may stand among others (OpenID Connect Core 6.1, RFC 7519 4.1.3): unlike an assertion, an object proves nothing of
        # who brings it.
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        if self.issuer not in named or not all(isinstance(name, str) for name in named):
            raise BadToken("not for us")
        # It must not serve as a client assertion (RFC 9101 10.8), nor lead to another object (RFC 9101 4).
        if "sub" in claims or "request" in claims or "request_uri" in claims:
            raise BadToken("holds what a request object may not")
        jti = claims.get("jti", "-")
        if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI:
            raise BadToken("jti is not text")

    def _require_timely(self, claims: Mapping[str, Any], *, is_strict: bool) -> None:
        now = self.now()
        if is_strict and not {"exp", "nbf"}.issubset(claims):
            raise BadToken("no exp or nbf")
        # Without an end it is judged by its beginning only.
        jose.require_times({"exp": (now + LEEWAY).timestamp()} | dict(claims), now, LEEWAY)
        if is_strict:
            begins, ends = float(claims["nbf"]), float(claims["exp"])
            if begins < (now - STRICT_LIFE - LEEWAY).timestamp() or ends - begins > STRICT_LIFE.total_seconds():
                raise BadToken("lives too long")

    def _require_short(self, claims: Mapping[str, Any]) -> None:
        """What is remembered against replay must not have to be remembered for years."""
        if "exp" in claims and float(claims["exp"]) > (self.now() + _LONGEST_LIFE).timestamp():
            raise bad_object()


def parameters_of(claims: Mapping[str, Any]) -> Parameters:
    """The parameters that an object holds, in the shape and with the limits of any other request."""
    values: dict[str, str] = {}
    unsound: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for name, value in claims.items():
        if name in _ABOUT_OBJECT or value is None:
            continue
        found = _texts(name, value)
        problem = "is of the wrong kind" if found is None else _problem(name, found)
        if problem is not None:
            unsound[name] = problem
        elif found and found[0]:
            values[name] = found[0]
            if name in REPEATABLE:
                lists[name] = found
    return Parameters(MappingProxyType(values), MappingProxyType(unsound), MappingProxyType(lists))


def _problem(name: str, texts: tuple[str, ...]) -> str | None:
    return next((problem for text in texts if (problem := problem_of(name, text)) is not None), None)


def bad_object() -> OAuth2Error:
    """The same words whatever is wrong with the object (RFC 9101 6)."""
    return refusal("invalid_request_object", "the request object cannot be used")


def _texts(name: str, value: Any) -> tuple[str, ...] | None:
    """A value as it would stand in a form; None when it could not."""
    if isinstance(value, str):
        return (value,)
    # Numbers and JSON keep their own form in an object (RFC 9101 4, OpenID Connect Core 6.1).
    if isinstance(value, int) and not isinstance(value, bool):
        return (str(value),)
    if name in _AS_JSON and isinstance(value, dict | list):
        return (json.dumps(value, ensure_ascii=False, separators=(",", ":")),)
    is_texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return tuple(value) if name in REPEATABLE and is_texts and len(value) <= 10 else None

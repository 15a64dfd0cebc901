"""Token introspection (RFC 7662), on Authlib's endpoint, and its signed answers (RFC 9701).

A token is told of to the client it was issued to and to a service it was issued for. To everybody else it is not active, as if it
had never been: nobody learns of a token by trying.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from broker.clients.client import Client
from broker.provider.caller.client_auth import METHODS, not_authenticated
from broker.provider.carried import CarriedRequest
from broker.provider.granting.still_allowed import NotAllowed, StillAllowed
from broker.provider.token_use.members import Asked, Telling, of_access, of_refresh
from broker.tokens.acr import reaches
from broker.tokens.authorization import Authorization
from broker.tokens.envelope import Envelopes
from broker.tokens.lives import lives_of
from broker.tokens.living import LivingTokens
from broker.tokens.refresh_store import Refreshable
from broker.tokens.sealed import BadToken
from broker.tokens.settings import TokenSettings

JWT_TYPE = "token-introspection+jwt"
SIGNED_ANSWER = f"application/{JWT_TYPE}"
_JSON = "application/json"
# RFC 9701 6: what a caller gets that has registered nothing.
_USUAL_ALGORITHM = "RS256"
_INACTIVE: dict[str, object] = {"active": False}
_Headers = tuple[tuple[str, str], ...]
_NOT_KEPT: _Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
_PLAIN, _SIGNED = (("Content-Type", _JSON), *_NOT_KEPT), (("Content-Type", SIGNED_ANSWER), *_NOT_KEPT)
_NOT_ACCEPTABLE = re.compile(r";\s*q=0(\.0{0,3})?\s*(;|$)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntrospectionTools:
    """What tokens are looked up in, whom they are about, and how the answer is signed."""

    living: LivingTokens
    refreshable: Refreshable
    find_client: Callable[[str], Client | None]
    still_allowed: StillAllowed
    telling: Telling
    envelopes: Envelopes
    settings: TokenSettings
    now: Callable[[], datetime]


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    """What a token is can be seen from its form, so `token_type_hint` is not needed and, as RFC 7662 2.1 says, does no harm."""

    CLIENT_AUTH_METHODS = METHODS

    def __init__(self, tools: IntrospectionTools):
        super().__init__()
        self._tools = tools

    def create_endpoint_response(self, request: CarriedRequest) -> tuple[int, object, _Headers]:
        """200 with the members of RFC 7662 2.2, as JSON or as a JWT (RFC 9701 5).

        Raises:
            OAuth2Error: invalid_client, invalid_request.
        """
        client: Client = self.authenticate_endpoint_client(request).client
        if client.token_endpoint_auth_method == "none":  # noqa: S105 -- the name of a method
            # Anybody can be a public client, and would learn of any token (RFC 7662 2.1, 4).
            raise not_authenticated()
        if "token" not in request.form:
            raise InvalidRequestError(description="token is missing")
        members = self._members(request.form["token"], client) or _INACTIVE
        if not wants_jwt(request.headers.get("Accept"), client):
            return 200, members, _PLAIN
        return 200, self._signed(members, client), _SIGNED

    def _members(self, unverified_token: str, asking: Client) -> dict[str, object] | None:
        try:
            living = self._tools.living.read(unverified_token)
        except BadToken:
            return self._of_refresh(unverified_token, asking)
        access, grant = living.access, living.grant
        if living.client.client_id != asking.client_id and not {asking.client_id, *asking.audiences} & set(access.audience):
            return None
        given_to = living.client if grant is None else self._allowed_to(grant.authorization, living.client)
        return None if given_to is None else of_access(living, Asked(asking, given_to), self._tools.telling)

    def _of_refresh(self, unverified_token: str, asking: Client) -> dict[str, object] | None:
        """Only its own: no service is ever shown a refresh token (RFC 7662 4)."""
        try:
            idle = lives_of(asking, self._tools.settings).idle
            grant = self._tools.refreshable.find(unverified_token, asking.client_id, idle)
        except BadToken:
            return None
        if grant is None or self._allowed_to(grant.authorization, asking) is None:
            return None
        return of_refresh(grant, asking, min(grant.ends_at, grant.refreshed_at + idle), self._tools.telling)

    def _allowed_to(self, about: Authorization, holder: Client) -> Client | None:
        """The client of the permission, if the person is still allowed today to be known to it, and came in as surely as the
        client that holds the token demands: it may have got it by exchange (RFC 8693)."""
        given_to = holder if holder.client_id == about.client_id else self._tools.find_client(about.client_id)
        if given_to is None or not reaches(about.connector, about.level, holder.minimum_acr_value):
            return None
        try:
            self._tools.still_allowed.require(given_to, about)
        except NotAllowed:
            return None
        return given_to

    def _signed(self, members: dict[str, object], asking: Client) -> str:
        """RFC 9701 5: for the one who asks, about a token, and never to be taken for a token."""
        claims: dict[str, object] = {
            "iss": self._tools.telling.issuer,
            "aud": asking.client_id,
            "iat": int(self._tools.now().timestamp()),
            "token_introspection": members,
        }
        return self._tools.envelopes.sign(claims, JWT_TYPE, algorithm_for(asking))


def algorithm_for(client: Client) -> str:
    """What signs an answer to this client. The strict profile knows no RS256, whatever the default is (FAPI 2.0 5.4.1)."""
    usual = client.id_token_signed_response_alg if client.profile else _USUAL_ALGORITHM
    return client.introspection_signed_response_alg or usual


def wants_jwt(accept: str | None, client: Client) -> bool:
    """Whether the answer shall be signed: it is asked for, or it is registered and nothing else is asked for (RFC 9701 4, 6)."""
    if not accept:
        return client.introspection_signed_response_alg is not None
    asked = [part for part in accept.lower().split(",") if not _NOT_ACCEPTABLE.search(part)]
    types = {part.partition(";")[0].strip() for part in asked}
    if SIGNED_ANSWER in types:
        return True
    return client.introspection_signed_response_alg is not None and _JSON not in types

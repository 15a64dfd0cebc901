"""The UserInfo Endpoint (OpenID Connect Core 5.3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from authlib.oauth2 import OAuth2Error
from flask import Request, Response

from broker.clients.client import Client
from broker.provider.granting.engine import error_body
from broker.provider.granting.still_allowed import NotAllowed, StillAllowed
from broker.provider.token_use.bearer import challenge, presented_token
from broker.provider.wire import refusal
from broker.tokens.access import AccessTokens
from broker.tokens.claims import claims_about
from broker.tokens.mint import Mint
from broker.tokens.scopes import SCOPE_OF_CLAIM, claims_of
from broker.tokens.sealed import BadToken
from broker.tokens.store import Grants


@dataclass(frozen=True, slots=True)
class UserInfo:
    """Answers who the person of an access token is, as they are today."""

    find_client: Callable[[str], Client | None]
    now: Callable[[], datetime]
    access: AccessTokens
    grants: Grants
    mint: Mint
    still_allowed: StillAllowed

    def answer(self, request: Request) -> Response:
        """Claims as JSON, or an error of RFC 6750 3.1."""
        try:
            claims = self._claims(presented_token(request))
        except OAuth2Error as error:
            answer = Response(error_body(error) if error.error else "", error.status_code, content_type="application/json")
            answer.headers["WWW-Authenticate"] = challenge(error)
        else:
            answer = Response(json.dumps(claims, ensure_ascii=False), content_type="application/json")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _claims(self, unverified_token: str) -> dict[str, object]:
        try:
            access = self.access.read(unverified_token)
        except BadToken as error:
            raise _invalid() from error
        grant = self.grants.find(access.grant_id)
        if grant is None or not access.is_open(grant, self.now()):
            raise _invalid()
        about = grant.authorization
        client = self.find_client(about.client_id)
        if client is None or not client.is_enabled:
            raise _invalid()
        if "openid" not in access.scopes:
            raise refusal("insufficient_scope", "the token was not issued for openid", 403)
        try:
            allowed = self.still_allowed.require(client, about)
        except NotAllowed as error:
            raise _invalid() from error
        # What has been taken from the client since is not told any more.
        wanted = frozenset(name for name in claims_of(access.scopes) | set(about.claims) if SCOPE_OF_CLAIM[name] in client.scopes)
        return claims_about(allowed.subject(wanted), wanted) | {"sub": self.mint.subject(client, about.person_id)}


def _invalid() -> OAuth2Error:
    return refusal("invalid_token", "the access token is not valid", 401)

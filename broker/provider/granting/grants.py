"""The two grants, on Authlib's. Each says only how its own proof is spent; what follows is the pipeline's.

Authlib's order at the token endpoint: authenticate the client, may it use this grant, query the proof, then the person, then the
tokens, then delete the proof. Ours spends the proof where Authlib queries it, and deletes nothing afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from broker.provider.caller.client_auth import METHODS
from broker.provider.caller.client_model import ClientModel
from broker.provider.granting.pipeline import Cleared, Proven, refuse_grant
from broker.tokens.authorization import Authorization, Grant
from broker.tokens.sealed import BadToken

NO_STORE = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]


@dataclass(frozen=True, slots=True)
class SpentProof:
    """A proof in the shape Authlib asks it."""

    proven: Proven

    @property
    def code_challenge(self) -> str | None:
        return self.proven.authorization.code_challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        return self.proven.authorization.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.proven.authorization.scopes)

    def check_client(self, client: ClientModel) -> bool:
        return self.proven.authorization.client_id == client.client.client_id


class S256Challenge(CodeChallenge):  # type: ignore[misc]
    """PKCE without `plain` (RFC 7636 4.2, RFC 9700 2.1.1)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012 -- the name and kind are Authlib's
    CODE_CHALLENGE_METHODS = {"S256": CodeChallenge.CODE_CHALLENGE_METHODS["S256"]}  # noqa: RUF012 -- likewise


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """`authorization_code` (RFC 6749 4.1, OpenID Connect Core 3.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    TOKEN_RESPONSE_HEADER = NO_STORE

    def create_authorization_response(self, redirect_uri: str, grant_user: Authorization) -> str:
        """A fresh code for an authorization; how it travels is the answer's business (broker/provider/answering/answer.py)."""
        code: str = self.server.codes.issue(grant_user)
        return code

    def query_authorization_code(self, code: str, client: ClientModel) -> SpentProof | None:
        """Takes the code. From here on it is spent, whatever else turns out to be wrong (RFC 9700 4.5)."""
        authorization = self.server.codes.take(code)
        if authorization is None:
            self.server.pipeline.end_reused(code)
            return None
        spent = SpentProof(Proven(authorization, code=code))
        return spent if spent.check_client(client) else None

    def authenticate_user(self, authorization_code: SpentProof) -> Cleared:
        cleared: Cleared = self.server.pipeline.clear(authorization_code.proven, self.request.client.client)
        return cleared

    def delete_authorization_code(self, authorization_code: SpentProof) -> None:
        """Nothing to do: it was taken before anything was made of it."""


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """`refresh_token` with rotation (RFC 6749 6, RFC 9700 4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    TOKEN_RESPONSE_HEADER = NO_STORE
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> SpentProof:
        """Rotates the token, unless it is asked for more than it holds: that is a mistake and costs nothing."""
        try:
            proven = self.server.pipeline.spend_refresh(refresh_token, self.request.client.client, self._require_narrower)
        except BadToken as error:
            raise refuse_grant() from error
        return SpentProof(proven)

    def authenticate_user(self, refresh_token: SpentProof) -> Cleared:
        cleared: Cleared = self.server.pipeline.clear(refresh_token.proven, self.request.client.client)
        return cleared

    def revoke_old_credential(self, refresh_token: SpentProof) -> None:
        """Nothing to do: rotation ended it before anything was made of it."""

    def _require_narrower(self, grant: Grant) -> None:
        asked = (self.request.payload.scope or "").split()
        if any(word not in grant.authorization.scopes for word in asked):
            raise InvalidScopeError()


TOKEN_GRANTS: tuple[tuple[Any, tuple[Any, ...]], ...] = (
    (CodeGrant, (S256Challenge(required=True),)),
    (RefreshGrant, ()),
)

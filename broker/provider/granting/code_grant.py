"""`authorization_code`: what the authorization endpoint gave out is brought back, once."""

from __future__ import annotations

from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from broker.provider.caller.client_auth import METHODS
from broker.provider.caller.client_model import ClientModel
from broker.provider.granting.pipeline import Cleared, Proven
from broker.provider.granting.proof import NO_STORE, SpentProof, is_proven
from broker.provider.granting.terms import Sent, Terms, asked_details, audience_of
from broker.tokens.authorization import Authorization


class S256Challenge(CodeChallenge):  # type: ignore[misc]
    """PKCE without `plain` (RFC 7636 4.2, RFC 9700 2.1.1)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012 -- the name and kind are Authlib's
    CODE_CHALLENGE_METHODS = {"S256": is_proven}  # noqa: RUF012 -- likewise


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """`authorization_code` (RFC 6749 4.1, OpenID Connect Core 3.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    TOKEN_RESPONSE_HEADER = NO_STORE
    sent: Sent

    def create_authorization_response(self, redirect_uri: str, grant_user: Authorization) -> str:
        """A fresh code for an authorization; how it travels is the answer's business (broker/provider/answering/answer.py)."""
        code: str = self.server.codes.issue(grant_user)
        return code

    def query_authorization_code(self, code: str, client: ClientModel) -> SpentProof | None:
        """Takes the code. From here on it is spent, whatever else turns out to be wrong (RFC 9700 4.5)."""
        self.sent = self.server.pipeline.sent(client.client)
        authorization = self.server.codes.take(code)
        if authorization is None:
            self.server.pipeline.end_reused(code)
            return None
        spent = SpentProof(Proven(authorization, code=code))
        return spent if spent.check_client(client) else None

    def authenticate_user(self, authorization_code: SpentProof) -> Cleared:
        proven, client = authorization_code.proven, self.request.client.client
        audience = audience_of(self.request.all("resource"), proven.authorization.resources, client)
        terms = Terms(self.sent, audience, asked_details=asked_details(self.request))
        cleared: Cleared = self.server.pipeline.clear(proven, client, terms)
        return cleared

    def delete_authorization_code(self, authorization_code: SpentProof) -> None:
        """Nothing to do: it was taken before anything was made of it."""

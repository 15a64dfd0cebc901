"""`refresh_token`: a grant goes on without the person, who is asked about each time."""

from __future__ import annotations

from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant

from broker.clients.client import Client
from broker.provider.caller.client_auth import METHODS
from broker.provider.granting.pipeline import Cleared, refuse_grant
from broker.provider.granting.proof import NO_STORE, SpentProof
from broker.provider.granting.terms import Sent, Terms, asked_details, audience_of, is_bound_to
from broker.tokens.authorization import Grant
from broker.tokens.sealed import BadToken
from broker.tokens.store import RefreshUse


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """`refresh_token` (RFC 6749 6), with rotation where nothing else binds the token to its client (RFC 9700 4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    TOKEN_RESPONSE_HEADER = NO_STORE
    INCLUDE_NEW_REFRESH_TOKEN = True
    sent: Sent
    audience: tuple[str, ...]

    def authenticate_refresh_token(self, refresh_token: str) -> SpentProof:
        """Looks at the token. Asking it for more than it holds is a mistake and costs nothing."""
        client = self.request.client.client
        self.sent = self.server.pipeline.sent(client)
        use = RefreshUse(client.client_id, self._require_narrower, rotates=not keeps_refresh_tokens(client))
        try:
            proven = self.server.pipeline.present_refresh(refresh_token, client, use)
        except BadToken as error:
            raise refuse_grant() from error
        return SpentProof(proven)

    def authenticate_user(self, refresh_token: SpentProof) -> Cleared:
        terms = Terms(self.sent, self.audience, asked_details=asked_details(self.request))
        cleared: Cleared = self.server.pipeline.clear(refresh_token.proven, self.request.client.client, terms)
        return cleared

    def revoke_old_credential(self, refresh_token: SpentProof) -> None:
        """Nothing to do: it was spent in the unit of work that wrote down what came of it."""

    def _require_narrower(self, grant: Grant) -> None:
        if not is_bound_to(grant.authorization.confirmation, self.sent):
            # Whoever has only stolen the token that is good now can neither use it nor end the grant with it (RFC 9449 5); a
            # spent one ends it whoever shows it.
            raise refuse_grant()
        asked = (self.request.payload.scope or "").split()
        if any(word not in grant.authorization.scopes for word in asked):
            raise InvalidScopeError()
        self.audience = audience_of(self.request.all("resource"), grant.authorization.resources, self.request.client.client)


def keeps_refresh_tokens(client: Client) -> bool:
    """Whether the same refresh token goes on working: it is of use to nobody but a client that proves who it is and holds a key.

    FAPI 2.0 Security Profile 5.3.2.1 forbids rotation, which would lose the grant with one lost answer.
    """
    if client.token_endpoint_auth_method == "none":  # noqa: S105 -- the name of a method
        return False
    is_bound = client.dpop_bound_access_tokens or client.tls_client_certificate_bound_access_tokens
    return is_bound or client.profile == "fapi2"

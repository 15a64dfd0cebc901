"""`client_credentials`: a service asks for itself.

No person, no refresh token, no row: the token ends with its time, by revocation, or with the client.
"""

from __future__ import annotations

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant

from broker.clients.client import Client
from broker.provider.caller.client_auth import METHODS
from broker.provider.granting.pipeline import OfClient, TokenAnswer
from broker.provider.granting.proof import NO_STORE
from broker.provider.granting.terms import Terms, asked_details, audience_of
from broker.tokens.scopes import CLIENT_SCOPES


class ClientGrant(ClientCredentialsGrant):  # type: ignore[misc]
    """`client_credentials` (RFC 6749 4.4)."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    TOKEN_RESPONSE_HEADER = NO_STORE

    def validate_requested_scope(self) -> None:
        """Nothing more to do: what a client may be given is decided where it is given."""

    def create_token_response(self) -> tuple[int, TokenAnswer, list[tuple[str, str]]]:
        """The token. Authlib's own would do; this does not go through its hooks, which nobody listens to."""
        client = self.request.client.client
        require_confidential(client)
        scopes = scopes_for(client, self.request.payload.scope)
        sent, audience = self.server.pipeline.sent(client), audience_of(self.request.all("resource"), (), client)
        terms = Terms(sent, audience, asked_details=asked_details(self.request))
        answer: TokenAnswer = self.generate_token(user=OfClient(terms), scope=" ".join(scopes), include_refresh_token=False)
        return 200, answer, self.TOKEN_RESPONSE_HEADER


def require_confidential(client: Client) -> None:
    """Refuse a client that cannot prove who it is: anybody could ask in its name (RFC 6749 4.4).

    Raises:
        UnauthorizedClientError: it is a public client, whatever it is registered for.
    """
    if client.token_endpoint_auth_method == "none":  # noqa: S105 -- the name of a method
        raise UnauthorizedClientError(description="a client without authentication may not use this grant")


def scopes_for(client: Client, asked: str | None) -> tuple[str, ...]:
    """The scopes asked for, or all that make sense without a person.

    Raises:
        InvalidScopeError: one that is about a person, not registered for the client, or not known (RFC 6749 5.2).
    """
    mine = tuple(scope for scope in CLIENT_SCOPES if scope in client.scopes)
    words = tuple(dict.fromkeys((asked or "").split()))
    if any(word not in mine for word in words):
        raise InvalidScopeError(description="a scope is not for a service without a person")
    return words or mine

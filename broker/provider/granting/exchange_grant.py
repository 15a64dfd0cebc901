"""Token exchange: a service swaps a person's access token for a narrower one, for itself or for a service behind it (RFC 8693).

What comes out holds no more than what went in, ends no later, and ends with the grant it all began with.
"""

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import BaseGrant, InvalidGrantError, InvalidScopeError, TokenEndpointMixin, UnauthorizedClientError

from broker.clients.client import Client
from broker.provider.caller.client_auth import METHODS
from broker.provider.granting.client_grant import require_confidential
from broker.provider.granting.pipeline import Cleared, Proven, TokenAnswer
from broker.provider.granting.proof import NO_STORE
from broker.provider.granting.terms import Sent, Terms, asked_details
from broker.provider.wire import refusal
from broker.tokens.acr import reaches
from broker.tokens.authorization import Grant
from broker.tokens.living import Living
from broker.tokens.mint import SIGNED
from broker.tokens.scopes import PERSON_SCOPES
from broker.tokens.sealed import BadToken

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 -- the name of a type
JWT = "urn:ietf:params:oauth:token-type:jwt"
# A chain of services longer than this is a loop or a mistake.
DEEPEST = 4
# `offline_access` would promise a refresh token, which an exchange never gives.
_EXCHANGED = tuple(scope for scope in PERSON_SCOPES if scope != "offline_access")


class ExchangeGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """`urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693 2)."""

    GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    TOKEN_RESPONSE_HEADER = NO_STORE
    cleared: Cleared
    scopes: tuple[str, ...]

    def validate_token_request(self) -> None:
        """Everything that is asked before a token is made.

        Raises:
            OAuth2Error: invalid_request for whatever is wrong with a token (RFC 8693 2.2.2), invalid_target, invalid_scope.
        """
        model = self.authenticate_token_endpoint_client()
        self.request.client, client = model, model.client
        if not model.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError(description="the client is not registered for this grant")
        require_confidential(client)
        form = self._wanted(client)
        sent: Sent = self.server.pipeline.sent(client)
        subject, grant = self._subject(client, sent)
        self.scopes = self._narrowed(subject)
        audience, actors = self._audience(subject, client), self._actors(subject, client, sent)
        terms = Terms(sent, audience, actors, subject.access.expires_at, form, asked_details(self.request))
        origin = self.server.query_client(grant.authorization.client_id)
        if origin is None:
            raise _refused()
        proven = Proven(grant.authorization, grant=grant, is_exchanged=True)
        try:
            self.cleared = self.server.pipeline.clear(proven, origin.client, terms)
        except InvalidGrantError as error:
            # Whether the token is over or its person is not allowed any more is told by one word.
            raise _refused() from error
        if not reaches(grant.authorization.connector, grant.authorization.level, client.minimum_acr_value):
            # What a service demands of everybody it also demands of those who come to it through another service.
            raise _refused()

    def create_token_response(self) -> tuple[int, TokenAnswer, list[tuple[str, str]]]:
        """The token, and what kind of token it is (RFC 8693 2.2.1)."""
        answer: TokenAnswer = self.generate_token(user=self.cleared, scope=" ".join(self.scopes), include_refresh_token=False)
        answer["issued_token_type"] = self.request.form.get("requested_token_type") or ACCESS_TOKEN
        return 200, answer, self.TOKEN_RESPONSE_HEADER

    def _wanted(self, client: Client) -> str:
        """The form asked for, "" for the client's own. Every parameter that must go with another one does."""
        form = self.request.form
        if form.get("subject_token") is None or form.get("subject_token_type") not in (ACCESS_TOKEN, JWT):
            raise refusal("invalid_request", "subject_token must come with its type, which is an access token")
        if (form.get("actor_token") is None) != (form.get("actor_token_type") is None):
            raise refusal("invalid_request", "actor_token and actor_token_type go together")
        if form.get("actor_token_type") not in (None, ACCESS_TOKEN, JWT):
            raise refusal("invalid_request", "actor_token must be an access token")
        wanted = form.get("requested_token_type") or ACCESS_TOKEN
        if wanted not in (ACCESS_TOKEN, JWT):
            raise refusal("invalid_request", "requested_token_type must be an access token or a JWT")
        return SIGNED if wanted == JWT else ""

    def _subject(self, client: Client, sent: Sent) -> tuple[Living, Grant]:
        """The person's token: issued to this client, or for it to be shown to."""
        living = self._living("subject_token")
        access = living.access
        if living.grant is None:
            raise _refused()
        if living.client.client_id == client.client_id:
            # A token bound to a key is of use only to whoever holds the key, here too (RFC 9449 7, RFC 8705 3).
            if access.confirmation is not None and access.confirmation != sent.confirmation:
                raise _refused()
        elif not {client.client_id, *client.audiences} & set(access.audience):
            raise _refused()
        return living, living.grant

    def _narrowed(self, subject: Living) -> tuple[str, ...]:
        held = tuple(scope for scope in subject.access.scopes if scope in _EXCHANGED)
        asked = tuple(dict.fromkeys((self.request.payload.scope or "").split()))
        if any(word not in held for word in asked):
            raise InvalidScopeError(description="a scope is not one of the token")
        return asked or held

    def _audience(self, subject: Living, client: Client) -> tuple[str, ...]:
        """The targets asked for, which must be some of the token's. A client's own token that names no resource may be narrowed
        to any of the client's: it was the client's to choose one when it asked the person."""
        held = subject.access.audience
        is_own = subject.client.client_id == client.client_id
        allowed = held or (client.resources if is_own else ())
        asked = tuple(dict.fromkeys((*self.request.all("resource"), *self.request.all("audience"))))
        if any(target not in allowed for target in asked):
            raise refusal("invalid_target", "a target is not one of the token's")
        return asked or held

    def _actors(self, subject: Living, client: Client, sent: Sent) -> tuple[str, ...]:
        """Who acts for the person now, and who has before (RFC 8693 4.1). A client that swaps its own token acts as before,
        unless it shows by a token of its own that it wants to be named."""
        before = subject.access.actors
        if "actor_token" in self.request.form:
            actor = self._living("actor_token")
            if actor.grant is not None or actor.client.client_id != client.client_id:
                raise _refused()
            if actor.access.confirmation not in (None, sent.confirmation):
                raise _refused()
        elif subject.client.client_id == client.client_id:
            return before
        if len(before) >= DEEPEST:
            raise _refused()
        return (client.client_id, *before)

    def _living(self, parameter: str) -> Living:
        try:
            living: Living = self.server.living.read(self.request.form[parameter])
        except BadToken as error:
            raise _refused() from error
        return living


def _refused() -> OAuth2Error:
    """The same words for whatever is wrong with a token: it may be somebody else's (RFC 8693 2.2.2)."""
    return refusal("invalid_request", "a token is not valid, or not for this client to exchange")

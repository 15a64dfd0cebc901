"""Token revocation (RFC 7009), on Authlib's endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint

from broker.audit.catalogue import TokensRevoked
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.provider.caller.client_auth import METHODS
from broker.provider.caller.client_model import ClientModel
from broker.storage.database import Database
from broker.tokens.authorization import Grant
from broker.tokens.living import Living, LivingTokens
from broker.tokens.refresh import read_refresh
from broker.tokens.sealed import BadToken, Marks
from broker.tokens.store import Grants


@dataclass(frozen=True, slots=True)
class Revoked:
    """A genuine token in the shape Authlib asks it: a refresh token's grant, or an access token with what backs it."""

    grant: Grant | None
    living: Living | None

    def check_client(self, client: ClientModel) -> bool:
        """Whether it was issued to who asks (RFC 7009 2.1); a token that was exchanged is the new owner's alone."""
        mine = client.client.client_id
        if self.living is not None:
            return self.living.client.client_id == mine
        return self.grant is not None and self.grant.authorization.client_id == mine


@dataclass(frozen=True, slots=True)
class RevocationTools:
    """What tokens are looked up in and ended with."""

    database: Database
    grants: Grants
    living: LivingTokens
    marks: Marks
    journal: Journal


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """What a token is can be seen from its form, so `token_type_hint` is not needed and, as RFC 7009 2.2 says, does no harm."""

    CLIENT_AUTH_METHODS = METHODS

    def __init__(self, tools: RevocationTools):
        super().__init__()
        self._tools = tools

    def check_params(self, request: Any, client: ClientModel) -> None:
        if "token" not in request.form:
            raise InvalidRequestError(description="token is missing")

    def query_token(self, token_string: str, token_type_hint: str | None) -> Revoked | None:
        """What is behind a token; None for whatever is not a token of ours any more, which is success (RFC 7009 2.2)."""
        try:
            grant = self._tools.grants.find(read_refresh(token_string, self._tools.marks).grant_id)
        except BadToken:
            return self._access(token_string)
        return None if grant is None else Revoked(grant, None)

    def revoke_token(self, token: Revoked, request: Any) -> None:
        """A refresh token takes its grant with it, an access token all access tokens of its grant issued so far (RFC 7009 2.1).
        A token without a grant of its own, a client's or an exchanged one, ends alone.

        A store that fails raises, so that a failure is never told as success.
        """
        tools, living = self._tools, token.living
        if living is None:
            _each(token.grant, lambda grant: tools.grants.revoke_refresh(grant, tools.journal))
        elif tools.living.revoke_alone(living):
            self._note(living)
        else:
            _each(living.grant, lambda grant: tools.grants.revoke_access(grant, living.access.issued_at, tools.journal))

    def _access(self, unverified_token: str) -> Revoked | None:
        try:
            return Revoked(None, self._tools.living.read(unverified_token))
        except BadToken:
            return None

    def _note(self, living: Living) -> None:
        client_id = living.client.client_id
        person_id = living.grant.authorization.person_id if living.grant is not None else ""
        event = TokensRevoked(grant_id=living.access.grant_id, client_id=client_id, person_id=person_id, cause="access_alone")
        with self._tools.database.work():
            self._tools.journal.append(event, Actor("client", client_id))


def _each(grant: Grant | None, end: Callable[[Grant], None]) -> None:
    if grant is not None:
        end(grant)

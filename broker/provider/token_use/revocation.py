"""Token revocation (RFC 7009), on Authlib's endpoint."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint

from broker.audit.journal import Journal
from broker.provider.caller.client_auth import METHODS
from broker.provider.caller.client_model import ClientModel
from broker.tokens.access import AccessTokens
from broker.tokens.authorization import Grant
from broker.tokens.refresh import read_refresh
from broker.tokens.sealed import BadToken, Mac
from broker.tokens.store import Grants


class Revoked:
    """A genuine token and its grant, in the shape Authlib asks it. `access_issued_at` is None for a refresh token."""

    def __init__(self, grant: Grant, access_issued_at: datetime | None):
        self.grant = grant
        self.access_issued_at = access_issued_at

    def check_client(self, client: ClientModel) -> bool:
        return self.grant.authorization.client_id == client.client.client_id


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """What a token is can be seen from its form, so `token_type_hint` is not needed and, as RFC 7009 2.2 says, does no harm."""

    CLIENT_AUTH_METHODS = METHODS

    def __init__(self, grants: Grants, access: AccessTokens, mac: Mac, journal: Journal):
        super().__init__()
        self._grants = grants
        self._access = access
        self._mac = mac
        self._journal = journal

    def check_params(self, request: Any, client: ClientModel) -> None:
        if "token" not in request.form:
            raise InvalidRequestError(description="token is missing")

    def query_token(self, token_string: str, token_type_hint: str | None) -> Revoked | None:
        """The grant behind a token; None for whatever is not a token of ours any more, which is success (RFC 7009 2.2)."""
        grant_id, access_issued_at = self._read(token_string)
        grant = self._grants.find(grant_id) if grant_id else None
        return None if grant is None else Revoked(grant, access_issued_at)

    def _read(self, unverified_token: str) -> tuple[str, datetime | None]:
        """The grant's identifier and, for an access token, when it was issued; ("", None) for what is not ours."""
        try:
            return read_refresh(unverified_token, self._mac).grant_id, None
        except BadToken:
            pass
        try:
            access = self._access.read(unverified_token)
        except BadToken:
            return "", None
        return access.grant_id, access.issued_at

    def revoke_token(self, token: Revoked, request: Any) -> None:
        """A refresh token takes its grant with it, an access token all access tokens issued so far (RFC 7009 2.1).

        A store that fails raises, so that a failure is never told as success.
        """
        if token.access_issued_at is None:
            self._grants.revoke_refresh(token.grant, self._journal)
        else:
            self._grants.revoke_access(token.grant, token.access_issued_at, self._journal)

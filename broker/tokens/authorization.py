"""What a code, a grant and every token of it stand for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Authorization:
    """One person's permission to one client, as decided at the authorization endpoint.

    `scopes` are what was granted; `claims` and `id_token_claims` are names asked one by one for the UserInfo Endpoint and for
    the ID token (OpenID Connect Core 5.5). `connector` and `level` say how the person signed in, `amr` are RFC 8176 values.
    `resources` are what its tokens may be used at (RFC 8707 2), `authorization_details` is canonical JSON or empty (RFC 9396),
    `confirmation` is the key that its codes and refresh tokens are bound to (broker/tokens/confirmation.py), empty for none.
    `code_challenge` is S256 (RFC 7636). `redirect_uri` is compared again at the token endpoint. These two and `nonce` belong
    to the code alone: an authorization that comes out of a grant has them empty.
    """

    client_id: str
    person_id: str
    session_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    nonce: str | None
    code_challenge: str | None
    authenticated_at: datetime
    level: str
    amr: tuple[str, ...]
    region: str
    connector: str
    id_token_claims: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    authorization_details: str = ""
    confirmation: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """A redeemed authorization: the row that refresh and access tokens hang on.

    `access_not_before` ends all access tokens issued earlier (RFC 7009 of an access token). `ended_at` ends everything.
    `refreshed_at` is when the present refresh token was issued.
    """

    id: str
    authorization: Authorization
    opened_at: datetime
    ends_at: datetime
    refresh_generation: int
    refreshed_at: datetime
    access_not_before: datetime | None
    ended_at: datetime | None

    def is_alive(self, now: datetime) -> bool:
        """Neither ended nor past its absolute life."""
        return self.ended_at is None and now < self.ends_at

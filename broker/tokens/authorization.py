"""What a code, a grant and every token of it stand for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Authorization:
    """One person's permission to one client, as decided at the authorization endpoint.

    `scopes` and `claims` are what was granted; `acr` is the level URN (see broker/tokens/acr.py), `amr` are RFC 8176 values,
    `code_challenge` is S256 (RFC 7636). `redirect_uri` is compared again at the token endpoint.
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


@dataclass(frozen=True, slots=True)
class Grant:
    """A redeemed authorization: the row that refresh and access tokens hang on.

    `access_not_before` ends all access tokens issued earlier (RFC 7009 of an access token). `ended_at` ends everything.
    """

    id: str
    authorization: Authorization
    opened_at: datetime
    ends_at: datetime
    refresh_generation: int
    access_not_before: datetime | None
    ended_at: datetime | None

"""The one mint: nothing else makes an access token or an ID token."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from broker.clients.client import Client
from broker.foundation.encoding import b64url
from broker.foundation.outside import Outside
from broker.tokens.access import AccessTokens
from broker.tokens.acr import acr_of
from broker.tokens.authorization import Grant
from broker.tokens.settings import TokenSettings
from keys.vault import Vault


@dataclass(frozen=True, slots=True)
class Minting:
    """What to mint. `scopes` may be fewer than the grant's; `about` are the claims of the person asked for in the ID token.

    `nonce` comes from the code and is absent on refresh (OpenID Connect Core 12.2).
    """

    grant: Grant
    client: Client
    scopes: tuple[str, ...]
    about: Mapping[str, object]
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class Minted:
    """Fresh tokens. Hidden from repr()."""

    access_token: str
    expires_in: timedelta
    id_token: str | None

    def __repr__(self) -> str:
        return "Minted(...)"


class Mint:
    """Makes access tokens and ID tokens."""

    def __init__(self, issuer: str, vault: Vault, outside: Outside, access: AccessTokens, settings: TokenSettings):
        self._issuer = issuer
        self._vault = vault
        self._outside = outside
        self._access = access
        self._settings = settings

    def mint(self, minting: Minting) -> Minted:
        """An access token, and an ID token if `openid` is among the scopes."""
        access_token, life = self._access.make(minting.grant, minting.scopes)
        id_token = self._id_token(minting, access_token) if "openid" in minting.scopes else None
        return Minted(access_token, life, id_token)

    def subject(self, client: Client, person_id: str) -> str:
        """What this client knows the person by (OpenID Connect Core 8)."""
        if client.subject_type == "public":
            return person_id
        return self._vault.subjects.of(client.sector, person_id)

    def session_word(self, client_id: str, session_id: str) -> str:
        """`sid`: names the session to one client; two clients cannot compare theirs."""
        return b64url(self._vault.fingerprints.mac("sid", f"{client_id}\x00{session_id}".encode())[:16])

    def _id_token(self, minting: Minting, access_token: str) -> str:
        about, client = minting.grant.authorization, minting.client
        now = int(self._outside.now().timestamp())
        algorithm = client.id_token_signed_response_alg
        claims: dict[str, object] = dict(minting.about) | {
            "iss": self._issuer,
            "sub": self.subject(client, about.person_id),
            "aud": client.client_id,
            "iat": now,
            "exp": now + int(self._settings.id_token_ttl.total_seconds()),
            "auth_time": int(about.authenticated_at.timestamp()),
            "acr": acr_of(about.connector, about.level),
            "sid": self.session_word(client.client_id, about.session_id),
            "at_hash": at_hash(access_token, algorithm),
        }
        if about.amr:
            claims["amr"] = list(about.amr)
        if minting.nonce is not None:
            claims["nonce"] = minting.nonce
        return self._vault.ring.sign(claims, algorithm)


def at_hash(access_token: str, algorithm: str) -> str:
    """The left half of the access token's hash (OpenID Connect Core 3.1.3.6).

    Raises:
        KeyError: an algorithm whose hash we do not know; failing is better than a token nobody can check.
    """
    hashed = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}[algorithm[-3:]](access_token.encode("ascii"))
    half = hashed.digest()
    return b64url(half[: len(half) // 2])

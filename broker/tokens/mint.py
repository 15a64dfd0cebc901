"""The one mint: nothing else makes an access token or an ID token."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.clients.client import Client
from broker.foundation.encoding import b64url
from broker.foundation.outside import Outside
from broker.tokens.access import ID_SIZE, Access, AccessTokens
from broker.tokens.acr import acr_of
from broker.tokens.authorization import Grant
from broker.tokens.confirmation import Confirmation
from broker.tokens.envelope import JWT, Envelopes
from broker.tokens.lives import lives_of
from broker.tokens.names import Names
from broker.tokens.settings import TokenSettings
from keys.vault import Vault

# The form in which an access token of a client is written (`Client.access_token_format`).
OPAQUE, SIGNED = "opaque", "jwt"


@dataclass(frozen=True, slots=True)
class Minting:
    """What to mint. `scopes` may be fewer than the grant's; `about` are the claims of the person asked for in the ID token.

    `grant` is None for a token that a client gets for itself. `nonce` comes from the code and is absent on refresh (OpenID
    Connect Core 12.2). `audience`, `confirmation` and `actors` are those of `Access`. `ends_at` is an instant that the token may
    not outlive, `form` another form than the client's own, `with_id_token` whether `openid` brings an ID token. `details` are the
    authorization details that a token in signed form tells (RFC 9396 9.1).
    """

    grant: Grant | None
    client: Client
    scopes: tuple[str, ...]
    about: Mapping[str, object]
    nonce: str | None = None
    audience: tuple[str, ...] = ()
    confirmation: Confirmation | None = None
    actors: tuple[str, ...] = ()
    ends_at: datetime | None = None
    form: str = ""
    with_id_token: bool = True
    details: tuple[Mapping[str, object], ...] = ()


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

    def __init__(self, envelopes: Envelopes, vault: Vault, outside: Outside, access: AccessTokens, settings: TokenSettings):
        self._envelopes = envelopes
        self._names = Names(vault)
        self._outside = outside
        self._access = access
        self._settings = settings

    def mint(self, minting: Minting) -> Minted:
        """An access token, and an ID token if there is a person and `openid` is among the scopes.

        Raises:
            NoEncryptionKey: the client wants ID tokens that only it can read, and has no key for it.
        """
        lives = lives_of(minting.client, self._settings)
        access = self._made(minting, lives.access)
        access_token = self._written(access, minting)
        id_token = None
        if minting.grant is not None and minting.with_id_token and "openid" in minting.scopes:
            id_token = self._id_token(minting, minting.grant, access_token, lives.id_token)
        return Minted(access_token, access.expires_at - self._outside.now(), id_token)

    def subject(self, client: Client, person_id: str) -> str:
        """What this client knows the person by (OpenID Connect Core 8)."""
        return self._names.subject(client, person_id)

    def session_word(self, client_id: str, session_id: str) -> str:
        """`sid`: names the session to one client; two clients cannot compare theirs."""
        return self._names.session_word(client_id, session_id)

    def _made(self, minting: Minting, life: timedelta) -> Access:
        """The access token as a value. It outlives neither its grant nor what it was exchanged for."""
        now, grant = self._outside.now(), minting.grant
        ends = [now + life]
        ends += [grant.ends_at] if grant is not None else []
        ends += [minting.ends_at] if minting.ends_at is not None else []
        return Access(
            grant_id=grant.id if grant is not None else "",
            client_id=minting.client.client_id,
            issued_at=now,
            expires_at=min(ends),
            scopes=minting.scopes,
            audience=minting.audience,
            confirmation=minting.confirmation,
            actors=minting.actors,
            id=self._outside.random(ID_SIZE),
        )

    def _written(self, access: Access, minting: Minting) -> str:
        client, grant = minting.client, minting.grant
        if (minting.form or client.access_token_format) != SIGNED:
            return self._access.opaque(access)
        about: dict[str, object] = {"sub": client.client_id}
        if grant is not None:
            about = {"sub": self.subject(client, grant.authorization.person_id)} | _sign_in(grant)
            if minting.details:
                about["authorization_details"] = list(minting.details)
        return self._access.signed(access, client.id_token_signed_response_alg, about)

    def _id_token(self, minting: Minting, grant: Grant, access_token: str, life: timedelta) -> str:
        about, client = grant.authorization, minting.client
        now = int(self._outside.now().timestamp())
        algorithm = client.id_token_signed_response_alg
        claims: dict[str, object] = dict(minting.about) | _sign_in(grant) | {
            "iss": self._envelopes.issuer,
            "sub": self.subject(client, about.person_id),
            "aud": client.client_id,
            "iat": now,
            "exp": now + int(life.total_seconds()),
            "sid": self.session_word(client.client_id, about.session_id),
            "at_hash": at_hash(access_token, algorithm),
        }  # fmt: skip
        if minting.nonce is not None:
            claims["nonce"] = minting.nonce
        signed = self._envelopes.sign(claims, JWT, algorithm)
        if client.id_token_encrypted_response_alg is None:
            return signed
        return self._envelopes.encrypt(
            signed, client, client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc
        )


def _sign_in(grant: Grant) -> dict[str, object]:
    """How and when the person signed in (OpenID Connect Core 2, RFC 9068 2.2.1)."""
    about = grant.authorization
    claims: dict[str, object] = {
        "auth_time": int(about.authenticated_at.timestamp()),
        "acr": acr_of(about.connector, about.level),
    }
    return claims | ({"amr": list(about.amr)} if about.amr else {})


def at_hash(access_token: str, algorithm: str) -> str:
    """The left half of the access token's hash (OpenID Connect Core 3.1.3.6).

    Raises:
        KeyError: an algorithm whose hash we do not know; failing is better than a token nobody can check.
    """
    half = _HASHES[algorithm](access_token.encode("ascii")).digest()
    return b64url(half[: len(half) // 2])


# The hash of each signature; Ed25519 has SHA-512 inside (RFC 8032 5.1).
_HASHES = {"RS256": hashlib.sha256, "PS256": hashlib.sha256, "ES256": hashlib.sha256, "EdDSA": hashlib.sha512}

"""The registered client as a frozen value with its own rules (RFC 7591 2, OpenID Connect Registration 2)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from broker.foundation.encoding import digest


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A secret as we keep it: the SHA-256 of 256 random bits, with an end for overlap during rotation."""

    hash: str
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A relying party. Names are the standards' own; `version` grows with every change."""

    client_id: str
    client_name: str
    client_name_en: str
    organisation: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    initiate_login_uri: str | None = None
    grant_types: tuple[str, ...] = ("authorization_code",)
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 -- the name of a method
    id_token_signed_response_alg: str = "RS256"  # noqa: S105 -- the name of an algorithm
    scopes: tuple[str, ...] = ("openid",)
    subject_type: str = "pairwise"
    sector_identifier: str | None = None
    first_party: bool = False
    default_region: str = ""
    roles: tuple[str, ...] = ()
    require_pkce: bool = True
    jwks: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[ClientSecret, ...] = ()
    is_enabled: bool = True
    version: int = 1

    def may_redirect_to(self, unverified_uri: str) -> bool:
        """Exact string comparison with a registered address (RFC 9700 2.1); nothing is allowed when nothing is registered."""
        return unverified_uri in self.redirect_uris

    def secret_is_right(self, unverified_secret: str, now: datetime) -> bool:
        """Whether the secret is one of the live ones; compared in constant time, every one of them."""
        given = digest(unverified_secret)
        matches = [hmac.compare_digest(given, secret.hash) for secret in self.secrets if _lives(secret, now)]
        return any(matches)

    @property
    def sector(self) -> str:
        """The host that pairwise subjects are made for (OpenID Connect Core 8.1)."""
        return self.sector_identifier or self.sector_of(self.redirect_uris[0])

    @staticmethod
    def sector_of(uri: str) -> str:
        """The host of an address with its port; the scheme of an app's private-use address, which has no host."""
        parts = urlsplit(uri)
        return parts.netloc or parts.scheme


def _lives(secret: ClientSecret, now: datetime) -> bool:
    return secret.ends_at is None or now < secret.ends_at

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
    """A secret as we keep it: the SHA-256 of 256 random bits, with an end for overlap during rotation. `sealed` is empty but for
    client_secret_jwt (see shared_secrets.py)."""

    hash: str
    ends_at: datetime | None = None
    sealed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A relying party. Names are the standards' own (RFC 7591 2 and the registry it opened); `version` grows with every change.

    Ours: `profile` is empty or "fapi2", `environment` is production or sandbox, `access_token_format` is opaque or jwt
    (RFC 9068), `*_ttl` are seconds or None for the broker's own. `resources` are what tokens may be asked for (RFC 8707),
    `audiences` what this client is itself when tokens are shown to it; nobody has approved `waiting_scopes` yet.
    `scope_reasons` says by scope and language (ru, en) why the service asks; people read it before they decide.
    """

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
    jwks_uri: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    tls_client_auth_subject_dn: str | None = None
    tls_client_auth_san_dns: str | None = None
    tls_client_auth_san_uri: str | None = None
    tls_client_auth_san_ip: str | None = None
    tls_client_auth_san_email: str | None = None
    tls_client_certificate_bound_access_tokens: bool = False
    dpop_bound_access_tokens: bool = False
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    request_object_signing_alg: str | None = None
    request_object_encryption_alg: str | None = None
    request_object_encryption_enc: str | None = None
    request_uris: tuple[str, ...] = ()
    authorization_signed_response_alg: str | None = None
    authorization_encrypted_response_alg: str | None = None
    authorization_encrypted_response_enc: str | None = None
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    userinfo_signed_response_alg: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    introspection_signed_response_alg: str | None = None
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    minimum_acr_value: str | None = None
    authorization_details_types: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    access_token_format: str = "opaque"  # noqa: S105 -- the name of a format
    access_token_ttl: int | None = None
    id_token_ttl: int | None = None
    refresh_token_ttl: int | None = None
    contacts: tuple[str, ...] = ()
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    software_id: str | None = None
    software_version: str | None = None
    profile: str = ""
    environment: str = "production"
    waiting_scopes: tuple[str, ...] = ()
    scope_reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secrets: tuple[ClientSecret, ...] = ()
    is_enabled: bool = True
    version: int = 1

    def reason_for(self, scope: str, language: str) -> str:
        """Why the service asks for this scope, in its own words; "" when it has not said."""
        return self.scope_reasons.get(scope, {}).get(language, "")

    def may_redirect_to(self, unverified_uri: str) -> bool:
        """Exact string comparison with a registered address (RFC 9700 2.1); nothing is allowed when nothing is registered."""
        return unverified_uri in self.redirect_uris

    def secret_is_right(self, unverified_secret: str, now: datetime) -> bool:
        """Whether the secret is one of the live ones; compared in constant time, every one of them."""
        given = digest(unverified_secret)
        matches = [hmac.compare_digest(given, secret.hash) for secret in self.secrets if lives(secret, now)]
        return any(matches)

    @property
    def sector(self) -> str:
        """The host that pairwise subjects are made for (OpenID Connect Core 8.1)."""
        if self.sector_identifier or not self.redirect_uris:
            # A service that only asks about tokens has no address that people come back to.
            return self.sector_identifier or self.client_id
        return self.sector_of(self.redirect_uris[0])

    @staticmethod
    def sector_of(uri: str) -> str:
        """The host of an address with its port; the scheme of an app's private-use address, which has no host."""
        parts = urlsplit(uri)
        return parts.netloc or parts.scheme


def lives(secret: ClientSecret, now: datetime) -> bool:
    """Whether a secret still works at this instant."""
    return secret.ends_at is None or now < secret.ends_at

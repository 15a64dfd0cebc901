"""Settings of the OpenID Provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from broker.tokens.scopes import PERSON_SCOPES


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderSettings:
    """Owned by provider; see `[provider]` in config/defaults.toml.

    UserInfo answers a token with one of `surer_scopes` only after a sign-in with a confirmed account, not longer than
    `surer_within` ago; zero asks no such thing (RFC 9470).
    """

    issuer: str = "http://127.0.0.1:8000"
    pushed_request_ttl: timedelta = timedelta(seconds=90)
    require_pushed_authorization_requests: bool = False
    session_management: bool = True
    surer_scopes: tuple[str, ...] = ()
    surer_within: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        # OpenID Connect Discovery 3: scheme, host, optionally port; we serve at the root, so there is no path either.
        address = urlsplit(self.issuer)
        if address.scheme not in ("https", "http") or not address.hostname:
            raise ValueError("provider.issuer must begin with https:// (or http:// on a loopback address) and name a host")
        if self.issuer != f"{address.scheme}://{address.netloc}" or "@" in address.netloc:
            raise ValueError("provider.issuer must have no path, no slash at the end, no query and no user name")
        # RFC 9126 2.2 suggests 5 to 600 seconds; FAPI 2.0 5.3.2.2 demands fewer than 600.
        if not timedelta(seconds=5) <= self.pushed_request_ttl < timedelta(seconds=600):
            raise ValueError("provider.pushed_request_ttl must be between 5 seconds and less than 600 seconds")
        if any(scope not in PERSON_SCOPES for scope in self.surer_scopes):
            raise ValueError(f"provider.surer_scopes may hold {', '.join(PERSON_SCOPES)}")
        if self.surer_within < timedelta(0):
            raise ValueError("provider.surer_within must not be negative")

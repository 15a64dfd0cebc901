"""Settings of how staff prove who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True, slots=True)
class SecuritySettings:
    """Owned by passkeys; see `[security]` in config/defaults.toml.

    `origin` is where the staff console is reached, "" for the address of the issuer. `fresh_within` is how old a sign-in may be
    for a dangerous act, `signed_in_within` for everything else.
    """

    origin: str = ""
    fresh_within: timedelta = timedelta(minutes=5)
    signed_in_within: timedelta = timedelta(hours=12)
    first_passkey_without_link: bool = False

    def __post_init__(self) -> None:
        parts = urlsplit(self.origin)
        if self.origin and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query):
            raise ValueError("security.origin must be http:// or https:// and a host, without a slash at the end")
        if not timedelta(0) < self.fresh_within <= timedelta(minutes=5):
            raise ValueError("security.fresh_within must be longer than 0 s and may not exceed 5 minutes")
        if not self.fresh_within <= self.signed_in_within <= timedelta(hours=12):
            raise ValueError("security.signed_in_within must be at least security.fresh_within and may not exceed 12 hours")

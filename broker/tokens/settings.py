"""Settings of codes and tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenSettings:
    """Owned by tokens; see `[tokens]` in config/defaults.toml.

    `refresh_idle` is how long a refresh token waits to be used, `grant_life` how long refreshing can go on at all. No client can
    be given access tokens or ID tokens that live longer than `longest_ttl`. A device waits for `device_ttl`, asking once in
    `device_interval` (RFC 8628 3.2). Keys that requests are encrypted to are renewed after `decryption_key_life`; with zero no
    such request is taken.
    """

    code_ttl: timedelta = timedelta(seconds=60)
    access_ttl: timedelta = timedelta(minutes=10)
    id_token_ttl: timedelta = timedelta(minutes=10)
    longest_ttl: timedelta = timedelta(hours=1)
    refresh_idle: timedelta = timedelta(days=14)
    grant_life: timedelta = timedelta(days=90)
    device_ttl: timedelta = timedelta(minutes=10)
    device_interval: timedelta = timedelta(seconds=5)
    decryption_key_life: timedelta = timedelta(days=90)

    def __post_init__(self) -> None:
        for name in ("code_ttl", "access_ttl", "id_token_ttl", "longest_ttl", "refresh_idle", "grant_life"):
            if getattr(self, name) < timedelta(seconds=1):
                raise ValueError(f"tokens.{name} must be at least one second")
        # RFC 6749 4.1.2 recommends at most ten minutes.
        if self.code_ttl > timedelta(minutes=10):
            raise ValueError("tokens.code_ttl may not exceed ten minutes")
        if self.longest_ttl > timedelta(hours=1):
            raise ValueError("tokens.longest_ttl may not exceed one hour")
        if self.access_ttl > self.longest_ttl:
            raise ValueError("tokens.access_ttl may not exceed tokens.longest_ttl")
        if not timedelta(minutes=1) <= self.device_ttl <= timedelta(minutes=30):
            raise ValueError("tokens.device_ttl must be between one and thirty minutes")
        if not timedelta(seconds=2) <= self.device_interval <= timedelta(minutes=1):
            raise ValueError("tokens.device_interval must be between two seconds and one minute")
        # Shorter than the overlap, more than two keys of a kind would live at once.
        if self.decryption_key_life and self.decryption_key_life < timedelta(days=7):
            raise ValueError("tokens.decryption_key_life must be zero or at least seven days")
        if not self.access_ttl <= self.refresh_idle <= self.grant_life:
            raise ValueError("tokens.refresh_idle must lie between tokens.access_ttl and tokens.grant_life")

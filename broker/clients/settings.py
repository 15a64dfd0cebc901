"""Settings of relying parties."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientSettings:
    """Owned by clients; see `[clients]` in config/defaults.toml.

    `cache_for` is also how long a worker may go on serving a client that another worker has paused.
    """

    cache_for: timedelta = timedelta(seconds=5)
    secret_overlap: timedelta = timedelta(days=7)
    loopback_addresses: bool = False
    jwks_keep_at_least: timedelta = timedelta(minutes=5)
    jwks_keep_at_most: timedelta = timedelta(hours=24)
    jwks_stale_for: timedelta = timedelta(hours=24)
    jwks_ask_again: timedelta = timedelta(minutes=1)

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.cache_for <= timedelta(minutes=1):
            raise ValueError("clients.cache_for must be between zero and one minute")
        if not timedelta(0) <= self.secret_overlap <= timedelta(days=90):
            raise ValueError("clients.secret_overlap must be between zero and ninety days")
        if not timedelta(minutes=1) <= self.jwks_keep_at_least <= self.jwks_keep_at_most:
            raise ValueError("clients.jwks_keep_at_least must be between one minute and clients.jwks_keep_at_most")
        if not timedelta(0) <= self.jwks_stale_for <= timedelta(days=7):
            raise ValueError("clients.jwks_stale_for must be between zero and seven days")
        if not timedelta(seconds=1) <= self.jwks_ask_again <= timedelta(hours=1):
            raise ValueError("clients.jwks_ask_again must be between one second and one hour")

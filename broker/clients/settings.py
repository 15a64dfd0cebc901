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

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.cache_for <= timedelta(minutes=1):
            raise ValueError("clients.cache_for must be between zero and one minute")
        if not timedelta(0) <= self.secret_overlap <= timedelta(days=90):
            raise ValueError("clients.secret_overlap must be between zero and ninety days")

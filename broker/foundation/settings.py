"""Settings of outgoing HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpSettings:
    """Owned by foundation; see `[http]` in config/defaults.toml."""

    connect_timeout: timedelta = timedelta(seconds=5)
    total_timeout: timedelta = timedelta(seconds=15)
    max_response_bytes: int = 1_000_000
    ca_bundle: str = ""

    def __post_init__(self) -> None:
        if not timedelta(0) < self.connect_timeout <= self.total_timeout:
            raise ValueError("http.connect_timeout must be positive and not longer than http.total_timeout")
        if self.max_response_bytes < 1024:
            raise ValueError("http.max_response_bytes must be at least 1024")

"""Settings of outgoing HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

_HOST_AND_PORT = re.compile(r"([a-z0-9.-]+|[0-9a-f:]+):\d{1,5}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpSettings:
    """Owned by foundation; see `[http]` in config/defaults.toml."""

    connect_timeout: timedelta = timedelta(seconds=5)
    total_timeout: timedelta = timedelta(seconds=15)
    max_response_bytes: int = 1_000_000
    ca_bundle: str = ""
    fetch_timeout: timedelta = timedelta(seconds=5)
    fetch_at_once: int = 4
    fetch_ports: tuple[str, ...] = ("443",)
    fetch_allowed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not timedelta(0) < self.connect_timeout <= self.total_timeout:
            raise ValueError("http.connect_timeout must be positive and not longer than http.total_timeout")
        if self.max_response_bytes < 1024:
            raise ValueError("http.max_response_bytes must be at least 1024")
        if not timedelta(0) < self.fetch_timeout <= timedelta(seconds=30):
            raise ValueError("http.fetch_timeout must be positive and at most 30 seconds")
        if not 1 <= self.fetch_at_once <= 100:
            raise ValueError("http.fetch_at_once must be between 1 and 100")
        if not all(port.isascii() and port.isdecimal() for port in self.fetch_ports):
            raise ValueError("http.fetch_ports must hold numbers of ports")
        if not all(_HOST_AND_PORT.fullmatch(entry) for entry in self.fetch_allowed):
            raise ValueError("http.fetch_allowed must hold entries host:port in small letters")

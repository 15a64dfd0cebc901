"""Settings of the interactive flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginSettings:
    """Owned by login; see `[login]` in config/defaults.toml.

    `attempt_ttl` is what page 1002 promises. `restart_within`: how long an attempt that ran out of time can still be started
    anew without going back to the service. `home_url` is where somebody who came without a service ends. `connectors` names the
    upstreams in use.
    """

    attempt_ttl: timedelta = timedelta(minutes=15)
    restart_within: timedelta = timedelta(hours=1)
    home_url: str = "/me"
    connectors: tuple[str, ...] = ("esia",)

    def __post_init__(self) -> None:
        if not timedelta(minutes=5) <= self.attempt_ttl <= timedelta(minutes=30):
            raise ValueError("login.attempt_ttl must be between 5 min and 30 min")
        if not self.attempt_ttl <= self.restart_within <= timedelta(days=1):
            raise ValueError("login.restart_within must not be shorter than login.attempt_ttl nor longer than 1 d")
        if not self.home_url.startswith("/") or self.home_url.startswith("//"):
            raise ValueError("login.home_url must be a path that starts with /")
        if not self.connectors:
            raise ValueError("login.connectors must name at least one upstream")

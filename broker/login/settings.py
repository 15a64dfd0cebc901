"""Settings of the interactive flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginSettings:
    """Owned by login; see `[login]` in config/defaults.toml.

    `attempt_ttl` is what page 1002 promises. `restart_within`: how long an attempt that ran out of time can still be started
    anew without going back to the service. `home_url` is where somebody who came without a service ends. `connectors` names the
    upstreams in use. An upstream that was silent `upstream_silences` times in a row `upstream_silences_within` this time is not
    asked for `upstream_rest`, then by one person at a time.
    """

    attempt_ttl: timedelta = timedelta(minutes=15)
    restart_within: timedelta = timedelta(hours=1)
    home_url: str = "/me"
    connectors: tuple[str, ...] = ("esia",)
    upstream_silences: int = 5
    upstream_silences_within: timedelta = timedelta(minutes=1)
    upstream_rest: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        if not timedelta(minutes=5) <= self.attempt_ttl <= timedelta(minutes=30):
            raise ValueError("login.attempt_ttl must be between 5 min and 30 min")
        if not self.attempt_ttl <= self.restart_within <= timedelta(days=1):
            raise ValueError("login.restart_within must not be shorter than login.attempt_ttl nor longer than 1 d")
        if not self.home_url.startswith("/") or self.home_url.startswith("//"):
            raise ValueError("login.home_url must be a path that starts with /")
        if not self.connectors:
            raise ValueError("login.connectors must name at least one upstream")
        if not 2 <= self.upstream_silences <= 50:
            raise ValueError("login.upstream_silences must be between 2 and 50")
        if not timedelta(seconds=10) <= self.upstream_silences_within <= timedelta(minutes=10):
            raise ValueError("login.upstream_silences_within must be between 10 s and 10 min")
        if not timedelta(seconds=5) <= self.upstream_rest <= timedelta(minutes=10):
            raise ValueError("login.upstream_rest must be between 5 s and 10 min")

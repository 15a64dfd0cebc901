"""Settings of registration over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistrationSettings:
    """Owned by registration; see `[registration]` in config/defaults.toml.

    `open` lets anybody register a sandbox; with a token or a software statement a service can register as long as `enabled`.
    """

    enabled: bool = True
    open: bool = False
    sandbox_life: timedelta = timedelta(days=30)
    open_per_address: int = 10
    open_in_all: int = 500
    open_within: timedelta = timedelta(hours=24)
    wrong_tokens: int = 30
    tries_per_token: int = 120
    tries_within: timedelta = timedelta(hours=1)
    statement_life: timedelta = timedelta(days=31)

    def __post_init__(self) -> None:
        if not timedelta(hours=1) <= self.sandbox_life <= timedelta(days=366):
            raise ValueError("registration.sandbox_life must be between an hour and a year")
        for name in ("open_per_address", "open_in_all", "wrong_tokens", "tries_per_token"):
            if not 1 <= getattr(self, name) <= 100_000:
                raise ValueError(f"registration.{name} must be between 1 and 100000")
        for name in ("open_within", "tries_within"):
            if not timedelta(minutes=1) <= getattr(self, name) <= timedelta(days=7):
                raise ValueError(f"registration.{name} must be between 1 min and 7 d")
        if not timedelta(minutes=1) <= self.statement_life <= timedelta(days=366):
            raise ValueError("registration.statement_life must be between a minute and a year")

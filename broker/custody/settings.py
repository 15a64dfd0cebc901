"""Settings of the keeping of keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class CustodySettings:
    """Owned by custody; see `[custody]` in config/defaults.toml. The plan itself is in the section keys."""

    enabled: bool = True
    every: timedelta = timedelta(minutes=1)
    active_within: timedelta = timedelta(days=14)
    never_fetches: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not timedelta(0) < self.every <= timedelta(hours=1):
            raise ValueError("custody.every must be positive and at most one hour")
        if self.active_within < timedelta(0):
            raise ValueError("custody.active_within must not be negative")

"""Settings of consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentSettings:
    """Owned by consent; see `[consent]` in config/defaults.toml. `life` is what the page promises."""

    life: timedelta = timedelta(days=365)

    def __post_init__(self) -> None:
        if not timedelta(days=1) <= self.life <= timedelta(days=365):
            raise ValueError("consent.life must be between one day and 365 days, because the page says one year")

"""Settings of consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentSettings:
    """Owned by consent; see `[consent]` in config/defaults.toml. `life` is what the page promises. Somebody
    younger than `own_from_age` years asks, and a parent decides.
    """

    life: timedelta = timedelta(days=365)
    own_from_age: int = 14

    def __post_init__(self) -> None:
        if not timedelta(days=1) <= self.life <= timedelta(days=365):
            raise ValueError("consent.life must be between one day and 365 days, because the page says one year")
        if not 0 <= self.own_from_age <= 18:
            raise ValueError("consent.own_from_age must be between 0 and 18 years")

"""How services are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliverySettings:
    """Owned by deliveries; see `[deliveries]` in config/defaults.toml. `at_once` 0 means that this process carries none."""

    at_once: int = 4
    answer_within: timedelta = timedelta(seconds=5)
    page_waits: timedelta = timedelta(milliseconds=2500)
    give_up_after: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        if not 0 <= self.at_once <= 32:
            raise ValueError("deliveries.at_once must be between 0 and 32")
        if not timedelta(milliseconds=100) <= self.answer_within <= timedelta(seconds=30):
            raise ValueError("deliveries.answer_within must be between 100 ms and 30 s")
        if not timedelta(0) <= self.page_waits <= timedelta(seconds=10):
            raise ValueError("deliveries.page_waits must be between 0 and 10 s")
        if not timedelta(minutes=1) <= self.give_up_after <= timedelta(days=7):
            raise ValueError("deliveries.give_up_after must be between 1 min and 7 d")

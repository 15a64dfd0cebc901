"""A permission as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """What one person allowed one client to learn. `items` are words of broker/consent/items.py."""

    id: str
    person_id: str
    client_id: str
    items: tuple[str, ...]
    given_at: datetime
    ends_at: datetime

    def is_alive(self, now: datetime) -> bool:
        """False once its year is over; the page then says so and asks again."""
        return now < self.ends_at

"""What happens to dates of the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ExpiryWarned:
    """Somebody was told that something ends or is due, `days` (60, 30 or 7) ahead of it at the most. `what` is a word of the
    calendar, `mark_id` the identifier of the very thing, `told` the number of letters."""

    name: ClassVar[str] = "expiry.warned"
    what: str
    mark_id: str
    days: int
    told: int

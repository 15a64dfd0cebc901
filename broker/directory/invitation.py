"""An invitation as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Stage(Enum):
    """The step of the wizard that comes next."""

    DATA = "data"
    CONTACTS = "contacts"
    PASSWORD = "password"  # noqa: S105 -- the name of a step
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation, without its password. `used_at` is when the wizard was finished."""

    id: str
    person_id: str
    stage: Stage
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    printed_at: datetime | None
    opened_at: datetime | None
    used_at: datetime | None
    cancelled_at: datetime | None

    def state_at(self, now: datetime) -> str:
        """new, printed, opened, used, expired or cancelled."""
        if self.cancelled_at is not None:
            return "cancelled"
        if self.used_at is not None:
            return "used"
        if now >= self.expires_at:
            return "expired"
        if self.opened_at is not None:
            return "opened"
        return "printed" if self.printed_at is not None else "new"

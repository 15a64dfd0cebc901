"""A passkey, as the value other files work with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Passkey:
    """`is_synced` says that its maker copies it between the owner's devices; `used_at` is None until it is first shown."""

    id: str
    person_id: str
    name: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    is_synced: bool
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class StaffLink:
    """What a one-time link allows: `person_id` to make a first passkey, or whoever opens it ("") to become `role` before."""

    person_id: str
    role: str
    ends_at: datetime


class PasskeyRefused(Exception):
    """What the browser sent proves nothing. `why` is a word of ours: challenge, answer, unknown, counter, taken, last, link."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why

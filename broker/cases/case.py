"""A case as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

# A cause that no person ever meets: a parent is in, and the upstream and the school do not name the same children.
CHILDREN_DIFFER = 3117


class State(Enum):
    """`open`: somebody must act. `fixed`: the school has corrected the card, the person should try again. `closed`: over."""

    OPEN = "open"
    FIXED = "fixed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Failure:
    """What happened at a sign-in. `said` are normal forms of what Gosuslugi said, by field: they are hashed at once and never
    kept. `subject_print` is the journal's fingerprint of the Gosuslugi account. `asked` is set where nobody has proven anything:
    a fingerprint of what was typed, which then alone tells this case from others of its cause (numbers.py)."""

    cause: int
    real_cause: int
    region: str
    client_id: str = ""
    person_id: str | None = None
    subject_print: str | None = None
    compared: tuple[tuple[str, str], ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    asked: str = ""

    def __repr__(self) -> str:
        return f"Failure(cause={self.cause}, real_cause={self.real_cause})"


@dataclass(frozen=True, slots=True)
class Case:
    """`number` (dddd-dddd) is what the person reads aloud. `compared` says per field: matches, differs, missing_here (on the
    card) or missing_there. `wrong_fields` are what the person themselves said is wrong (cause 5001)."""

    id: str
    number: str
    cause: int
    real_cause: int
    region: str
    client_id: str
    person_id: str | None
    compared: tuple[tuple[str, str], ...]
    wrong_fields: tuple[str, ...]
    times: int
    state: State
    opened_at: datetime
    seen_at: datetime
    fixed_at: datetime | None
    closed_at: datetime | None
    closed_why: str
    ends_at: datetime

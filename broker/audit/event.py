"""What an event is, and who did it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NewType, Protocol

Fingerprint = NewType("Fingerprint", str)
"""A keyed hash: comparable, not readable. The only form in which an upstream subject enters the journal."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: `person`, `client`, `staff`, `cli`, `system`, with our own identifier of them ("" for the system)."""

    kind: str
    id: str = ""


SYSTEM = Actor("system")


class Event(Protocol):
    """A frozen dataclass of the catalogue. Fields hold identifiers, codes, numbers and fingerprints, never personal data."""

    name: ClassVar[str]

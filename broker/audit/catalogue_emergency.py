"""What two people decide together, and what follows from a stolen key; part of the catalogue, under its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class SecondPersonAsked:
    """Somebody asked for an act that takes two people. `about` is what it is done to, or `person_id` to whom; `grounds`
    a word of ours."""

    name: ClassVar[str] = "two_people.asked"
    request_id: str
    act: str
    about: str
    grounds: str
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class SecondPersonConfirmed:
    """A second person said yes; the act was done in the same unit of work."""

    name: ClassVar[str] = "two_people.confirmed"
    request_id: str
    act: str
    about: str
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class SecondPersonWithdrawn:
    """A request was taken back before anybody confirmed it."""

    name: ClassVar[str] = "two_people.withdrawn"
    request_id: str


@dataclass(frozen=True, slots=True)
class GlassBroken:
    """Somebody did alone what takes two people. `told` officers and auditors were written to."""

    name: ClassVar[str] = "two_people.glass_broken"
    act: str
    about: str
    grounds: str
    told: int


@dataclass(frozen=True, slots=True)
class KeyFalloutEnded:
    """Every session in which a revoked key may have signed is ended. `sessions` were still open."""

    name: ClassVar[str] = "key.fallout_ended"
    kid: str
    sessions: int

"""Events about the house as a whole: a copy of it, and its return from one; a part of the catalogue, with its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class BackupMade:
    """Somebody took an encrypted copy of the database out of the house; it ends with the entry `head_seq` of the journal."""

    name: ClassVar[str] = "backup.made"
    head_seq: int


@dataclass(frozen=True, slots=True)
class HouseRestored:
    """The house came back from a backup that ended with the entry `head_seq`. What the journal said between `backup_at` and now
    is not in it; the first entry after the gap has the number that the first lost one had. So many sessions and grants ended."""

    name: ClassVar[str] = "house.restored"
    restore_id: str
    head_seq: int
    backup_at: str
    sessions: int
    grants: int


@dataclass(frozen=True, slots=True)
class WorkPlanned:
    """Nobody shall begin to sign in from one instant to another (RFC 3339)."""

    name: ClassVar[str] = "work.planned"
    planned_id: str
    starts_at: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class WorkWithdrawn:
    """Planned work was taken back, before it began or while it went on."""

    name: ClassVar[str] = "work.withdrawn"
    planned_id: str


@dataclass(frozen=True, slots=True)
class PolicyPlanned:
    """Somebody wants this file (its SHA-256) to become the rules of a region; it waits for a second person."""

    name: ClassVar[str] = "policy.planned"
    region: str
    digest: str


@dataclass(frozen=True, slots=True)
class PolicyAgreed:
    """A second person agreed that this file (its SHA-256) becomes the rules of a region."""

    name: ClassVar[str] = "policy.agreed"
    region: str
    digest: str

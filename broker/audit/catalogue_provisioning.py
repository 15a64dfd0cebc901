"""Events of diaries that provision; part of the catalogue, under its rules. What they do with cards is `card.changed`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ProvisioningTokenMade:
    """A diary was given a token for the schools of one region. `diary_id`, here and below, is that of the token."""

    name: ClassVar[str] = "provisioning_token.made"
    diary_id: str
    region: str


@dataclass(frozen=True, slots=True)
class ProvisioningTokenRevoked:
    """A diary's token opens nothing any more."""

    name: ClassVar[str] = "provisioning_token.revoked"
    diary_id: str


@dataclass(frozen=True, slots=True)
class PersonProvisioned:
    """A diary added, changed or took out a person. `change` is added, changed or taken_out."""

    name: ClassVar[str] = "person.provisioned"
    person_id: str
    diary_id: str
    change: str

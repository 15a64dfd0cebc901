"""Events of the schools' own work; part of the catalogue, under its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class CardChanged:
    """A school did something with a card or with its own contacts. `action` is a word of directory.card_changes.ACTIONS,
    `fields` are names of fields, `other_id` is the second card of a merge or a kinship."""

    name: ClassVar[str] = "card.changed"
    school_id: str
    action: str
    person_id: str | None = None
    fields: tuple[str, ...] = ()
    other_id: str = ""

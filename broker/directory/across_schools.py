"""Two cards of two schools, for the region's support: what neither school may see or change alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from broker.audit.event import Actor
from broker.directory.school_cards import SchoolCards
from broker.directory.school_person import NotHere, SchoolPerson


@dataclass(frozen=True, slots=True)
class AcrossSchools:
    """The cards of every school that one of the two is of, and why they are made one, for the journals of these schools."""

    schools: tuple[SchoolCards, ...]
    reason: str

    def get(self, person_id: str) -> SchoolPerson:
        """A card of one of the schools. Raises NotHere."""
        found = next(filter(None, (cards.find(person_id) for cards in self.schools)), None)
        if found is None:
            raise NotHere
        return found

    def note_merge(self, kept_id: str, merged_id: str, actor: Actor) -> None:
        """Into the journal of every school; call inside `work()`."""
        for cards in self.schools:
            cards.desk(actor).note("merged", kept_id, self.reason, other_id=merged_id)


def across(cards_of: Callable[[str], SchoolCards], school_ids: tuple[str, ...], reason: str) -> AcrossSchools:
    """The cards of these schools, each once."""
    return AcrossSchools(tuple(cards_of(school_id) for school_id in dict.fromkeys(school_ids)), reason)

"""Making two cards of two schools one: for the region's support, whom the pages of both schools name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broker.audit.event import Actor
from broker.console.refused import Refused
from broker.console.school_duplicates import BothLinked, DuplicateDesk
from broker.directory.across_schools import across
from broker.directory.directory import Directory
from broker.directory.person import Person
from broker.directory.school_cards import Schools
from broker.directory.school_person import CardGuarded, CardMoved, NotHere

_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class MergeDesk:
    """The same act as the school's own (S6), on cards that no school has alone."""

    directory: Directory
    schools: Schools
    duplicates: DuplicateDesk

    def merge(self, kept_id: str, merged_id: str, unverified_reason: str, actor: Actor) -> Mapping[str, Any]:
        """One card of two, in one unit of work; cases of cause 3108 are done with it.

        Raises:
            Refused: nobody there, no school, not alike, both tied to Gosuslugi, somebody with rights; nothing was changed.
        """
        reason = " ".join(unverified_reason.split())
        if not 3 <= len(reason) <= _LONGEST_REASON:
            raise Refused(f"Give a reason of 3 to {_LONGEST_REASON} signs.")
        people = (self._get(kept_id), self._get(merged_id))
        schools = tuple(place.school.id for person in people for place in person.memberships)
        try:
            self.duplicates.merge(across(self.schools.cards, schools, reason), kept_id, merged_id, actor)
        except NotHere:
            raise Refused(
                "These two cannot be one person: SNILS, or name and birth date, must agree; both must have a school."
            ) from None
        except BothLinked:
            raise Refused("Both cards are tied to Gosuslugi. Take the wrong link first: broker people unlink ID") from None
        except CardGuarded:
            raise Refused("One of them has rights of staff: take those first.") from None
        except CardMoved:
            raise Refused("The login of the second card is somebody else's by now.") from None
        return {"person": kept_id, "merged": merged_id, "schools": sorted(set(schools))}

    def _get(self, person_id: str) -> Person:
        found = self.directory.find_person(person_id)
        if found is None:
            raise Refused("There is no such person.")
        return found

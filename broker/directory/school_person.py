"""One person as one school may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from broker.directory.person import Membership, Person, Role
from broker.foundation.normal_forms import name_form


class NotHere(Exception):
    """There is no such card in this school: the same for a card of another school and for one that does not exist."""


class CardMoved(Exception):
    """Somebody has changed the card since it was shown."""


class CardGuarded(Exception):
    """The card belongs to somebody who may do more than this school: only the region's support changes it."""


@dataclass(frozen=True, slots=True)
class Relative:
    """A parent or a child, of the same school."""

    person_id: str
    full_name: str
    class_name: str | None

    def __repr__(self) -> str:
        return f"Relative({self.person_id!r})"


@dataclass(frozen=True, slots=True)
class SchoolPerson:
    """`person` has only the places of this school. `version` changes with every change of the card or its places.

    `is_elsewhere`: also has a place in another school today; which one is not told. `runs_another`: that place is its console.
    """

    person: Person
    version: str
    is_elsewhere: bool
    runs_another: bool = False

    @property
    def id(self) -> str:
        return self.person.id

    @property
    def is_guarded(self) -> bool:
        """Who opens or corrects this card could sign in with the rights of its owner, so a school may not."""
        return bool(self.person.staff_roles) or self.runs_another

    @property
    def full_name(self) -> str:
        return full_name(self.person)

    def place_on(self, day: date) -> Membership | None:
        """The first place that holds on this day, else the last one there was."""
        places = self.person.memberships
        return next((place for place in places if holds(place, day)), places[-1] if places else None)

    def is_here_on(self, day: date) -> bool:
        """Whether a place of this school holds on this day."""
        return any(holds(place, day) for place in self.person.memberships)

    def has_role(self, role: Role, day: date) -> bool:
        """Whether this role holds on this day in this school."""
        return any(place.role is role and holds(place, day) for place in self.person.memberships)


def holds(place: Membership, day: date) -> bool:
    """Whether somebody has not left yet. `left_on` is the first day on which it no longer holds."""
    return place.left_on is None or day < place.left_on


def runs_console(place: Membership, day: date) -> bool:
    """Whether somebody may open the console of this school on a local day."""
    return place.role is Role.SCHOOL_ADMINISTRATOR and place.school.is_open and holds(place, day)


ShortName = tuple[str, str, date | None]


def short_name(surname: str, name: str, birth_date: date | None) -> ShortName:
    """What tells people apart when the patronymic is not known, in normal forms."""
    return name_form(surname), name_form(name), birth_date


def full_name(person: Person) -> str:
    """Surname, name and patronymic, as the card has them."""
    return " ".join(filter(None, (person.surname, person.name, person.patronymic)))

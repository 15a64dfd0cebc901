"""Where somebody belongs today, in words: school and class."""

from __future__ import annotations

from datetime import date

from broker.directory.person import Membership, Person
from broker.login.neighbours import Neighbours
from broker.screens.view import View


def local_day_of(rooms: Neighbours, person: Person) -> date:
    """The calendar day where the person's first school is."""
    region = person.memberships[0].school.region if person.memberships else ""
    return rooms.policies.of_region(region).local_day(rooms.outside.now())


def current_places(rooms: Neighbours, person: Person, view: View) -> tuple[str, ...]:
    """Today's open schools with the class, each once: a teacher who is a parent too has the same school twice."""
    today = local_day_of(rooms, person)
    current = [m for m in person.memberships if m.school.is_open and (m.left_on is None or today < m.left_on)]
    return tuple(dict.fromkeys(_place(membership, view) for membership in current))


def _place(membership: Membership, view: View) -> str:
    name = membership.school.name_ru if view.language == "ru" else membership.school.name_en
    return f"{name}, {membership.class_name}" if membership.class_name else name

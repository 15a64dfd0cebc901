"""From cards to the lines of a list, in the columns that an import reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from broker.directory.person import Membership, Person
from broker.directory.roster import COLUMNS, ROLE_NAMES, SEX_NAMES


def lines_of(
    people: Iterable[Person], children: Mapping[str, tuple[str, ...]], *, with_school: bool
) -> Iterator[tuple[str, ...]]:
    """A line for every place of every person, the children in the first one. People without a place have one line."""
    for person in people:
        for number, place in enumerate(person.memberships or (None,)):
            kin = children.get(person.id, ()) if number == 0 else ()
            cells = _cells(person, place, kin)
            yield tuple(cells[field] if field != "school" or with_school else "" for field, _ in COLUMNS)


def _cells(person: Person, place: Membership | None, children: tuple[str, ...]) -> dict[str, str]:
    return {
        "id": person.id,
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic or "",
        "birth_date": _day(person.birth_date),
        "sex": SEX_NAMES.get(person.sex or "", ""),
        "snils": person.snils or "",
        "login": person.login or "",
        "role": ROLE_NAMES[place.role] if place else "",
        "class_name": (place.class_name or "") if place else "",
        "left_on": _day(place.left_on) if place else "",
        "children": ", ".join(children),
        "school": place.school.id if place else "",
    }


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""

"""What a diary wants a card to be, checked by the rules of the school's own forms. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from broker.directory.card import Card
from broker.directory.contact import Kind, form_of
from broker.directory.credentials import Hashed
from broker.directory.document import Place
from broker.directory.person import Person, Role
from broker.directory.school_edits import (
    GIVEN_BY_SCHOOL,
    class_of,
    login_of,
    name_of,
    patronymic_of,
    sex_of,
    snils_of,
)

MOST_PLACES: Final = 50
MOST_CHILDREN: Final = 50
_EARLIEST: Final = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Wish:
    """A whole card as the diary wants it. `places` are those of its region; `is_activated` only ever adds."""

    card: Card
    is_blocked: bool
    is_activated: bool
    places: tuple[Place, ...]
    children: tuple[str, ...]
    password: Hashed | None = None

    def __repr__(self) -> str:
        return "Wish(...)"


class Unsound(Exception):
    """The wish cannot be written; every problem is named as (field, what is wrong), no value is."""

    def __init__(self, problems: tuple[tuple[str, str], ...]):
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems))
        self.problems = problems


def wish_of(wish: Wish, before: Person | None, today: date) -> Wish:
    """The wish in the form in which it is kept. What it leaves as it was is not checked: old mistakes are the school's to find.

    Raises:
        Unsound: with every problem.
    """
    problems: list[tuple[str, str]] = []
    card = _card(wish.card, card_of(before) if before else None, today, problems)
    places = merged_places(wish.places, before, today, problems)
    if before is None and not any(holds(place, today) for place in places):
        problems.append(("memberships", "must hold a place of today"))
    if len(wish.children) > MOST_CHILDREN:
        problems.append(("children", f"are more than {MOST_CHILDREN}"))
    if problems:
        raise Unsound(tuple(problems))
    is_activated = wish.is_activated or (before is not None and before.activated_at is not None)
    children = tuple(sorted(set(wish.children)))
    return replace(wish, card=card, places=places, is_activated=is_activated, children=children)


def card_of(person: Person) -> Card:
    """The personal part of somebody."""
    return Card(
        surname=person.surname,
        name=person.name,
        patronymic=person.patronymic,
        birth_date=person.birth_date,
        sex=person.sex,
        snils=person.snils,
        email=person.email,
        phone=person.phone,
        login=person.login,
    )


def merged_places(
    wanted: tuple[Place, ...], before: Person | None, today: date, problems: list[tuple[str, str]]
) -> tuple[Place, ...]:
    """The places of the region as they will be: those wanted, and those left out ended today. History is never lost."""
    if len(wanted) > MOST_PLACES:
        problems.append(("memberships", f"are more than {MOST_PLACES}"))
        return ()
    held = places_of(before) if before else ()
    # The last of several places of one kind is the one that is spoken of; those before it are history.
    last = {_kind(place): number for number, place in enumerate(held)}
    history = [place for number, place in enumerate(held) if last[_kind(place)] != number]
    spoken = [place for place in wanted if place not in history]
    asked = {_kind(place): place for place in spoken}
    if len(asked) < len(spoken):
        problems.append(("memberships", "name one role in one school twice"))
    if any(place.role not in GIVEN_BY_SCHOOL and place not in held for place in spoken):
        problems.append(("memberships", "give a role that a diary cannot give"))
    found: list[Place] = []
    for number, place in enumerate(held):
        kind = _kind(place)
        if last[kind] != number or place.role not in GIVEN_BY_SCHOOL:
            found.append(place)
        elif kind in asked:
            found.append(_place(asked[kind], place, problems))
        else:
            found.append(replace(place, left_on=today) if holds(place, today) else place)
    fresh = [place for kind, place in asked.items() if kind not in last]
    return (*found, *(_place(place, None, problems) for place in fresh))


def places_of(person: Person) -> tuple[Place, ...]:
    """Memberships as the directory is told of them."""
    return tuple(Place(held.school.id, held.role, held.class_name, held.left_on) for held in person.memberships)


def holds(place: Place, today: date) -> bool:
    """Whether somebody has not left yet."""
    return place.left_on is None or today < place.left_on


def _kind(place: Place) -> tuple[str, Role]:
    return place.school_id, place.role


def _place(wanted: Place, before: Place | None, problems: list[tuple[str, str]]) -> Place:
    if before is not None and wanted.class_name == before.class_name:
        return wanted
    try:
        return replace(wanted, class_name=class_of(wanted.class_name or "", is_needed=False) if _is_pupil(wanted) else None)
    except ValueError:
        problems.append(("memberships.className", "is not the name of a class"))
        return wanted


def _is_pupil(place: Place) -> bool:
    return place.role is Role.PUPIL


def _card(wanted: Card, before: Card | None, today: date, problems: list[tuple[str, str]]) -> Card:
    reads: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "surname": ("name.familyName", lambda value: name_of(value or "")),
        "name": ("name.givenName", lambda value: name_of(value or "")),
        "patronymic": ("name.middleName", lambda value: patronymic_of(value or "")),
        "birth_date": ("birthDate", lambda value: _born(value, today)),
        "sex": ("sex", lambda value: sex_of(value or "")),
        "snils": ("snils", lambda value: snils_of(value or "")),
        "email": ("emails", lambda value: _contact(Kind.EMAIL, value)),
        "phone": ("phoneNumbers", lambda value: _contact(Kind.PHONE, value)),
        "login": ("userName", lambda value: login_of(value or "")),
    }
    values: dict[str, Any] = {}
    for name, (field, read) in reads.items():
        value = getattr(wanted, name)
        if before is not None and value == getattr(before, name):
            values[name] = value
            continue
        try:
            values[name] = read(value)
        except ValueError:
            problems.append((field, _WHY.get(field, "has a form that a card cannot hold")))
            values[name] = None
    if problems:
        return wanted
    return Card(**values)


def _born(value: date | None, today: date) -> date | None:
    if value is not None and not _EARLIEST <= value <= today:
        raise ValueError
    return value


def _contact(kind: Kind, value: str | None) -> str | None:
    if value and form_of(kind, value) is None:
        raise ValueError
    return value or None


_WHY: Final = {
    "name.familyName": "must be a name in letters of one alphabet, at most 100 signs",
    "name.givenName": "must be a name in letters of one alphabet, at most 100 signs",
    "name.middleName": "must be a patronymic in letters of one alphabet, at most 100 signs",
    "birthDate": "must lie between 1900 and today",
    "sex": "must be M or F",
    "snils": "must be eleven digits with the right check sum",
    "userName": "must be 4 to 32 signs: a-z, digits, dot and hyphen, a letter first",
}

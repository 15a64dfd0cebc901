"""What a relying party learns about a person: claims from the card (OpenID Connect Core 5.1). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from broker.directory.person import Child, Membership, Person
from broker.tokens.scopes import SCOPE_OF_CLAIM

_GENDER = {"m": "male", "male": "male", "f": "female", "female": "female"}


@dataclass(frozen=True, slots=True)
class Subject:
    """A person as they are today. `day` is the local day of the region in which they signed in, `region` its code.

    `children` are a parent's pupils, with the identifiers under which this relying party knows them. Nothing shows in repr().
    """

    person: Person
    children: tuple[tuple[str, Child], ...]
    day: date
    region: str

    def __repr__(self) -> str:
        return "Subject(...)"


def claims_about(subject: Subject, wanted: frozenset[str]) -> dict[str, object]:
    """The wanted claims that have a value; what is not known is left out, never empty (OpenID Connect Core 5.3.2)."""
    found: dict[str, object] = {}
    for name, make in _makers_of(wanted):
        value = make(subject)
        if value not in (None, "", []):
            found[name] = value
    return found


def _full_name(subject: Subject) -> str:
    person = subject.person
    return " ".join([part for part in (person.surname, person.name, person.patronymic) if part])


def _birth_date(subject: Subject) -> str | None:
    birth_date = subject.person.birth_date
    return birth_date.isoformat() if birth_date else None


def _verified(value: str | None) -> bool | None:
    # Contacts on the card are as the school wrote them; nobody has sent anything there yet.
    return False if value else None


def _school(subject: Subject) -> dict[str, object] | None:
    memberships = _held(subject)
    if not memberships:
        return None
    first = memberships[0]
    about: dict[str, object] = {"id": first.school.id, "name": first.school.name_ru, "region": first.school.region}
    return about | ({"class": first.class_name} if first.class_name else {})


def _held(subject: Subject) -> list[Membership]:
    return [
        membership
        for membership in subject.person.memberships
        if membership.school.is_open and (membership.left_on is None or subject.day < membership.left_on)
    ]


def _children(subject: Subject) -> list[dict[str, object]]:
    return [_child(sub, child) for sub, child in subject.children]


def _child(sub: str, child: Child) -> dict[str, object]:
    about: dict[str, object] = {"sub": sub, "name": child.full_name}
    return about | ({"class": child.class_name} if child.class_name else {})


_MAKERS: Mapping[str, Callable[[Subject], object]] = {
    "name": _full_name,
    "family_name": lambda subject: subject.person.surname,
    "given_name": lambda subject: subject.person.name,
    "middle_name": lambda subject: subject.person.patronymic,
    "birthdate": _birth_date,
    "gender": lambda subject: _GENDER.get((subject.person.sex or "").lower()),
    "email": lambda subject: subject.person.email,
    "email_verified": lambda subject: _verified(subject.person.email),
    "phone_number": lambda subject: subject.person.phone,
    "phone_number_verified": lambda subject: _verified(subject.person.phone),
    "snils": lambda subject: subject.person.snils,
    "school": _school,
    "diary_roles": lambda subject: [role.value for role in subject.person.roles_on(subject.day)],
    "region": lambda subject: subject.region,
    "children": _children,
}


@lru_cache(maxsize=1024)
def _makers_of(wanted: frozenset[str]) -> tuple[tuple[str, Callable[[Subject], object]], ...]:
    """In one order, whoever asks. The same few sets of names are wanted of nearly everybody."""
    return tuple((name, _MAKERS[name]) for name in SCOPE_OF_CLAIM if name in wanted)

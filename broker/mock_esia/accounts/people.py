"""The invented people of the stand, read once from people.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from broker.mock_esia.accounts.birth_days import day_of


class Level(Enum):
    """What an account is. A relying party sees the difference of the first two only by a checked SNILS."""

    SIMPLIFIED = "simplified"
    STANDARD = "standard"
    CONFIRMED = "confirmed"
    CHILD = "child"

    @property
    def lvl(self) -> str:
        """The value of `urn:esia:sbj:lvl`."""
        return {"confirmed": "PR", "child": "KD"}.get(self.value, "P")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What happens when this person signs in to the demo diary today; `code` is a cause of the broker's catalogue."""

    outcome: str
    code: str | None
    note_ru: str
    note_en: str
    row: str


@dataclass(frozen=True, slots=True)
class Person:
    """One account. `decision` is what the person presses on the consent page; `card` names their card in the demo diary."""

    login: str
    password: str
    oid: int
    level: Level
    surname: str
    name: str
    patronymic: str | None
    birth_date: date
    sex: str
    snils: str | None
    email: str | None
    phone: str | None
    kids: tuple[str, ...]
    made_by_parent: bool
    decision: str
    region: str
    card: str | None
    expect: Expectation

    @property
    def confirmed(self) -> bool:
        return self.level is Level.CONFIRMED


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, by login and by oid."""

    by_login: Mapping[str, Person]
    by_oid: Mapping[int, Person]

    def kids_of(self, person: Person) -> tuple[Person, ...]:
        return tuple(self.by_login[login] for login in person.kids)

    def employers_of(self, person: Person) -> frozenset[int]:
        """The organisations where the person works; nobody here works yet."""
        return frozenset()


def load_people(file: Path, today: date) -> People:
    """Read the people; days are counted from `today` in Moscow. Raises ValueError that names the login of a wrong entry."""
    with file.open("rb") as stream:
        entries = tomllib.load(stream)["people"]
    everybody = [_person(entry, today) for entry in entries]
    people = People({person.login: person for person in everybody}, {person.oid: person for person in everybody})
    if not len(people.by_login) == len(people.by_oid) == len(everybody):
        raise ValueError("people.toml has a login or an oid twice")
    for person in everybody:
        if not set(person.kids) <= set(people.by_login):
            raise ValueError(f"people.toml: {person.login} has a child who is not there")
    return people


def _person(entry: Mapping[str, object], today: date) -> Person:
    login = str(entry.get("login"))
    try:
        fields: dict[str, Any] = dict(entry)
        expectation = Expectation(
            outcome=str(fields.pop("outcome")),
            code=_text(fields.pop("code", None)),
            note_ru=str(fields.pop("note_ru")),
            note_en=str(fields.pop("note_en")),
            row=str(fields.pop("row")),
        )
        optional: dict[str, Any] = {
            "patronymic": None, "snils": None, "email": None, "phone": None, "card": None, "made_by_parent": False,
            "decision": "allow",
        }
        return Person(**{
            **optional,
            **fields,
            "kids": tuple(fields.get("kids", ())),
            "level": Level(fields["level"]),
            "birth_date": day_of(str(fields["birth_date"]), today),
            "expect": expectation,
        })
    except (KeyError, TypeError, ValueError) as wrong:
        raise ValueError(f"people.toml: the entry of {login} is wrong: {wrong}") from wrong


def _text(value: object) -> str | None:
    return None if value is None else str(value)

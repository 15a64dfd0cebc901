"""people.toml: the accounts that a stand begins with, the organisations they work in, and what is wrong with an entry."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from broker.mock_esia.accounts.birth_days import day_of
from broker.mock_esia.accounts.collections import FURTHER
from broker.mock_esia.accounts.people import Expectation, Job, Level, Organisation, People, Person

_LISTS = ("kids", "vehicles", "documents")
_EXPECTED = ("outcome", "note_ru", "note_en", "row")


def load_people(file: Path, today: date) -> People:
    """Read `people` (those of the demo), `also` (further accounts) and `organisations`; days are counted from `today` in Moscow.

    Raises ValueError that names the login of a wrong entry.
    """
    with file.open("rb") as stream:
        read = tomllib.load(stream)
    organisations = [_organisation(entry) for entry in read.get("organisations", ())]
    played = [_person(entry, today) for entry in read["people"]]
    return People([*played, *(_person(entry, today) for entry in read.get("also", ()))], organisations)


def _person(entry: Mapping[str, object], today: date) -> Person:
    login = str(entry.get("login"))
    try:
        fields: dict[str, Any] = dict(entry)
        jobs: list[Mapping[str, Any]] = fields.pop("jobs", [])
        lists: dict[str, Any] = {name: tuple(fields[name]) for name in _LISTS if name in fields}
        changed: dict[str, Any] = {
            "level": Level(fields["level"]),
            "birth_date": day_of(str(fields["birth_date"]), today),
            "expect": _expectation(fields),
            "jobs": tuple(Job(**job) for job in jobs),
        }
        if not set(fields.get("documents", ())) <= set(FURTHER):
            raise ValueError("documents are " + ", ".join(FURTHER))
        return Person(**(fields | lists | changed))
    except (KeyError, TypeError, ValueError) as wrong:
        raise ValueError(f"people.toml: the entry of {login} is wrong: {wrong}") from wrong


def _expectation(fields: dict[str, Any]) -> Expectation | None:
    """What the demo diary does with this person, taken out of the fields; None when the entry does not say."""
    code = fields.pop("code", None)
    said = {name: str(fields.pop(name)) for name in _EXPECTED if name in fields}
    return Expectation(code=None if code is None else str(code), **said) if said else None


def _organisation(entry: Mapping[str, Any]) -> Organisation:
    try:
        return Organisation(**entry)
    except TypeError as wrong:
        raise ValueError(f"people.toml: the organisation {entry.get('oid')} is wrong: {wrong}") from wrong

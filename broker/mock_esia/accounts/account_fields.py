"""An account as JSON and as a form of the profile page: read once, field by field, every field bounded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from broker.mock_esia.accounts.birth_days import day_of
from broker.mock_esia.accounts.people import Job, Level, Person, WrongField

_LONGEST = 100
_MOST = 20
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,49}", re.ASCII)
_SNILS = re.compile(r"[0-9]{3}-[0-9]{3}-[0-9]{3} [0-9]{2}", re.ASCII)
_CITIZENSHIP = re.compile(r"[A-Z]{3}", re.ASCII)


def described_account(person: Person) -> dict[str, object]:
    """Everything of an account but the password; PATCH reads the same names."""
    return {
        "login": person.login,
        "oid": person.oid,
        "level": person.level.value,
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic,
        "birth_date": person.birth_date.isoformat(),
        "sex": person.sex,
        "snils": person.snils,
        "email": person.email,
        "phone": person.phone,
        "kids": list(person.kids),
        "made_by_parent": person.made_by_parent,
        "citizenship": person.citizenship,
        "address": person.address,
        "jobs": [
            {"organisation": job.organisation, "position": job.position, "is_chief": job.is_chief, "is_admin": job.is_admin}
            for job in person.jobs
        ],
        "is_self_employed": person.is_self_employed,
        "is_deleted": person.is_deleted,
        "has_second_factor": person.has_second_factor,
    }


def read_changes(unverified: object, today: date) -> dict[str, Any]:
    """Fields of a Person out of JSON or a form. Raises WrongField, or ValueError for what is no object."""
    if not isinstance(unverified, Mapping):
        raise ValueError("send a JSON object")
    made: dict[str, Any] = {}
    for name, value in unverified.items():
        if name not in _READERS:
            raise WrongField(str(name)[:_LONGEST], "is unknown here; known are " + ", ".join(_READERS))
        made[name] = _day(name, value, today) if name == "birth_date" else _READERS[name](name, value)
    return made


def read_login(unverified: object) -> str:
    """A login that nobody else may have. Raises WrongField."""
    if not isinstance(unverified, str) or not _LOGIN.fullmatch(unverified.strip().lower()):
        raise WrongField("login", "is 1 to 50 Latin letters, digits, dots, dashes or underscores")
    return unverified.strip().lower()


def changed(person: Person, changes: Mapping[str, Any]) -> Person:
    """The person with the changes. Raises WrongField for an account that its level cannot have."""
    made = replace(person, **changes)
    if made.level is Level.CONFIRMED and made.citizenship == "RUS" and not made.snils:
        raise WrongField("snils", "is needed for a confirmed account of a citizen")
    return made


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST or not value.isprintable():
        raise WrongField(name, f"is a text of 1 to {_LONGEST} characters")
    return value.strip()


def _optional(name: str, value: object) -> str | None:
    return None if value is None or value == "" else _text(name, value)


def _snils(name: str, value: object) -> str | None:
    """Written with dashes or as eleven digits; the check sum is ESIA's condition, too."""
    if value is None or value == "":
        return None
    digits = "".join(sign for sign in value if sign in "0123456789") if isinstance(value, str) and len(value) < 20 else ""
    text = f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"
    if not _SNILS.fullmatch(text):
        raise WrongField(name, "is eleven digits")
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(9, 0, -1), strict=True))
    if int(digits[9:]) != total % 101 % 100:
        raise WrongField(name, "has a wrong check sum")
    return text


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongField(name, "is true or false")
    return value


def _level(name: str, value: object) -> Level:
    try:
        return Level(value)
    except ValueError as wrong:
        raise WrongField(name, "is one of " + ", ".join(level.value for level in Level)) from wrong


def _sex(name: str, value: object) -> str:
    if value not in ("M", "F"):
        raise WrongField(name, "is M or F")
    return str(value)


def _citizenship(name: str, value: object) -> str:
    if not isinstance(value, str) or not _CITIZENSHIP.fullmatch(value):
        raise WrongField(name, "is three capital letters, for instance RUS")
    return value


def _day(name: str, value: object, today: date) -> date:
    try:
        found = day_of(value if isinstance(value, str) else "", today)
    except (ValueError, OverflowError) as wrong:
        raise WrongField(name, "is YYYY-MM-DD or today-12y-100d") from wrong
    if not date(1900, 1, 1) <= found <= today:
        raise WrongField(name, "lies between 1900 and today")
    return found


def _kids(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MOST:
        raise WrongField(name, f"is a list of at most {_MOST} logins")
    return tuple(dict.fromkeys(read_login(one) for one in value))


def _jobs(name: str, value: object) -> tuple[Job, ...]:
    if not isinstance(value, list) or len(value) > _MOST or not all(isinstance(one, dict) for one in value):
        raise WrongField(name, f"is a list of at most {_MOST} objects")
    return tuple(_job(name, one) for one in value)


def _job(name: str, one: Mapping[str, object]) -> Job:
    oid = one.get("organisation")
    if not isinstance(oid, int) or not set(one) <= {"organisation", "position", "is_chief", "is_admin"}:
        raise WrongField(name, "has organisation (an oid), and may have position, is_chief, is_admin")
    flags = {flag: _flag(flag, one[flag]) for flag in ("is_chief", "is_admin") if flag in one}
    return Job(oid, _optional("position", one.get("position")) or "", **flags)


_READERS: Mapping[str, Callable[[str, object], object]] = {
    "level": _level,
    "surname": _text,
    "name": _text,
    "patronymic": _optional,
    "birth_date": _text,
    "sex": _sex,
    "snils": _snils,
    "email": _optional,
    "phone": _optional,
    "kids": _kids,
    "made_by_parent": _flag,
    "citizenship": _citizenship,
    "address": _optional,
    "jobs": _jobs,
    "is_self_employed": _flag,
    "is_deleted": _flag,
    "has_second_factor": _flag,
}

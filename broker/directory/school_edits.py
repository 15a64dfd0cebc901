"""What a school typed into a card, read into values or refused with every problem named. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from broker.directory.card import Card, login_form
from broker.directory.person import Person, Role
from broker.foundation.normal_forms import latin_letters, patronymic_form, russian_date, snils_digits, snils_sum_is_right

# What a school gives and takes itself. Who may run the school's console is decided above the school.
GIVEN_BY_SCHOOL: Final = (Role.PUPIL, Role.PARENT, Role.TEACHER)
_NAME: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’()-])*", re.UNICODE)
_LOGIN: Final = re.compile(r"[a-z][a-z0-9.-]{3,31}", re.ASCII)
_CLASS: Final = re.compile(r"[0-9А-ЯЁA-Z][0-9А-ЯЁA-Z «»\"./-]{0,19}")
_EARLIEST: Final = date(1900, 1, 1)
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Typed:
    """The card form as it was posted, every part unverified. `roles` are words of Role."""

    surname: str
    name: str
    patronymic: str
    birth_date: str
    sex: str
    snils: str
    login: str
    class_name: str
    roles: tuple[str, ...]

    def __repr__(self) -> str:
        return "Typed(...)"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One problem: `field` of the card, `message` a key under `field_error` in the catalogue."""

    field: str
    message: str


class CardRefused(Exception):
    """The card was not saved; every problem is named, no value is."""

    def __init__(self, *problems: Wrong):
        super().__init__(", ".join(f"{found.field}: {found.message}" for found in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Correction:
    """What the form asks for, checked."""

    card: Card
    class_name: str | None
    roles: frozenset[Role]


def read_typed(typed: Typed, person: Person, today: date) -> Correction:
    """The correction of a card. What the form does not hold (contacts) stays as it is.

    Raises:
        CardRefused: with every problem, in the order of the card.
    """
    found: list[Wrong] = []

    def read(field: str, read_text: Callable[[str], object]) -> object:
        try:
            return read_text(getattr(typed, field).strip())
        except _Bad as bad:
            found.append(Wrong(field, bad.message))
            return None

    surname, name = read("surname", name_of), read("name", name_of)
    patronymic = read("patronymic", patronymic_of)
    birth_date = read("birth_date", lambda text: _kept_birth_date(text, person, today))
    sex, snils, login = read("sex", sex_of), read("snils", snils_of), read("login", lambda text: _login(text, person))
    roles = frozenset(role for role in GIVEN_BY_SCHOOL if role.value in typed.roles)
    class_name = read("class_name", lambda text: class_of(text, is_needed=Role.PUPIL in roles))
    if not roles and not any(place.role is Role.SCHOOL_ADMINISTRATOR for place in person.memberships):
        found.append(Wrong("roles", "card.role_none"))
    if found:
        raise CardRefused(*found)
    kept = {"email": person.email, "phone": person.phone}
    read_values = dict(zip(("surname", "name", "patronymic", "birth_date", "sex", "snils", "login"), (
        surname, name, patronymic, birth_date, sex, snils, login), strict=True))  # fmt: skip
    return Correction(Card(**read_values, **kept), class_name, roles)  # type: ignore[arg-type]


class _Bad(ValueError):
    """`message` is a key under `field_error`."""

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


def name_of(text: str) -> str:
    """A surname or a name, spaces made single.

    Raises:
        ValueError: with `message`: empty, signs that no name has, Russian and Latin letters in one name.
    """
    clean = " ".join(text.split())
    if not clean:
        raise _Bad("card.name_empty")
    if len(clean) > _LONGEST_NAME or not _NAME.fullmatch(clean):
        raise _Bad("card.name_signs")
    if latin_letters(clean):
        raise _Bad("card.latin")
    return clean


def patronymic_of(text: str) -> str | None:
    """A patronymic; None for an empty one and for the word «нет»."""
    return name_of(text) if patronymic_form(text) else None


def birth_date_of(text: str, today: date) -> date:
    """A day as 05.09.2013.

    Raises:
        ValueError: with `message`: another form, or a day on which nobody at school was born.
    """
    found = russian_date(text)
    if found is None:
        raise _Bad("date.format")
    if not _EARLIEST <= found <= today:
        raise _Bad("card.date_impossible")
    return found


def sex_of(text: str) -> str | None:
    """M, F, or None when it is not known."""
    if text not in ("", "M", "F"):
        raise _Bad("card.sex_none")
    return text or None


def snils_of(text: str) -> str | None:
    """A SNILS as it is printed, 112-233-445 95; None for an empty one.

    Raises:
        ValueError: with `message`: not eleven digits, or the check sum is wrong.
    """
    if not text:
        return None
    digits = snils_digits(text)
    if digits is None:
        raise _Bad("snils.format")
    if not snils_sum_is_right(digits):
        raise _Bad("snils.sum")
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"


def login_of(text: str) -> str | None:
    """A diary login in small letters; None for an empty one."""
    if not text:
        return None
    if not _LOGIN.fullmatch(login_form(text)):
        raise _Bad("login.format")
    return login_form(text)


def class_of(text: str, *, is_needed: bool) -> str | None:
    """A class such as 6А, in capital letters."""
    clean = " ".join(text.split()).upper()
    if not clean and not is_needed:
        return None
    if not clean or not _CLASS.fullmatch(clean):
        raise _Bad("card.class_empty" if not clean else "card.class_format")
    return clean


def _kept_birth_date(text: str, person: Person, today: date) -> date | None:
    # A date may be missing, but one that was there is not lost by a slip of the hand.
    return None if not text and person.birth_date is None else birth_date_of(text, today)


def _login(text: str, person: Person) -> str | None:
    # A login given before today's rules stays valid until somebody changes it.
    return person.login if login_form(text) == login_form(person.login) else login_of(text)

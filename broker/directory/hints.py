"""What a school can see on its own card without knowing what Gosuslugi holds (screens.md 2.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from broker.directory.person import Person, Role
from broker.foundation.normal_forms import latin_letters, snils_digits, snils_sum_is_right

NAMES = ("surname", "name", "patronymic")


@dataclass(frozen=True, slots=True)
class Hint:
    """`key` names the text in the catalogue, `field` the field of the card it is about."""

    key: str
    field: str


def hints(person: Person, today: date) -> tuple[Hint, ...]:
    """Everything on the card that often explains why somebody cannot get in, in the order of the card."""
    return (*_of_names(person), *_of_birth_date(person.birth_date, today), *_of_snils(person.snils), *_of_state(person, today))


def _of_names(person: Person) -> list[Hint]:
    texts: dict[str, str | None] = {field: getattr(person, field) for field in NAMES}
    found = [Hint("latin_letter", field) for field, text in texts.items() if latin_letters(text)]
    found += [Hint("double_sign", field) for field, text in texts.items() if re.search(r"\s\s|--|- | -", text or "")]
    if not texts["patronymic"]:
        found.append(Hint("patronymic_missing", "patronymic"))
    return found


def _of_birth_date(born: date | None, today: date) -> list[Hint]:
    if born is None:
        return [Hint("birth_date_missing", "birth_date")]
    if born > today:
        return [Hint("birth_date_in_future", "birth_date")]
    # 05.09 and 09.05 are both days; 25.09 can only be read one way.
    return [Hint("day_month_swap_possible", "birth_date")] if born.day <= 12 and born.day != born.month else []


def _of_snils(text: str | None) -> list[Hint]:
    if text is None:
        return [Hint("snils_missing", "snils")]
    digits = snils_digits(text)
    if digits is None:
        return [Hint("snils_not_eleven_digits", "snils")]
    if snils_sum_is_right(digits):
        return []
    swapped = any(snils_sum_is_right(_swap(digits, place)) for place in range(10) if digits[place] != digits[place + 1])
    return [Hint("snils_sum_wrong", "snils"), *([Hint("snils_neighbours_swapped", "snils")] if swapped else [])]


def _swap(digits: str, place: int) -> str:
    return digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]


def _of_state(person: Person, today: date) -> list[Hint]:
    found = []
    if person.memberships and not person.roles_on(today):
        found.append(Hint("left_school", "memberships"))
    if not person.memberships:
        found.append(Hint("no_school", "memberships"))
    if person.activated_at is None and Role.PUPIL in person.roles_on(today):
        found.append(Hint("not_activated", "activated_at"))
    return found

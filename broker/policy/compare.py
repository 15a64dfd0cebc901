"""Compares the card with the upstream's data, field by field, in normal forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from broker.foundation.normal_forms import name_form, patronymic_form, snils_digits
from broker.policy.decision import Fields, Match


def _snils_form(text: str | None) -> str:
    # Something unreadable on a card is a wrong SNILS, not a missing one: the school must correct it, not add it.
    return snils_digits(text) or (text or "").strip()


def _sex_form(text: str | None) -> str:
    return (text or "").strip().casefold()


FORMS: dict[str, Callable[[str | None], str]] = {
    "surname": name_form,
    "name": name_form,
    "patronymic": patronymic_form,
    "snils": _snils_form,
    "sex": _sex_form,
}


def compare_field(field: str, here: Fields, there: Fields) -> Match:
    """What one field gives. `here` is the card, `there` the upstream; a field absent on both sides is missing here.

    An absent patronymic is a value of its own, because people without one exist; so it is equal or different, never missing.
    """
    on_card, upstream = _form(field, here), _form(field, there)
    if field == "patronymic" or (on_card and upstream):
        return Match.SAME if on_card == upstream else Match.DIFFERS
    return Match.MISSING_THERE if on_card else Match.MISSING_HERE


def compare(fields: Iterable[str], here: Fields, there: Fields) -> tuple[tuple[str, Match], ...]:
    """Every field with what it gave, in the order asked."""
    return tuple((field, compare_field(field, here, there)) for field in fields)


def _form(field: str, side: Fields) -> str | date | None:
    if field == "birth_date":
        return side.birth_date
    text: str | None = getattr(side, field)
    return FORMS[field](text)

"""Whom families call: the school's contacts as typed, checked. Pure."""

from __future__ import annotations

from typing import Final

from broker.directory.person import SchoolContact
from broker.directory.school_edits import CardRefused, Wrong
from broker.foundation.normal_forms import phone_form

NEEDED: Final = ("days", "hours", "room", "phone")
FIELDS: Final = (*NEEDED, "days_en", "hours_en", "room_en")
_LONGEST: Final = 60


def read_contact(typed: dict[str, str]) -> SchoolContact | None:
    """The contacts, or None when all is empty: people then see the region's support.

    Raises:
        CardRefused: something is missing or wrong, or the number is a personal mobile one: it is printed on pages that anybody
            can bring about.
    """
    clean = {field: " ".join(typed.get(field, "").split()) for field in FIELDS}
    if not any(clean.values()):
        return None
    wrong = [Wrong(field, "contact.empty") for field in NEEDED if not clean[field]]
    wrong += [Wrong(field, "contact.long") for field in FIELDS if len(clean[field]) > _LONGEST]
    wrong += [Wrong(field, "contact.signs") for field in FIELDS if not clean[field].isprintable()]
    number = phone_form(clean["phone"])
    if clean["phone"] and number is None:
        wrong.append(Wrong("phone", "phone.format"))
    elif number is not None and number.startswith("+79"):
        wrong.append(Wrong("phone", "contact.mobile"))
    if wrong:
        raise CardRefused(*wrong)
    return SchoolContact(**clean)

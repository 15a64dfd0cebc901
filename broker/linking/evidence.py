"""Why we believe that an identity and a card belong to one person."""

from __future__ import annotations

from enum import Enum


class Evidence(Enum):
    """The words the journal and the links table keep."""

    SNILS_AND_NAME = "snils_and_name"
    NAME_AND_BIRTH_DATE = "name_and_birth_date"
    DIARY_PASSWORD = "diary_password"  # noqa: S105 -- the name of a kind of evidence
    IMPORTED = "imported"

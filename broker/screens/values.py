"""Values a page may put into a text, in a form that does not yet know the language.

The rooms hand over dates, durations and names of things; only the page knows how to say them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from broker.screens.view import Language


@dataclass(frozen=True, slots=True)
class RegionName:
    """What a region is called in both languages."""

    ru: str
    en: str

    def in_language(self, language: Language) -> str:
        """The name for a page in this language."""
        return self.ru if language == "ru" else self.en


@dataclass(frozen=True, slots=True)
class Word:
    """A word from the catalogue, for example `Word("field.surname")`; said in the language of the page."""

    key: str


# A timedelta becomes "10 minutes", a datetime the time in the zone of the page, a date the day in words.
Value = str | int | timedelta | datetime | date | Word | RegionName | tuple[Word, ...]

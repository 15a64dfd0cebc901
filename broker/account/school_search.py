"""Which school can let somebody back in: found by its name, which holds the town too. Never tells who is a pupil where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from broker.directory.directory import Directory
from broker.directory.person import School
from broker.foundation.normal_forms import name_form
from broker.screens.pages import SchoolCard
from broker.screens.recovery_pages import FoundSchool, RecoverSchoolPage
from broker.screens.view import Language

_LONGEST = 60
_SHORTEST = 2
_MOST = 20
# Schools change a few times a year; everybody may search.
_KEPT_FOR = timedelta(minutes=1)


class SchoolSearch:
    """Searches open schools by every word that was typed, in both languages, without case and ё/е."""

    def __init__(self, directory: Directory, now: Callable[[], datetime]):
        self._directory = directory
        self._now = now
        self._kept: tuple[datetime, tuple[tuple[str, School], ...]] | None = None

    def page(self, unverified_query: str, language: Language) -> RecoverSchoolPage:
        """E21 with what was found; without a query only the steps and the field."""
        query = unverified_query.strip()[:_LONGEST]
        words = name_form(query).replace("№", " ").split()
        if len("".join(words)) < _SHORTEST:
            return RecoverSchoolPage()
        found = [school for text, school in self._schools() if all(word in text for word in words)]
        shown = tuple(_found(school, language) for school in found[:_MOST])
        return RecoverSchoolPage(query, shown, is_searched=True, more=len(found) > _MOST)

    def _schools(self) -> tuple[tuple[str, School], ...]:
        now = self._now()
        if self._kept is None or now - self._kept[0] >= _KEPT_FOR:
            schools = (school for school in self._directory.schools() if school.is_open)
            self._kept = now, tuple((name_form(f"{school.name_ru} {school.name_en}"), school) for school in schools)
        return self._kept[1]


def _found(school: School, language: Language) -> FoundSchool:
    contact = school.contact
    name = school.name_ru if language == "ru" else school.name_en
    if contact is None:
        return FoundSchool(name, None)
    return FoundSchool(name, SchoolCard(name, *contact.told_in(language)))

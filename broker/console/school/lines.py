"""From values of the rooms to lines of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from broker.console.school.visit import Visit
from broker.directory.card_changes_store import Noted
from broker.directory.hints import Hint
from broker.directory.person import Person
from broker.directory.school_person import Relative, SchoolPerson, holds
from broker.foundation.normal_forms import latin_letters
from broker.screens.school_card_pages import PersonLine
from broker.screens.school_pages import ChangeLine, Choice, HintLine

NOBODY = "—"


def local_day(visit: Visit, at: datetime) -> date:
    """The day of an instant where the school is."""
    return at.astimezone(visit.zone).date()


def class_of(visit: Visit, found: SchoolPerson) -> str:
    """The class of today, else the last one; "" without one."""
    place = found.place_on(visit.cards.today)
    return (place.class_name or "") if place else ""


def person_line(visit: Visit, found: SchoolPerson) -> PersonLine:
    """One line of the list of people."""
    today = visit.cards.today
    roles = dict.fromkeys(place.role.value for place in found.person.memberships if holds(place, today))
    return PersonLine(
        person_id=found.id,
        name=found.full_name,
        class_name=class_of(visit, found),
        roles=tuple(roles),
        is_here=found.is_here_on(today),
        is_blocked=found.person.is_blocked,
        has_snils=found.person.snils is not None,
        is_activated=found.person.activated_at is not None,
    )


def choices(visit: Visit, found: Iterable[SchoolPerson]) -> tuple[Choice, ...]:
    """People to choose from."""
    return tuple(Choice(one.id, one.full_name, class_of(visit, one)) for one in found)


def kin_choices(found: Iterable[Relative]) -> tuple[Choice, ...]:
    """Parents or children."""
    return tuple(Choice(one.person_id, one.full_name, one.class_name or "") for one in found)


def hint_lines(person: Person, found: Iterable[Hint]) -> tuple[HintLine, ...]:
    """Hints with what their sentences name: the Latin letters of a name, and nothing else of the card."""
    return tuple(HintLine(hint.key, hint.field, _words(person, hint)) for hint in found)


def change_lines(visit: Visit, noted: Iterable[Noted]) -> tuple[ChangeLine, ...]:
    """Lines of the journal, with names of people of the school; of others only that they are others."""
    found = list(noted)
    names = {one.id: one.full_name for one in visit.cards.people()} if found else {}
    return tuple(
        ChangeLine(
            at=one.at,
            staff=_name(one.actor_id, names) if one.actor_kind == "staff" else NOBODY,
            action=one.action,
            person=_name(one.person_id, names),
            fields=one.fields,
            reason=one.reason,
        )
        for one in found
    )


def _name(person_id: str | None, names: Mapping[str, str]) -> str:
    return names.get(person_id or "", NOBODY)


def _words(person: Person, hint: Hint) -> dict[str, str]:
    if hint.key != "latin_letter":
        return {}
    return {"letters": ", ".join(dict.fromkeys(latin_letters(getattr(person, hint.field))))}



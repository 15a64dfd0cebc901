"""People of a school and their ways in (S3, S5): the values their pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from broker.screens.field_errors import FieldError
from broker.screens.school_pages import ChangeLine, Choice, HintLine, PostForm, SchoolFrame


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One line of the list of people. `roles` are keys under `school.role`."""

    person_id: str
    name: str
    class_name: str
    roles: tuple[str, ...]
    is_here: bool
    is_blocked: bool
    has_snils: bool
    is_activated: bool


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Everybody of the school, by class or by search."""

    template: ClassVar[str] = "school_people.html"
    frame: SchoolFrame
    people: tuple[PersonLine, ...]
    classes: tuple[str, ...]
    class_name: str
    query: str
    count: int


@dataclass(frozen=True, slots=True)
class CardForm:
    """What the fields of the card form hold."""

    surname: str
    name: str
    patronymic: str
    birth_date: str
    sex: str
    snils: str
    login: str
    class_name: str
    roles: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True)
class CardPage:
    """S3. `trouble` is a key under `school.card_trouble`; after `moved`, `theirs` are (field, value) that somebody else has saved
    meanwhile, and the form keeps what was typed. `kin_of` says who is added here: parents or children."""

    template: ClassVar[str] = "school_card.html"
    frame: SchoolFrame
    person_id: str
    name: str
    card: CardForm
    form: PostForm
    case_number: str
    parents: tuple[Choice, ...]
    children: tuple[Choice, ...]
    kin: PostForm | None
    kin_of: str
    hints: tuple[HintLine, ...]
    changes: tuple[ChangeLine, ...]
    is_guarded: bool
    is_administrator: bool
    is_here: bool
    kin_found: tuple[Choice, ...] = ()
    errors: tuple[FieldError, ...] = ()
    trouble: str = ""
    theirs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AccessPage:
    """S5. `can` are the deeds possible now, keys under `school.access`; `paused` tells of a pause, under `school.fact`. `why` is
    the chosen one of `pause_reasons`, keys under `school.pause_reason`."""

    template: ClassVar[str] = "school_access.html"
    frame: SchoolFrame
    person_id: str
    name: str
    form: PostForm
    can: tuple[str, ...]
    linked_on: date | None
    sessions: int
    locked_until: datetime | None
    invitation: str
    is_blocked: bool
    is_guarded: bool
    asked_by: str
    asked_until: datetime | None
    is_asker: bool
    needs_second: bool
    needs_region: bool
    paused: tuple[HintLine, ...] = ()
    pause_reasons: tuple[str, ...] = ()
    why: str = ""
    case_number: str = ""
    errors: tuple[FieldError, ...] = ()

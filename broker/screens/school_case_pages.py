"""Cases of a school (S1, S2): the values their pages show. Nothing of Gosuslugi's ever gets here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from broker.screens.field_errors import FieldError
from broker.screens.pages import require_safe_address
from broker.screens.school_pages import Choice, HintLine, PostForm, SchoolFrame
from broker.screens.values import Value


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case of the queue. `words` fill the sentence of its cause."""

    number: str
    url: str
    cause: str
    words: Mapping[str, Value]
    person: str | None
    since_at: datetime
    waits_for_us: bool


@dataclass(frozen=True, slots=True)
class CasesPage:
    """S1. `waits`: all, us, person or closed. `errors` hold the answer to a number that was not found."""

    template: ClassVar[str] = "school_cases.html"
    frame: SchoolFrame
    cases: tuple[CaseLine, ...]
    waits: str
    errors: tuple[FieldError, ...] = ()
    # When Gosuslugi began to have trouble, None while all is well.
    trouble_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseAction:
    """The one visible action: a link, or a button of `form` that posts `fields`."""

    url: str | None = None
    form: PostForm | None = None
    fields: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.url)


@dataclass(frozen=True, slots=True)
class CasePage:
    """S2. `compared` are (field, matches|differs|missing_here|missing_there), never a value of the other side.

    `facts` are keys under `school.fact`; `fix` is what helps, a key under `school.fix`, and `action` the way there, None when it
    is not the school's to do.
    """

    template: ClassVar[str] = "school_case.html"
    frame: SchoolFrame
    number: str
    cause: str
    words: Mapping[str, Value]
    state: str
    opened_at: datetime
    person: str | None
    person_url: str | None
    compared: tuple[tuple[str, str], ...]
    wrong_fields: tuple[str, ...]
    facts: tuple[HintLine, ...]
    hints: tuple[HintLine, ...]
    fix: str
    action: CaseAction | None
    needs_document: bool
    check: PostForm | None
    still: tuple[str, ...] = ()
    was_checked: bool = False

    def __post_init__(self) -> None:
        require_safe_address(self.person_url)


@dataclass(frozen=True, slots=True)
class AttachPage:
    """Whose case is it? A search, then one of those found."""

    template: ClassVar[str] = "school_attach.html"
    frame: SchoolFrame
    number: str
    search_url: str
    query: str
    found: tuple[Choice, ...] | None
    form: PostForm
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeInPage:
    """A card without a school gets a place here: role and class."""

    template: ClassVar[str] = "school_take_in.html"
    frame: SchoolFrame
    number: str
    name: str
    form: PostForm
    role: str = "pupil"
    class_name: str = ""
    errors: tuple[FieldError, ...] = ()

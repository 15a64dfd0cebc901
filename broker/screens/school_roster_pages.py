"""A school's lists from files, its portfolio, its duplicates and its journal: the values their pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from broker.screens.field_errors import FieldError
from broker.screens.school_pages import ChangeLine, PostForm, SchoolFrame


@dataclass(frozen=True, slots=True)
class RosterPage:
    """Send a list, fetch the template or the present list."""

    template: ClassVar[str] = "school_roster.html"
    frame: SchoolFrame
    form: PostForm
    export: PostForm
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterJobPage:
    """A list on its way. `problems` are (line, field or "", message), `changed` (line, name, fields)."""

    template: ClassVar[str] = "school_roster_job.html"
    frame: SchoolFrame
    state: str
    message: str
    lines: int
    count_added: int
    count_changed: int
    count_same: int
    problems: tuple[tuple[int, str, str], ...]
    added: tuple[tuple[int, str], ...]
    changed: tuple[tuple[int, str, tuple[str, ...]], ...]
    form: PostForm | None
    here_url: str


@dataclass(frozen=True, slots=True)
class PortfolioLine:
    """One class: how many pupils, how many with a SNILS, and who lacks one (identifier, name)."""

    class_name: str
    pupils: int
    ready: int
    lacking: tuple[tuple[str, str], ...]

    @property
    def share(self) -> int:
        """Per cent, rounded down: a hundred means all."""
        return self.ready * 100 // self.pupils if self.pupils else 100


@dataclass(frozen=True, slots=True)
class PortfolioPage:
    """F14: which pupils lack a SNILS on the card; list and share."""

    template: ClassVar[str] = "school_portfolio.html"
    frame: SchoolFrame
    classes: tuple[PortfolioLine, ...]
    pupils: int
    ready: int
    share: int
    on: date


@dataclass(frozen=True, slots=True)
class TwinCard:
    """One card of a pair; own-school data only."""

    person_id: str
    name: str
    class_name: str
    birth_date: date | None
    snils_end: str
    login: str
    is_linked: bool
    is_activated: bool
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TwinPair:
    """Two cards that look like one person. `can_merge` is False when it takes the region's support."""

    one: TwinCard
    other: TwinCard
    can_merge: bool

    @property
    def both_linked(self) -> bool:
        """Whether the school has to take one of two links first: nobody but the school knows which is the right one."""
        return self.can_merge and self.one.is_linked and self.other.is_linked


@dataclass(frozen=True, slots=True)
class MergeLine:
    """A merge that can still be undone."""

    merge_id: str
    name: str
    on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class DuplicatesPage:
    """S6. The form posts `deed` = keep:<kept>:<merged> or apart:<one>:<other>, or undo:<merge>."""

    template: ClassVar[str] = "school_duplicates.html"
    frame: SchoolFrame
    pairs: tuple[TwinPair, ...]
    merges: tuple[MergeLine, ...]
    form: PostForm
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class JournalPage:
    """S8. `actions` are keys under `school.deed`, `staff` (identifier, name) of those who did something."""

    template: ClassVar[str] = "school_journal.html"
    frame: SchoolFrame
    lines: tuple[ChangeLine, ...]
    actions: tuple[str, ...]
    staff: tuple[tuple[str, str], ...]
    action: str
    actor_id: str
    since: str
    until: str
    next_url: str | None
    export: PostForm
    errors: tuple[FieldError, ...] = ()

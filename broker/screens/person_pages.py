"""The pages about one person (screens.md A8): how they are found, what happened on a day, what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from broker.screens.audit_pages import EventLine
from broker.screens.field_errors import FieldError
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import SecurityFrame


@dataclass(frozen=True, slots=True)
class FindPersonPage:
    """A8, the search. `clients` are services to choose from: identifier and name."""

    template: ClassVar[str] = "security_person.html"
    frame: SecurityFrame
    clients: tuple[tuple[str, str], ...]
    grounds: tuple[str, ...]
    form: PostForm
    case: str = ""
    client_id: str = ""
    subject: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """One time that somebody could not come in: the real cause, in the words of its page."""

    at: datetime
    code: int
    title: str


@dataclass(frozen=True, slots=True)
class CaseOf:
    """A case of the person. `state_key` is one under `security.person.case_state`."""

    number: str
    code: int
    title: str
    state_key: str


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A8, one person on one day. `person_id` is "" in a case that is nobody's yet; then nothing can be done.

    `verdict_key` is one under `security.person.verdict`, "" without a card; `pause_key` one under `security.person.why`, "" while
    the way in is open.
    """

    template: ClassVar[str] = "security_story.html"
    frame: SecurityFrame
    person_id: str
    day: date
    day_url: str
    is_blocked: bool
    pause_key: str
    paused_at: datetime | None
    is_connected: bool
    sessions: int
    refusals: tuple[Refusal, ...]
    verdict_key: str
    sentences: tuple[str, ...]
    lines: tuple[EventLine, ...]
    cases: tuple[CaseOf, ...]
    grounds: tuple[str, ...]
    reasons: tuple[str, ...]
    end: PostForm | None = None
    block: PostForm | None = None
    unblock: PostForm | None = None
    errors: tuple[FieldError, ...] = ()

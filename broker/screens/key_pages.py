"""The pages about signing keys (screens.md A3, A4): what signs, what comes next, and what a change would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from broker.screens.field_errors import FieldError
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import SecurityFrame

_WIDTH: Final = 720
_LEFT: Final = 150
_ROW: Final = 34
_SHORT_KID: Final = 8


def short(kid: str) -> str:
    """The beginning of a key's name: enough to tell the few keys of a page apart."""
    return kid[:_SHORT_KID]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key in the table. `state`, `where_key`, `use_key` and `next_key` are keys under `security.keys`.
    `next_key` is "" when nothing is planned."""

    kid: str
    algorithms: str
    use_key: str
    state: str
    where_key: str
    made_at: datetime
    moved_at: datetime
    next_key: str = ""
    next_at: datetime | None = None
    fetched: tuple[int, int] | None = None
    missing: tuple[str, ...] = ()
    can_be_revoked: bool = False

    @property
    def short(self) -> str:
        """How the key is called in sentences."""
        return short(self.kid)


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of a key's life in the picture, in its units. `state` is a key under `security.keys.state`."""

    state: str
    x: int
    width: int
    is_planned: bool


@dataclass(frozen=True, slots=True)
class BarRow:
    """One key in the picture; `label` is its algorithm and the beginning of its name, "+" for one still to be made."""

    label: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture over the table. It says nothing that the table does not say. `marks` are days with their places."""

    rows: tuple[BarRow, ...]
    marks: tuple[tuple[int, datetime], ...]
    now_x: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Lasting:
    """What `timeline` draws of a key: its label and stretches (state, begins, ends, is it planned)."""

    label: str
    stretches: tuple[tuple[str, datetime, datetime, bool], ...]


def timeline(keys: Sequence[Lasting], now: datetime, before: timedelta, after: timedelta) -> Timeline:
    """Draw a window of time around now; what lies outside is cut off, and a key without a part inside has no row."""
    begins, ends = now - before, now + after

    def place(at: datetime) -> int:
        share = (min(max(at, begins), ends) - begins) / (ends - begins)
        return _LEFT + round(share * (_WIDTH - _LEFT))

    rows: list[BarRow] = []
    for key in keys:
        inside = [one for one in key.stretches if one[1] < ends and one[2] > begins]
        bars = tuple(Bar(state, place(begin), max(2, place(end) - place(begin)), plan) for state, begin, end, plan in inside)
        if bars:
            rows.append(BarRow(key.label, 24 + _ROW * len(rows), bars))
    step = (ends - begins) / 4
    marks = tuple((place(begins + step * number), begins + step * number) for number in range(4))
    return Timeline(tuple(rows), marks, place(now), _WIDTH, 24 + _ROW * len(rows) + 8)


@dataclass(frozen=True, slots=True)
class NextDate:
    """One of the next dates, spelled out. `to_key` is one under `security.keys.next`; `name` is "" for a key still to be made."""

    to_key: str
    algorithm: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A revocation that waits for a second person; the forms are None for whoever may not."""

    kid: str
    asked_by: str
    ends_at: datetime
    confirm: PostForm | None
    withdraw: PostForm | None


@dataclass(frozen=True, slots=True)
class Revocation:
    """What became of one: sessions ended so far, and services that have not answered."""

    kid: str
    at: datetime
    sessions: int
    is_over: bool
    unanswered: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class KeysPage:
    """A3. `reports` are keys whose rotation is over and reported: the whole name and a short one."""

    template: ClassVar[str] = "security_keys.html"
    frame: SecurityFrame
    keys: tuple[KeyLine, ...]
    picture: Timeline
    following: tuple[NextDate, ...]
    waiting: tuple[WaitingRequest, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    failing: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ()
    reports: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RotatePage:
    """A4, the planned way. `step` is a key under `security.rotate.step`: announce, wait, promote. `override` is the form
    for whoever goes on although services are missing."""

    template: ClassVar[str] = "security_rotate.html"
    frame: SecurityFrame
    algorithm: str
    step: str
    kid: str
    before: str
    ready_at: datetime | None
    missing: tuple[str, ...]
    form: PostForm | None
    override: PostForm | None
    why: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class RevokePage:
    """A4, the emergency: the consequences in numbers, the key's name typed, a second person. `alone` is the loud way."""

    template: ClassVar[str] = "security_revoke.html"
    frame: SecurityFrame
    kid: str
    people: int
    sessions: int
    services: tuple[str, ...]
    grounds: tuple[str, ...]
    form: PostForm
    alone: PostForm | None
    errors: tuple[FieldError, ...] = ()

"""The pages about the journal (screens.md A5): what was found, one entry, whether the chain is whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from broker.screens.field_errors import FieldError
from broker.screens.pages import require_safe_address
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import SecurityFrame

RESULTS: Final = ("done", "refused", "failed")
_WIDTH: Final = 640
_HEIGHT: Final = 140
_TOP: Final = 18


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a bar, in units of the picture. `result_key` is one of RESULTS."""

    result_key: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class EventsPicture:
    """Events over time. `totals` and `highest` are what its description says; `marks` are instants with their places."""

    blocks: tuple[Block, ...]
    marks: tuple[tuple[float, datetime], ...]
    totals: Mapping[str, int]
    highest: int
    is_hourly: bool
    width: int = _WIDTH
    height: int = _TOP + _HEIGHT + 4


def events_picture(bars: Sequence[tuple[datetime, Mapping[str, int]]], step: timedelta) -> EventsPicture:
    """Bars without gaps, one beside the other: how many events ended how (a word of RESULTS) from an instant on."""
    highest = max((sum(counts.values()) for _, counts in bars), default=0)
    wide = _WIDTH / max(1, len(bars))
    blocks: list[Block] = []
    for number, (_, counts) in enumerate(bars):
        top = float(_TOP + _HEIGHT)
        for result in (one for one in RESULTS if counts.get(one, 0)):
            tall = round(counts[result] / highest * _HEIGHT, 1)
            top -= tall
            blocks.append(Block(result, round(number * wide, 1), round(top, 1), round(max(1.0, wide - 2), 1), max(1.0, tall)))
    every = max(1, len(bars) // 4)
    marks = tuple((round(number * wide, 1), bars[number][0]) for number in range(0, len(bars), every))[:4]
    totals = {result: sum(counts.get(result, 0) for _, counts in bars) for result in RESULTS}
    return EventsPicture(tuple(blocks), marks, totals, highest, step < timedelta(days=1))


@dataclass(frozen=True, slots=True)
class EventLine:
    """One entry. `event_key` is one under `security.event`, "" for a name of old that has no words any more: then `name`."""

    seq: int
    at: datetime
    name: str
    event_key: str
    result_key: str
    actor: str
    about: str


@dataclass(frozen=True, slots=True)
class AuditAsked:
    """What was asked for, as typed where it was understood."""

    since: str = ""
    until: str = ""
    event: str = ""
    result: str = ""
    actor: str = ""
    object: str = ""
    cause: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A5. `events` are names with words, to choose from; `picture` is None where the time is too long for one."""

    template: ClassVar[str] = "security_audit.html"
    frame: SecurityFrame
    asked: AuditAsked
    events: tuple[str, ...]
    lines: tuple[EventLine, ...]
    picture: EventsPicture | None
    older_url: str = ""
    grounds: tuple[str, ...] = ()
    export: PostForm | None = None
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        if self.older_url:
            require_safe_address(self.older_url)


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One entry. `fields` are names and values as they stand in the chain's file; `names` is what was asked for by a reason."""

    template: ClassVar[str] = "security_entry.html"
    frame: SecurityFrame
    line: EventLine
    fields: tuple[tuple[str, str], ...]
    previous: str
    hash: str
    names: tuple[tuple[str, str], ...] = ()
    grounds: tuple[str, ...] = ()
    reveal: PostForm | None = None
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditCheckPage:
    """Whether the chain is whole. `broken_seq` is the first entry at fault, None when there is none."""

    template: ClassVar[str] = "security_audit_check.html"
    frame: SecurityFrame
    at: datetime
    checked: int
    checkpoints: int
    broken_seq: int | None

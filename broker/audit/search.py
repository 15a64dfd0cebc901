"""Questions to the journal, and the answers, as values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import Enum

from broker.audit.entry import Entry


class Result(Enum):
    """How what an entry tells of ended. done: as it was meant to. refused: a rule said no. failed: something broke or was
    misused."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


_REFUSED_ENDINGS = (".refused", ".rejected", ".declined")
_FAILED_ENDINGS = (".reused", ".given_up", ".failed")


def result_of(name: str) -> Result:
    """What the name of an event says of its result."""
    if name.endswith(_REFUSED_ENDINGS):
        return Result.REFUSED
    return Result.FAILED if name.endswith(_FAILED_ENDINGS) else Result.DONE


def names_of(result: Result, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the catalogue's names whose events ended so."""
    return tuple(sorted(name for name in names if result_of(name) is result))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which entries: all that are given must fit. `since` counts, `until` does not; `names` empty means all.

    `actor_kind` and `actor_id` are who did it, `person_id` whom it is about, `object_id` any other thing of ours that it names (a
    key, a case, a session …), `cause` the real code of a failure.
    """

    since: datetime | None = None
    until: datetime | None = None
    names: tuple[str, ...] = ()
    actor_kind: str = ""
    actor_id: str = ""
    person_id: str = ""
    client_id: str = ""
    object_id: str = ""
    cause: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Entries newest first. `older` is what to ask `before` for the next page; None on the last."""

    entries: tuple[Entry, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many events of a name began in the hour (UTC) that begins at `hour`."""

    hour: datetime
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the picture: how many events ended how, from `begins` on."""

    begins: datetime
    counts: Mapping[Result, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Picture:
    """Events over time: bars without gaps, each as wide as `step` (on days when clocks change, a day is a local day)."""

    step: timedelta
    bars: tuple[Bar, ...]

    @property
    def highest(self) -> int:
        return max((bar.total for bar in self.bars), default=0)


_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MOST_HOURS = timedelta(days=3)


def drawn(counted: Sequence[Counted], since: datetime, until: datetime, zone: tzinfo) -> Picture:
    """Counts as bars, from the hour or the local day of `since` to that of `until`: hours for three days, else days."""
    step = _HOUR if until - since <= _MOST_HOURS else _DAY
    places: dict[datetime, dict[Result, int]] = {}
    at = _begin(since, step, zone)
    while at < until:
        places[at] = dict.fromkeys(Result, 0)
        at = _begin(at + step + (_HOUR * 2 if step == _DAY else timedelta(0)), step, zone)
    bars = {hour: places.get(_begin(hour, step, zone)) for hour in {one.hour for one in counted}}
    for one in counted:
        bar = bars[one.hour]
        if bar is not None:
            bar[result_of(one.name)] += one.count
    return Picture(step, tuple(Bar(begins, counts) for begins, counts in places.items()))


def _begin(at: datetime, step: timedelta, zone: tzinfo) -> datetime:
    """The beginning of the hour, or of the local day, that an instant is in; aware UTC."""
    local = at.astimezone(zone)
    if step == _HOUR:
        return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    return _midnight(local.date(), zone).astimezone(UTC)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)

"""The rows of letters. A letter belongs to the courier whose conditional update took it, until its lease is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from broker.messages.tables import LetterRow
from broker.storage.columns import UtcInstant
from broker.storage.database import Database
from broker.storage.leases import BEFORE, GIVEN_UP, SENT, WAITING, Leases, is_due

_TABLE: Any = LetterRow.__table__
_C = _TABLE.c
_DUE = (
    # What ends first goes first: somebody is waiting for a code.
    select(_C.id, _C.channel)
    .where(*is_due(_TABLE), _C.channel.in_(bindparam("channels_", expanding=True)))
    .order_by(_C.ends_at, _C.id)
    .limit(bindparam("at_most_"))
)
_TAKEN = (_C.id, _C.kind, _C.channel, _C.language, _C.sealed, _C.tries, _C.trouble, _C.ends_at)
_SHOWN = (
    _C.id, _C.kind, _C.channel, _C.language, _C.state, _C.tries, _C.trouble, _C.made_at, _C.next_at, _C.ends_at, _C.done_at,
)  # fmt: skip
_COUNTS = select(_C.state, func.count()).group_by(_C.state)
_CHANNEL = _C.channel == bindparam("channel_")
_LATELY = _C.done_at > bindparam("after_", type_=UtcInstant)
_PACE = select(
    select(func.min(_C.made_at)).where(_C.state == WAITING, _CHANNEL, _C.tries == 0).scalar_subquery(),
    select(func.min(_C.made_at)).where(_C.state == WAITING, _CHANNEL, _C.trouble != "").scalar_subquery(),
    select(func.max(_C.done_at))
    .where(_C.state == GIVEN_UP, _CHANNEL, _LATELY, _C.trouble.not_in(bindparam("not_", expanding=True)))
    .scalar_subquery(),
    select(func.max(_C.done_at)).where(_C.state == SENT, _CHANNEL, _LATELY).scalar_subquery(),
)
_IS_OLD = (_C.state != WAITING) & (_C.done_at <= BEFORE)


@dataclass(frozen=True, slots=True)
class Pace:
    """How one channel gets on: since when the oldest letter waits that nobody has come to, and the oldest that was in trouble;
    when the last one was given up for trouble on the way, and when the last one was sent, if that was lately."""

    untouched_since: datetime | None
    troubled_since: datetime | None
    given_up_at: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter under a lease, still sealed. `tries` counts this one; `trouble` is that of the last one."""

    id: str
    kind: str
    channel: str
    language: str
    sealed: bytes
    tries: int
    trouble: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be seen of a letter: how it fares, never to whom or what."""

    id: str
    kind: str
    channel: str
    language: str
    state: str
    tries: int
    trouble: str
    made_at: datetime
    next_at: datetime
    ends_at: datetime
    done_at: datetime | None


class LetterStore:
    """Letters in and out. Changes belong inside `work()`."""

    def __init__(self, database: Database):
        self._database = database
        # What a letter said is nobody's any more once it is done.
        self._leases = Leases(database, _TABLE, _TAKEN, _IS_OLD, {"sealed": None})

    def add(self, letter_id: str, envelope: dict[str, str | None], sealed: bytes, times: tuple[datetime, datetime]) -> None:
        """Keep a letter that waits: kind, channel, language and person outside, the rest sealed. `times`: made and ends."""
        made_at, ends_at = times
        values = envelope | {"id": letter_id, "sealed": sealed, "state": WAITING, "tries": 0, "trouble": ""}
        moments = {"made_at": made_at, "next_at": made_at, "ends_at": ends_at}
        self._database.session.execute(insert(_TABLE), values | moments)

    def due(self, channels: Sequence[str], now: datetime, at_most: int) -> tuple[tuple[str, str], ...]:
        """Letters of these channels whose time has come and that nobody holds: identifier and channel."""
        asked = {"channels_": list(channels), "now_": now, "at_most_": at_most}
        rows = self._database.session.execute(_DUE, asked).all()
        return tuple((row.id, row.channel) for row in rows)

    def take(self, letter_id: str, now: datetime, until: datetime) -> Taken | None:
        """The letter, for the one caller who gets it; None when somebody else has, or it is done."""
        row = self._leases.take(letter_id, now, until)
        return None if row is None else Taken(*row)

    def finish(self, letter_id: str, state: str, trouble: str, now: datetime) -> bool:
        """Sent or given up, and emptied. True for the one caller that made it so."""
        return self._leases.finish(letter_id, state, trouble, now)

    def postpone(self, taken: Taken, trouble: str, next_at: datetime) -> None:
        """Let go of a letter until its next try."""
        self._leases.postpone(taken.id, taken.tries, trouble, next_at)

    def pace(self, channel: str, no_delays: Sequence[str], after: datetime) -> Pace:
        """How a channel gets on; what ended before `after` is left out, and so are letters given up for one of `no_delays`."""
        asked = {"channel_": channel, "not_": list(no_delays), "after_": after}
        return Pace(*self._database.session.execute(_PACE, asked).one())

    def newest(self, states: Iterable[str], at_most: int) -> tuple[Shown, ...]:
        """How the newest letters of these states fare."""
        question = select(*_SHOWN).where(_C.state.in_(tuple(states))).order_by(_C.made_at.desc(), _C.id).limit(at_most)
        return tuple(Shown(*row) for row in self._database.session.execute(question).all())

    def counts(self) -> dict[str, int]:
        """How many letters there are in each state."""
        return {row[0]: row[1] for row in self._database.session.execute(_COUNTS).all()}

    def tidy(self, before: datetime, at_most: int) -> int:
        """Remove letters that were done before; how many."""
        return self._leases.tidy(before, at_most)

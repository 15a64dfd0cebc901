"""The rows of deliveries. One belongs to the postman whose conditional update took it, until the lease is over."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, tuple_, update

from broker.deliveries.retry import Line
from broker.deliveries.tables import DeliveryRow
from broker.foundation.encoding import canonical_json
from broker.storage.columns import UtcInstant
from broker.storage.database import Database
from broker.storage.leases import BEFORE, GIVEN_UP, NOW, SENT, WAITING, Leases, is_due

_TABLE: Any = DeliveryRow.__table__
_C = _TABLE.c
_THIS = (_C.id == bindparam("id_"), _C.state == WAITING)
_TAKEN = (_C.id, _C.kind, _C.client_id, _C.group_id, _C.about, _C.tries, _C.made_at, _C.ends_at)
_DUE = (
    select(_C.id, _C.client_id, _C.kind)
    .where(
        *is_due(_TABLE),
        _C.kind.in_(bindparam("kinds_", expanding=True)),
        tuple_(_C.client_id, _C.kind).not_in(bindparam("closed_", expanding=True)),
    )
    .order_by(_C.next_at, _C.id)
    .limit(bindparam("at_most_"))
)
_IN_GROUP = (_C.group_id == bindparam("group_"), _C.kind == bindparam("kind_"))
_UNANSWERED = (
    select(_C.client_id, _C.state).where(*_IN_GROUP, _C.state != SENT).order_by(_C.made_at, _C.client_id)
)
_UNANSWERED_BETWEEN = (
    select(_C.client_id, func.count(), func.count(_C.state).filter(_C.state == GIVEN_UP), func.max(_C.tries))
    .where(
        _C.kind == bindparam("kind_"),
        _C.state != SENT,
        _C.made_at >= bindparam("since_", type_=UtcInstant),
        _C.made_at <= bindparam("until_", type_=UtcInstant),
    )
    .group_by(_C.client_id)
    .order_by(_C.client_id)
)
_OPEN = (
    select(*_TAKEN)
    .where(*_IN_GROUP, _C.state == WAITING, _C.ends_at > NOW)
    .order_by(_C.made_at, _C.id)
    .limit(bindparam("at_most_"))
)
_SETTLE = (
    update(_TABLE)
    .where(*_THIS, *_IN_GROUP)
    .values(state=bindparam("state_"), trouble=bindparam("trouble_"), done_at=NOW)
)
# What somebody carries just now stays with them.
_HURRY = (
    update(_TABLE)
    .where(_C.group_id == bindparam("group_"), _C.state == WAITING, or_(_C.taken_until.is_(None), _C.taken_until <= NOW))
    .values(next_at=NOW)
)
_DROP = delete(_TABLE).where(_C.group_id == bindparam("group_"))
_SHOWN = (_C.id, _C.kind, _C.state, _C.tries, _C.trouble, _C.made_at, _C.next_at, _C.ends_at, _C.done_at)
_OF_CLIENT = (
    select(*_SHOWN)
    .where(_C.client_id == bindparam("client_id_"), _C.state.in_(bindparam("states_", expanding=True)))
    .order_by(_C.made_at.desc(), _C.id)
    .limit(bindparam("at_most_"))
)
# What is fetched and not carried has nobody who gives it up, so it goes when its time is over.
_IS_OLD = or_(_C.done_at <= BEFORE, _C.ends_at <= BEFORE)


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery in somebody's hands. `tries` counts this one."""

    id: str
    kind: str
    client_id: str
    group_id: str
    about: Mapping[str, Any]
    tries: int
    made_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """How a delivery fares, never about whom it is."""

    id: str
    kind: str
    state: str
    tries: int
    trouble: str
    made_at: datetime
    next_at: datetime
    ends_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A client that has not taken `deliveries`; of these `given_up`. `tries` is the most that were made for one."""

    client_id: str
    deliveries: int
    given_up: int
    tries: int


class DeliveryStore:
    """Deliveries in and out. Changes belong inside `work()`."""

    def __init__(self, database: Database):
        self._database = database
        self._leases = Leases(database, _TABLE, _TAKEN, _IS_OLD, {})

    def add(self, words: Mapping[str, str], about: Mapping[str, object], times: tuple[datetime, datetime]) -> None:
        """Keep a delivery that waits: its identifier, kind, client and group. `times`: made and ends."""
        made_at, ends_at = times
        values = {"state": WAITING, "tries": 0, "trouble": "", "about": canonical_json(dict(about)).decode("utf-8")}
        moments = {"made_at": made_at, "next_at": made_at, "ends_at": ends_at}
        self._database.session.execute(insert(_TABLE), dict(words) | values | moments)

    def due(self, kinds: Collection[str], closed: Collection[Line], now: datetime, at_most: int) -> tuple[tuple[str, Line], ...]:
        """What can be carried now, but for lines that are closed: identifiers, each with its line."""
        asked = {"kinds_": list(kinds), "closed_": list(closed), "now_": now, "at_most_": at_most}
        return tuple((row.id, (row.client_id, row.kind)) for row in self._database.session.execute(_DUE, asked).all())

    def take(self, delivery_id: str, now: datetime, until: datetime) -> Taken | None:
        """The delivery, for the one caller who gets it; None when somebody else has, or it is done."""
        row = self._leases.take(delivery_id, now, until)
        return None if row is None else _taken(row)

    def finish(self, delivery_id: str, state: str, trouble: str, now: datetime) -> bool:
        """Sent or given up. True for the one caller that made it so."""
        return self._leases.finish(delivery_id, state, trouble, now)

    def postpone(self, taken: Taken, trouble: str, next_at: datetime) -> None:
        """Let go of a delivery until its next try."""
        self._leases.postpone(taken.id, taken.tries, trouble, next_at)

    def unanswered(self, group_id: str, kind: str) -> tuple[tuple[str, str], ...]:
        """What of a group nobody has taken: clients, each with the state of its delivery."""
        found = self._database.session.execute(_UNANSWERED, {"group_": group_id, "kind_": kind}).all()
        return tuple((row.client_id, row.state) for row in found)

    def unanswered_between(self, kind: str, since: datetime, until: datetime) -> tuple[Unanswered, ...]:
        """Of what was put in a while: clients that have not taken some of it."""
        asked = {"kind_": kind, "since_": since, "until_": until}
        return tuple(Unanswered(*row) for row in self._database.session.execute(_UNANSWERED_BETWEEN, asked))

    def waiting(self, group_id: str, kind: str, now: datetime, at_most: int) -> tuple[Taken, ...]:
        """The oldest of a group that wait; nobody takes them by reading."""
        asked = {"group_": group_id, "kind_": kind, "now_": now, "at_most_": at_most}
        return tuple(_taken(row) for row in self._database.session.execute(_OPEN, asked).all())

    def settle(self, at: tuple[str, str], delivery_id: str, outcome: tuple[str, str], now: datetime) -> bool:
        """What the receiver itself says became of one. `at` is group and kind, `outcome` state and trouble."""
        values = {"group_": at[0], "kind_": at[1], "id_": delivery_id, "state_": outcome[0], "trouble_": outcome[1], "now_": now}
        return bool(self._database.session.execute(_SETTLE, values).rowcount)

    def drop(self, group_id: str) -> None:
        """Forget everything of a group."""
        self._database.session.execute(_DROP, {"group_": group_id})

    def newest(self, client_id: str, states: Sequence[str], at_most: int) -> tuple[Shown, ...]:
        """How the newest deliveries to a client fare."""
        asked = {"client_id_": client_id, "states_": list(states), "at_most_": at_most}
        return tuple(Shown(*row) for row in self._database.session.execute(_OF_CLIENT, asked).all())

    def tidy(self, before: datetime, at_most: int) -> int:
        """Remove what was done or over before; how many."""
        return self._leases.tidy(before, at_most)


def hurry(database: Database, group_id: str, now: datetime) -> None:
    """What of a group waits for its next try has it now. Belongs inside `work()`."""
    database.session.execute(_HURRY, {"group_": group_id, "now_": now})


def _taken(row: Any) -> Taken:
    return Taken(row.id, row.kind, row.client_id, row.group_id, json.loads(row.about), row.tries, row.made_at, row.ends_at)

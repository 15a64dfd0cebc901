"""The rows of requests that take two people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from broker.custody.tables import TwoPersonRow
from broker.storage.columns import UtcInstant
from broker.storage.database import Database

CONFIRMED, WITHDRAWN, RUN_OUT, VOID = "confirmed", "withdrawn", "run_out", "void"

_TABLE: Any = TwoPersonRow.__table__
_C = _TABLE.c
_NOW: Any = bindparam("now_", type_=UtcInstant)
_COLUMNS = (_C.id, _C.act, _C.about, _C.grounds, _C.asked_by, _C.asked_at, _C.ends_at)
_WAITS = (_C.decided_at.is_(None), _C.ends_at > _NOW)
_WAITING = select(*_COLUMNS).where(*_WAITS).order_by(_C.asked_at, _C.id)
_ONE = select(*_COLUMNS).where(_C.id == bindparam("id_"), *_WAITS)
_DECIDE = (
    update(_TABLE)
    .where(_C.id == bindparam("id_"), *_WAITS)
    .values(decided_by=bindparam("by_"), decided_at=_NOW, outcome=bindparam("outcome_"))
)
_RUN_OUT = (
    update(_TABLE).where(_C.decided_at.is_(None), _C.ends_at <= _NOW).values(decided_at=_NOW, outcome=RUN_OUT)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TwoPersonRequest:
    """One that waits. `asked_by` is a person's identifier."""

    id: str
    act: str
    about: str
    grounds: str
    asked_by: str
    asked_at: datetime
    ends_at: datetime


class AlreadyAsked(Exception):
    """The same act about the same thing waits for its second person."""


class TwoPersonStore:
    """Changes belong inside `work()`."""

    def __init__(self, database: Database):
        self._database = database

    def waiting(self, now: datetime) -> tuple[TwoPersonRequest, ...]:
        """Every request that can still be confirmed, oldest first."""
        return tuple(TwoPersonRequest(*row) for row in self._database.session.execute(_WAITING, {"now_": now}))

    def find(self, request_id: str, now: datetime) -> TwoPersonRequest | None:
        """One that can still be confirmed."""
        row = self._database.session.execute(_ONE, {"id_": request_id, "now_": now}).first()
        return None if row is None else TwoPersonRequest(*row)

    def add(self, request: TwoPersonRequest) -> None:
        """Keep a request. What ran out makes room first.

        Raises:
            AlreadyAsked: the same act about the same thing waits already; the unit of work is spoiled.
        """
        self._database.session.execute(_RUN_OUT, {"now_": request.asked_at})
        row = {column.name: getattr(request, column.name) for column in _COLUMNS}
        try:
            self._database.session.execute(insert(_TABLE), row)
        except IntegrityError:
            raise AlreadyAsked from None

    def decide(self, request_id: str, outcome: str, by: str, now: datetime) -> bool:
        """Confirmed or withdrawn, for the one caller who gets it; False when it is decided or over."""
        asked = {"id_": request_id, "outcome_": outcome, "by_": by, "now_": now}
        return bool(self._database.session.execute(_DECIDE, asked).rowcount)

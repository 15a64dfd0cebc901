"""The rows of what follows from revoked keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from broker.custody.tables import KeyFalloutRow
from broker.storage.columns import UtcInstant
from broker.storage.database import Database

_TABLE: Any = KeyFalloutRow.__table__
_C = _TABLE.c
_COLUMNS = (_C.kid, _C.family, _C.since, _C.until, _C.cursor, _C.sessions, _C.made_at, _C.ended_at, _C.walk)
_ALL = select(*_COLUMNS).order_by(_C.made_at.desc(), _C.kid)
_OPEN = _ALL.where(_C.ended_at.is_(None))
_STEP = (
    update(_TABLE)
    # Of two workers at one place the second finds the cursor moved, and its step is rolled back.
    .where(
        _C.kid == bindparam("kid_"), _C.walk == bindparam("walk_"), _C.cursor == bindparam("from_"), _C.ended_at.is_(None)
    )
    .values(
        cursor=bindparam("to_"), walk=bindparam("next_"), sessions=bindparam("sessions_"),
        ended_at=bindparam("ended_", type_=UtcInstant),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyFallout:
    """How far it has come; `sessions` were ended so far, `ended_at` is None while some may be left; `walk` is the first or
    the second time through."""

    kid: str
    family: str
    since: datetime
    until: datetime
    cursor: str
    sessions: int
    made_at: datetime
    ended_at: datetime | None
    walk: int


class FalloutStore:
    """Changes belong inside `work()`."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, fallout: KeyFallout) -> None:
        """Begin."""
        self._database.session.execute(insert(_TABLE), {column.name: getattr(fallout, column.name) for column in _COLUMNS})

    def all(self) -> tuple[KeyFallout, ...]:
        """Of every revoked key, the newest first."""
        return tuple(KeyFallout(*row) for row in self._database.session.execute(_ALL))

    def open(self) -> tuple[KeyFallout, ...]:
        """Those that are not over, the newest first."""
        return tuple(KeyFallout(*row) for row in self._database.session.execute(_OPEN))

    def step(self, before: KeyFallout, after: KeyFallout) -> bool:
        """Write how far it has come; False when another worker was there first."""
        asked = {
            "kid_": before.kid, "walk_": before.walk, "from_": before.cursor,
            "next_": after.walk, "to_": after.cursor, "sessions_": after.sessions, "ended_": after.ended_at,
        }  # fmt: skip
        return bool(self._database.session.execute(_STEP, asked).rowcount)

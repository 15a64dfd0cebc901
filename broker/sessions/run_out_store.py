"""Sessions that nobody has ended and whose time is over all the same: found once, by whoever looks first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, or_, select, update

from broker.sessions.settings import SessionSettings
from broker.sessions.tables import SessionRow
from broker.storage.columns import UtcInstant
from broker.storage.database import Database

# Longer ago than this nobody is told any more: after a long silence of ours, or of the release that did not tell.
TOLD_WITHIN = timedelta(days=2)

_C: Any = SessionRow.__table__.c


def _at(name: str) -> Any:
    return bindparam(name, type_=UtcInstant)


_UNTOLD = (_C.ended_at.is_(None), _C.ran_out_at.is_(None))
# Two questions, because each has an index of its own.
_IDLE = select(_C.id).where(*_UNTOLD, _C.seen_at <= _at("idle_"), _C.seen_at > _at("idle_since_"))
_LATE = select(_C.id).where(*_UNTOLD, _C.ends_at <= _at("now_"), _C.ends_at > _at("since_"))
# Asked once more in the change itself: the person may have come back a moment ago, or another worker may have been here.
_RUN_OUT = (
    update(SessionRow)
    .where(_C.id == bindparam("id_"), and_(*_UNTOLD), or_(_C.seen_at <= _at("idle_"), _C.ends_at <= _at("now_")))
    .values(ran_out_at=_at("now_"))
    .returning(_C.person_id)
)


@dataclass(frozen=True, slots=True)
class RunOutSessions:
    """Marks them; a marked one is never found again. It is not ended: offline grants outlive it (OpenID Connect Core 11)."""

    database: Database
    now: Callable[[], datetime]
    settings: SessionSettings

    def some(self, at_most: int) -> tuple[str, ...]:
        """Identifiers of a few that are not marked yet."""
        asked = self._asked()
        found: dict[str, None] = {}
        for question in (_IDLE, _LATE):
            found |= dict.fromkeys(self.database.session.execute(question.limit(at_most), asked).scalars())
        return tuple(found)[:at_most]

    def mark(self, session_id: str) -> str | None:
        """Mark one; whose it was, None when it is alive, ended or marked. Exactly one caller gets the person."""
        with self.database.work() as session:
            asked = self._asked() | {"id_": session_id}
            return session.execute(_RUN_OUT, asked).scalar_one_or_none()

    def _asked(self) -> dict[str, object]:
        now = self.now()
        idle = now - self.settings.idle
        return {"now_": now, "since_": now - TOLD_WITHIN, "idle_": idle, "idle_since_": idle - TOLD_WITHIN}

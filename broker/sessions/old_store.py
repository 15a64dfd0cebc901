"""Sessions that are long over: the rows nobody needs any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, or_, select

from broker.sessions.tables import SessionClientRow, SessionRow
from broker.storage.columns import UtcInstant
from broker.storage.database import Database

# As long as a person can look back in their own history.
KEPT_FOR = timedelta(days=90)

_C: Any = SessionRow.__table__.c
_JOINED: Any = SessionClientRow.__table__.c
_OLD = (
    select(_C.id)
    .where(
        _C.ends_at <= bindparam("before_", type_=UtcInstant),
        or_(_C.ended_at.is_not(None), _C.ends_at <= bindparam("outlived_", type_=UtcInstant)),
    )
    .limit(bindparam("most_"))
)
_IDS: Any = bindparam("ids_", expanding=True)
_CLIENTS = delete(SessionClientRow).where(_JOINED.session_id.in_(_IDS))
_SESSIONS = delete(SessionRow).where(_C.id.in_(_IDS))


class OldSessions:
    """Removes sessions. `grant_life` is how long a grant can outlive the session it was made in."""

    def __init__(self, database: Database, now: Callable[[], datetime], grant_life: timedelta):
        self._database = database
        self._now = now
        self._grant_life = grant_life

    def tidy(self, at_most: int = 1000) -> int:
        """Remove one batch; how many.

        A session nobody signed out of is asked for as long as one of its grants lives (OpenID Connect Core 11), so it stays
        until none can.
        """
        now = self._now()
        asked = {"before_": now - KEPT_FOR, "outlived_": now - self._grant_life, "most_": at_most}
        with self._database.work() as session:
            ids = list(session.execute(_OLD, asked).scalars())
            if ids:
                session.execute(_CLIENTS, {"ids_": ids})
                session.execute(_SESSIONS, {"ids_": ids})
        return len(ids)

"""Live sessions of whole regions, in small steps: for whoever looks through them all."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from broker.sessions.tables import SessionRow
from broker.storage.columns import UtcInstant
from broker.storage.database import Database

_C: Any = SessionRow.__table__.c
_LIVE = (_C.ended_at.is_(None), _C.ends_at > bindparam("now_", type_=UtcInstant))
_REGIONS = select(_C.region).where(*_LIVE).distinct()
_STEP = (
    select(_C.id, _C.person_id, _C.connector, _C.level, _C.authenticated_at)
    .where(*_LIVE, _C.region.in_(bindparam("regions_", expanding=True)), _C.id > bindparam("after_"))
    .order_by(_C.id)
    .limit(bindparam("at_most_"))
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What must be known of a session to ask whether its person may still be here."""

    id: str
    person_id: str
    connector: str
    level: str
    authenticated_at: datetime


@dataclass(frozen=True, slots=True)
class LiveSessions:
    """Sessions that nobody has ended and whose time is not over."""

    database: Database
    now: Callable[[], datetime]

    def regions(self) -> tuple[str, ...]:
        """The regions people are signed in under."""
        return tuple(self.database.session.execute(_REGIONS, {"now_": self.now()}).scalars())

    def step(self, regions: Collection[str], after: str, at_most: int) -> tuple[SignedIn, ...]:
        """The next sessions of these regions behind the identifier `after`, in the order of identifiers."""
        asked = {"now_": self.now(), "regions_": list(regions), "after_": after, "at_most_": at_most}
        return tuple(SignedIn(*row) for row in self.database.session.execute(_STEP, asked))

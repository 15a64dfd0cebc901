"""Open sessions in which some clients took part during some time: whom a stolen key concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from broker.sessions.tables import SessionClientRow, SessionRow
from broker.storage.columns import UtcInstant
from broker.storage.database import Database

_C: Any = SessionRow.__table__.c
_J: Any = SessionClientRow.__table__.c


def _at(name: str) -> Any:
    return bindparam(name, type_=UtcInstant)


_JOINED = (
    select(_J.session_id)
    .where(_J.session_id == _C.id, _J.client_id.in_(bindparam("clients_", expanding=True)), _J.joined_at <= _at("until_"))
    .exists()
)
# A session whose time is over concerns us too: offline grants outlive it (OpenID Connect Core 11).
_CONCERNED = (_C.ended_at.is_(None), _C.seen_at >= _at("since_"), _JOINED)
_SOME = select(_C.id).where(*_CONCERNED, _C.id > bindparam("after_")).order_by(_C.id).limit(bindparam("most_"))
_COUNT = select(func.count(), func.count(_C.person_id.distinct())).where(*_CONCERNED)


@dataclass(frozen=True, slots=True)
class Concern:
    """Sessions seen since an instant, in which one of these clients took part before another."""

    clients: Sequence[str]
    since: datetime
    until: datetime

    def asked(self) -> dict[str, object]:
        """As parameters of the questions."""
        return {"clients_": list(self.clients), "since_": self.since, "until_": self.until}


class ConcernedSessions:
    """Reads only; ending them is signout's."""

    def __init__(self, database: Database):
        self._database = database

    def some(self, concern: Concern, after: str, at_most: int) -> tuple[str, ...]:
        """Identifiers of a few, in order, after one."""
        asked = concern.asked() | {"after_": after, "most_": at_most}
        return tuple(self._database.session.execute(_SOME, asked).scalars())

    def count(self, concern: Concern) -> tuple[int, int]:
        """How many sessions, and of how many people."""
        found = self._database.session.execute(_COUNT, concern.asked()).one()
        return int(found[0]), int(found[1])

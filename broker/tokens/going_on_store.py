"""Which clients may go on without the session they began in (OpenID Connect Core 11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from broker.storage.columns import UtcInstant
from broker.storage.database import Database
from broker.tokens.tables import GRANT_TABLE

_C = GRANT_TABLE.c
_OFFLINE = select(_C.client_id).where(
    _C.session_id == bindparam("session_id_"),
    _C.ended_at.is_(None),
    _C.refresh_generation > 0,
    _C.ends_at > bindparam("now_", type_=UtcInstant),
)


@dataclass(frozen=True, slots=True)
class GoingOn:
    """Asks for living grants with a refresh token."""

    database: Database
    now: Callable[[], datetime]

    def clients_of(self, session_id: str) -> frozenset[str]:
        """The clients that hold a grant of this session which outlives it."""
        asked = {"session_id_": session_id, "now_": self.now()}
        return frozenset(self.database.session.execute(_OFFLINE, asked).scalars())

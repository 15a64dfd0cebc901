"""Looking at a refresh token without using it: for whoever asks whether it would still work."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from broker.storage.database import Database
from broker.tokens.authorization import Grant
from broker.tokens.refresh import read_refresh
from broker.tokens.sealed import Marks
from broker.tokens.tables import GRANT_COLUMNS, GRANT_TABLE, grant_of

_BY_ID_WITH_HASH = select(*GRANT_COLUMNS, GRANT_TABLE.c.refresh_hash).where(GRANT_TABLE.c.id == bindparam("id_"))


@dataclass(frozen=True, slots=True)
class Refreshable:
    """Reads only: a token that was used before is no news here, and ends nothing."""

    database: Database
    marks: Marks
    now: Callable[[], datetime]

    def find(self, unverified_token: str, client_id: str, idle: timedelta) -> Grant | None:
        """The grant that the client could refresh with this token now, or None.

        Raises:
            BadToken: not a refresh token of ours.
        """
        presented = read_refresh(unverified_token, self.marks)
        row = self.database.session.execute(_BY_ID_WITH_HASH, {"id_": presented.grant_id}).first()
        if row is None or not hmac.compare_digest(row[-1] or "", presented.hash):
            return None
        grant, now = grant_of(row[:-1]), self.now()
        is_current = grant.authorization.client_id == client_id and grant.is_alive(now) and now - grant.refreshed_at < idle
        return grant if is_current else None

"""Which software statements have been used: in the database, so that one is spent with the client that it made or not at all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from broker.registration.tables import SpentStatementRow
from broker.storage.database import Database


class SpentStatements:
    """Known by the digest of issuer and `jti`."""

    def __init__(self, database: Database):
        self._database = database
        insert = sqlite.insert if database.is_sqlite else postgresql.insert
        added = insert(SpentStatementRow).on_conflict_do_nothing(index_elements=["digest"])
        self._spend = added.returning(SpentStatementRow.digest)

    def spend(self, digest: str, ends_at: datetime) -> bool:
        """Use it, inside the unit of work that writes the client; False for everybody after the first until `ends_at`."""
        return self._database.session.execute(self._spend, {"digest": digest, "ends_at": ends_at}).first() is not None

    def forget(self, now: datetime) -> int:
        """Remove those that are over and would be refused by their own end; how many."""
        with self._database.work() as session:
            return session.execute(delete(SpentStatementRow).where(SpentStatementRow.ends_at <= now)).rowcount

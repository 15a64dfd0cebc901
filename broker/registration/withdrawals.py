"""The end of a registration: asked for by its owner, or because the time of a sandbox is over."""

from __future__ import annotations

from broker.audit.catalogue_services import ClientWithdrawn
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.clients.store import ClientStore
from broker.foundation.outside import Outside
from broker.registration.records_store import Record, RecordStore
from broker.storage.database import Database


class Withdrawals:
    """Removes clients with their records; without its client no code, grant or token is of any use."""

    def __init__(self, database: Database, clients: ClientStore, journal: Journal, outside: Outside):
        self._database = database
        self._clients = clients
        self._journal = journal
        self._outside = outside
        self._records = RecordStore(database)

    def remove(self, record: Record, why: str, actor: Actor) -> bool:
        """Remove a client; False if its record is another one by now, or gone."""
        with self._database.work():
            if not self._records.remove(record.client_id, record.token_hash):
                return False
            self._clients.remove(record.client_id)
            self._journal.append(ClientWithdrawn(record.client_id, why), actor)
        return True

    def tidy(self, at_most: int = 1000) -> int:
        """Remove sandboxes whose time is over, one batch; how many."""
        ended = self._records.ended(self._outside.now(), at_most)
        return sum(self.remove(record, "over", SYSTEM) for record in ended)

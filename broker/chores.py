"""What removes old rows, by the names that staff read: part of the composition root."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from broker.audit.journal import Journal
from broker.cases.cases import Cases
from broker.clients.store import ClientStore
from broker.consent.asked_store import Askings
from broker.console.upkeep_actions import Chore
from broker.custody.key_office import KeyOffice
from broker.deliveries.queue import Queue
from broker.first_keys import decryption_keys_of
from broker.foundation.outside import Outside
from broker.limits.limits import Limits
from broker.messages.outbox import Outbox
from broker.registration.spent_store import SpentStatements
from broker.registration.withdrawals import Withdrawals
from broker.sessions.old_store import OldSessions
from broker.storage.database import Database
from broker.tokens.store import Grants
from config.settings import Settings
from keys.vault import Vault

# A grant is of no use when its life is over; for a while somebody may still ask what became of it.
_GRANTS_KEPT_FOR = timedelta(days=30)


class Keeping(Protocol):
    """The part of the open house where something grows old."""

    @property
    def settings(self) -> Settings: ...
    @property
    def outside(self) -> Outside: ...
    @property
    def database(self) -> Database: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def clients(self) -> ClientStore: ...
    @property
    def askings(self) -> Askings: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def deliveries(self) -> Queue: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def key_office(self) -> KeyOffice: ...


def chores_of(house: Keeping) -> Mapping[str, Chore]:
    """Each removes up to a thousand rows in a unit of work of its own and says how many."""
    return {
        "tries": house.limits.tidy,
        "decryption keys": decryption_keys_of(house).keep,
        "letters": house.outbox.tidy,
        "deliveries": house.deliveries.tidy,
        "requests": house.askings.tidy,
        "cases": house.cases.tidy,
        "statements": lambda: SpentStatements(house.database).forget(house.outside.now()),
        "sandboxes": Withdrawals(house.database, house.clients, house.journal, house.outside).tidy,
        "grants": lambda: house.grants.forget(house.outside.now() - _GRANTS_KEPT_FOR),
        "sessions": OldSessions(house.database, house.outside.now, house.settings.tokens.grant_life).tidy,
        "evidence about keys": house.key_office.book.tidy,
    }

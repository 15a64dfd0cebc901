"""A house of keys for the tests: a vault, a journal and the office over one database, as one process has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from broker.audit.entry import Entry
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.custody.key_office import KeyOffice, KeyTools, open_key_office
from broker.custody.settings import CustodySettings
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.settings import KeySettings
from keys.signing.key import Family, KeyInfo, KeyState, KeyUse
from keys.vault import Vault, open_vault
from tests.rooms.keys.vaults import MASTER

# The least waits that follow from these: announced 14 s, verifying 34 s.
SHORT = KeySettings(
    master_key=MASTER,
    reload_every=timedelta(seconds=1),
    jwks_max_age=timedelta(seconds=10),
    longest_token_life=timedelta(seconds=30),
    clock_skew=timedelta(seconds=2),
    sign_for=timedelta(seconds=100),
    announced_for=timedelta(seconds=20),
    verifying_margin=timedelta(seconds=0),
    destroy_after=timedelta(seconds=50),
)


def service(client_id: str, **said: object) -> Client:
    """A diary service."""
    plain: dict[str, object] = {"client_name": client_id, "client_name_en": client_id, "organisation": "o", "redirect_uris": ()}
    return Client(client_id=client_id, **(plain | said))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class KeyHouse:
    """One process."""

    database: Database
    vault: Vault
    journal: Journal
    office: KeyOffice

    def of(self, family: Family, use: KeyUse = KeyUse.TOKENS) -> dict[KeyState, list[KeyInfo]]:
        """The keys of a family by their states."""
        found: dict[KeyState, list[KeyInfo]] = {state: [] for state in KeyState}
        for key in self.vault.keeper.all():
            if (key.family, key.use) == (family, use):
                found[key.state].append(key)
        return found

    def told(self, name: str = "key.") -> list[Entry]:
        """What the journal says of keys, oldest first."""
        return [entry for entry in self.journal.tail(500) if entry.name.startswith(name)]


def key_house(
    database: Database,
    outside: Outside,
    clients: Mapping[str, Client] | None = None,
    keys: KeySettings = SHORT,
    custody: CustodySettings | None = None,
) -> KeyHouse:
    """A process over a database; the keys are made if they are missing."""
    vault = open_vault(keys, database, outside)
    vault.ensure()
    journal = Journal(database, vault.fingerprints, outside)
    tools = KeyTools(database, vault, journal, outside, (clients or {}).get)
    return KeyHouse(database, vault, journal, open_key_office(tools, custody or CustodySettings()))

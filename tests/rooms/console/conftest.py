"""The rooms the console works with, the real ones, on a SQLite file if nothing else is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.clients.store import ClientStore
from broker.console.client_actions import ClientDesk
from broker.console.people_actions import PeopleDesk
from broker.directory.access_import import AccessImport
from broker.directory.contacts import Contacts
from broker.directory.credentials import Credentials
from broker.directory.directory import Directory
from broker.directory.invitations import Invitations
from broker.directory.password_hash import PasswordHash
from broker.foundation.outside import Outside
from broker.linking.links import Links
from broker.policy.policies import Policies
from broker.storage.database import Database
from keys.settings import KeySettings
from keys.vault import Vault, open_vault
from tests.support.passwords import CHEAP
from tests.support.policies import shipped_policies

STAFF = Actor("cli", "somebody")


@dataclass(frozen=True)
class Office:
    """What `broker.console.cli.command.Rooms` promises, and the desks on top of it."""

    database: Database
    vault: Vault
    journal: Journal
    clients: ClientStore
    directory: Directory
    credentials: Credentials
    invitations: Invitations
    contacts: Contacts
    links: Links
    policies: Policies
    outside: Outside

    @property
    def client_desk(self) -> ClientDesk:
        return ClientDesk(self.database, self.clients, self.journal, self.outside, timedelta(days=7))

    @property
    def people_desk(self) -> PeopleDesk:
        access = AccessImport(self.credentials, self.invitations, self.contacts)
        return PeopleDesk(self.database, self.directory, self.links, self.policies, self.journal, access)

    def events(self) -> list[tuple[str, dict[str, object]]]:
        return [(entry.name, dict(entry.fields)) for entry in self.journal.tail(100)]


@pytest.fixture
def office(sqlite_database: Database, outside: Outside, tmp_path: Path) -> Office:
    return office_at(sqlite_database, outside, tmp_path)


def office_at(database: Database, outside: Outside, folder: Path) -> Office:
    """The rooms on any database; the master key lies in the folder."""
    settings = KeySettings(master_key_file=str(folder / "master.key"), make_master_key=True)
    vault = open_vault(settings, database, outside)
    vault.ensure()
    journal = Journal(database, vault.fingerprints, outside)
    prints = vault.fingerprints
    directory = Directory(database, vault.sealer, prints, outside.now)
    return Office(
        database=database,
        vault=vault,
        journal=journal,
        clients=ClientStore(database, outside.now, timedelta(seconds=5)),
        directory=directory,
        credentials=Credentials(database, directory, journal, outside, PasswordHash(outside.random, CHEAP)),
        invitations=Invitations(database, prints, directory, journal, outside),
        contacts=Contacts(database, vault.sealer, prints, journal, outside),
        links=Links(database, vault.sealer, vault.fingerprints, journal, outside),
        policies=shipped_policies(),
        outside=outside,
    )

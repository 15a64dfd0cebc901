"""A directory over each kind of database, with its journal."""

from __future__ import annotations

import pytest

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.directory.contacts import Contacts
from broker.directory.credentials import Credentials
from broker.directory.directory import Directory
from broker.directory.invitations import Invitations
from broker.directory.password_hash import PasswordHash
from broker.directory.person import Person
from broker.directory.recovery import Recovery
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.memory_shelf import MemoryShelf
from keys.vault import Vault
from tests.rooms.directory.samples import document, person
from tests.rooms.directory.school_house import SchoolHouse, school_house
from tests.support.passwords import CHEAP
from tests.support.sealing import sealing_vault


@pytest.fixture
def vault(database: Database, outside: Outside) -> Vault:
    return sealing_vault(database, outside)


@pytest.fixture
def journal(database: Database, vault: Vault, outside: Outside) -> Journal:
    return Journal(database, vault.fingerprints, outside)


@pytest.fixture
def directory(database: Database, vault: Vault, outside: Outside) -> Directory:
    return Directory(database, vault.sealer, vault.fingerprints, outside.now)


@pytest.fixture
def teacher(directory: Directory, journal: Journal) -> Person:
    """The only person of the directory: `p-1` with the login `login.p-1`."""
    directory.import_document(document(person()), journal, SYSTEM)
    found = directory.find_person("p-1")
    assert found is not None
    return found


@pytest.fixture
def hashes(outside: Outside) -> PasswordHash:
    return PasswordHash(outside.random, CHEAP)


@pytest.fixture
def credentials(
    database: Database, directory: Directory, journal: Journal, outside: Outside, hashes: PasswordHash
) -> Credentials:
    return Credentials(database, directory, journal, outside, hashes)


@pytest.fixture
def invitations(database: Database, vault: Vault, directory: Directory, journal: Journal, outside: Outside) -> Invitations:
    return Invitations(database, vault.fingerprints, directory, journal, outside)


@pytest.fixture
def contacts(database: Database, vault: Vault, journal: Journal, outside: Outside) -> Contacts:
    return Contacts(database, vault.sealer, vault.fingerprints, journal, outside)


@pytest.fixture
def recovery(vault: Vault, directory: Directory, contacts: Contacts, outside: Outside) -> Recovery:
    shelf = MemoryShelf(outside.now)
    return Recovery(shelf, vault.sealer, vault.fingerprints, (directory, contacts), outside)


@pytest.fixture
def school_home(database: Database, vault: Vault, journal: Journal, outside: Outside) -> SchoolHouse:
    """Two schools of one region and one of another, without people."""
    return school_house(database, vault, journal, outside)

"""A directory over each kind of database, with its journal."""

from __future__ import annotations

import pytest

from broker.audit.journal import Journal
from broker.directory.directory import Directory
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.vault import Vault
from tests.support.sealing import sealing_vault


@pytest.fixture
def vault(database: Database, outside: Outside) -> Vault:
    return sealing_vault(database, outside)


@pytest.fixture
def journal(database: Database, vault: Vault, outside: Outside) -> Journal:
    return Journal(database, vault.fingerprints, outside.now)


@pytest.fixture
def directory(database: Database, vault: Vault, outside: Outside) -> Directory:
    return Directory(database, vault.sealer, vault.fingerprints, outside.now)

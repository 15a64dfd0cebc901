"""A journal over each kind of database."""

from __future__ import annotations

import pytest

from broker.audit.journal import Journal
from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.rooms.keys.vaults import ready_vault


@pytest.fixture
def journal(database: Database, outside: Outside) -> Journal:
    return Journal(database, ready_vault(database, outside).fingerprints, outside.now)


@pytest.fixture
def sqlite_journal(sqlite_database: Database, outside: Outside) -> Journal:
    return Journal(sqlite_database, ready_vault(sqlite_database, outside).fingerprints, outside.now)

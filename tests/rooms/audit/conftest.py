"""A journal over each kind of database."""

from __future__ import annotations

import pytest

from broker.audit.journal import Journal
from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.support.sealing import sealing_vault


@pytest.fixture
def journal(database: Database, outside: Outside) -> Journal:
    return Journal(database, sealing_vault(database, outside).fingerprints, outside)


@pytest.fixture
def sqlite_journal(sqlite_database: Database, outside: Outside) -> Journal:
    return Journal(sqlite_database, sealing_vault(sqlite_database, outside).fingerprints, outside)

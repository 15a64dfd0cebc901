"""A journal over each kind of database, and the office over it with a key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from broker.audit.catalogue import LoginStarted
from broker.audit.checkpoint import PublicKeys
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.audit.office import AuditOffice, AuditTools, open_audit_office
from broker.audit.settings import AuditSettings
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.vault import Vault
from tests.rooms.keys.vaults import ready_vault
from tests.support.clock import Clock, outside_at
from tests.support.databases import database_at
from tests.support.sealing import sealing_vault

Lines = list[bytes]
ISSUER = "https://login.example.org"


@pytest.fixture
def journal(database: Database, outside: Outside) -> Journal:
    return Journal(database, sealing_vault(database, outside).fingerprints, outside)


@pytest.fixture
def sqlite_journal(sqlite_database: Database, outside: Outside) -> Journal:
    return Journal(sqlite_database, sealing_vault(sqlite_database, outside).fingerprints, outside)


@dataclass(frozen=True, slots=True)
class Records:
    """An office over a database of its own, and hands to fill its journal."""

    database: Database
    vault: Vault
    clock: Clock
    office: AuditOffice

    def write(self, count: int = 1, pause: timedelta = timedelta(minutes=1)) -> None:
        """So many events, each in a unit of work of its own, with time passing before each."""
        for number in range(count):
            self.clock.advance(pause)
            with self.database.work():
                self.office.journal.append(LoginStarted(f"client-{number}", "29"), SYSTEM)

    def exported(self) -> list[bytes]:
        """The lines of an export of everything."""
        return list(self.office.exports.lines(self.office.exports.span()))

    def trusted(self) -> PublicKeys:
        """What somebody outside keeps of us: the present public key of the journal, and nothing else."""
        return PublicKeys(key for key in self.office.checkpoints.all_keys() if key.state == "signing")


def records_over(database: Database, outside: Outside, clock: Clock) -> Records:
    """A journal with its own signing key over a database."""
    vault = ready_vault(database, outside)
    journal = Journal(database, vault.fingerprints, outside)
    office = open_audit_office(AuditSettings(), AuditTools(database, journal, vault.audit_ring, outside, ISSUER))
    return Records(database, vault, clock, office)


@pytest.fixture
def records(database: Database, outside: Outside, clock: Clock) -> Records:
    return records_over(database, outside, clock)


@pytest.fixture
def sqlite_records(sqlite_database: Database, outside: Outside, clock: Clock) -> Records:
    return records_over(sqlite_database, outside, clock)


def filled(records: Records) -> Lines:
    """Header and key are the lines 1 and 2; the entries 1 to 3 are the lines 3 to 5, a checkpoint is line 6, its event line 7.

    And so on: the second checkpoint is line 11; the manifest is the last, line 14."""
    for _ in range(2):
        records.write(3)
        records.office.checkpoints.make(SYSTEM)
    records.write(1)
    return records.exported()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lines, PublicKeys]:
    """One file for all tests that only change it, and the key to trust."""
    clock = Clock()
    with database_at(f"sqlite:///{tmp_path_factory.mktemp('export')}/e.sqlite") as database:
        records = records_over(database, outside_at(clock), clock)
        return filled(records), records.trusted()


@pytest.fixture
def file(kept: tuple[Lines, PublicKeys]) -> Lines:
    return list(kept[0])


@pytest.fixture
def trusted(kept: tuple[Lines, PublicKeys]) -> PublicKeys:
    return kept[1]

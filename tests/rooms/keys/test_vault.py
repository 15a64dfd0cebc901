"""The start: missing keys are made once, a wrong master key is noticed, an absent database is said."""

from __future__ import annotations

import multiprocessing
import threading

import pytest

from broker.foundation.encoding import b64url
from broker.foundation.outside import Outside, real_outside
from broker.storage.database import Database
from keys.secrets.secret_keys import VaultLocked
from keys.settings import KeySettings
from keys.signing.key import Family, KeyState
from keys.store import KeysUnavailable
from keys.vault import Vault, open_vault
from tests.rooms.keys.vaults import ready_vault, signer, vault_over
from tests.support.clock import nothing_answers
from tests.support.databases import open_database

CLAIMS = {"iss": "https://id.example", "sub": "1", "name": "Ёлкина"}


@pytest.fixture
def vault(sqlite_database: Database, outside: Outside) -> Vault:
    return ready_vault(sqlite_database, outside)


class TestEnsure:
    def test_it_makes_what_is_missing_and_nothing_more(self, database: Database, outside: Outside) -> None:
        vault = vault_over(database, outside)

        made = vault.ensure()

        assert [*Family, Family.ED25519] == [key.family for key in made]
        assert {KeyState.SIGNING} == {key.state for key in made}
        assert () == vault.ensure() == vault_over(database, outside).ensure()
        assert set(made) == {*vault.ring.status(), *vault.audit_ring.status()}

    def test_it_fills_a_gap(self, vault: Vault, sqlite_database: Database) -> None:
        with sqlite_database.work() as connection:
            connection.exec_driver_sql("DELETE FROM signing_key WHERE family = 'p256'")
            connection.exec_driver_sql("DELETE FROM secret_key WHERE purpose = 'pairwise'")

        assert [Family.P256] == [key.family for key in vault.ensure()]
        assert 43 == len(vault.subjects.of("a.example", "1"))

    def test_a_wrong_master_key_stops_the_start(self, vault: Vault, sqlite_database: Database, outside: Outside) -> None:
        other = open_vault(KeySettings(master_key=b64url(bytes(32))), sqlite_database, outside)

        with pytest.raises(VaultLocked):
            other.ensure()
        assert other.ring.can_sign() is False

    def test_keys_at_rest_are_not_readable(self, vault: Vault, sqlite_database: Database) -> None:
        rows = sqlite_database.session.exec_driver_sql("SELECT private_sealed FROM signing_key").scalars().all()

        # Every PKCS #8 RSA, EC or Ed25519 key names its algorithm; none may be seen.
        names = (b"\x06\x09\x2a\x86\x48", b"\x06\x07\x2a\x86\x48", b"\x06\x03\x2b\x65\x70")
        assert len(Family) + 1 == len(rows)
        assert not any(name in row for row in rows for name in names)

    def test_sealed_rows_cannot_be_swapped(self, vault: Vault, sqlite_database: Database, outside: Outside) -> None:
        announced = vault.keeper.announce("ES256")
        with sqlite_database.work() as connection:
            connection.exec_driver_sql(
                "UPDATE signing_key SET private_sealed = (SELECT private_sealed FROM signing_key WHERE kid = ?) WHERE kid = ?",
                (announced.kid, signer(vault).kid),
            )

        with pytest.raises(VaultLocked):
            vault_over(sqlite_database, outside).ring.sign(CLAIMS, "ES256")

    def test_processes_that_start_at_once_make_one_set(self, database_url: str, database: Database) -> None:
        context = multiprocessing.get_context("spawn")
        start, answers = context.Barrier(3), context.SimpleQueue()
        workers = [context.Process(target=start_at_once, args=(database_url, start, answers)) for _ in range(3)]

        for worker in workers:
            worker.start()
        found = [answers.get() for _ in workers]
        for worker in workers:
            worker.join(60)

        kids, fingerprints, made = zip(*found, strict=True)
        assert 1 == len(set(kids)) == len(set(fingerprints))
        assert [0, 0, len(Family) + 1] == sorted(made)
        assert len(Family) == len(kids[0])


def start_at_once(url: str, start: threading.Barrier, answers: multiprocessing.SimpleQueue) -> None:
    """One of the processes that meet an empty database together."""
    app, database = open_database(url)
    with app.app_context():
        vault = vault_over(database, real_outside(nothing_answers))
        start.wait(120)
        made = vault.ensure()
        answers.put((tuple(key.kid for key in vault.ring.status()), vault.fingerprints.of("sid", "b"), len(made)))
    database.close()


def test_an_absent_database_is_said_plainly(outside: Outside, sqlite_url: str) -> None:
    app, database = open_database(sqlite_url)
    with app.app_context():
        vault = vault_over(database, outside)
        assert vault.ring.can_sign() is False
        with pytest.raises(KeysUnavailable):
            vault.ring.sign(CLAIMS, "ES256")
        with pytest.raises(KeysUnavailable):
            vault.fingerprints.of("sid", "b")
    database.close()

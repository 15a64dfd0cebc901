"""The master key follows another without a moment in which a node meets a row that it cannot open."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import LargeBinary, select

from broker.foundation.encoding import b64url
from broker.foundation.outside import Outside
from broker.storage.columns import Base
from broker.storage.database import Database
from keys.master_store import LOCKED
from keys.secrets.purposes import Purpose
from keys.secrets.secret_keys import VaultLocked
from keys.settings import KeySettings
from keys.vault import Vault, open_vault
from tests.rooms.keys.vaults import MASTER, ready_vault

NEW, OTHER = b64url(bytes(range(32, 64))), b64url(bytes(range(64, 96)))
CLAIMS = {"iss": "https://id.example", "sub": "1"}


def vault_with(database: Database, outside: Outside, master: str, previous: str = "") -> Vault:
    return open_vault(KeySettings(master_key=master, master_key_previous=previous), database, outside)


def rows(database: Database) -> list[Any]:
    return [getattr(row, kind.sealed) for kind in LOCKED for row in database.session.execute(select(kind.table))]


def usable(vault: Vault, record: bytes) -> bool:
    vault.ensure()
    vault.ring.verify(vault.ring.sign(CLAIMS, "RS256"))
    return b"record" == vault.sealer.unseal(record, "person:1") and len(vault.opener.published()) > 0


class TestTheChange:
    def test_before_during_and_after(self, database: Database, outside: Outside) -> None:
        old = ready_vault(database, outside)
        old.opener.renew()
        record, mark = old.sealer.seal(b"record", "person:1"), old.fingerprints.of("person.login", "a")
        both = vault_with(database, outside, NEW, MASTER)
        assert usable(both, record)
        # Rows made while some nodes know the old key only stay under it.
        both.secrets.announce(Purpose.PERSONAL)
        both.keeper.announce("ES256")
        assert usable(vault_with(database, outside, MASTER), record)

        assert len(rows(database)) == both.relock()

        assert 0 == both.relock()
        both.secrets.announce(Purpose.TOKENS)
        new = vault_with(database, outside, NEW)
        assert usable(new, record)
        assert mark == new.fingerprints.of("person.login", "a")
        # A node of the rolling restart that has both goes on, and the old key alone opens nothing any more.
        assert usable(vault_with(database, outside, NEW, MASTER), record)
        with pytest.raises(VaultLocked):
            vault_with(database, outside, MASTER).ensure()

    def test_another_node_that_has_both_follows_the_database(self, sqlite_database: Database, outside: Outside) -> None:
        ready_vault(sqlite_database, outside)
        one, other = (vault_with(sqlite_database, outside, NEW, MASTER) for _ in range(2))
        other.ensure()

        one.relock()
        # Its last look was before; the lock of the keys makes it look again.
        other.secrets.announce(Purpose.COOKIES)

        vault_with(sqlite_database, outside, NEW).ensure()

    def test_a_row_that_opens_with_neither_key_stops_all(self, sqlite_database: Database, outside: Outside) -> None:
        ready_vault(sqlite_database, outside)
        with sqlite_database.work() as connection:
            connection.exec_driver_sql("UPDATE signing_key SET private_sealed = x'0102' WHERE family = 'p256'")
        before = rows(sqlite_database)

        with pytest.raises(VaultLocked):
            vault_with(sqlite_database, outside, NEW, MASTER).relock()

        assert before == rows(sqlite_database)

    def test_two_wrong_keys_open_nothing(self, sqlite_database: Database, outside: Outside) -> None:
        ready_vault(sqlite_database, outside)

        with pytest.raises(VaultLocked):
            vault_with(sqlite_database, outside, NEW, OTHER).ensure()
        with pytest.raises(VaultLocked):
            vault_with(sqlite_database, outside, NEW, OTHER).secrets.announce(Purpose.TOKENS)

    @pytest.mark.parametrize(("present", "previous", "expected"), [(NEW, MASTER, True), (NEW, "", False), (MASTER, NEW, False)])
    def test_the_database_moves_to_the_present_of_two_keys(
        self, sqlite_database: Database, outside: Outside, present: str, previous: str, expected: bool
    ) -> None:
        assert expected is vault_with(sqlite_database, outside, present, previous).is_master_key(bytes(range(32, 64)))


def test_every_locked_row_is_in_the_table() -> None:
    sealed = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if table.name in {kind.table.name for kind in LOCKED} and isinstance(column.type, LargeBinary)
    }

    assert sealed == {(kind.table.name, kind.sealed) for kind in LOCKED}


@pytest.mark.parametrize(
    "given",
    [
        {"master_key_previous": MASTER, "master_key_previous_file": "a"},
        {"master_key_previous_credential": "b", "master_key_previous_file": "a"},
    ],
)
def test_one_previous_key_is_named_once(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"keys[.]master_key_previous_file"):
        KeySettings(master_key=NEW, **given)


def test_the_previous_key_is_another(sqlite_database: Database, outside: Outside) -> None:
    with pytest.raises(ValueError, match="the present master key"):
        vault_with(sqlite_database, outside, MASTER, MASTER)

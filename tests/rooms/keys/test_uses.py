"""Keys of the journal beside those of tokens; keys whose life has ended; rows of older and newer releases."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from broker.foundation.jose import BadToken
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.signing.key import KeyState, KeyUse
from keys.signing.lifecycle import MoveRefused
from keys.signing.ring import KeyRing, NoSigner
from keys.vault import Vault
from tests.rooms.keys.vaults import kid_of, ready_vault, signer
from tests.support.clock import Clock

CLAIMS = {"seq": 7}
LONG = timedelta(days=30)


@pytest.fixture
def vault(sqlite_database: Database, outside: Outside) -> Vault:
    return ready_vault(sqlite_database, outside)


def kids(ring: KeyRing) -> set[str]:
    return {jwk["kid"] for jwk in ring.published()["keys"]}


def row(database: Database, kid: str) -> tuple[str, str, str]:
    said = database.session.exec_driver_sql(f"SELECT state, life, use FROM signing_key WHERE kid = '{kid}'").one()
    return said.state, said.life, said.use


def rewritten(database: Database, kid: str, **columns: str) -> None:
    said = ", ".join(f"{name} = '{value}'" for name, value in columns.items())
    with database.work() as connection:
        connection.exec_driver_sql(f"UPDATE signing_key SET {said} WHERE kid = '{kid}'")


def ended(vault: Vault, use: KeyUse, clock: Clock) -> str:
    """A key that went its whole way; its ring has another signer."""
    keeper = vault.keeper
    old = next(
        key for key in keeper.all() if (key.use, key.state) == (use, KeyState.SIGNING) and "EdDSA" in key.algorithms
    )
    new = keeper.announce("EdDSA", use)
    clock.advance(LONG)
    keeper.promote(new.kid)
    clock.advance(LONG)
    keeper.retire(old.kid)
    clock.advance(LONG)
    keeper.destroy(old.kid)
    return old.kid


class TestAuditRing:
    def test_it_signs_with_a_key_that_tokens_never_have(self, vault: Vault) -> None:
        signed = vault.audit_ring.sign(CLAIMS, "EdDSA", "audit-checkpoint+jwt")

        assert CLAIMS == vault.audit_ring.verify(signed)
        assert {kid_of(signed)} == kids(vault.audit_ring)
        assert kid_of(signed) not in kids(vault.ring)
        with pytest.raises(BadToken):
            vault.ring.verify(signed)
        with pytest.raises(BadToken):
            vault.audit_ring.verify(vault.ring.sign(CLAIMS, "EdDSA"))
        with pytest.raises(NoSigner):
            vault.audit_ring.sign(CLAIMS, "ES256")
        assert vault.audit_ring.can_sign()

    def test_what_it_signed_is_believed_for_ever_unless_the_key_was_stolen(self, vault: Vault, clock: Clock) -> None:
        signed = vault.audit_ring.sign(CLAIMS, "EdDSA")

        assert kid_of(signed) == ended(vault, KeyUse.AUDIT, clock)

        assert kid_of(signed) in kids(vault.audit_ring)
        assert CLAIMS == vault.audit_ring.verify(signed)
        vault.keeper.revoke(kid_of(signed))
        assert kid_of(signed) not in kids(vault.audit_ring)
        with pytest.raises(BadToken):
            vault.audit_ring.verify(signed)
        told = {info.kid: (info.state, jwk["kid"]) for info, jwk in vault.audit_ring.history()}
        assert (KeyState.REVOKED, kid_of(signed)) == told[kid_of(signed)]

    def test_a_key_cannot_be_put_to_the_other_use(self, vault: Vault, sqlite_database: Database) -> None:
        of_journal = vault.audit_ring.status()[0].kid

        rewritten(sqlite_database, of_journal, use="tokens", life="verifying")

        vault.ring.forget()
        assert of_journal not in kids(vault.ring)


class TestTheEnd:
    def test_a_destroyed_key_has_no_private_half(self, vault: Vault, sqlite_database: Database, clock: Clock) -> None:
        before = {
            found.kid: bytes(found.private_sealed)
            for found in sqlite_database.session.exec_driver_sql("SELECT kid, private_sealed FROM signing_key")
        }

        kid = ended(vault, KeyUse.TOKENS, clock)

        left = sqlite_database.session.exec_driver_sql(f"SELECT private_sealed FROM signing_key WHERE kid = '{kid}'").scalar_one()
        assert bytes(left) != before[kid]
        assert len(b"destroyed") + 29 == len(left)

    def test_a_retired_key_is_not_destroyed_at_once(self, vault: Vault) -> None:
        given_up = vault.keeper.announce("ES256")
        vault.keeper.retire(given_up.kid)

        with pytest.raises(MoveRefused) as early:
            vault.keeper.destroy(given_up.kid)
        assert early.value.ready_at is not None

    @pytest.mark.parametrize("state", ["announced", "verifying", "signing"])
    def test_what_was_revoked_cannot_be_written_back(self, vault: Vault, sqlite_database: Database, state: str) -> None:
        forged = vault.ring.sign(CLAIMS, "ES256")
        vault.keeper.announce("ES256")
        successor = vault.keeper.revoke(kid_of(forged))[1]
        rewritten(sqlite_database, successor.kid, life="announced", state="announced")

        rewritten(sqlite_database, kid_of(forged), life=state, state=state)

        vault.ring.forget()
        with pytest.raises(BadToken):
            vault.ring.verify(forged)
        assert kid_of(forged) not in kids(vault.ring)

    def test_a_revoked_key_of_the_journal_cannot_be_called_destroyed(self, vault: Vault, sqlite_database: Database) -> None:
        forged = vault.audit_ring.sign(CLAIMS, "EdDSA")
        vault.keeper.revoke(kid_of(forged))

        rewritten(sqlite_database, kid_of(forged), life="destroyed")

        vault.audit_ring.forget()
        with pytest.raises(BadToken):
            vault.audit_ring.verify(forged)


class TestOtherReleases:
    def test_what_a_worker_of_the_release_before_sees(self, vault: Vault, sqlite_database: Database, clock: Clock) -> None:
        assert ("retired", "signing", "audit") == row(sqlite_database, vault.audit_ring.status()[0].kid)
        assert ("signing", "signing", "tokens") == row(sqlite_database, signer(vault).kid)
        assert ("retired", "destroyed", "tokens") == row(sqlite_database, ended(vault, KeyUse.TOKENS, clock))
        assert ("retired", "revoked", "tokens") == row(sqlite_database, vault.keeper.revoke(signer(vault).kid)[0].kid)

    def test_a_key_that_such_a_worker_made_goes_on(self, vault: Vault, sqlite_database: Database, clock: Clock) -> None:
        old = signer(vault)
        rewritten(sqlite_database, old.kid, life="")

        vault.ring.forget()

        assert old == signer(vault)
        new = vault.keeper.announce("ES256")
        clock.advance(LONG)
        assert KeyState.VERIFYING is vault.keeper.promote(new.kid)[1].state

    @pytest.mark.parametrize("columns", [{"life": "escrowed"}, {"family": "ml-dsa"}, {"use": "letters"}], ids=str)
    def test_words_of_a_newer_release_are_left_alone_and_told_once(
        self, vault: Vault, sqlite_database: Database, columns: dict[str, str], caplog: pytest.LogCaptureFixture
    ) -> None:
        unknown = vault.keeper.announce("RS256")

        rewritten(sqlite_database, unknown.kid, **columns)

        for _ in range(3):
            assert unknown.kid not in {key.kid for key in vault.ring.status()}
        assert unknown.kid not in json.dumps(vault.ring.published())
        assert ["keys of a kind that this release does not know are left alone"] == [found.message for found in caplog.records]


def test_a_clock_that_was_set_back_does_not_keep_an_old_reading(
    vault: Vault, sqlite_database: Database, outside: Outside, clock: Clock
) -> None:
    other = ready_vault(sqlite_database, outside)
    stolen = other.ring.sign(CLAIMS, "ES256")
    vault.keeper.revoke(kid_of(stolen))

    clock.advance(-LONG)

    with pytest.raises(BadToken):
        other.ring.verify(stolen)

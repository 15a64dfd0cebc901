"""Moves of keys: when they are allowed, what they change, and how other processes follow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from broker.foundation.jose import BadToken
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.signing.key import Family, KeyState
from keys.signing.lifecycle import MoveRefused
from keys.signing.ring import NoSigner
from keys.signing.rotation import UnknownKey
from keys.vault import Vault
from tests.rooms.keys.vaults import kid_of, ready_vault, signer, vault_over
from tests.support.clock import Clock

CLAIMS = {"iss": "https://id.example", "sub": "1", "name": "Ёлкина"}
ANNOUNCED_FOR = timedelta(minutes=11)
VERIFYING_FOR = timedelta(hours=1, minutes=1)


@pytest.fixture
def vault(sqlite_database: Database, outside: Outside) -> Vault:
    return ready_vault(sqlite_database, outside)


class TestMoves:
    def test_an_announced_key_is_published_and_does_not_sign(self, vault: Vault) -> None:
        announced = vault.keeper.announce("ES256")

        assert KeyState.ANNOUNCED is announced.state
        assert announced.kid in {jwk["kid"] for jwk in vault.ring.published()["keys"]}
        assert announced.kid != kid_of(vault.ring.sign(CLAIMS, "ES256"))

    def test_the_whole_life_of_a_key(self, vault: Vault, clock: Clock) -> None:
        old = signer(vault)
        signed_by_old = vault.ring.sign(CLAIMS, "ES256")
        new = vault.keeper.announce("ES256")
        with pytest.raises(MoveRefused) as early:
            vault.keeper.promote(new.kid)
        assert clock.at + ANNOUNCED_FOR == early.value.ready_at

        clock.advance(ANNOUNCED_FOR)
        moved = vault.keeper.promote(new.kid)

        assert [(new.kid, KeyState.SIGNING), (old.kid, KeyState.VERIFYING)] == [(key.kid, key.state) for key in moved]
        assert {clock.at} == {key.moved_at for key in moved}
        assert new.kid == kid_of(vault.ring.sign(CLAIMS, "ES256"))
        assert CLAIMS == vault.ring.verify(signed_by_old)
        assert {old.kid, new.kid} < {jwk["kid"] for jwk in vault.ring.published()["keys"]}

        with pytest.raises(MoveRefused):
            vault.keeper.retire(old.kid)
        clock.advance(VERIFYING_FOR)
        assert KeyState.RETIRED is vault.keeper.retire(old.kid).state
        assert old.kid not in {jwk["kid"] for jwk in vault.ring.published()["keys"]}
        with pytest.raises(BadToken):
            vault.ring.verify(signed_by_old)

    def test_status_tells_every_key(self, vault: Vault) -> None:
        announced = vault.keeper.announce("PS256")

        assert [*[KeyState.SIGNING] * len(Family), KeyState.ANNOUNCED] == sorted(
            (key.state for key in vault.ring.status()), key=[KeyState.SIGNING, KeyState.ANNOUNCED].index
        )
        assert announced in vault.ring.status()
        assert Family.RSA is announced.family

    def test_a_signer_is_not_retired(self, vault: Vault) -> None:
        with pytest.raises(MoveRefused):
            vault.keeper.retire(signer(vault).kid)
        assert vault.ring.can_sign()

    def test_an_announced_key_can_be_given_up(self, vault: Vault) -> None:
        announced = vault.keeper.announce("ES256")

        vault.keeper.retire(announced.kid)

        assert announced.kid not in {jwk["kid"] for jwk in vault.ring.published()["keys"]}
        with pytest.raises(MoveRefused):
            vault.keeper.promote(announced.kid)

    def test_a_stolen_signer_is_replaced_by_the_announced_key(self, vault: Vault) -> None:
        stolen, waiting = signer(vault), vault.keeper.announce("ES256")
        forged = vault.ring.sign(CLAIMS, "ES256")

        moved = vault.keeper.revoke(stolen.kid)

        assert [(stolen.kid, KeyState.REVOKED), (waiting.kid, KeyState.SIGNING)] == [(key.kid, key.state) for key in moved]
        with pytest.raises(BadToken):
            vault.ring.verify(forged)
        assert waiting.kid == kid_of(vault.ring.sign(CLAIMS, "ES256"))

    def test_a_stolen_signer_without_a_waiting_key_is_replaced_by_a_new_one(self, vault: Vault) -> None:
        vault.keeper.announce("ES256")
        stolen = signer(vault, "RS256")

        revoked, fresh = vault.keeper.revoke(stolen.kid)

        assert (KeyState.REVOKED, KeyState.SIGNING) == (revoked.state, fresh.state)
        assert (Family.RSA, fresh.kid) == (fresh.family, kid_of(vault.ring.sign(CLAIMS, "RS256")))

    def test_a_verifying_key_can_be_revoked_at_once(self, vault: Vault, clock: Clock) -> None:
        old, new = signer(vault), vault.keeper.announce("ES256")
        clock.advance(ANNOUNCED_FOR)
        vault.keeper.promote(new.kid)

        assert [(old.kid, KeyState.REVOKED)] == [(key.kid, key.state) for key in vault.keeper.revoke(old.kid)]
        with pytest.raises(MoveRefused):
            vault.keeper.revoke(old.kid)

    def test_unknown_keys_and_algorithms(self, vault: Vault) -> None:
        for move in (vault.keeper.promote, vault.keeper.retire, vault.keeper.revoke):
            with pytest.raises(UnknownKey):
                move("x" * 43)
        with pytest.raises(ValueError, match="no key of ours"):
            vault.keeper.announce("Ed448")

    @pytest.mark.parametrize("column", ["state", "life"])
    def test_the_database_refuses_a_second_signer(self, database: Database, outside: Outside, column: str) -> None:
        vault = ready_vault(database, outside)
        announced = vault.keeper.announce("ES256")

        with pytest.raises(IntegrityError), database.work() as connection:
            connection.exec_driver_sql(f"UPDATE signing_key SET {column} = 'signing' WHERE kid = '{announced.kid}'")

    def test_a_move_that_is_rolled_back_never_happened(self, vault: Vault, sqlite_database: Database) -> None:
        before = signer(vault).kid
        with pytest.raises(ZeroDivisionError), sqlite_database.work():
            vault.keeper.revoke(before)
            # A reading in the middle must not put an uncommitted key into the cache.
            vault.ring.status()
            raise ZeroDivisionError

        assert before == kid_of(vault.ring.sign(CLAIMS, "ES256"))
        assert len(Family) == len(vault.ring.status())


class TestTwoProcesses:
    def test_a_token_of_a_new_key_is_believed_at_once(self, vault: Vault, sqlite_database: Database, outside: Outside) -> None:
        other = ready_vault(sqlite_database, outside)
        other.ring.published()

        vault.keeper.revoke(signer(vault).kid)

        assert CLAIMS == other.ring.verify(vault.ring.sign(CLAIMS, "ES256"))

    def test_a_move_is_followed_within_the_reload_time(
        self, vault: Vault, sqlite_database: Database, outside: Outside, clock: Clock
    ) -> None:
        other = ready_vault(sqlite_database, outside)
        stolen = other.ring.sign(CLAIMS, "ES256")

        vault.keeper.revoke(kid_of(stolen))

        clock.advance(timedelta(seconds=15))
        with pytest.raises(BadToken):
            other.ring.verify(stolen)
        assert kid_of(vault.ring.sign(CLAIMS, "ES256")) == kid_of(other.ring.sign(CLAIMS, "ES256"))

    def test_a_ring_without_a_signer_looks_again_at_once(self, sqlite_database: Database, outside: Outside) -> None:
        early = vault_over(sqlite_database, outside)
        assert early.ring.can_sign() is False
        with pytest.raises(NoSigner):
            early.ring.sign(CLAIMS, "ES256")

        ready_vault(sqlite_database, outside)

        assert CLAIMS == early.ring.verify(early.ring.sign(CLAIMS, "ES256"))

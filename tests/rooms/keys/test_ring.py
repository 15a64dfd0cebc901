"""The ring: signatures others can check, a cache that follows, moves that hold."""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from joserfc import jwt as other_jwt
from joserfc.jwk import KeySet
from sqlalchemy.exc import IntegrityError

from broker.foundation import jose
from broker.foundation.encoding import b64url, from_b64url
from broker.foundation.jose import BadToken
from broker.foundation.outside import Outside, real_outside
from broker.storage.database import Database
from keys.key import Family, KeyInfo, KeyState
from keys.lifecycle import MoveRefused
from keys.ring import NoSigner
from keys.rotation import UnknownKey
from keys.secret_keys import VaultLocked
from keys.settings import KeySettings
from keys.store import KeysUnavailable
from keys.vault import Vault, open_vault
from tests.rooms.keys.vaults import ready_vault, vault_over
from tests.support.clock import Clock, nothing_answers
from tests.support.databases import open_database

ALGORITHMS = ("RS256", "PS256", "ES256")
CLAIMS = {"iss": "https://id.example", "sub": "1", "name": "Ёлкина"}
ANNOUNCED_FOR = timedelta(minutes=10, seconds=15)
VERIFYING_FOR = timedelta(hours=1, seconds=15)


@pytest.fixture
def vault(sqlite_database: Database, outside: Outside) -> Vault:
    return ready_vault(sqlite_database, outside)


def signer(vault: Vault, algorithm: str = "ES256") -> KeyInfo:
    return next(key for key in vault.ring.status() if key.state is KeyState.SIGNING and algorithm in key.algorithms)


def kid_of(token: str) -> str:
    return str(jose.unverified_header(token)["kid"])


class TestSigning:
    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_another_implementation_believes_us(self, vault: Vault, algorithm: str) -> None:
        token = vault.ring.sign(CLAIMS, algorithm, typ="at+jwt")

        found = other_jwt.decode(token, KeySet.import_key_set(vault.ring.published()), algorithms=[algorithm])

        assert CLAIMS == found.claims
        assert {"alg": algorithm, "kid": signer(vault, algorithm).kid, "typ": "at+jwt"} == found.header

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_we_believe_ourselves(self, vault: Vault, algorithm: str) -> None:
        assert CLAIMS == vault.ring.verify(vault.ring.sign(CLAIMS, algorithm))

    def test_rs256_and_ps256_share_a_key(self, vault: Vault) -> None:
        assert kid_of(vault.ring.sign({}, "RS256")) == kid_of(vault.ring.sign({}, "PS256"))
        assert ALGORITHMS == vault.ring.algorithms()

    @pytest.mark.parametrize("algorithm", ["none", "HS256", "RS384", "es256", ""])
    def test_we_sign_with_nothing_else(self, vault: Vault, algorithm: str) -> None:
        with pytest.raises(NoSigner):
            vault.ring.sign(CLAIMS, algorithm)

    def test_signing_and_verifying_ask_the_database_nothing(self, vault: Vault, reads: Callable[[], int]) -> None:
        vault.ring.sign(CLAIMS, "RS256")
        before = reads()

        for algorithm in ALGORITHMS:
            vault.ring.verify(vault.ring.sign(CLAIMS, algorithm))
            vault.ring.published()

        assert before == reads()

    def test_signing_needs_no_application_context(self, vault: Vault) -> None:
        signed: list[str] = []
        worker = threading.Thread(target=lambda: signed.append(vault.ring.sign(CLAIMS, "ES256")))
        worker.start()
        worker.join(30)

        assert CLAIMS == vault.ring.verify(signed[0])


class TestVerifying:
    def test_a_changed_token_is_refused(self, vault: Vault) -> None:
        head, body, signature = vault.ring.sign(CLAIMS, "ES256").split(".")
        forged = b64url(json.dumps(CLAIMS | {"sub": "2"}).encode())
        broken = from_b64url(signature)
        for token in (
            f"{head}.{forged}.{signature}",
            f"{head}.{body}.{b64url(bytes([broken[0] ^ 1]) + broken[1:])}",
            f"{head}.{body}.",
            f"{head}.{body}",
            "",
        ):
            with pytest.raises(BadToken):
                vault.ring.verify(token)

    @pytest.mark.parametrize("kid", [None, "", "x" * 43, "../" * 20, 5, ["x"], "é" * 43])
    def test_a_foreign_kid_is_refused(self, vault: Vault, kid: object) -> None:
        _head, body, signature = vault.ring.sign(CLAIMS, "ES256").split(".")
        header = b64url(json.dumps({"alg": "ES256", "kid": kid}).encode())

        with pytest.raises(BadToken):
            vault.ring.verify(f"{header}.{body}.{signature}")

    @pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "PS256", "es256", "ES384"])
    def test_another_algorithm_for_our_kid_is_refused(self, vault: Vault, alg: str) -> None:
        _head, body, signature = vault.ring.sign(CLAIMS, "ES256").split(".")
        header = b64url(json.dumps({"alg": alg, "kid": signer(vault).kid}).encode())

        with pytest.raises(BadToken):
            vault.ring.verify(f"{header}.{body}.{signature}")

    def test_a_token_of_another_house_is_refused(self, vault: Vault, sqlite_database: Database, outside: Outside) -> None:
        foreign = vault.ring.sign(CLAIMS, "ES256")
        with sqlite_database.work() as connection:
            connection.exec_driver_sql("DELETE FROM signing_key")
        other = ready_vault(sqlite_database, outside)

        with pytest.raises(BadToken):
            other.ring.verify(foreign)

    def test_strangers_cannot_make_us_read_the_database(self, vault: Vault, reads: Callable[[], int], clock: Clock) -> None:
        _head, body, signature = vault.ring.sign(CLAIMS, "ES256").split(".")
        before = reads()

        for number in range(50):
            header = b64url(json.dumps({"alg": "ES256", "kid": f"{number:043}"}).encode())
            with pytest.raises(BadToken):
                vault.ring.verify(f"{header}.{body}.{signature}")

        assert 1 == reads() - before
        clock.advance(timedelta(seconds=1))
        with pytest.raises(BadToken):
            vault.ring.verify(f"{header}.{body}.{signature}")
        assert 2 == reads() - before


class TestMoves:
    def test_an_announced_key_is_published_and_does_not_sign(self, vault: Vault) -> None:
        announced = vault.ring.announce("ES256")

        assert KeyState.ANNOUNCED is announced.state
        assert announced.kid in {jwk["kid"] for jwk in vault.ring.published()["keys"]}
        assert announced.kid != kid_of(vault.ring.sign(CLAIMS, "ES256"))

    def test_the_whole_life_of_a_key(self, vault: Vault, clock: Clock) -> None:
        old = signer(vault)
        signed_by_old = vault.ring.sign(CLAIMS, "ES256")
        new = vault.ring.announce("ES256")
        with pytest.raises(MoveRefused) as early:
            vault.ring.promote(new.kid)
        assert clock.at + ANNOUNCED_FOR == early.value.ready_at

        clock.advance(ANNOUNCED_FOR)
        moved = vault.ring.promote(new.kid)

        assert [(new.kid, KeyState.SIGNING), (old.kid, KeyState.VERIFYING)] == [(key.kid, key.state) for key in moved]
        assert {clock.at} == {key.moved_at for key in moved}
        assert new.kid == kid_of(vault.ring.sign(CLAIMS, "ES256"))
        assert CLAIMS == vault.ring.verify(signed_by_old)
        assert {old.kid, new.kid} < {jwk["kid"] for jwk in vault.ring.published()["keys"]}

        with pytest.raises(MoveRefused):
            vault.ring.retire(old.kid)
        clock.advance(VERIFYING_FOR)
        assert KeyState.RETIRED is vault.ring.retire(old.kid).state
        assert old.kid not in {jwk["kid"] for jwk in vault.ring.published()["keys"]}
        with pytest.raises(BadToken):
            vault.ring.verify(signed_by_old)

    def test_status_tells_every_key(self, vault: Vault) -> None:
        announced = vault.ring.announce("PS256")

        assert [KeyState.SIGNING, KeyState.SIGNING, KeyState.ANNOUNCED] == sorted(
            (key.state for key in vault.ring.status()), key=[KeyState.SIGNING, KeyState.ANNOUNCED].index
        )
        assert announced in vault.ring.status()
        assert Family.RSA is announced.family

    def test_a_signer_is_not_retired(self, vault: Vault) -> None:
        with pytest.raises(MoveRefused):
            vault.ring.retire(signer(vault).kid)
        assert vault.ring.can_sign()

    def test_an_announced_key_can_be_given_up(self, vault: Vault) -> None:
        announced = vault.ring.announce("ES256")

        vault.ring.retire(announced.kid)

        assert announced.kid not in {jwk["kid"] for jwk in vault.ring.published()["keys"]}
        with pytest.raises(MoveRefused):
            vault.ring.promote(announced.kid)

    def test_a_stolen_signer_is_replaced_by_the_announced_key(self, vault: Vault) -> None:
        stolen, waiting = signer(vault), vault.ring.announce("ES256")
        forged = vault.ring.sign(CLAIMS, "ES256")

        moved = vault.ring.revoke(stolen.kid)

        assert [(stolen.kid, KeyState.RETIRED), (waiting.kid, KeyState.SIGNING)] == [(key.kid, key.state) for key in moved]
        with pytest.raises(BadToken):
            vault.ring.verify(forged)
        assert waiting.kid == kid_of(vault.ring.sign(CLAIMS, "ES256"))

    def test_a_stolen_signer_without_a_waiting_key_is_replaced_by_a_new_one(self, vault: Vault) -> None:
        vault.ring.announce("ES256")
        stolen = signer(vault, "RS256")

        revoked, fresh = vault.ring.revoke(stolen.kid)

        assert (KeyState.RETIRED, KeyState.SIGNING) == (revoked.state, fresh.state)
        assert (Family.RSA, fresh.kid) == (fresh.family, kid_of(vault.ring.sign(CLAIMS, "RS256")))

    def test_a_verifying_key_can_be_revoked_at_once(self, vault: Vault, clock: Clock) -> None:
        old, new = signer(vault), vault.ring.announce("ES256")
        clock.advance(ANNOUNCED_FOR)
        vault.ring.promote(new.kid)

        assert [(old.kid, KeyState.RETIRED)] == [(key.kid, key.state) for key in vault.ring.revoke(old.kid)]
        with pytest.raises(MoveRefused):
            vault.ring.revoke(old.kid)

    def test_unknown_keys_and_algorithms(self, vault: Vault) -> None:
        for move in (vault.ring.promote, vault.ring.retire, vault.ring.revoke):
            with pytest.raises(UnknownKey):
                move("x" * 43)
        with pytest.raises(ValueError, match="no key of ours"):
            vault.ring.announce("EdDSA")

    def test_the_database_refuses_a_second_signer(self, database: Database, outside: Outside) -> None:
        vault = ready_vault(database, outside)
        announced = vault.ring.announce("ES256")

        with pytest.raises(IntegrityError), database.work() as connection:
            connection.exec_driver_sql(f"UPDATE signing_key SET state = 'signing' WHERE kid = '{announced.kid}'")

    def test_a_move_that_is_rolled_back_never_happened(self, vault: Vault, sqlite_database: Database) -> None:
        before = signer(vault).kid
        with pytest.raises(ZeroDivisionError), sqlite_database.work():
            vault.ring.revoke(before)
            # A reading in the middle must not put an uncommitted key into the cache.
            vault.ring.status()
            raise ZeroDivisionError

        assert before == kid_of(vault.ring.sign(CLAIMS, "ES256"))
        assert 2 == len(vault.ring.status())


class TestTwoProcesses:
    def test_a_token_of_a_new_key_is_believed_at_once(self, vault: Vault, sqlite_database: Database, outside: Outside) -> None:
        other = ready_vault(sqlite_database, outside)
        other.ring.published()

        vault.ring.revoke(signer(vault).kid)

        assert CLAIMS == other.ring.verify(vault.ring.sign(CLAIMS, "ES256"))

    def test_a_move_is_followed_within_the_reload_time(
        self, vault: Vault, sqlite_database: Database, outside: Outside, clock: Clock
    ) -> None:
        other = ready_vault(sqlite_database, outside)
        stolen = other.ring.sign(CLAIMS, "ES256")

        vault.ring.revoke(kid_of(stolen))

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


class TestEnsure:
    def test_it_makes_what_is_missing_and_nothing_more(self, database: Database, outside: Outside) -> None:
        vault = vault_over(database, outside)

        made = vault.ensure()

        assert [Family.RSA, Family.P256] == [key.family for key in made]
        assert {KeyState.SIGNING} == {key.state for key in made}
        assert () == vault.ensure() == vault_over(database, outside).ensure()
        assert set(made) == set(vault.ring.status())

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

        # Every PKCS #8 RSA or EC key names its algorithm; none may be seen.
        assert 2 == len(rows)
        assert not any(b"\x06\x09\x2a\x86\x48" in row or b"\x06\x07\x2a\x86\x48" in row for row in rows)

    def test_sealed_rows_cannot_be_swapped(self, vault: Vault, sqlite_database: Database, outside: Outside) -> None:
        announced = vault.ring.announce("ES256")
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
        assert [0, 0, 2] == sorted(made)
        assert 2 == len(kids[0])


def start_at_once(url: str, start: threading.Barrier, answers: multiprocessing.SimpleQueue) -> None:
    """One of the processes that meet an empty database together."""
    app, database = open_database(url)
    with app.app_context():
        vault = vault_over(database, real_outside(nothing_answers))
        start.wait(120)
        made = vault.ensure()
        answers.put((tuple(key.kid for key in vault.ring.status()), vault.fingerprints.of("a", "b"), len(made)))
    database.close()


def test_an_absent_database_is_said_plainly(outside: Outside, sqlite_url: str) -> None:
    app, database = open_database(sqlite_url)
    with app.app_context():
        vault = vault_over(database, outside)
        assert vault.ring.can_sign() is False
        with pytest.raises(KeysUnavailable):
            vault.ring.sign(CLAIMS, "ES256")
        with pytest.raises(KeysUnavailable):
            vault.fingerprints.of("a", "b")
    database.close()


def test_the_key_set_holds_no_private_member(vault: Vault) -> None:
    vault.ring.announce("RS256")
    published = vault.ring.published()

    assert {"keys"} == set(published)
    for jwk in published["keys"]:
        assert {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}.isdisjoint(jwk)
        assert ("EC" == jwk["kty"]) is ("alg" in jwk)
    # Signers first: some clients take the first key they see.
    assert [signer(vault, "RS256").kid, signer(vault).kid] == [jwk["kid"] for jwk in published["keys"][:2]]


def test_a_caller_cannot_change_what_is_published(vault: Vault) -> None:
    vault.ring.published()["keys"][0]["n"] = "x"

    assert "x" != vault.ring.published()["keys"][0]["n"]


def test_nothing_shows_a_private_key(vault: Vault) -> None:
    loaded = vault.ring._fresh()

    for shown in (repr(vault.ring), repr(loaded), repr(vault)):
        assert "private_sealed" not in shown
        assert "PrivateKey" not in shown

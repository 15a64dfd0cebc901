"""The ring: signatures others can check, a cache that asks nobody."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from joserfc import jwt as other_jwt
from joserfc.jwk import KeySet
from sqlalchemy import insert, select, update

from broker.foundation import jose
from broker.foundation.encoding import b64url, from_b64url
from broker.foundation.jose import BadToken
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.backends.software import make_key, private_key
from keys.signing.key import Family
from keys.signing.ring import NoSigner
from keys.tables import SigningKeyRow
from keys.vault import Vault
from tests.rooms.keys.vaults import kid_of, ready_vault, signer
from tests.support.clock import Clock

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
CLAIMS = {"iss": "https://id.example", "sub": "1", "name": "Ёлкина"}


@pytest.fixture
def vault(sqlite_database: Database, outside: Outside) -> Vault:
    return ready_vault(sqlite_database, outside)


class TestSigning:
    # RFC 9864 would have EdDSA called Ed25519; clients in the field say EdDSA.
    @pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
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


def test_the_key_set_holds_no_private_member(vault: Vault) -> None:
    vault.keeper.announce("RS256")
    published = vault.ring.published()

    assert {"keys"} == set(published)
    for jwk in published["keys"]:
        assert {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}.isdisjoint(jwk)
        assert ("RSA" == jwk["kty"]) is ("alg" not in jwk)
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


@pytest.mark.parametrize("state", ["verifying", "announced"])
@pytest.mark.parametrize("stolen_name", [False, True])
def test_a_key_written_into_the_database_is_not_ours(
    vault: Vault, sqlite_database: Database, state: str, stolen_name: bool
) -> None:
    """With the master key nowhere near, somebody adds a key of theirs, or puts its public half under the name of one of ours."""
    stranger = make_key(Family.P256)
    ours = next(key for key in vault.ring.status() if key.family is Family.P256)
    with sqlite_database.work() as connection:
        row = dict(connection.execute(select(SigningKeyRow.__table__).where(SigningKeyRow.kid == ours.kid)).mappings().one())
        jwk = json.dumps(dict(stranger.jwk) | ({"kid": ours.kid} if stolen_name else {}))
        if stolen_name:
            connection.execute(update(SigningKeyRow).where(SigningKeyRow.kid == ours.kid).values(public_jwk=jwk))
        else:
            written = {"kid": stranger.kid, "state": state, "life": state, "public_jwk": jwk}
            connection.execute(insert(SigningKeyRow).values(row | written))
    kid = ours.kid if stolen_name else stranger.kid
    forged = jose.sign({"sub": "p-1"}, private_key(stranger.private), {"alg": "ES256", "kid": kid})

    vault.ring.forget()

    assert stranger.jwk["x"] not in json.dumps(vault.ring.published())
    with pytest.raises(BadToken):
        vault.ring.verify(forged)

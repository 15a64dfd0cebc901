"""A vault whose signing keys live in a hardware module: starting, moving there, losing it, ceremonies. SoftHSM 2 for real."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from broker.foundation import jose
from broker.foundation.jose import SignerSilent
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.backends import hardware as hardware_module
from keys.backends.port import PKCS11, SOFTWARE, NotAdopted
from keys.settings import KeySettings
from keys.signing.ceremony import NoModule
from keys.signing.key import Family, KeyState, KeyUse
from keys.signing.lifecycle import MoveRefused
from keys.vault import Vault
from tests.rooms.keys.vaults import kid_of, ready_vault, signer, vault_over
from tests.support.clock import Clock
from tests.support.soft_hsm import SoftModule, SoftToken

DAY = timedelta(days=1)
ALL = [name for family in Family for name in family.algorithms]


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> SoftModule:
    return SoftModule(tmp_path_factory.mktemp("softhsm"))


@pytest.fixture
def token(module: SoftModule) -> SoftToken:
    return module.new_token()


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of pauses; set its only entry."""
    clock = [1000.0]
    monkeypatch.setattr(hardware_module, "monotonic", lambda: clock[0])
    return clock


@pytest.fixture
def vault(sqlite_database: Database, outside: Outside, token: SoftToken, seconds: list[float]) -> Iterator[Vault]:
    yield ready_vault(sqlite_database, outside, **settings_of(token))


def settings_of(token: SoftToken, **more: Any) -> dict[str, Any]:
    return token.settings(pkcs11_wait=timedelta(seconds=30)) | more


@pytest.mark.parametrize(
    ("wrong", "setting"),
    [
        ({"backend": "cloud"}, "keys.backend"),
        ({"pkcs11_module": ""}, "keys.pkcs11_module"),
        ({"pkcs11_token_label": ""}, "keys.pkcs11_token_label"),
        ({"pkcs11_pin": ""}, "keys.pkcs11_pin_file"),
        ({"pkcs11_pin_file": "/run/pin"}, "keys.pkcs11_pin_file"),
        ({"pkcs11_sessions": 0}, "keys.pkcs11_sessions"),
        ({"pkcs11_wait": timedelta(0)}, "keys.pkcs11_wait"),
    ],
)
def test_a_setting_that_is_wrong_is_named(wrong: dict[str, Any], setting: str) -> None:
    right = {"backend": "pkcs11", "pkcs11_module": "/m.so", "pkcs11_token_label": "t", "pkcs11_pin": "1"}

    assert KeySettings(**right)
    with pytest.raises(ValueError, match=f"^{setting} "):
        KeySettings(**right | wrong)


def test_every_key_is_made_in_the_module_and_signs_there(vault: Vault) -> None:
    for algorithm in ALL:
        assert {"a": 1} == vault.ring.verify(vault.ring.sign({"a": 1}, algorithm))
    checkpoint = vault.audit_ring.sign({}, "EdDSA")

    assert vault.audit_ring.verify(checkpoint) == {}
    assert {PKCS11} == {key.where for key in (*vault.ring.status(), *vault.audit_ring.status())}
    assert vault.ring.can_sign()
    assert all(vault._inside.halves.open(kept).startswith(b"pkcs11:") for kept in vault._inside.store.signing_keys())


def test_keys_move_into_the_module_by_an_ordinary_rotation(
    sqlite_database: Database, outside: Outside, clock: Clock, token: SoftToken, seconds: list[float]
) -> None:
    before = ready_vault(sqlite_database, outside)
    old_token = before.ring.sign({"a": 1}, "ES256")
    vault = ready_vault(sqlite_database, outside, **settings_of(token))

    announced = vault.ceremony.announce(vault.ceremony.prepare())
    again = vault.ceremony.prepare()
    clock.advance(DAY)
    chosen = next(key for key in announced if key.family is Family.P256 and key.use is KeyUse.TOKENS)
    vault.keeper.promote(chosen.kid)
    new_token = vault.ring.sign({"a": 2}, "ES256")

    assert {(PKCS11, KeyState.ANNOUNCED)} == {(key.where, key.state) for key in announced}
    assert (4, ()) == (len(announced), again)
    assert chosen.kid == kid_of(new_token)
    assert [{"a": 1}, {"a": 2}] == [vault.ring.verify(old_token), vault.ring.verify(new_token)]
    assert SOFTWARE == signer(vault, "RS256").where


def test_without_the_module_there_is_no_start_and_no_new_signer(
    sqlite_database: Database, outside: Outside, clock: Clock, token: SoftToken, seconds: list[float]
) -> None:
    vault = ready_vault(sqlite_database, outside, **settings_of(token))
    announced = vault.keeper.announce("ES256")
    clock.advance(DAY)
    seconds[0] += 60
    token.go_away()
    try:
        with pytest.raises(SignerSilent):
            vault.ring.sign({}, "ES256")
        with pytest.raises(MoveRefused, match="hardware module"):
            vault.keeper.promote(announced.kid)
        can_sign = vault.ring.can_sign()
        with pytest.raises(ValueError, match=r"keys\.pkcs11_"):
            vault_over(sqlite_database, outside, **settings_of(token))
    finally:
        token.come_back()
    seconds[0] += 60

    assert not can_sign
    assert vault.ring.can_sign()
    assert announced.kid == vault.keeper.promote(announced.kid)[0].kid


def test_verification_goes_on_and_a_stolen_key_is_revoked_while_the_module_is_away(
    sqlite_database: Database, outside: Outside, vault: Vault, token: SoftToken, seconds: list[float]
) -> None:
    signed, stolen = vault.ring.sign({"a": 1}, "ES256"), signer(vault, "ES256")
    seconds[0] += 60
    token.go_away()
    try:
        assert {"a": 1} == vault.ring.verify(signed)
        # The way out of a lost module: the same keys, new ones in software (docs/operator.md).
        emergency = ready_vault(sqlite_database, outside, **settings_of(token, backend="software"))
        revoked, replacement = emergency.keeper.revoke(stolen.kid)
        new = emergency.ring.sign({"a": 2}, "ES256")
    finally:
        token.come_back()

    assert (KeyState.REVOKED, SOFTWARE) == (revoked.state, replacement.where)
    assert {"a": 2} == emergency.ring.verify(new)
    with pytest.raises(jose.BadToken):
        emergency.ring.verify(signed)


def test_what_a_revoked_key_was_is_gone_from_the_module(vault: Vault) -> None:
    stolen = signer(vault, "EdDSA")
    (its_id,) = [key.id for key, row in vault.ceremony.view().held if row is not None and row.kid == stolen.kid]

    vault.keeper.revoke(stolen.kid)
    view = vault.ceremony.view()

    assert its_id not in {key.id for key, _row in view.held}
    assert () == view.missing


def test_a_key_that_somebody_removed_from_the_module_is_seen(vault: Vault, seconds: list[float]) -> None:
    kept = next(key for key in vault._inside.store.signing_keys() if key.info.family is Family.P256)
    vault._inside.halves.destroy(kept)

    assert [kept.info.kid] == [row.kid for row in vault.ceremony.view().missing]
    assert not vault.ring.can_sign()


def test_a_key_of_ours_is_not_adopted_again(vault: Vault) -> None:
    with pytest.raises(NotAdopted, match="already"):
        vault.ceremony.announce((vault.ceremony.adopt("school-signin-p256", KeyUse.TOKENS),))
    with pytest.raises(NotAdopted, match="Ed25519"):
        vault.ceremony.adopt("school-signin-p256", KeyUse.AUDIT)


def test_without_a_module_there_are_no_ceremonies(sqlite_database: Database, outside: Outside) -> None:
    vault = ready_vault(sqlite_database, outside)

    for ceremony in (vault.ceremony.view, vault.ceremony.prepare):
        with pytest.raises(NoModule):
            ceremony()


def test_keys_in_a_module_that_the_settings_forgot_sign_nothing(
    sqlite_database: Database, outside: Outside, vault: Vault
) -> None:
    signed = vault.ring.sign({}, "ES256")
    forgetful = vault_over(sqlite_database, outside)

    assert {} == forgetful.ring.verify(signed)
    assert not forgetful.ring.can_sign()
    with pytest.raises(SignerSilent, match="pkcs11_module is empty"):
        forgetful.ring.sign({}, "ES256")

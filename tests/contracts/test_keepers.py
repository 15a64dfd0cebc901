"""One contract for every keeper of private halves; then what is particular to a hardware module."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from broker.foundation.jose import SignerSilent
from keys.backends import cryptoki
from keys.backends.cryptoki import Module
from keys.backends.hardware import Hardware
from keys.backends.keepers import open_keepers
from keys.backends.pool import Pool
from keys.backends.port import Backend, NotAdopted, id_of
from keys.backends.software import Software, public_key
from keys.signing.key import Family
from tests.contracts.keeper_contract import KeeperContract, signed_by
from tests.support.soft_hsm import PIN, SoftModule, SoftToken


class Seconds:
    """A clock for pauses."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> SoftModule:
    return SoftModule(tmp_path_factory.mktemp("softhsm"))


@pytest.fixture
def token(module: SoftModule) -> SoftToken:
    return module.new_token()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def hardware_over(token: SoftToken, seconds: Seconds, **more: Any) -> Hardware:
    settings = token.key_settings(**more)
    return Hardware(Pool(Module(settings, settings.pkcs11_pin).connect, settings.pkcs11_wait, seconds))


@pytest.fixture
def hardware(token: SoftToken, seconds: Seconds) -> Hardware:
    return hardware_over(token, seconds)


class TestSoftware(KeeperContract):
    @pytest.fixture
    def keeper(self) -> Software:
        return Software()

    @pytest.fixture
    def another(self) -> Callable[[], Backend]:
        return Software


class TestHardware(KeeperContract):
    @pytest.fixture
    def keeper(self, hardware: Hardware) -> Hardware:
        return hardware

    @pytest.fixture
    def another(self, token: SoftToken, seconds: Seconds) -> Callable[[], Backend]:
        return lambda: hardware_over(token, seconds)


@pytest.fixture
def driver(token: SoftToken, hardware: Hardware) -> Any:
    """The token as its maker's tools see it, in the log-in that the back end has made."""
    assert hardware.families()
    return cryptoki._LIBRARIES[token.module].driver.get_token(token_label=token.label).open(rw=True)


class TestWhatNeverLeaves:
    @pytest.mark.parametrize("family", Family)
    def test_a_private_half_can_be_neither_read_nor_used_for_anything_but_signatures(
        self, hardware: Hardware, driver: Any, family: Family
    ) -> None:
        made = hardware.make(family)
        private = driver.get_key(object_class=ObjectClass.PRIVATE_KEY, id=id_of(made.private))
        told = {"SENSITIVE", "ALWAYS_SENSITIVE", "NEVER_EXTRACTABLE", "LOCAL", "PRIVATE", "TOKEN", "SIGN"}

        assert dict.fromkeys(told, True) == {word: private[Attribute[word]] for word in told}
        assert [False] * 4 == [private[Attribute[word]] for word in ("EXTRACTABLE", "DECRYPT", "UNWRAP", "DERIVE")]
        for attribute in (Attribute.VALUE, Attribute.PRIVATE_EXPONENT, Attribute.PRIME_1):
            with pytest.raises(pkcs11.PKCS11Error):
                private[attribute]

    def test_not_even_wrapped(self, hardware: Hardware, driver: Any) -> None:
        private = driver.get_key(object_class=ObjectClass.PRIVATE_KEY, id=id_of(hardware.make(Family.P256).private))
        wrapping = driver.generate_key(KeyType.AES, 256, capabilities=pkcs11.MechanismFlag.WRAP)

        with pytest.raises(pkcs11.PKCS11Error):
            wrapping.wrap_key(private, mechanism=Mechanism.AES_KEY_WRAP_PAD)

    def test_a_row_holds_a_name_and_nothing_else(self, hardware: Hardware) -> None:
        assert len(b"pkcs11:") + 16 == len(hardware.make(Family.RSA).private)

    def test_a_destroyed_key_is_gone_with_both_halves(self, hardware: Hardware, driver: Any) -> None:
        made = hardware.make(Family.P256)
        signer = hardware.signer(made.private, public_key(made.jwk, Family.P256))
        before = signer.answers()

        hardware.destroy(made.private)

        assert [True, False] == [before, signer.answers()]
        assert [] == list(driver.get_objects({Attribute.ID: id_of(made.private)}))
        with pytest.raises(SignerSilent, match="does not have the key"):
            signed_by(hardware, made, Family.P256, "ES256", {})

    def test_another_key_under_the_same_name_signs_nothing(self, hardware: Hardware) -> None:
        made, other = hardware.make(Family.P256), hardware.make(Family.P256)
        impostor = hardware.signer(other.private, public_key(made.jwk, Family.P256))

        with pytest.raises(SignerSilent, match="does not verify"):
            signed_by(_Always(impostor), made, Family.P256, "ES256", {})


class _Always:
    def __init__(self, signer: Any):
        self._signer = signer

    def signer(self, _private: bytes, _public: Any) -> Any:
        return self._signer


class TestALostModule:
    def test_nothing_is_signed_while_it_is_away_and_everything_when_it_is_back(
        self, token: SoftToken, hardware: Hardware, seconds: Seconds
    ) -> None:
        made = hardware.make(Family.P256)
        signer = hardware.signer(made.private, public_key(made.jwk, Family.P256))
        signed_by(hardware, made, Family.P256, "ES256", {})
        seconds.now += 60

        token.go_away()
        try:
            with pytest.raises(SignerSilent):
                signed_by(hardware, made, Family.P256, "ES256", {})
            away = signer.answers()
        finally:
            token.come_back()
        too_soon = signer.answers()
        seconds.now += 3

        assert [False, False, True] == [away, too_soon, signer.answers()]
        assert signed_by(hardware, made, Family.P256, "ES256", {})

    def test_a_child_of_a_fork_signs_with_sessions_of_its_own(self, token: SoftToken, hardware: Hardware) -> None:
        made = hardware.make(Family.ED25519)
        signed_by(hardware, made, Family.ED25519, "EdDSA", {})
        child = os.fork()
        if child == 0:
            worked = False
            try:
                other = hardware_over(token, Seconds())
                worked = bool(signed_by(other, made, Family.ED25519, "EdDSA", {}))
                # A library that was begun by the parent is not this process's to use (PKCS #11 3.1, 5.4).
                worked = worked and cryptoki._LIBRARIES[token.module].process == os.getpid()
                worked = worked and bool(signed_by(hardware, made, Family.ED25519, "EdDSA", {}))
            finally:
                os._exit(0 if worked else 1)

        assert 0 == os.waitpid(child, 0)[1]
        assert signed_by(hardware, made, Family.ED25519, "EdDSA", {})


class TestTheStart:
    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"pkcs11_module": "/nowhere/module.so"}, "keys.pkcs11_module names a library that cannot be loaded"),
            ({"pkcs11_token_label": "nobody"}, "keys.pkcs11_token_label names a token that the module does not have"),
            ({"pkcs11_pin": "0000"}, "keys.pkcs11_pin_file holds a PIN that the token refuses"),
        ],
    )
    def test_without_the_module_there_is_one_sentence(self, token: SoftToken, wrong: dict[str, str], sentence: str) -> None:
        with pytest.raises(ValueError, match=f"^{sentence}$"):
            open_keepers(token.key_settings(**wrong))

    def test_a_wrong_pin_is_tried_once(self, token: SoftToken, seconds: Seconds) -> None:
        wrong = hardware_over(token, seconds, pkcs11_pin="0000")
        for _ in range(12):
            seconds.now += 60
            with pytest.raises(SignerSilent, match="refuses"):
                wrong.families()

        # More tries than the token bears would have locked it.
        assert hardware_over(token, seconds).families()

    def test_the_pin_comes_from_a_guarded_file(self, token: SoftToken, tmp_path: Path) -> None:
        file = tmp_path / "pin"
        file.write_text(PIN + "\n")
        settings = {"pkcs11_pin": "", "pkcs11_pin_file": str(file)}
        file.chmod(0o644)
        with pytest.raises(ValueError, match=r"^keys.pkcs11_pin_file names a file that others may open"):
            open_keepers(token.key_settings(**settings))
        mounted = {"pkcs11_pin": "", "pkcs11_pin_credential": str(file)}

        # What a platform mounts, it guards.
        assert open_keepers(token.key_settings(**mounted)).hardware is not None
        file.chmod(0o600)
        assert open_keepers(token.key_settings(**settings)).hardware is not None

    def test_the_settings_do_not_show_the_pin(self, token: SoftToken) -> None:
        assert PIN not in repr(token.key_settings())

    def test_a_kind_that_the_token_does_not_offer_stays_in_software(
        self, token: SoftToken, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(Hardware, "families", lambda _self: frozenset({Family.RSA, Family.P256}))

        keepers = open_keepers(token.key_settings())

        assert ["pkcs11", "pkcs11", "software"] == [keepers.make(family)[1] for family in Family]
        assert [["ed25519"]] == [getattr(line, "families", None) for line in caplog.records]


class TestAdoption:
    @pytest.fixture
    def make(self, driver: Any) -> Iterator[Callable[..., None]]:
        def make(label: str, key_id: bytes, bits: int = 2048, **template: bool) -> None:
            private = {Attribute[name]: value for name, value in template.items()}
            driver.generate_keypair(KeyType.RSA, bits, id=key_id, label=label, store=True, private_template=private)

        return make

    def test_a_guarded_key_of_a_ceremony_becomes_ours(self, hardware: Hardware, make: Callable[..., None]) -> None:
        make("ceremony", b"one", SENSITIVE=True, EXTRACTABLE=False)

        family, adopted = hardware.adopt("ceremony")

        assert Family.RSA is family
        assert signed_by(hardware, adopted, Family.RSA, "PS256", {})

    @pytest.mark.parametrize(
        ("label", "key_id", "bits", "template", "reason"),
        [
            ("open", b"two", 2048, {"SENSITIVE": False, "EXTRACTABLE": False}, "can be read out"),
            ("moving", b"three", 2048, {"SENSITIVE": True, "EXTRACTABLE": True}, "can be read out"),
            ("nameless", b"", 2048, {"SENSITIVE": True, "EXTRACTABLE": False}, "has no id"),
            ("weak", b"five", 1024, {"SENSITIVE": True, "EXTRACTABLE": False}, "too weak"),
        ],
    )
    def test_a_key_that_may_be_elsewhere_too_or_is_weak_does_not(
        self,
        hardware: Hardware,
        make: Callable[..., None],
        label: str,
        key_id: bytes,
        bits: int,
        template: dict[str, bool],
        reason: str,
    ) -> None:
        make(label, key_id, bits, **template)

        with pytest.raises(NotAdopted, match=reason):
            hardware.adopt(label)

    def test_nor_one_of_another_curve_or_without_its_public_half(self, hardware: Hardware, driver: Any) -> None:
        for label, curve in (("other", "secp384r1"), ("half", "secp256r1")):
            parameters = {Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}
            guarded = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
            domain = driver.create_domain_parameters(KeyType.EC, parameters, local=True)
            public, _private = domain.generate_keypair(id=label.encode(), label=label, store=True, private_template=guarded)
            if label == "half":
                public.destroy()

        with pytest.raises(NotAdopted, match="P-256"):
            hardware.adopt("other")
        with pytest.raises(SignerSilent, match="no public half"):
            hardware.adopt("half")

    def test_nor_one_of_two_with_the_same_name(self, hardware: Hardware, make: Callable[..., None]) -> None:
        make("twins", b"six", SENSITIVE=True, EXTRACTABLE=False)
        make("twins", b"seven", SENSITIVE=True, EXTRACTABLE=False)

        with pytest.raises(NotAdopted, match="or several"):
            hardware.adopt("twins")
        with pytest.raises(NotAdopted, match="no private key"):
            hardware.adopt("nobody")

"""The ceremonies with the hardware module, as officers run them: told without material, journalled, refused in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from broker.audit.journal import Journal
from broker.console import hsm_actions
from broker.console.cli import main as command_line
from broker.console.refused import Refused
from broker.foundation.jose import SignerSilent
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.backends import hardware as hardware_module
from keys.settings import KeySettings
from keys.vault import Vault, open_vault
from tests.rooms.console.conftest import STAFF, Office
from tests.support.soft_hsm import SoftModule, SoftToken


@dataclass(frozen=True)
class Ceremony:
    """A house that began in software and has been given a module."""

    vault: Vault
    books: tuple[Database, Journal]
    token: SoftToken


@pytest.fixture
def ceremony(office: Office, outside: Outside, tmp_path: object, tmp_path_factory: pytest.TempPathFactory) -> Ceremony:
    token = SoftModule(tmp_path_factory.mktemp("softhsm")).new_token()
    settings = KeySettings(master_key_file=f"{tmp_path}/master.key", **token.settings(pkcs11_wait=timedelta(seconds=30)))
    return Ceremony(open_vault(settings, office.database, outside), (office.database, office.journal), token)


def test_keys_are_brought_into_the_module_once_and_written_down(ceremony: Ceremony, office: Office) -> None:
    announced = hsm_actions.bring_in(ceremony.vault, ceremony.books, STAFF)["announced"]
    status = hsm_actions.status(ceremony.vault)

    assert [("rsa", "tokens"), ("p256", "tokens"), ("ed25519", "tokens"), ("ed25519", "audit")] == [
        (key["family"], key["use"]) for key in announced
    ]
    assert {"announced": []} == hsm_actions.bring_in(ceremony.vault, ceremony.books, STAFF)
    assert {(key["kid"], "announced", True) for key in announced} == {
        (key["kid"], key["state"], key["is_guarded"]) for key in status["keys"]
    }
    assert (["ed25519", "p256", "rsa"], []) == (status["offers"], status["missing"])
    assert sorted((key["kid"], "announced") for key in announced) == sorted(
        (fields["kid"], "announced")
        for name, fields in office.events()
        if name == "key.announced" and fields["place"] == "pkcs11"
    )


def test_a_key_that_nobody_brought_in_is_shown_and_not_adopted_unless_it_is_fit(ceremony: Ceremony) -> None:
    keepers = ceremony.vault._inside.halves.keepers
    assert keepers.hardware is not None
    keepers.hardware.make(next(iter(keepers.hardware.families())))

    (stranger,) = hsm_actions.status(ceremony.vault)["keys"]
    adopted = hsm_actions.adopt(ceremony.vault, ceremony.books, STAFF, (stranger["label"], "tokens"))["announced"]

    assert stranger["kid"] is None
    assert [adopted[0]["kid"]] == [key["kid"] for key in hsm_actions.status(ceremony.vault)["keys"]]
    with pytest.raises(Refused, match="ours already"):
        hsm_actions.adopt(ceremony.vault, ceremony.books, STAFF, (stranger["label"], "tokens"))


def test_what_is_refused_says_why_and_writes_nothing(ceremony: Ceremony, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    before = office.events()
    with pytest.raises(Refused, match="no private key with this label"):
        hsm_actions.adopt(ceremony.vault, ceremony.books, STAFF, ("nobody", "tokens"))
    with pytest.raises(Refused, match=r"pkcs11_module is empty"):
        hsm_actions.status(office.vault)
    monkeypatch.setattr(hardware_module, "monotonic", lambda: 1e9)
    ceremony.token.go_away()
    try:
        with pytest.raises(Refused, match="did not do it"):
            hsm_actions.bring_in(ceremony.vault, ceremony.books, STAFF)
    finally:
        ceremony.token.come_back()

    assert before == office.events()


def test_a_command_that_needs_a_signature_says_that_none_came(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def silent(_asked: object) -> None:
        raise SignerSilent("the token does not have the key")

    monkeypatch.setattr(command_line, "_run", silent)

    assert 1 == command_line.main(["keys", "status"])
    assert "Nothing was signed, so nothing was done: the token does not have the key.\n" == capsys.readouterr().err

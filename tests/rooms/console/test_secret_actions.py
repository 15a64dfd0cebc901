"""broker secrets: what staff are shown and may do; the same through the command line of a real house."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.console import secret_actions
from broker.console.refused import Refused
from broker.console.secret_care import open_care
from broker.custody.jobs_store import Job
from broker.custody.secrets_care import SecretCare
from broker.custody.secrets_open import CareTools
from broker.foundation.encoding import b64url
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.tokens.settings import TokenSettings
from keys.settings import KeySettings
from keys.vault import Vault, open_vault
from tests.rooms.keys.vaults import MASTER, file_with
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault
from tests.support.tables import all_tables

OFFICER = Actor("cli", "root")
METADATA = all_tables()
NEW = b64url(bytes(range(32, 64)))


def care_of(database: Database, vault: Vault, outside: Outside) -> SecretCare:
    tools = CareTools(database, vault, Journal(database, vault.fingerprints, outside), outside)
    return open_care(tools, KeySettings(), TokenSettings())


@pytest.fixture
def care(sqlite_database: Database, outside: Outside) -> SecretCare:
    return care_of(sqlite_database, sealing_vault(sqlite_database, outside), outside)


def test_a_rotation_from_its_beginning_to_its_end(care: SecretCare, clock: Clock) -> None:
    seen: list[Job] = []

    begun = secret_actions.rotate(care, "personal", OFFICER)
    worked = secret_actions.work(care, seen.append)
    clock.advance(timedelta(days=8))
    ended = secret_actions.tick(care, OFFICER)["moved"]

    assert ["personal"] == [made["purpose"] for made in begun["made"]]
    assert ["gone"] == [move["to"] for move in begun["moves"]] == [move["to"] for move in ended]
    (job,) = worked["jobs"]
    assert ("seal", 0, True) == (job["kind"], job["broken"], job["ended_at"] is not None) and seen
    shown = secret_actions.status(care)
    assert ["journal", "names", "pairwise"] == shown["never_rotate"]
    assert {"current"} == {key["state"] for key in shown["keys"]} and worked["jobs"] == shown["jobs"]
    due = {one["purpose"] for one in secret_actions.plan(care)["due"]}
    assert due == {key["purpose"] for key in shown["keys"] if key["due_at"]}
    # Nothing of a key leaves: identifiers, words and instants only.
    assert all(len(str(value)) <= 36 for key in shown["keys"] for value in key.values())


@pytest.mark.parametrize(
    ("purpose", "sentence"),
    [("pairwise", "Pairwise never rotates"), ("nothing", "Unknown purpose. There are: personal, fingerprints, ")],
)
def test_what_cannot_be_rotated(care: SecretCare, purpose: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        secret_actions.rotate(care, purpose, OFFICER)


def test_the_master_key_is_changed_when_every_node_knows_both(
    sqlite_database: Database, outside: Outside, tmp_path: Path
) -> None:
    sealing_vault(sqlite_database, outside)
    new = file_with(tmp_path / "new.key", NEW)

    def change(master: str, previous: str = "", file: Path = new) -> object:
        vault = open_vault(KeySettings(master_key=master, master_key_previous=previous), sqlite_database, outside)
        return secret_actions.change_master(care_of(sqlite_database, vault, outside), vault, file, OFFICER)

    for given in ((MASTER,), (NEW,), (MASTER, NEW)):
        with pytest.raises(Refused, match="on every node"):
            change(*given)
    with pytest.raises(Refused, match=r"^The new file names a file that cannot be read"):
        change(NEW, MASTER, tmp_path / "none")
    with pytest.raises(Refused, match="opens with neither"):
        change(NEW, b64url(bytes(32)))

    assert [{"rows": 8}, {"rows": 0}] == [change(NEW, MASTER), change(NEW, MASTER)]


def test_a_new_master_key_file(outside: Outside, tmp_path: Path) -> None:
    made = secret_actions.new_master_file(tmp_path / "new.key", outside)

    assert str(tmp_path / "new.key") == made["master_key_file"]
    assert 0o600 == (tmp_path / "new.key").stat().st_mode & 0o777
    with pytest.raises(Refused, match="already"):
        secret_actions.new_master_file(tmp_path / "new.key", outside)
    with pytest.raises(Refused, match="cannot be written"):
        secret_actions.new_master_file(tmp_path / "new.key" / "below", outside)
    assert json.dumps(dict(made))

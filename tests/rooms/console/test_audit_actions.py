"""The journal for staff: by the actions, and by the command line from end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text, update

from broker.audit.catalogue_people import PasswordChanged
from broker.audit.office import AuditTools, open_audit_office
from broker.audit.search import Question, Result
from broker.audit.settings import AuditSettings
from broker.audit.tables import AuditEntryRow
from broker.console.audit_actions import AuditActions
from broker.console.cli.main import main
from broker.console.refused import Refused
from tests.rooms.console.conftest import STAFF, Office
from tests.rooms.console.test_client_actions import SERVICE

Broker = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def actions(office: Office, tmp_path: Path) -> AuditActions:
    tools = AuditTools(office.database, office.journal, office.vault.audit_ring, office.outside, "https://login.example.org")
    settings = AuditSettings(keep_for=timedelta(days=30), archive_directory=str(tmp_path))
    return AuditActions(open_audit_office(settings, tools), office.database, office.outside.now)


def test_the_journal_is_read_and_proven(office: Office, actions: AuditActions) -> None:
    office.client_desk.add(SERVICE, STAFF)

    (entry,) = actions.tail(1, None)["entries"]
    assert (2, "client_secret.made", "cli:somebody", "done") == (entry["seq"], entry["name"], entry["actor"], entry["result"])
    assert {"is_whole": True, "checked": 2, "checkpoints": 0} == actions.verify()


def test_a_changed_journal_is_refused_by_entry_and_gets_no_signature(office: Office, actions: AuditActions) -> None:
    office.client_desk.add(SERVICE, STAFF)
    with office.database.work() as session:
        session.execute(update(AuditEntryRow).where(AuditEntryRow.seq == 1).values(name="client.disabled"))
        session.execute(text("UPDATE audit_head SET hash = previous FROM audit_entry WHERE audit_entry.seq = 2"))

    with pytest.raises(Refused, match="entry 1 was changed"):
        actions.verify()
    with pytest.raises(Refused, match="it is not signed"):
        actions.checkpoint(STAFF)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_has_bounds(actions: AuditActions, limit: int) -> None:
    with pytest.raises(Refused):
        actions.tail(limit, None)


def test_pages_and_pictures_are_ready_for_a_page(office: Office, actions: AuditActions) -> None:
    office.client_desk.add(SERVICE, STAFF)

    page = actions.search(Question(client_id=SERVICE.client_id, names=("client.added",)))
    assert (["client.added"], None) == ([found.name for found in page.entries], page.older)
    picture = actions.picture(Question(until=office.outside.now() + timedelta(minutes=1)), UTC)
    assert (2, Result.DONE) == (picture.highest, max(picture.bars[-1].counts, key=lambda result: picture.bars[-1].counts[result]))
    for since in (datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)):
        with pytest.raises(Refused):
            actions.picture(Question(since=since, until=datetime(2026, 9, 1, tzinfo=UTC)), UTC)


def test_a_person_is_forgotten_once(office: Office, actions: AuditActions) -> None:
    with pytest.raises(Refused):
        actions.forget("p-1", STAFF)
    with office.database.work():
        office.journal.append(PasswordChanged("p-1"), STAFF)

    assert {"aliases": 1} == actions.forget("p-1", STAFF)
    assert ["person.erased"] == [found.name for found in actions.search(Question(), most=1).entries]
    assert () == actions.search(Question(person_id="p-1")).entries


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Broker:
    monkeypatch.setenv("BROKER_DEPLOYMENT__ENVIRONMENT", "test")
    monkeypatch.setenv("BROKER_STORAGE__URL", f"sqlite:///{tmp_path}/broker.sqlite")
    monkeypatch.setenv("BROKER_KEYS__MASTER_KEY_FILE", str(tmp_path / "master.key"))
    monkeypatch.setenv("BROKER_KEYS__MAKE_MASTER_KEY", "true")

    def run(*words: object) -> tuple[int, Any, str]:
        code = main([*map(str, words), "--json"])
        told = capsys.readouterr()
        return code, json.loads(told.out) if told.out else None, told.err

    assert 0 == run("db", "upgrade")[0]
    return run


def test_an_export_by_the_command_line_proves_itself_without_the_database(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export, jwks, noted = tmp_path / "journal.jsonl", tmp_path / "jwks.json", tmp_path / "noted"
    _, made, _ = broker("audit", "checkpoint")
    noted.write_text(made["document"])
    _, keys, _ = broker("audit", "keys")
    jwks.write_text(json.dumps(keys["jwks"]))
    assert 0 == broker("audit", "export", export)[0]
    code, _, said = broker("audit", "export", export)
    assert (1, "There is such a file; an export is never written over.\n") == (code, said)
    # From here on no database: whatever would open it fails.
    monkeypatch.setenv("BROKER_STORAGE__URL", "sqlite:////nowhere/at/all.sqlite")

    code, told, _ = broker("audit", "verify", export, "--keys", jwks, "--noted", noted)
    assert (0, True, made["kid"], "your file") == (code, told["is_whole"], told["signed_by"], told["keys_from"])
    assert "itself" in broker("audit", "verify", export)[1]["keys_from"]
    lines = export.read_bytes().splitlines(keepends=True)
    export.write_bytes(b"".join([*lines[:2], lines[2].replace(b"rsa", b"RSA").replace(b"signing", b"retired"), *lines[3:]]))
    code, _, said = broker("audit", "verify", export, "--keys", jwks)
    assert (1, True) == (code, said.startswith("journal.jsonl:3: this line stands where entry 1 was changed"))


def test_wrong_files_are_refused_with_one_sentence(broker: Broker, tmp_path: Path) -> None:
    nothing, rubbish = tmp_path / "nothing", tmp_path / "rubbish"
    rubbish.write_bytes(b"\xff\x00")
    keys = tmp_path / "keys"
    keys.write_text('{"keys": []}')
    asked = (
        ("audit", "verify", nothing),
        ("audit", "verify", rubbish),
        ("audit", "verify", rubbish, "--keys", rubbish),
        ("audit", "verify", rubbish, "--noted", rubbish),
        ("audit", "verify", rubbish, "--keys", keys, "--noted", rubbish),
        ("audit", "verify", "--keys", keys),
        ("audit", "search", "--from", "yesterday"),
        ("audit", "search", "--from", "2026-09-01T08:00"),
        ("audit", "search", "--case", "1234-5678"),
        ("audit", "export", tmp_path / "no" / "such" / "directory"),
        ("audit", "prune"),
        ("audit", "forget", "nobody"),
    )

    told = [broker(*words) for words in asked]
    assert [1] * len(asked) == [code for code, _, _ in told]
    assert [] == [said for _, _, said in told if said.count("\n") != 1 or "went wrong" in said]


def test_entries_are_searched_by_the_command_line(broker: Broker) -> None:
    broker("audit", "checkpoint")

    found = broker("audit", "search", "--event", "checkpoint.made", "--from", "2020-01-01", "--to", "2100-01-01")[1]
    assert ["checkpoint.made"] == [entry["name"] for entry in found["entries"]]
    assert [] == broker("audit", "search", "--to", "2020-01-01")[1]["entries"]


def test_old_entries_go_into_an_archive_by_the_command_line(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_AUDIT__ARCHIVE_DIRECTORY", str(tmp_path))
    broker("audit", "checkpoint")
    assert {"archive": None, "removed": 0} == broker("audit", "prune")[1]
    engine = create_engine(f"sqlite:///{tmp_path}/broker.sqlite")
    with engine.begin() as connection:
        # The row says when it was made, and so does what we signed: a row alone that says otherwise lets nothing go.
        connection.execute(text("UPDATE audit_checkpoint SET at = '2020-01-01 00:00:00.000000'"))
    engine.dispose()

    code, _, said = broker("audit", "prune")
    assert (1, True) == (code, "whose row says otherwise: nothing was removed" in said)

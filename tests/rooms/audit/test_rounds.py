"""What workers do for the journal by themselves, and the files they write."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broker.audit.archive import lines_of, write_file
from broker.audit.office import AuditOffice
from broker.audit.offline import verify_lines
from broker.audit.rounds import AuditRounds, archive_old
from broker.audit.settings import AuditSettings
from tests.rooms.audit.conftest import Records
from tests.rooms.audit.test_checkpoints import Killed, KilledAt, run
from tests.rooms.audit.test_retention import aged


def with_settings(records: Records, directory: Path, *, checkpoints: bool = True) -> AuditOffice:
    settings = AuditSettings(keep_for=timedelta(days=30), archive_directory=str(directory), checkpoints=checkpoints)
    return replace(records.office, settings=settings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where archives go, beside the database."""
    (tmp_path / "archive").mkdir()
    return tmp_path / "archive"


def test_every_hour_is_signed_and_old_entries_go_into_a_file(sqlite_records: Records, folder: Path) -> None:
    aged(sqlite_records)
    rounds = AuditRounds(with_settings(sqlite_records, folder), sqlite_records.clock.now)

    assert [True, True, False] == [rounds.step() for _ in range(3)]
    (archive,) = folder.iterdir()
    found, kept = verify_lines(lines_of(archive), sqlite_records.trusted()), sqlite_records.office.checkpoints.verify()
    assert ("audit-1-7.jsonl", 0o600, 7) == (archive.name, archive.stat().st_mode & 0o777, found.end.seq)
    assert (True, True, 7) == (found.is_whole, kept.is_whole, kept.begins)
    assert kept.checkpoints == 3


def test_nothing_is_signed_and_nothing_goes_where_nobody_wants_it(sqlite_records: Records) -> None:
    aged(sqlite_records)
    before = sqlite_records.office.checkpoints.verify()
    office = replace(sqlite_records.office, settings=AuditSettings(keep_for=timedelta(days=30), checkpoints=False))

    assert not AuditRounds(office, sqlite_records.clock.now).step()
    assert before == sqlite_records.office.checkpoints.verify()


def test_a_broken_journal_stays_as_it_is_and_the_log_says_so_once_an_hour(
    sqlite_records: Records, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    aged(sqlite_records)
    run(sqlite_records.database, "UPDATE audit_entry SET name = 'x' WHERE seq = 2")
    rounds = AuditRounds(with_settings(sqlite_records, folder, checkpoints=False), sqlite_records.clock.now)

    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert not rounds.step()
        sqlite_records.clock.advance(timedelta(days=1))
        rounds.step()
    assert 2 == len([record for record in caplog.records if "journal is broken" in record.message])
    assert [] == list(folder.iterdir())


def test_a_worker_that_was_stopped_between_the_file_and_the_beginning_is_completed(sqlite_records: Records, folder: Path) -> None:
    aged(sqlite_records)
    office = with_settings(sqlite_records, folder)
    with pytest.raises(Killed), KilledAt(sqlite_records.database, "INSERT INTO audit_start"):
        AuditRounds(office, sqlite_records.clock.now).step()
    (left,) = folder.iterdir()
    before = left.read_bytes()

    # The next worker, of another day or process.
    AuditRounds(office, sqlite_records.clock.now).step()
    assert (before, 7) == (left.read_bytes(), sqlite_records.office.checkpoints.verify().begins)


def test_without_old_entries_there_is_no_file(sqlite_records: Records, folder: Path) -> None:
    sqlite_records.write(3)

    assert archive_old(with_settings(sqlite_records, folder), sqlite_records.office.journal.tail(1)[0].actor) is None


def test_a_file_has_its_name_only_when_it_is_whole(folder: Path) -> None:
    path = folder / "export.jsonl"

    def cut() -> object:
        yield b"one\n"
        raise Killed

    with pytest.raises(Killed):
        write_file(path, cut())  # type: ignore[arg-type]
    assert not path.exists()
    assert 2 == write_file(path, [b"one\n", b"two\n"])
    assert [b"one\n", b"two\n"] == list(lines_of(path))
    with pytest.raises(FileExistsError):
        write_file(path, [])
    assert ["export.jsonl"] == [one.name for one in folder.iterdir()]


def test_entries_must_be_kept_for_a_month_at_least() -> None:
    with pytest.raises(ValueError, match=r"audit\.keep_for"):
        AuditSettings(keep_for=timedelta(days=29))

"""Old entries go; what stays verifies from the checkpoint on, and what went verifies as a file."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from broker.audit.entry import ChainBroken
from broker.audit.event import SYSTEM
from broker.audit.offline import verify_lines
from broker.audit.retention import BATCH
from broker.audit.settings import AuditSettings
from broker.audit.tables import AuditCheckpointRow, AuditEntryRow
from tests.rooms.audit.conftest import Records
from tests.rooms.audit.test_checkpoints import Killed, KilledAt, run

MONTH = AuditSettings(keep_for=timedelta(days=30))


def aged(records: Records) -> None:
    """Two checkpoints of long ago, about the entries up to 3 and up to 7; one of today."""
    for _ in range(2):
        records.write(3)
        records.office.checkpoints.make(SYSTEM)
    records.clock.advance(timedelta(days=31))
    records.write(2)
    records.office.checkpoints.make(SYSTEM)


def test_what_is_old_goes_and_the_rest_still_proves_itself(records: Records) -> None:
    aged(records)
    retention, office = records.office.retention, records.office
    old = retention.old(MONTH)
    assert old is not None
    archive = list(office.exports.lines(old.span))

    retention.begin_after(old, SYSTEM)
    while retention.tidy():
        pass

    assert (7, 2) == (old.checkpoint.seq, old.checkpoint.number)
    first = records.database.session.execute(select(func.min(AuditEntryRow.seq))).scalar()
    assert (8, [2, 3]) == (first, records.database.session.execute(select(AuditCheckpointRow.number)).scalars().all())
    found = office.checkpoints.verify()
    assert (True, 7, 12, 2) == (found.is_whole, found.begins, found.checked, found.checkpoints)
    assert "journal.pruned" == office.journal.tail(1)[0].name
    gone, kept = verify_lines(archive, records.trusted()), verify_lines(records.exported(), records.trusted())
    assert (True, 7) == (gone.is_whole, gone.end.seq)
    assert (True, gone.end, 12) == (kept.is_whole, kept.base, kept.end.seq)
    assert retention.old(MONTH) is None


def test_nothing_goes_that_is_young_or_has_no_checkpoint(sqlite_records: Records) -> None:
    sqlite_records.write(3)
    sqlite_records.clock.advance(timedelta(days=40))
    sqlite_records.office.checkpoints.make(SYSTEM)

    assert sqlite_records.office.retention.old(MONTH) is None
    assert 0 == sqlite_records.office.retention.tidy()


def test_nothing_goes_from_a_journal_that_somebody_has_changed(sqlite_records: Records) -> None:
    aged(sqlite_records)
    run(sqlite_records.database, "UPDATE audit_entry SET name = 'x' WHERE seq = 2")

    with pytest.raises(ChainBroken):
        sqlite_records.office.retention.old(MONTH)


def test_a_second_worker_cannot_move_the_beginning_again(sqlite_records: Records) -> None:
    aged(sqlite_records)
    retention = sqlite_records.office.retention
    old = retention.old(MONTH)
    assert old is not None
    retention.begin_after(old, SYSTEM)

    with pytest.raises(ChainBroken):
        retention.begin_after(old, SYSTEM)


@pytest.mark.parametrize("cut", ["INSERT INTO audit_start", "INSERT INTO audit_entry", "COMMIT"])
def test_the_beginning_moves_whole_or_not_at_all(sqlite_records: Records, cut: str) -> None:
    aged(sqlite_records)
    retention = sqlite_records.office.retention
    old = retention.old(MONTH)
    assert old is not None
    with pytest.raises(Killed), KilledAt(sqlite_records.database, cut):
        retention.begin_after(old, SYSTEM)

    assert sqlite_records.office.checkpoints.verify().begins == 0
    retention.begin_after(old, SYSTEM)
    assert (7, True) == ((found := sqlite_records.office.checkpoints.verify()).begins, found.is_whole)


def test_rows_that_a_power_cut_left_before_the_beginning_do_no_harm_and_go_next_time(sqlite_records: Records) -> None:
    aged(sqlite_records)
    retention = sqlite_records.office.retention
    old = retention.old(MONTH)
    assert old is not None
    retention.begin_after(old, SYSTEM)
    for cut in ("DELETE FROM audit_entry", "DELETE FROM audit_checkpoint", "COMMIT"):
        with pytest.raises(Killed), KilledAt(sqlite_records.database, cut):
            retention.tidy()
        assert sqlite_records.office.checkpoints.verify().is_whole

    assert 7 == retention.tidy() < BATCH
    assert sqlite_records.office.checkpoints.verify().is_whole


MOVED = (
    ("UPDATE audit_start SET seq = 8, hash = (SELECT hash FROM audit_entry WHERE seq = 8)", 9),
    ("DELETE FROM audit_start", 1),
    ("DELETE FROM audit_entry WHERE seq = 8", 8),
    ("DELETE FROM audit_checkpoint WHERE number = 2", 10),
)


@pytest.mark.parametrize(("change", "seq"), MOVED)
def test_a_beginning_that_somebody_moved_is_found(sqlite_records: Records, change: str, seq: int) -> None:
    aged(sqlite_records)
    retention = sqlite_records.office.retention
    old = retention.old(MONTH)
    assert old is not None
    retention.begin_after(old, SYSTEM)
    retention.tidy()
    run(sqlite_records.database, change)

    assert seq == sqlite_records.office.checkpoints.verify().broken_seq


def test_a_beginning_of_somebody_elses_making_is_found(sqlite_records: Records) -> None:
    """Whoever has only the database cuts off what they do not like."""
    aged(sqlite_records)
    run(
        sqlite_records.database,
        "INSERT INTO audit_start (id, number, seq, hash, at, mac) SELECT 1, 1, 3, hash, at, hash FROM audit_entry WHERE seq = 3",
    )
    run(sqlite_records.database, "DELETE FROM audit_entry WHERE seq <= 3")

    found = sqlite_records.office.checkpoints.verify()
    assert (4, "is not where we let the journal begin") == (found.broken_seq, found.problem)

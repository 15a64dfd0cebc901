"""Checkpoints: one an hour whoever asks, each made whole or not at all, and none can be changed, lost or put elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import Connection, event, text

from broker.audit.checkpoint import CHECKPOINT_TYPE, checkpoint_claims
from broker.audit.entry import ChainBroken
from broker.audit.event import SYSTEM, Actor
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.signing.key import KeyState
from tests.rooms.audit.conftest import Records, records_over

OFFICER = Actor("staff", "p-officer")


def test_a_checkpoint_is_our_signed_word_about_the_end(records: Records) -> None:
    records.write(3)

    made = records.office.checkpoints.make(OFFICER)

    assert (1, 3, records.clock.now()) == (made.number, made.seq, made.at)
    assert made == records.trusted().checkpoint(made.document)
    (told,) = records.office.journal.tail(1)
    assert ("checkpoint.made", OFFICER, {"number": 1, "through_seq": 3}) == (told.name, told.actor, told.fields)
    found = records.office.checkpoints.verify()
    assert (True, 4, 1) == (found.is_whole, found.checked, found.checkpoints)


def test_checkpoints_follow_each_other_also_of_an_empty_journal(sqlite_records: Records) -> None:
    made = [sqlite_records.office.checkpoints.make(SYSTEM) for _ in range(3)]

    assert [(1, 0), (2, 1), (3, 2)] == [(one.number, one.seq) for one in made]
    assert [one.fingerprint for one in made[:2]] == [one.previous for one in made[1:]]
    assert 3 == sqlite_records.office.checkpoints.verify().checkpoints


def test_every_hour_has_one_whoever_comes_first(records: Records, outside: Outside) -> None:
    """Eight workers, three hours, all at once."""
    records.write(2)
    offices = [records_over(records.database, outside, records.clock).office for _ in range(8)]
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def ask(place: int) -> bool:
        with app.app_context():
            return offices[place].checkpoints.hourly() is not None

    made = []
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            made.append(sum(pool.map(ask, range(8))))
            made.append(sum(pool.map(ask, range(8))))
            records.clock.advance(timedelta(hours=1))

    assert [1, 0, 1, 0, 1, 0] == made
    assert 3 == records.office.checkpoints.verify().checkpoints


def test_a_clock_that_goes_back_makes_no_second_one_of_an_hour(sqlite_records: Records, outside: Outside) -> None:
    checkpoints = sqlite_records.office.checkpoints
    assert checkpoints.hourly() is not None
    sqlite_records.clock.advance(timedelta(hours=1))
    assert checkpoints.hourly() is not None
    sqlite_records.clock.advance(timedelta(hours=-1))

    assert checkpoints.hourly() is None


@pytest.mark.parametrize("cut", ["INSERT INTO audit_checkpoint", "INSERT INTO audit_entry", "UPDATE audit_head", "COMMIT"])
def test_what_was_cut_off_in_the_middle_the_next_completes(sqlite_records: Records, cut: str) -> None:
    """Whatever statement a process dies at, there is a whole checkpoint or none, and the hour still gets its one."""
    sqlite_records.write(2)
    before = written(sqlite_records.database)

    with pytest.raises(Killed), KilledAt(sqlite_records.database, cut):
        sqlite_records.office.checkpoints.hourly()

    assert before == written(sqlite_records.database)
    assert sqlite_records.office.checkpoints.hourly() is not None
    assert 1 == sqlite_records.office.checkpoints.verify().checkpoints


def test_an_end_that_is_not_ours_gets_no_signature(sqlite_records: Records) -> None:
    sqlite_records.write(2)
    sqlite_records.database.engine.connect().exec_driver_sql("UPDATE audit_head SET seq = 1").connection.commit()

    with pytest.raises(ChainBroken):
        sqlite_records.office.checkpoints.make(SYSTEM)


TAMPERED = (
    ("a row changed: its number", "UPDATE audit_checkpoint SET number = 9 WHERE number = 2", 8),
    ("a row changed: the entry it is about", "UPDATE audit_checkpoint SET seq = 2 WHERE number = 2", 2),
    ("a row changed: its instant", "UPDATE audit_checkpoint SET at = '2020-01-01 00:00:00.000000' WHERE number = 2", 5),
    ("two documents exchanged", SWAPPED := "UPDATE audit_checkpoint SET document = (SELECT document FROM audit_checkpoint b "
     "WHERE b.number = 5 - audit_checkpoint.number) WHERE number IN (2, 3)", 5),
    ("removed in the middle", "DELETE FROM audit_checkpoint WHERE number = 2", 8),
    ("removed at the end", "DELETE FROM audit_checkpoint WHERE number = 3", 9),
    ("all removed", "DELETE FROM audit_checkpoint", 9),
)  # fmt: skip


@pytest.mark.parametrize(("what", "change", "seq"), TAMPERED)
def test_tampering_with_checkpoints_is_found(sqlite_records: Records, what: str, change: str, seq: int) -> None:
    for _ in range(3):
        sqlite_records.write(2)
        sqlite_records.office.checkpoints.make(SYSTEM)
    run(sqlite_records.database, change)

    found = sqlite_records.office.checkpoints.verify()
    assert seq == found.broken_seq, (what, found)


def test_a_checkpoint_forged_with_another_key_is_found(sqlite_records: Records, outside: Outside) -> None:
    """Somebody with the database writes a history of their own and signs it with a key of theirs."""
    sqlite_records.write(2)
    made = sqlite_records.office.checkpoints.make(SYSTEM)
    claims = checkpoint_claims(made.number, made.head, made.at)
    forged = sqlite_records.vault.ring.sign(claims, "EdDSA", CHECKPOINT_TYPE)
    run(sqlite_records.database, f"UPDATE audit_checkpoint SET document = '{forged}'")

    found = sqlite_records.office.checkpoints.verify()
    assert (2, True) == (found.broken_seq, "key that is not ours" in found.problem)


def test_history_written_anew_with_our_own_mac_does_not_fit_the_checkpoint(sqlite_records: Records) -> None:
    """Whoever has the database and our secret keys, but not the signing key of the journal."""
    sqlite_records.write(3)
    made = sqlite_records.office.checkpoints.make(SYSTEM)
    database = sqlite_records.database
    for table in ("audit_entry", "audit_head"):
        run(database, f"DELETE FROM {table}")
    sqlite_records.write(5)
    assert sqlite_records.office.journal.verify().is_whole

    found = sqlite_records.office.checkpoints.verify()
    assert (made.seq, "does not fit checkpoint 1, which we signed") == (found.broken_seq, found.problem)


def test_a_rotated_key_still_proves_what_it_signed_and_a_revoked_one_nothing_new(sqlite_records: Records) -> None:
    ring, checkpoints = sqlite_records.vault.audit_ring, sqlite_records.office.checkpoints
    first = checkpoints.make(SYSTEM)
    (stolen,) = [key for key in ring.status() if key.state is KeyState.SIGNING]
    sqlite_records.clock.advance(timedelta(hours=1))
    sqlite_records.vault.keeper.revoke(stolen.kid)
    second = checkpoints.make(SYSTEM)

    assert first.kid == stolen.kid != second.kid
    assert checkpoints.verify().is_whole
    assert {second.kid} == {key["kid"] for key in checkpoints.published()["keys"]}
    assert {first.kid, second.kid} == {key.kid for key in checkpoints.all_keys()}


class Killed(BaseException):
    """The process is gone."""


class KilledAt:
    """The connection dies at a statement that begins so; nothing of its transaction survives."""

    def __init__(self, database: Database, statement: str):
        self._database = database
        self._statement = statement

    def __enter__(self) -> None:
        self._listen(True)

    def __exit__(self, *_: object) -> None:
        self._listen(False)

    def _listen(self, on: bool) -> None:
        change: Callable[..., None] = event.listen if on else event.remove
        if self._statement == "COMMIT":
            change(self._database.engine, "commit", self._die)
        else:
            change(self._database.engine, "before_cursor_execute", self._at)

    def _at(self, _connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(self._statement):
            raise Killed

    def _die(self, _connection: Connection) -> None:
        raise Killed


def run(database: Database, change: str) -> None:
    """A statement of somebody who has the database and nothing else."""
    with database.engine.begin() as connection:
        connection.execute(text(change))


def written(database: Database) -> list[tuple[object, ...]]:
    tables = ("audit_entry", "audit_head", "audit_checkpoint")
    return [tuple(row) for table in tables for row in database.session.execute(text(f"SELECT * FROM {table}"))]

"""The journal: kept exactly with the change it tells of, gapless under many writers, and any tampering is found."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import current_app
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select, update

from broker.audit.catalogue import AccountUnlinked, ClientAdded, LoginStarted, TokensIssued
from broker.audit.entry import GENESIS, ChainBroken, Entry, Head, Record, chained, require_chain
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.audit.tables import AuditEntryRow, AuditHeadRow
from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.support.clock import FIRST_BELL, Clock
from tests.support.databases import database_at
from tests.support.sealing import sealing_vault

STAFF = Actor("staff", "p-1")


def write(database: Database, journal: Journal, count: int = 5) -> None:
    for number in range(count):
        with database.work():
            journal.append(LoginStarted(f"client-{number}", "29"), STAFF)


class TestAppending:
    def test_an_entry_says_who_did_what_and_when(self, database: Database, journal: Journal) -> None:
        with database.work():
            journal.append(
                TokensIssued("p-1", "diary", "g-1", "authorization_code", ("openid", "profile")), Actor("client", "diary")
            )

        (entry,) = journal.tail(10)
        assert (1, FIRST_BELL, "tokens.issued", Actor("client", "diary")) == (entry.seq, entry.at, entry.name, entry.actor)
        assert {
            "person_id": "p-1",
            "client_id": "diary",
            "grant_id": "g-1",
            "grant_type": "authorization_code",
            "scopes": ["openid", "profile"],
        } == entry.fields
        assert GENESIS == entry.previous

    def test_outside_a_unit_of_work_nothing_is_written(self, database: Database, journal: Journal) -> None:
        with pytest.raises(RuntimeError):
            journal.append(ClientAdded("diary"), SYSTEM)

        assert () == journal.tail(10)

    def test_what_is_rolled_back_leaves_no_entry(self, database: Database, journal: Journal) -> None:
        with pytest.raises(ZeroDivisionError), database.work():
            journal.append(ClientAdded("gone"), SYSTEM)
            raise ZeroDivisionError
        with database.work():
            journal.append(ClientAdded("kept"), SYSTEM)

        assert [(1, {"client_id": "kept"})] == [(entry.seq, entry.fields) for entry in journal.tail(10)]
        assert journal.verify().is_whole

    def test_a_journal_that_cannot_be_written_undoes_the_change(self, database: Database, journal: Journal) -> None:
        write(database, journal, 1)
        with database.work() as session:
            session.execute(update(AuditHeadRow).values(seq=0))  # the next entry will collide with the first

        with pytest.raises(Exception, match="audit_entry"), database.work() as session:
            session.execute(update(AuditEntryRow).values(name="changed"))
            journal.append(ClientAdded("diary"), SYSTEM)

        assert ["login.started"] == [entry.name for entry in journal.tail(10)]

    def test_events_of_one_unit_of_work_keep_their_order(self, database: Database, journal: Journal, clock: Clock) -> None:
        with database.work():
            journal.append(ClientAdded("first"), SYSTEM)
            clock.advance(timedelta(seconds=1))
            with database.work():
                journal.append(ClientAdded("second"), SYSTEM)
            journal.append(ClientAdded("third"), SYSTEM)

        assert ["first", "second", "third"] == [entry.fields["client_id"] for entry in journal.tail(10)]
        assert [0, 1, 1] == [(entry.at - FIRST_BELL).seconds for entry in journal.tail(10)]
        assert journal.verify().is_whole

    def test_the_tail_is_read_in_pages(self, database: Database, journal: Journal) -> None:
        write(database, journal, 7)

        assert [5, 6, 7] == [entry.seq for entry in journal.tail(3)]
        assert [2, 3, 4] == [entry.seq for entry in journal.tail(3, before=5)]
        assert [1] == [entry.seq for entry in journal.tail(3, before=2)]

    def test_the_head_is_locked_by_the_last_statements_of_the_work(
        self, sqlite_database: Database, sqlite_journal: Journal
    ) -> None:
        """Whoever holds the head waits for nobody, so two writers cannot wait for each other."""
        write(sqlite_database, sqlite_journal, 1)
        asked: list[str] = []
        event.listen(
            sqlite_database.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement.split()[0])
        )

        with sqlite_database.work() as session:
            sqlite_journal.append(ClientAdded("diary"), SYSTEM)
            session.execute(select(AuditEntryRow.seq))

        assert ["BEGIN", "SELECT", "SELECT", "INSERT", "UPDATE"] == asked

    def test_events_are_counted_once_they_are_kept(self, database: Database, outside: Outside) -> None:
        counted: list[str] = []
        journal = Journal(database, sealing_vault(database, outside).fingerprints, outside, counted.append)

        with pytest.raises(ZeroDivisionError), database.work():
            journal.append(ClientAdded("gone"), SYSTEM)
            raise ZeroDivisionError
        with database.work():
            journal.append(ClientAdded("kept"), SYSTEM)
            assert [] == counted

        assert ["client.added"] == counted

    def test_a_subject_is_fingerprinted_per_upstream(self, journal: Journal) -> None:
        # As long as real ones: a short number is found in a fingerprint by chance.
        one = journal.fingerprint("esia", "1000299353")

        assert one == journal.fingerprint("esia", "1000299353")
        assert 3 == len({one, journal.fingerprint("other", "1000299353"), journal.fingerprint("esia", "1000299354")})
        assert "1000299353" not in one


def test_many_writers_leave_no_gap(database: Database, journal: Journal) -> None:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    together = threading.Barrier(8)

    def writer(number: int) -> None:
        with app.app_context():
            together.wait(30)
            for turn in range(12):
                with database.work():
                    journal.append(LoginStarted(f"client-{number}-{turn}"), SYSTEM)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(writer, range(8)))

    entries = journal.tail(200)
    assert list(range(1, 97)) == [entry.seq for entry in entries]
    assert 96 == len({entry.fields["client_id"] for entry in entries})
    verification = journal.verify()
    assert (True, 96) == (verification.is_whole, verification.checked)


def test_writers_who_changed_other_rows_in_different_orders_do_not_block_each_other(database: Database, journal: Journal) -> None:
    """One appends and then changes a row, the other has changed that row and then appends."""
    write(database, journal, 1)
    with database.work() as session:
        session.execute(insert(AuditHeadRow).values(id=2, seq=0, hash="", mac=""))
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    together = threading.Barrier(2)
    change = update(AuditHeadRow).where(AuditHeadRow.id == 2).values(seq=AuditHeadRow.seq + 1)

    def append_first() -> None:
        journal.append(ClientAdded("one"), SYSTEM)
        database.session.execute(change)

    def change_first() -> None:
        database.session.execute(change)
        journal.append(ClientAdded("two"), SYSTEM)

    def run(steps: Callable[[], None]) -> None:
        with app.app_context():
            for _ in range(10):
                together.wait(30)
                with database.work():
                    steps()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, (append_first, change_first)))

    assert 21 == journal.verify().checked


class TestTampering:
    CHANGES: tuple[tuple[str, Any], ...] = (
        ("at", FIRST_BELL + timedelta(microseconds=1)),
        ("name", "login.finished"),
        ("actor_kind", "system"),
        ("actor_id", "p-2"),
        ("fields", '{"client_id":"other","region":"29"}'),
        ("fields", '{"client_id": "client-2","region":"29"}'),
        ("fields", '{"client_id":"x","client_id":"client-2","region":"29"}'),
        ("fields", "[]"),
        ("fields", "not json"),
        ("previous", "f" * 64),
        ("hash", "f" * 64),
    )

    @pytest.mark.parametrize(("column", "value"), CHANGES)
    def test_a_changed_column_is_found(self, database: Database, journal: Journal, column: str, value: Any) -> None:
        write(database, journal)
        with database.work() as session:
            session.execute(update(AuditEntryRow).where(AuditEntryRow.seq == 3).values({column: value}))

        found = journal.verify()
        assert (3, 2) == (found.broken_seq, found.checked)

    @pytest.mark.parametrize("seq", [1, 3, 5])
    def test_a_removed_row_is_found(self, database: Database, journal: Journal, seq: int) -> None:
        write(database, journal)
        with database.work() as session:
            session.execute(delete(AuditEntryRow).where(AuditEntryRow.seq == seq))

        found = journal.verify()
        assert (seq, "is missing") == (found.broken_seq, found.problem)

    def test_a_row_written_past_the_end_is_found(self, database: Database, journal: Journal) -> None:
        write(database, journal, 2)
        last = journal.tail(1)[0]
        (extra,) = chained([Record(FIRST_BELL, "client.added", SYSTEM, {"client_id": "x"})], Head(last.seq, last.hash))
        with database.work() as session:
            session.execute(insert(AuditEntryRow).values(_columns(extra)))

        assert 3 == journal.verify().broken_seq

    def test_a_cut_end_is_found_even_with_the_head_moved_back(self, database: Database, journal: Journal) -> None:
        write(database, journal, 3)
        second = journal.tail(2)[0]
        with database.work() as session:
            session.execute(delete(AuditEntryRow).where(AuditEntryRow.seq == 3))
            session.execute(update(AuditHeadRow).values(seq=2, hash=second.hash))

        assert 2 == journal.verify().broken_seq

    def test_a_history_written_anew_is_found_without_our_keys(self, database: Database, journal: Journal) -> None:
        write(database, journal, 3)
        records = [entry.record for entry in journal.tail(3)]
        forged = list(chained([records[0], Record(FIRST_BELL, "client.added", SYSTEM, {}), records[2]], Head(0, GENESIS)))
        with database.work() as session:
            for entry in forged:
                session.execute(update(AuditEntryRow).where(AuditEntryRow.seq == entry.seq).values(_columns(entry)))
            session.execute(update(AuditHeadRow).values(hash=forged[-1].hash))

        assert (3, "is not the end we wrote") == ((found := journal.verify()).broken_seq, found.problem)

    def test_a_forged_end_is_not_made_ours_by_the_next_event(self, database: Database, journal: Journal) -> None:
        """Whoever can write to the database could otherwise have us put our own MAC on a history of theirs: any sign-in does."""
        write(database, journal, 3)
        records = [entry.record for entry in journal.tail(3)]
        forged = list(chained([Record(FIRST_BELL, "client.added", SYSTEM, {}), *records[1:]], Head(0, GENESIS)))
        with database.work() as session:
            for entry in forged:
                session.execute(update(AuditEntryRow).where(AuditEntryRow.seq == entry.seq).values(_columns(entry)))
            session.execute(update(AuditHeadRow).values(hash=forged[-1].hash))

        write(database, journal, 2)

        found = journal.verify()
        assert (5, "is not the end we wrote") == (found.broken_seq, found.problem)

    def test_a_journal_of_another_house_is_found(
        self, sqlite_database: Database, sqlite_journal: Journal, outside: Outside
    ) -> None:
        write(sqlite_database, sqlite_journal, 2)

        class Stranger:
            def of(self, purpose: str, value: str) -> str:
                return purpose + value

            def mac(self, purpose: str, data: bytes) -> bytes:
                return b"x" * 32

        assert 2 == Journal(sqlite_database, Stranger(), outside).verify().broken_seq  # type: ignore[arg-type]

    def test_everything_removed_is_found_while_the_head_stands(self, database: Database, journal: Journal) -> None:
        write(database, journal, 2)
        with database.work() as session:
            session.execute(delete(AuditEntryRow))

        assert 1 == journal.verify().broken_seq

    def test_a_removed_head_is_found(self, database: Database, journal: Journal) -> None:
        write(database, journal, 2)
        with database.work() as session:
            session.execute(delete(AuditHeadRow))

        assert 1 == journal.verify().broken_seq

    def test_an_empty_journal_is_whole(self, database: Database, journal: Journal) -> None:
        assert (True, 0) == ((found := journal.verify()).is_whole, found.checked)


# Anything JSON can hold, in records of any shape.
FIELDS = st.dictionaries(st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.text(max_size=12), max_size=4)
RECORDS = st.lists(
    st.builds(
        Record,
        at=st.integers(0, 10**9).map(lambda micros: FIRST_BELL + timedelta(microseconds=micros)),
        name=st.sampled_from(["login.started", "client.added"]),
        actor=st.builds(Actor, st.sampled_from(["system", "staff"]), st.text(max_size=4)),
        fields=FIELDS,
    ),
    min_size=1,
    max_size=6,
)


@given(RECORDS, st.data())
def test_any_chain_is_whole_and_any_other_record_in_it_is_found(records: list[Record], data: st.DataObject) -> None:
    entries = list(chained(records, Head(0, GENESIS)))
    assert Head(len(records), entries[-1].hash) == require_chain(entries, Head(0, GENESIS))

    place = data.draw(st.integers(0, len(entries) - 1))
    other = data.draw(RECORDS)[0]
    entry = entries[place]
    if other != entry.record:
        forged = [*entries[:place], Entry(entry.seq, other, entry.previous, entry.hash), *entries[place + 1 :]]
        with pytest.raises(ChainBroken) as broken:
            require_chain(forged, Head(0, GENESIS))
        assert place + 1 == broken.value.seq


@given(RECORDS, st.data())
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_any_missing_or_moved_entry_is_found(records: list[Record], data: st.DataObject) -> None:
    entries = list(chained(records, Head(0, GENESIS)))
    order = data.draw(st.permutations(range(len(entries))))
    kept = order[: data.draw(st.integers(0, len(order)))]
    forged = [entries[place] for place in kept]
    if kept == list(range(len(kept))):
        assert len(kept) == require_chain(forged, Head(0, GENESIS)).seq
    else:
        with pytest.raises(ChainBroken):
            require_chain(forged, Head(0, GENESIS))


@pytest.mark.postgres
def test_one_event_costs_two_round_trips_on_postgresql(postgres_url: str, outside: Outside) -> None:
    with database_at(postgres_url) as database:
        journal = Journal(database, sealing_vault(database, outside).fingerprints, outside)
        unlinked = AccountUnlinked("p-1", "esia", journal.fingerprint("esia", "1"), "school")
        with database.work():
            journal.append(unlinked, SYSTEM)
        asked: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement.split()[0]))

        with database.work():
            journal.append(unlinked, SYSTEM)

        assert ["SELECT", "WITH"] == asked
        assert journal.verify().is_whole


def _columns(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "name": entry.name,
        "actor_kind": entry.actor.kind,
        "actor_id": entry.actor.id,
        "fields": json.dumps(entry.fields, sort_keys=True, separators=(",", ":")),
        "previous": entry.previous,
        "hash": entry.hash,
    }

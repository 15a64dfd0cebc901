"""The unit of work: what commits, what does not, who sees what."""

from __future__ import annotations

import gc
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import String, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from broker.storage import file
from broker.storage.columns import Base, UtcInstant
from broker.storage.database import Database
from broker.storage.hot import run
from broker.storage.settings import ShelfSettings, StorageSettings
from tests.support.databases import open_database


class OwnBase(DeclarativeBase):
    """Tables of this test only, out of the house's metadata."""


class NoteRow(OwnBase):
    __tablename__ = "notes_of_a_test"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime | None] = mapped_column(UtcInstant)


@pytest.fixture
def noted(database_url: str) -> Iterator[tuple[Flask, Database]]:
    app, database = open_database(database_url)
    OwnBase.metadata.create_all(database.engine)
    with app.app_context():
        yield app, database
    OwnBase.metadata.drop_all(database.engine)
    database.close()


@pytest.fixture
def notes(noted: tuple[Flask, Database]) -> Database:
    return noted[1]


def note(database: Database, name: str, at: datetime | None = None) -> None:
    with database.work() as connection:
        connection.execute(insert(NoteRow), {"id": name, "at": at})


def names(database: Database) -> set[str]:
    return set(database.session.execute(select(NoteRow.id)).scalars())


class TestWork:
    def test_what_was_done_is_kept(self, notes: Database) -> None:
        note(notes, "a")

        assert {"a"} == names(notes)

    def test_what_raised_never_happened(self, notes: Database) -> None:
        with pytest.raises(ZeroDivisionError), notes.work() as connection:
            connection.execute(insert(NoteRow), {"id": "a"})
            raise ZeroDivisionError

        assert set() == names(notes)
        note(notes, "b")
        assert {"b"} == names(notes)

    def test_an_inner_block_joins_the_outer(self, notes: Database) -> None:
        with pytest.raises(ZeroDivisionError), notes.work():
            note(notes, "inner")
            assert notes.at_work
            raise ZeroDivisionError

        assert set() == names(notes)

    def test_a_read_inside_sees_the_change_and_others_do_not(self, notes: Database) -> None:
        with notes.work() as connection:
            connection.execute(insert(NoteRow), {"id": "a"})
            assert {"a"} == names(notes)
            with notes.engine.connect() as other:
                assert [] == list(other.execute(select(NoteRow.id)))

    def test_an_earlier_read_is_not_the_base_of_a_later_one(self, notes: Database) -> None:
        names(notes)
        with notes.engine.begin() as other:
            other.execute(insert(NoteRow), {"id": "from elsewhere"})

        assert {"from elsewhere"} == names(notes)

    def test_it_knows_when_it_is_at_work(self, notes: Database) -> None:
        assert notes.at_work is False
        with notes.work():
            assert notes.at_work is True
        assert notes.at_work is False
        with pytest.raises(ZeroDivisionError), notes.work():
            raise ZeroDivisionError
        assert notes.at_work is False

    def test_what_comes_after_the_commit_comes_only_then(self, notes: Database) -> None:
        seen: list[set[str]] = []
        with notes.work() as connection:
            notes.after_commit(lambda: seen.append(names(notes)))
            connection.execute(insert(NoteRow), {"id": "a"})
            assert [] == seen

        assert [{"a"}] == seen

    def test_what_comes_after_the_commit_does_not_come_after_a_failure(self, notes: Database) -> None:
        seen: list[int] = []
        with pytest.raises(ZeroDivisionError), notes.work():
            notes.after_commit(lambda: seen.append(1))
            raise ZeroDivisionError
        note(notes, "later")

        assert [] == seen

    def test_what_comes_after_the_commit_of_an_inner_block_waits_for_the_outer(self, notes: Database) -> None:
        seen: list[int] = []
        with notes.work():
            with notes.work():
                notes.after_commit(lambda: seen.append(1))
            assert [] == seen

        assert [1] == seen

    def test_a_broken_constraint_undoes_everything(self, notes: Database) -> None:
        note(notes, "a")

        with pytest.raises(IntegrityError), notes.work() as connection:
            connection.execute(insert(NoteRow), {"id": "b"})
            connection.execute(insert(NoteRow), {"id": "a"})

        assert {"a"} == names(notes)

    def test_what_was_gathered_comes_once_at_the_end_and_never_of_a_failure(self, notes: Database) -> None:
        seen: list[list[int]] = []

        def last(found: list[int]) -> None:
            assert notes.at_work
            seen.append(found)
            if len(found) == 2:
                notes.gather(last, 3)

        with pytest.raises(ZeroDivisionError), notes.work():
            notes.gather(last, 0)
            raise ZeroDivisionError
        with notes.work():
            notes.gather(last, 1)
            with notes.work():
                notes.gather(last, 2)
            assert [] == seen

        # What is said while the end is being written comes after it, not twice.
        assert [[1, 2], [3]] == seen

    def test_a_unit_of_work_whose_transaction_is_gone_is_not_called_done(self, notes: Database) -> None:
        seen: list[int] = []
        with pytest.raises(SQLAlchemyError), notes.work() as connection:
            notes.after_commit(lambda: seen.append(1))
            connection.execute(insert(NoteRow), {"id": "a"})
            if notes.is_sqlite:
                # As SQLite itself does when the disk is full.
                connection.exec_driver_sql("ROLLBACK")
            else:
                connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

        assert [] == seen
        assert set() == names(notes)
        note(notes, "b")
        assert {"b"} == names(notes)

    def test_what_fails_at_the_very_end_undoes_everything(self, notes: Database) -> None:
        def fails() -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError), notes.work() as connection:
            connection.execute(insert(NoteRow), {"id": "a"})
            notes.before_commit(fails)

        assert notes.at_work is False
        assert set() == names(notes)

    def test_on_sqlite_the_connection_that_has_written_reads_on(self, tmp_path: Path) -> None:
        app, database = open_database(f"sqlite:///{tmp_path}/one.sqlite")
        with app.app_context():
            reader = database.session
            with database.work() as connection:
                assert reader is connection
            assert reader is database.session
        with app.app_context():
            assert reader is database.session
        database.close()

    def test_threads_wait_for_each_other_and_none_loses(self, noted: tuple[Flask, Database]) -> None:
        app, database = noted
        barrier = threading.Barrier(6)
        failed: list[BaseException] = []

        def write(number: int) -> None:
            barrier.wait(30)
            try:
                with app.app_context():
                    for turn in range(5):
                        note(database, f"{number}-{turn}")
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert [] == failed
        assert 30 == len(names(database))

    def test_of_two_conditional_updates_one_counts(self, noted: tuple[Flask, Database]) -> None:
        app, database = noted
        note(database, "once")
        barrier = threading.Barrier(4)
        counts: list[int] = []
        first = update(NoteRow).where(NoteRow.id == "once", NoteRow.at.is_(None)).values(at=datetime.now(UTC))

        def spend() -> None:
            barrier.wait(30)
            with app.app_context(), database.work() as connection:
                counts.append(connection.execute(first).rowcount)

        threads = [threading.Thread(target=spend) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert [0, 0, 0, 1] == sorted(counts)

    def test_an_error_does_not_tell_the_parameters(self, notes: Database) -> None:
        note(notes, "secret-name")

        with pytest.raises(IntegrityError) as broken:
            note(notes, "secret-name")

        assert "[SQL parameters hidden" in str(broken.value)
        # PostgreSQL itself quotes the value of a broken unique constraint: such columns hold identifiers and fingerprints only.
        assert ("secret-name" in str(broken.value)) is not notes.is_sqlite


class TestInstants:
    @pytest.mark.parametrize("hours", [0, 3, 8, -11])
    def test_an_instant_comes_back_as_utc(self, notes: Database, hours: int) -> None:
        at = datetime(2026, 9, 1, 8, 0, 0, 123456, tzinfo=timezone(timedelta(hours=hours)))
        note(notes, "a", at)

        found = notes.session.execute(select(NoteRow.at)).scalar_one()

        assert at == found
        assert UTC is found.tzinfo

    def test_no_instant_is_no_instant(self, notes: Database) -> None:
        note(notes, "a", None)

        assert notes.session.execute(select(NoteRow.at)).scalar_one() is None

    def test_instants_are_compared_as_instants(self, notes: Database) -> None:
        for hour in range(3):
            note(notes, str(hour), datetime(2026, 9, 1, hour, tzinfo=UTC))
        moscow = datetime(2026, 9, 1, 4, 0, tzinfo=timezone(timedelta(hours=3)))

        assert ["2"] == list(notes.session.execute(select(NoteRow.id).where(NoteRow.at > moscow)).scalars())

    def test_a_naive_time_is_refused(self, notes: Database) -> None:
        with pytest.raises(Exception, match="an instant needs a time zone"):
            note(notes, "a", datetime(2026, 9, 1))  # noqa: DTZ001


def answers_at(barrier: threading.Barrier, database: Database) -> bool:
    """Whether it answers, asked when all stand at the barrier."""
    barrier.wait(30)
    return database.answers()


class TestOpening:
    def test_sqlite_makes_its_folder_and_is_durable(self, tmp_path: Path) -> None:
        app, database = open_database(f"sqlite:///{tmp_path}/new/folder/file.sqlite")
        with app.app_context(), database.work() as connection:
            found = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        database.close()

        assert ["wal", 1, 1] == found

    def test_many_may_open_a_new_file_at_the_same_moment(self, tmp_path: Path) -> None:
        for round_ in range(20):
            url = f"sqlite:///{tmp_path}/{round_}.sqlite"
            opened = [open_database(url)[1] for _ in range(8)]
            barrier = threading.Barrier(8)

            with ThreadPoolExecutor(8) as threads:
                said = list(threads.map(partial(answers_at, barrier), opened))

            assert [True] * 8 == said
            for database in opened:
                database.close()

    def test_a_file_that_stays_busy_is_given_up_in_the_end(self, tmp_path: Path) -> None:
        with (
            closing(sqlite3.connect(tmp_path / "busy.sqlite")) as busy,
            closing(sqlite3.connect(tmp_path / "busy.sqlite", timeout=0)) as late,
        ):
            busy.execute("BEGIN EXCLUSIVE")

            with pytest.raises(sqlite3.OperationalError, match="locked"):
                file.prepare(late, patience=0.05)

    def test_the_end_of_a_request_costs_only_what_is_ours(self, tmp_path: Path) -> None:
        app, database = open_database(f"sqlite:///{tmp_path}/file.sqlite")

        assert ["_let_go"] == [function.__name__ for function in app.teardown_appcontext_funcs]
        database.close()

    def test_a_relative_file_is_in_the_working_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        _app, database = open_database("sqlite:///var/here.sqlite")
        database.answers()
        database.close()

        assert (tmp_path / "var" / "here.sqlite").exists()

    def test_it_says_whether_it_answers(self, notes: Database) -> None:
        assert notes.answers() is True

    def test_one_that_nobody_holds_any_more_gives_its_files_back(self, tmp_path: Path) -> None:
        def use_it() -> None:
            app, database = open_database(f"sqlite:///{tmp_path}/left.sqlite")
            with app.app_context():
                OwnBase.metadata.create_all(database.engine)
                note(database, "a")

        use_it()
        gc.collect()

        # Whoever closes such a file last brings its journal into it.
        assert ["left.sqlite"] == [one.name for one in tmp_path.iterdir()]

    def test_none_is_taken_for_one_that_was_there_before(self, tmp_path: Path) -> None:
        def version(database: Database) -> int:
            return int(run(database.session, "PRAGMA user_version", ()).fetchone()[0])

        _app, database = open_database(f"sqlite:///{tmp_path}/first.sqlite")
        # The context of an application outlives the database that was used in it.
        with Flask("other").app_context():
            run(database.session, "PRAGMA user_version=1", ()).close()
            assert 1 == version(database)
            database.close()
            # As it happens when the memory of one that is gone is given to another.
            database.__init__(Flask("test"), StorageSettings(url=f"sqlite:///{tmp_path}/second.sqlite"))  # type: ignore[misc]
            assert 0 == version(database)
        database.close()

    def test_an_absent_server_does_not_answer(self) -> None:
        _app, database = open_database("postgresql://nobody:x@127.0.0.1:1/nothing")

        assert database.answers() is False
        database.close()


@pytest.mark.parametrize(
    ("kind", "wrong", "named"),
    [
        (StorageSettings, {"url": "mysql://x"}, "storage.url"),
        (StorageSettings, {"url": ""}, "storage.url"),
        (StorageSettings, {"pool_size": 0}, "storage.pool_size"),
        (ShelfSettings, {"backend": "paper"}, "shelf.backend"),
        (ShelfSettings, {"backend": "redis"}, "shelf.url"),
    ],
)
def test_a_wrong_setting_is_named(kind: type, wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        kind(**wrong)


def test_constraints_are_named_by_one_rule() -> None:
    assert {"ix", "uq", "ck", "fk", "pk"} == set(Base.metadata.naming_convention)

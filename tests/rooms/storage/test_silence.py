"""A database that does not answer in time says so by one exception, whoever holds it up; every other error stays what it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from broker.storage.database import Database
from broker.storage.settings import StorageSettings
from broker.storage.silence import DatabaseSilent
from tests.support.held import held

SOON = timedelta(milliseconds=200)


@contextmanager
def opened(url: str, **changes: object) -> Iterator[Database]:
    app = Flask("test")
    settings = StorageSettings(url=url, **({"busy_timeout": SOON, "answer_within": SOON} | changes))  # type: ignore[arg-type]
    database = Database(app, settings)
    with app.app_context():
        yield database
    database.close()


def do(database: Database, statement: str) -> None:
    with database.work() as connection:
        connection.execute(text(statement))


@pytest.fixture
def silent(database_url: str) -> Iterator[Database]:
    with opened(database_url) as database:
        do(database, "CREATE TABLE silent (id INTEGER PRIMARY KEY)")
        yield database
        do(database, "DROP TABLE silent")


def test_who_waits_for_somebody_else_is_told_and_goes_on_afterwards(silent: Database, database_url: str) -> None:
    with held(database_url, "silent"), pytest.raises(DatabaseSilent):
        do(silent, "INSERT INTO silent VALUES (1)")

    do(silent, "INSERT INTO silent VALUES (1)")
    assert [1] == list(silent.session.execute(text("SELECT id FROM silent")).scalars())


def test_threads_of_one_process_wait_for_their_turn_before_they_ask_the_file(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/turns.sqlite", busy_timeout=SOON * 100) as database, ThreadPoolExecutor(1) as threads:
        app, begun = current_app._get_current_object(), []  # type: ignore[attr-defined]

        def other() -> None:
            with app.app_context():
                waits.set()
                do(database, "CREATE TABLE later (id INTEGER)")

        waits = threading.Event()
        with database.work():
            event.listen(database.engine, "before_cursor_execute", lambda *told: begun.append(told[2]))
            done = threads.submit(other)
            assert waits.wait(30)
            # Long enough for somebody who does not wait for a turn to have said BEGIN.
            with pytest.raises(FutureTimeout):
                done.result(SOON.total_seconds())
            assert [] == begun

        done.result(30)
        assert "BEGIN IMMEDIATE" in begun


def test_who_waits_for_another_thread_too_long_is_told_and_goes_on_afterwards(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/turns.sqlite") as database, ThreadPoolExecutor(1) as threads:
        app = current_app._get_current_object()  # type: ignore[attr-defined]

        def other() -> None:
            with app.app_context():
                do(database, "CREATE TABLE later (id INTEGER)")

        with database.work(), pytest.raises(DatabaseSilent):
            threads.submit(other).result(30)

        threads.submit(other).result(30)


def test_a_commit_that_fails_gives_its_turn_back(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/turns.sqlite") as database:
        do(database, "CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        do(database, "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")

        with pytest.raises(DBAPIError, match="FOREIGN KEY"):
            do(database, "INSERT INTO child VALUES (1)")

        do(database, "INSERT INTO parent VALUES (1)")
        assert [] == list(database.session.execute(text("SELECT id FROM child")).scalars())


@pytest.mark.parametrize("wrong", ["INSERT INTO silent VALUES (1), (1)", "SELECT * FROM nowhere", "SELEC"])
def test_another_error_is_no_silence(silent: Database, wrong: str) -> None:
    with pytest.raises(DBAPIError):
        do(silent, wrong)


@pytest.mark.postgres
def test_a_read_is_held_up_on_postgresql_too(postgres_url: str) -> None:
    with opened(postgres_url) as database:
        do(database, "CREATE TABLE silent (id INTEGER)")
        with held(postgres_url, "silent"), pytest.raises(DatabaseSilent):
            database.session.execute(text("SELECT id FROM silent"))
        do(database, "DROP TABLE silent")


@pytest.mark.postgres
def test_the_command_line_waits_as_long_as_it_takes(postgres_url: str) -> None:
    settings = StorageSettings(url=postgres_url, answer_within=SOON).unhurried()
    with opened(postgres_url, answer_within=settings.answer_within) as database:
        do(database, "SELECT pg_sleep(0.4)")


@pytest.mark.postgres
def test_what_the_address_asks_of_the_server_is_kept(postgres_url: str) -> None:
    with opened(f"{postgres_url}?options=-c%20search_path%3Dpg_catalog") as database:
        assert "pg_catalog" == database.session.execute(text("SHOW search_path")).scalar()
        assert "200ms" == database.session.execute(text("SHOW statement_timeout")).scalar()


@pytest.mark.postgres
def test_no_free_connection_is_silence(postgres_url: str) -> None:
    with opened(postgres_url, pool_size=1) as database:
        busy = [database.engine.connect() for _ in range(2)]
        with pytest.raises(DatabaseSilent):
            do(database, "SELECT 1")
        for connection in busy:
            connection.close()


@pytest.mark.postgres
def test_a_connection_cut_in_the_middle_is_silence_and_the_next_one_works(postgres_url: str) -> None:
    with opened(postgres_url) as database:
        with pytest.raises(DatabaseSilent):
            do(database, "SELECT pg_terminate_backend(pg_backend_pid())")
        do(database, "SELECT 1")


def test_nobody_at_the_address_is_silence() -> None:
    with opened("postgresql://nobody@127.0.0.1:9/nothing") as database, pytest.raises(DatabaseSilent):
        do(database, "SELECT 1")


def test_a_file_that_is_no_database_is_no_silence(tmp_path: Path) -> None:
    (tmp_path / "bad.sqlite").write_bytes(b"not a database at all" * 100)
    with opened(f"sqlite:///{tmp_path}/bad.sqlite") as database, pytest.raises(Exception) as found:
        do(database, "SELECT 1")
    assert not isinstance(found.value, DatabaseSilent)


def test_a_limit_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"storage\.answer_within"):
        StorageSettings(answer_within=timedelta(seconds=-1))

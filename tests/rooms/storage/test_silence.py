"""A database that does not answer in time says so by one exception, whoever holds it up; every other error stays what it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
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

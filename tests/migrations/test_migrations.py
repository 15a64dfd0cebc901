"""The scripts build exactly the tables the code knows, and can be walked down and up again with rows in every table."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, insert, inspect, select

from broker.storage import migrate
from broker.storage.database import Database
from tests.support.databases import open_database
from tests.support.servers import fresh_postgres_database
from tests.support.tables import all_tables, one_row_each


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of each kind, for this test alone."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    with fresh_postgres_database() as url:
        yield url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    app, database = open_database(url)
    with app.app_context():
        yield database
    database.close()


@pytest.fixture(scope="module")
def tables() -> MetaData:
    return all_tables()


def test_the_scripts_build_what_the_code_knows(database: Database, tables: MetaData) -> None:
    migrate.upgrade(database)

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert [] == compare_metadata(context, tables)


def test_the_scripts_build_the_same_constraints(database: Database, tables: MetaData) -> None:
    migrate.upgrade(database)
    found = inspect(database.engine)

    for table in tables.sorted_tables:
        expected = {str(item.name) for item in table.constraints if item.name and type(item).__name__ == "CheckConstraint"}
        assert expected == {str(item["name"]) for item in found.get_check_constraints(table.name)}, table.name


def test_the_scripts_build_the_same_partial_indexes(database: Database, tables: MetaData) -> None:
    migrate.upgrade(database)
    found = inspect(database.engine)
    where = "sqlite_where" if database.is_sqlite else "postgresql_where"
    expected = {
        index.name for table in tables.sorted_tables for index in table.indexes if index.dialect_kwargs.get(where) is not None
    }

    names = found.get_table_names()
    assert expected == {
        index["name"]
        for name in names
        for index in found.get_indexes(name)
        if index.get("dialect_options", {}).get(where) is not None
    }


def test_the_scripts_build_the_same_tables_without_row_numbers(database: Database, tables: MetaData) -> None:
    migrate.upgrade(database)
    found = inspect(database.engine)

    declared = {table.name for table in tables.sorted_tables if not table.dialect_options["sqlite"]["with_rowid"]}
    built = {name for name in found.get_table_names() if found.get_table_options(name).get("sqlite_with_rowid") is False}
    assert {"short_lived"} == declared
    assert (declared if database.is_sqlite else set()) == built

    migrate.downgrade(database, "0005")

    assert {} == inspect(database.engine).get_table_options("short_lived")


def test_down_and_up_again_with_a_row_in_every_table(database: Database, tables: MetaData) -> None:
    migrate.upgrade(database)
    rows = one_row_each(tables)
    _fill(database, tables, rows)

    migrate.downgrade(database, "base")

    assert set() == set(inspect(database.engine).get_table_names()) - {"alembic_version"}
    assert migrate.current(database) is None
    migrate.upgrade(database)
    _fill(database, tables, rows)
    assert migrate.head() == migrate.current(database)


def test_every_step_down_and_up_keeps_the_rows_that_fit(database: Database, tables: MetaData) -> None:
    migrate.upgrade(database)
    _fill(database, tables, one_row_each(tables))
    before = {table.name for table in tables.sorted_tables}

    migrate.downgrade(database, "-1")
    kept = set(inspect(database.engine).get_table_names()) & before
    migrate.upgrade(database)

    with database.engine.connect() as connection:
        for table in tables.sorted_tables:
            expected = 1 if table.name in kept else 0
            assert expected == len(connection.execute(select(table)).all()), table.name


def test_foreign_keys_hold_after_a_migration(database: Database) -> None:
    migrate.upgrade(database)

    if database.is_sqlite:
        with database.engine.connect() as connection:
            assert 1 == connection.exec_driver_sql("PRAGMA foreign_keys").scalar()


def test_an_upgrade_of_an_up_to_date_database_does_nothing(database: Database, tables: MetaData) -> None:
    migrate.upgrade(database)
    _fill(database, tables, one_row_each(tables))

    migrate.upgrade(database)

    with database.engine.connect() as connection:
        assert all(1 == len(connection.execute(select(table)).all()) for table in tables.sorted_tables)


def test_processes_that_upgrade_at_once_do_it_once(url: str, database: Database) -> None:
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(3), context.SimpleQueue()
    workers = [context.Process(target=upgrade_at_once, args=(url, start, answers)) for _ in range(3)]

    for worker in workers:
        worker.start()
    said = [answers.get() for _ in workers]
    for worker in workers:
        worker.join(60)

    assert ["done"] * 3 == said
    assert migrate.head() == migrate.current(database)


def upgrade_at_once(url: str, start: threading.Barrier, answers: multiprocessing.SimpleQueue) -> None:
    """One of the processes that start together."""
    app, database = open_database(url)
    try:
        with app.app_context():
            start.wait(120)
            migrate.upgrade(database)
        answers.put("done")
    except BaseException as error:
        answers.put(repr(error))
    finally:
        database.close()


def _fill(database: Database, tables: MetaData, rows: dict[str, dict[str, object]]) -> None:
    with database.work() as connection:
        for table in tables.sorted_tables:
            connection.execute(insert(table), rows[table.name])

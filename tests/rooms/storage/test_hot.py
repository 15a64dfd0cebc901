"""Hot statements answer, refuse and are heard of as every other statement is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Integer, String, bindparam, delete, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from broker.storage.columns import UtcInstant
from broker.storage.database import Database
from broker.storage.hot import Hot
from tests.support.counting import statements
from tests.support.databases import open_database

AT = datetime(2026, 9, 1, 8, 30, 0, 250, tzinfo=UTC)


class OwnBase(DeclarativeBase):
    """A table of this test only, out of the house's metadata."""


class ShelfRow(OwnBase):
    __tablename__ = "hot_of_a_test"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime | None] = mapped_column(UtcInstant)
    count: Mapped[int] = mapped_column(Integer)
    filled: Mapped[int] = mapped_column(Integer, default=7)


INSERT = Hot(insert(ShelfRow), ("id", "at", "count", "filled"))
BY_ID = Hot(select(ShelfRow.id, ShelfRow.at, ShelfRow.count).where(ShelfRow.id == bindparam("id_"), ShelfRow.filled == 7))
ALL = Hot(select(ShelfRow.at).order_by(ShelfRow.id))
MOVE = Hot(update(ShelfRow).where(ShelfRow.count < bindparam("below_")).values(at=bindparam("at_")))
TAKE = Hot(delete(ShelfRow).where(ShelfRow.id == bindparam("id_")).returning(ShelfRow.at))


@pytest.fixture
def shelf(database_url: str) -> Iterator[Database]:
    app, database = open_database(database_url)
    OwnBase.metadata.create_all(database.engine)
    with app.app_context():
        with database.work() as connection:
            for count, name in enumerate(("a", "b", "c")):
                at = None if name == "c" else AT
                assert 1 == INSERT.change(connection, {"id": name, "at": at, "count": count, "filled": 7})
        yield database
    OwnBase.metadata.drop_all(database.engine)
    database.close()


def test_answers_as_core_does(shelf: Database) -> None:
    assert ("b", AT, 1) == BY_ID.first(shelf.session, {"id_": "b"})
    assert tuple(shelf.session.execute(select(ShelfRow.at).where(ShelfRow.id == "b")).one()) == (AT,)
    assert BY_ID.first(shelf.session, {"id_": "nobody"}) is None
    assert [(AT,), (AT,), (None,)] == ALL.all(shelf.session, {})


def test_says_how_many_rows_changed(shelf: Database) -> None:
    later = AT.astimezone(timezone(timedelta(hours=5))) + timedelta(days=1)
    with shelf.work() as connection:
        assert 2 == MOVE.change(connection, {"below_": 2, "at_": later})
        assert 0 == MOVE.change(connection, {"below_": 0, "at_": later})
    assert [(later,), (later,), (None,)] == ALL.all(shelf.session, {})


def test_takes_and_says_what(shelf: Database) -> None:
    assert (AT,) == TAKE.first(shelf.session, {"id_": "a"})
    assert TAKE.first(shelf.session, {"id_": "a"}) is None
    assert BY_ID.first(shelf.session, {"id_": "a"}) is None


def test_what_is_rolled_back_has_not_happened(shelf: Database) -> None:
    def undone() -> None:
        with shelf.work() as connection:
            MOVE.change(connection, {"below_": 9, "at_": None})
            raise LookupError

    with pytest.raises(LookupError):
        undone()
    assert [(AT,), (AT,), (None,)] == ALL.all(shelf.session, {})


def test_an_error_is_sqlalchemys_and_names_no_value(shelf: Database) -> None:
    with pytest.raises(IntegrityError) as caught, shelf.work() as connection:
        INSERT.change(connection, {"id": "a", "at": None, "count": 4711, "filled": 7})

    assert "4711" not in str(caught.value)
    assert [("a",)] == shelf.session.execute(select(ShelfRow.id).where(ShelfRow.id == "a")).all()


def test_listeners_hear_of_it(shelf: Database) -> None:
    with statements(shelf) as sent, shelf.work() as connection:
        BY_ID.first(connection, {"id_": "a"})

    assert ["BEGIN", "SELECT"] == [text.split()[0] for text in (["BEGIN"] if not shelf.is_sqlite else []) + sent]


def test_a_parameter_that_is_missing_is_no_null(shelf: Database) -> None:
    with pytest.raises((KeyError, StatementError)), shelf.work() as connection:
        MOVE.change(connection, {"at_": None})


@pytest.mark.parametrize(
    ("statement", "columns"),
    [
        (select(ShelfRow.id).where(ShelfRow.id.in_(bindparam("ids", expanding=True))), None),
        (insert(ShelfRow), ("id", "at", "count")),
    ],
    ids=["a list", "a column that is filled in"],
)
def test_what_is_worked_out_each_time_is_refused(shelf: Database, statement: object, columns: tuple[str, ...] | None) -> None:
    with pytest.raises(RuntimeError, match="hot statement"):
        Hot(statement, columns).all(shelf.session, {})


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 30)))  # noqa: DTZ001
def test_instants_are_written_and_read_as_core_does(at: datetime) -> None:
    dialect = sqlite.dialect()
    process: Any = UtcInstant().dialect_impl(dialect).bind_processor(dialect)
    as_core = process(at)

    assert as_core in INSERT._write(dialect).parameters({"id": "a", "at": at, "count": 1, "filled": 7})
    assert [("a", at, 1)] == BY_ID._write(dialect).rows([("a", as_core, 1)])


def test_a_naive_time_is_refused(shelf: Database) -> None:
    with pytest.raises((ValueError, StatementError), match="an instant needs a time zone"), shelf.work() as connection:
        MOVE.change(connection, {"below_": 9, "at_": datetime(2026, 9, 1)})  # noqa: DTZ001

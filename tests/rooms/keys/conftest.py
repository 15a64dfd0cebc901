"""Counting what the database is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import event

from broker.storage.database import Database


@pytest.fixture
def reads(sqlite_database: Database) -> Iterator[Callable[[], int]]:
    """How many questions the database has been asked so far; BEGIN is not one."""
    count = 0

    def counted(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        nonlocal count
        count += statement.startswith("SELECT")

    for engine in sqlite_database._engines:
        event.listen(engine, "before_cursor_execute", counted)
    yield lambda: count
    for engine in sqlite_database._engines:
        event.remove(engine, "before_cursor_execute", counted)

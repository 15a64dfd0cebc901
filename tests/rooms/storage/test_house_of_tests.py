"""The tests' own ground: nobody leaves the machine, and what is missing is said."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers
from sqlalchemy import insert, inspect, select, text

from broker.directory.tables import SchoolRow
from broker.storage.columns import Base
from broker.storage.database import Database
from broker.storage.redis_shelf import RedisShelf
from broker.storage.settings import ShelfSettings
from tests.support.databases import database_at, open_database
from tests.support.loopback import NetworkIsCut
from tests.support.ports import free_ports
from tests.support.servers import fresh_redis_database, lacking


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "example.com", "0.0.0.0"])
def test_nobody_leaves_the_machine(address: str) -> None:
    with pytest.raises(NetworkIsCut):
        socket.create_connection((address, 80), timeout=1)
    with pytest.raises(NetworkIsCut), socket.socket() as direct:
        direct.connect((address, 80))


@pytest.mark.parametrize(("required", "outcome"), [("1", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_what_is_missing_is_skipped_or_fails(
    monkeypatch: pytest.MonkeyPatch, required: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("REQUIRE_ALL", required)

    with pytest.raises(outcome, match=r"not installed.*a printing press"):
        lacking("a printing press")


def test_one_place_decides_what_may_be_missing() -> None:
    tests = Path(__file__).parents[2]
    deciding = {str(file.relative_to(tests)) for file in tests.rglob("*.py") if 'environ.get("REQUIRE' in file.read_text()}

    assert {"support/servers.py"} == deciding - {str(Path(__file__).relative_to(tests))}


def test_no_test_fails_by_chance_or_for_want_of_time() -> None:
    """Hypothesis would otherwise draw other values in every run, and give each of them a fifth of a second."""
    drawn: list[int] = []

    @given(integers())
    def look(number: int) -> None:
        drawn.append(number)

    look()
    once = list(drawn)
    drawn.clear()
    look()

    assert None is settings().deadline
    assert once == drawn


def test_no_port_is_told_to_two(monkeypatch: pytest.MonkeyPatch) -> None:
    told = free_ports(2)
    monkeypatch.setattr("random.randrange", lambda *_: told)

    with pytest.raises(AssertionError, match="no free ports"):
        free_ports()


@pytest.mark.redis
def test_houses_on_one_redis_know_nothing_of_each_other() -> None:
    one, other = (RedisShelf(ShelfSettings(backend="redis", url=fresh_redis_database())) for _ in range(2))
    one.put("upstream", "esia", b"in trouble", timedelta(minutes=1))

    assert (b"in trouble", None) == (one.get("upstream", "esia"), other.get("upstream", "esia"))


LEFT = {"id": "29-009", "region": "29", "name_ru": "Школа", "name_en": "School", "is_open": True}


def made_of(database: Database) -> list[tuple[str, str]]:
    """Every table and index with the statement that makes it."""
    with database.engine.connect() as connection:
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return sorted((name, sql) for name, sql in found)


def test_a_copied_file_has_the_tables_that_would_be_made(tmp_path: Path) -> None:
    app, made = open_database(f"sqlite:///{tmp_path}/made.sqlite")
    with app.app_context():
        Base.metadata.create_all(made.engine)
        expected = made_of(made)
    made.close()

    with database_at(f"sqlite:///{tmp_path}/copied.sqlite") as copied:
        assert expected == made_of(copied)
        assert set(Base.metadata.tables) == set(inspect(copied.engine).get_table_names())


@pytest.mark.postgres
def test_what_a_test_leaves_in_postgresql_is_gone_for_the_next(postgres_url: str) -> None:
    for _ in range(2):
        with database_at(postgres_url) as database:
            with database.engine.connect() as connection:
                assert [] == connection.execute(select(SchoolRow.id)).all()
            with database.work() as work:
                work.execute(insert(SchoolRow), LEFT)

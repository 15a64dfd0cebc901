"""What every test may ask for: a clock, an outside, a database, real servers. And what none may do: leave the machine."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.support.chance import leave_nothing_to_chance
from tests.support.clock import Clock, outside_at
from tests.support.databases import database_at
from tests.support.loopback import cut_network
from tests.support.routing import compile_rules_once
from tests.support.servers import Run, fresh_postgres_database, fresh_redis_database
from tests.support.shifts import Shifts, longest_first
from tests.support.watching import Watch

_RUN = pytest.StashKey[Run]()
_WATCH = pytest.StashKey[Watch]()


def pytest_configure(config: pytest.Config) -> None:
    cut_network()
    leave_nothing_to_chance()
    compile_rules_once()
    # Workers of xdist are given the run of their controller through the environment.
    if not hasattr(config, "workerinput"):
        config.stash[_RUN] = Run()
    else:
        # Until the first test that is to be watched.
        config.stash[_WATCH] = Watch()
        config.stash[_WATCH].turn_to("")


def pytest_unconfigure(config: pytest.Config) -> None:
    run = config.stash.get(_RUN, None)
    if run is not None:
        run.end()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return Shifts(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = longest_first(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if watch := item.config.stash.get(_WATCH, None):
        watch.turn_to(item.nodeid)


def pytest_collection_finish() -> None:
    # Thousands of tests and all modules live as long as the run: looking through them again and again finds nothing to free.
    gc.freeze()


@pytest.fixture
def clock() -> Clock:
    """A clock at eight in the morning of 1 September (Moscow) that only the test moves."""
    return Clock()


@pytest.fixture
def outside(clock: Clock) -> Outside:
    """That clock, real randomness, and a network on which nobody answers."""
    return outside_at(clock)


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL database for this module."""
    with fresh_postgres_database() as url:
        yield url


@pytest.fixture(scope="module")
def redis_url() -> str:
    """An empty database of a real Redis for this module."""
    return fresh_redis_database()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file of this test's own; it does not exist yet."""
    return f"sqlite:///{tmp_path}/test.sqlite"


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A SQLite database with all tables, inside an application context."""
    with database_at(sqlite_url) as database:
        yield database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both kinds of database, one after the other."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of each kind with all tables, empty, inside an application context."""
    with database_at(database_url) as database:
        yield database

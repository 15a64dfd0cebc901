"""Towns for journeys. A town is built once per module and kind of store; a journey brings its own browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.databases import upgraded_template
from tests.support.journaled import Watcher, watching_changes
from tests.support.servers import fresh_postgres_database
from tests.support.town import Town, town


@pytest.fixture(scope="module")
def watched_changes() -> Iterator[Watcher]:
    """Every transaction of the journeys is looked at, and none of the tests that run in the same process after them."""
    with watching_changes() as watcher:
        yield watcher


@pytest.fixture(autouse=True)
def _every_change_is_told(watched_changes: Watcher) -> Iterator[None]:
    """No request, round or command changes anything that the journal does not know of."""
    yield
    found, watched_changes.found = watched_changes.found, []
    assert [] == found


@pytest.fixture(scope="module")
def sqlite_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Everything in one SQLite file: the embedded default."""
    with town(tmp_path_factory.mktemp("town"), Clock()) as built:
        yield built


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database for this module, upgraded and otherwise empty."""
    with fresh_postgres_database(upgraded_template()) as url:
        yield url


@pytest.fixture(scope="module")
def server_town(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, redis_url: str) -> Iterator[Town]:
    """PostgreSQL and Redis: what a region runs."""
    changes = {"BROKER_STORAGE__URL": postgres_url, "BROKER_SHELF__BACKEND": "redis", "BROKER_SHELF__URL": redis_url}
    with town(tmp_path_factory.mktemp("town"), Clock(), changes) as built:
        yield built


@pytest.fixture(scope="module", params=["sqlite", pytest.param("servers", marks=[pytest.mark.postgres, pytest.mark.redis])])
def any_town(request: pytest.FixtureRequest) -> Town:
    """Both, one after the other."""
    found: Town = request.getfixturevalue("sqlite_town" if request.param == "sqlite" else "server_town")
    return found


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A browser that has never been here."""
    with Browser() as fresh:
        yield fresh

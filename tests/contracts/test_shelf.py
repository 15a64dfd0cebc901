"""One contract for every kind of short-lived state, the one for tests included."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from broker.foundation.outside import utc_now
from broker.storage.database import Database
from broker.storage.memory_shelf import MemoryShelf
from broker.storage.open_shelf import open_shelf
from broker.storage.redis_shelf import RedisShelf
from broker.storage.settings import ShelfSettings
from broker.storage.shelf import Shelf, ShelfUnavailable
from broker.storage.sql_shelf import SqlShelf
from broker.storage.tables import ShortLivedRow
from tests.contracts.shelf_contract import SharedShelfContract, ShelfContract
from tests.support.clock import Clock
from tests.support.databases import database_at, open_database
from tests.support.servers import server

MINUTE = timedelta(minutes=1)


@pytest.fixture
def key() -> str:
    """A key nobody used before: real servers are shared by the run."""
    return uuid.uuid4().hex


class TestMemoryShelf(ShelfContract):
    @pytest.fixture
    def shelf(self, clock: Clock) -> Shelf:
        return MemoryShelf(clock.now)

    @pytest.fixture
    def wait(self, clock: Clock) -> Callable[[float], None]:
        return lambda seconds: clock.advance(timedelta(seconds=seconds)) and None


class TestSqlShelfOnSqlite(SharedShelfContract):
    @pytest.fixture
    def address(self, sqlite_url: str) -> str:
        return sqlite_url

    @pytest.fixture
    def shelf(self, sqlite_database: Database, clock: Clock) -> Shelf:
        clock.at = utc_now()
        return SqlShelf(sqlite_database, clock.now)

    @pytest.fixture
    def wait(self, clock: Clock) -> Callable[[float], None]:
        return lambda seconds: clock.advance(timedelta(seconds=seconds)) and None


@pytest.mark.postgres
class TestSqlShelfOnPostgres(SharedShelfContract):
    @pytest.fixture
    def address(self, postgres_url: str) -> str:
        return postgres_url

    @pytest.fixture
    def shelf(self, address: str, clock: Clock) -> Iterator[Shelf]:
        clock.at = utc_now()
        with database_at(address) as database:
            yield SqlShelf(database, clock.now)

    @pytest.fixture
    def wait(self, clock: Clock) -> Callable[[float], None]:
        return lambda seconds: clock.advance(timedelta(seconds=seconds)) and None


class OnRedis(SharedShelfContract):
    """Redis ends lives by its own clock, so its tests let real time pass, in fractions of a second."""

    kind = ""

    @pytest.fixture
    def address(self) -> str:
        return server(self.kind)

    @pytest.fixture
    def shelf(self, address: str) -> Shelf:
        return RedisShelf(ShelfSettings(backend="redis", url=address))

    @pytest.fixture
    def wait(self) -> Callable[[float], None]:
        return time.sleep


@pytest.mark.redis
class TestRedisShelf(OnRedis):
    kind = "redis"


@pytest.mark.redis
class TestRedisShelfBehindSentinel(OnRedis):
    kind = "redis_sentinel"


@pytest.mark.redis
class TestRedisShelfOnCluster(OnRedis):
    kind = "redis_cluster"


class TestAShelfThatIsDown:
    @pytest.fixture(params=["redis://{}/0", "redis+cluster://{}", "redis+sentinel://{}/house"])
    def redis_that_is_down(self, request: pytest.FixtureRequest) -> Iterator[Shelf]:
        with socket.socket() as reserved:
            # Bound but not listening: whoever connects is refused.
            reserved.bind(("127.0.0.1", 0))
            url = request.param.format(f"127.0.0.1:{reserved.getsockname()[1]}")
            yield RedisShelf(ShelfSettings(backend="redis", url=url))

    @pytest.fixture
    def sql_that_is_down(self, tmp_path: Path, clock: Clock) -> Iterator[Shelf]:
        _app, database = open_database(f"sqlite:///{tmp_path}/without_tables.sqlite")
        yield SqlShelf(database, clock.now)
        database.close()

    def test_every_verb_of_redis_says_so(self, redis_that_is_down: Shelf) -> None:
        refuses_everything(redis_that_is_down)

    def test_every_verb_of_sql_says_so(self, sql_that_is_down: Shelf) -> None:
        refuses_everything(sql_that_is_down)


def refuses_everything(shelf: Shelf) -> None:
    for act in (
        lambda: shelf.put("code", "k", b"v", MINUTE),
        lambda: shelf.get("code", "k"),
        lambda: shelf.take("code", "k"),
        lambda: shelf.claim("jti", "k", MINUTE),
    ):
        with pytest.raises(ShelfUnavailable):
            act()
    assert shelf.answers() is False


@pytest.mark.parametrize("verb", ["put", "get", "take", "claim"])
def test_no_verb_works_inside_a_unit_of_work(sqlite_database: Database, clock: Clock, verb: str) -> None:
    shelf = SqlShelf(sqlite_database, clock.now)
    arguments = {"put": (b"v", MINUTE), "claim": (MINUTE,)}.get(verb, ())

    with sqlite_database.work(), pytest.raises(RuntimeError):
        getattr(shelf, verb)("code", "k", *arguments)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (ShelfSettings(), SqlShelf),
        (ShelfSettings(backend="memory"), MemoryShelf),
        (ShelfSettings(backend="redis", url="redis://127.0.0.1:1/0"), RedisShelf),
    ],
)
def test_the_setting_chooses_the_shelf(sqlite_database: Database, clock: Clock, settings: ShelfSettings, kind: type) -> None:
    assert isinstance(open_shelf(settings, sqlite_database, clock.now), kind)


def test_writes_sweep_what_has_ended(sqlite_database: Database, clock: Clock) -> None:
    shelf = SqlShelf(sqlite_database, clock.now)
    shelf.put("code", "ended", b"v", MINUTE)
    shelf.put("code", "alive", b"v", 3 * MINUTE)
    clock.advance(2 * MINUTE)

    for number in range(256):
        shelf.put("code", f"new{number}", b"v", MINUTE)

    kept = set(sqlite_database.session.execute(select(ShortLivedRow.key)).scalars())
    assert "ended" not in kept
    assert "alive" in kept

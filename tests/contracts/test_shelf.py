"""One contract for every kind of short-lived state, the one for tests included."""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
from tests.support.clock import Clock
from tests.support.databases import database_at, open_database
from tests.support.servers import server

MINUTE = timedelta(minutes=1)
MANY = 8
PROCESSES = 3


class ShelfContract:
    """What every shelf must do. Subclasses provide `shelf`, and `wait` which lets that much time pass for it."""

    def test_what_was_put_can_be_got_again_and_again(self, shelf: Shelf, key: str) -> None:
        shelf.put("code", key, b"\x00\xffv", MINUTE)

        assert b"\x00\xffv" == shelf.get("code", key)
        assert b"\x00\xffv" == shelf.get("code", key)

    def test_nothing_comes_from_an_empty_place(self, shelf: Shelf, key: str) -> None:
        assert shelf.get("code", key) is None
        assert shelf.take("code", key) is None

    def test_an_empty_value_is_a_value(self, shelf: Shelf, key: str) -> None:
        shelf.put("code", key, b"", MINUTE)

        assert b"" == shelf.get("code", key)
        assert b"" == shelf.take("code", key)

    def test_put_replaces(self, shelf: Shelf, key: str) -> None:
        shelf.put("code", key, b"old", MINUTE)
        shelf.put("code", key, b"new", MINUTE)

        assert b"new" == shelf.take("code", key)

    def test_take_gives_the_value_once(self, shelf: Shelf, key: str) -> None:
        shelf.put("code", key, b"v", MINUTE)

        assert b"v" == shelf.take("code", key)
        assert shelf.take("code", key) is None
        assert shelf.get("code", key) is None

    def test_kinds_and_keys_are_kept_apart(self, shelf: Shelf, key: str) -> None:
        shelf.put("code", key, b"v", MINUTE)

        assert shelf.take("state", key) is None
        assert shelf.take("code", key + "x") is None
        assert shelf.claim("state", key, MINUTE)
        assert b"v" == shelf.get("code", key)

    def test_claim_is_for_the_first_only(self, shelf: Shelf, key: str) -> None:
        assert shelf.claim("jti", key, MINUTE) is True
        assert shelf.claim("jti", key, MINUTE) is False

    def test_claim_does_not_take_what_was_put(self, shelf: Shelf, key: str) -> None:
        shelf.put("code", key, b"v", MINUTE)

        assert shelf.claim("code", key, MINUTE) is False
        assert b"v" == shelf.get("code", key)

    def test_a_lost_claim_does_not_live_longer(self, shelf: Shelf, key: str, wait: Callable[[float], None]) -> None:
        shelf.claim("jti", key, timedelta(seconds=0.4))
        wait(0.2)
        assert shelf.claim("jti", key, MINUTE) is False
        wait(0.3)

        assert shelf.claim("jti", key, MINUTE) is True

    def test_a_value_ends_at_the_end_of_its_life(self, shelf: Shelf, key: str, wait: Callable[[float], None]) -> None:
        for name in ("get", "take"):
            shelf.put("code", key + name, b"v", timedelta(seconds=0.3))
        wait(0.35)

        assert shelf.get("code", key + "get") is None
        assert shelf.take("code", key + "take") is None

    def test_put_gives_a_new_life(self, shelf: Shelf, key: str, wait: Callable[[float], None]) -> None:
        shelf.put("code", key, b"v", timedelta(seconds=0.3))
        shelf.put("code", key, b"v", MINUTE)
        wait(0.35)

        assert b"v" == shelf.get("code", key)

    def test_it_says_that_it_answers(self, shelf: Shelf) -> None:
        assert shelf.answers()

    @pytest.mark.parametrize("round_", range(5))
    def test_of_many_takers_one_wins(self, shelf: Shelf, key: str, round_: int) -> None:
        shelf.put("code", key, b"v", MINUTE)

        taken = at_once(lambda: shelf.take("code", key))

        assert [b"v"] == [value for value in taken if value is not None]

    @pytest.mark.parametrize("round_", range(5))
    def test_of_many_claimers_one_wins(self, shelf: Shelf, key: str, round_: int) -> None:
        assert 1 == sum(at_once(lambda: shelf.claim("jti", key, MINUTE)))

    def test_of_many_claimers_of_an_ended_claim_one_wins(self, shelf: Shelf, key: str, wait: Callable[[float], None]) -> None:
        shelf.claim("jti", key, timedelta(seconds=0.1))
        wait(0.15)

        assert 1 == sum(at_once(lambda: shelf.claim("jti", key, MINUTE)))


class SharedShelfContract(ShelfContract):
    """What a shelf that several processes share must do besides. Subclasses provide `address` for `shelf_at`."""

    def test_of_many_processes_one_takes_and_one_claims(self, shelf: Shelf, key: str, address: str) -> None:
        keys = [f"{key}{number}" for number in range(20)]
        for name in keys:
            shelf.put("code", name, b"v", MINUTE)
        context = multiprocessing.get_context("spawn")
        start, answers = context.Barrier(PROCESSES), context.SimpleQueue()
        workers = [context.Process(target=take_and_claim, args=(address, keys, start, answers)) for _ in range(PROCESSES)]

        for worker in workers:
            worker.start()
        won = [answers.get() for _ in workers]
        for worker in workers:
            worker.join(30)

        assert sorted(keys) == sorted(name for taken, _ in won for name in taken)
        assert sorted(keys) == sorted(name for _, claimed in won for name in claimed)


def take_and_claim(address: str, keys: list[str], start: threading.Barrier, answers: multiprocessing.SimpleQueue) -> None:
    """One of the competing processes: what it took and what it claimed."""
    with shelf_at(address) as shelf:
        shelf.answers()
        start.wait(60)
        taken = [key for key in keys if shelf.take("code", key) is not None]
        claimed = [key for key in keys if shelf.claim("jti", key, MINUTE)]
    answers.put((taken, claimed))


class shelf_at:  # noqa: N801 - used as a verb
    """A shelf over a database URL or a Redis address, with the real clock, as another process opens it."""

    def __init__(self, address: str):
        self._context = None
        if address.startswith("redis"):
            self.shelf: Shelf = RedisShelf(ShelfSettings(backend="redis", url=address))
            return
        app, self._database = open_database(address)
        self._context = app.app_context()
        self.shelf = SqlShelf(self._database, utc_now)

    def __enter__(self) -> Shelf:
        if self._context is not None:
            self._context.push()
        return self.shelf

    def __exit__(self, *_error: object) -> None:
        if self._context is not None:
            self._context.pop()
            self._database.close()


def at_once(act: Callable[[], object]) -> list[object]:
    """What several threads got that acted in the same moment."""
    barrier = threading.Barrier(MANY)

    def one(_number: int) -> object:
        barrier.wait(30)
        return act()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


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

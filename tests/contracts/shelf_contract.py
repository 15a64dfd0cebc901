"""What every kind of short-lived state must do; `test_shelf.py` names the kinds."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from broker.foundation.outside import utc_now
from broker.storage.redis_shelf import RedisShelf
from broker.storage.settings import ShelfSettings
from broker.storage.shelf import Shelf
from broker.storage.sql_shelf import SqlShelf
from tests.support.databases import open_database

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
        # A busy machine may take long between the two claims, and a real Redis does not wait for it.
        shelf.claim("jti", key, timedelta(seconds=2))
        wait(0.2)
        assert shelf.claim("jti", key, MINUTE) is False
        wait(1.9)

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

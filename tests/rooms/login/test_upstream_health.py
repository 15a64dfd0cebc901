"""Trouble of an upstream: twenty failures in five minutes with nobody let in between them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event

import pytest

from broker.login.upstream_health import UpstreamHealth
from broker.storage.memory_shelf import MemoryShelf
from broker.storage.shelf import ShelfUnavailable

BEGIN = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = BEGIN

    def now(self) -> datetime:
        return self.at

    def wait(self, **time: float) -> None:
        self.at += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> UpstreamHealth:
    return UpstreamHealth(MemoryShelf(clock.now), clock.now)


def fail(health: UpstreamHealth, clock: Clock, times: int, apart: float = 1, cause: int = 2101) -> None:
    for _ in range(times):
        health.failed("esia", cause)
        clock.wait(seconds=apart)


@pytest.mark.parametrize(("times", "since"), [(0, None), (19, None), (20, BEGIN), (40, BEGIN)])
def test_twenty_failures_in_a_row_are_trouble(health: UpstreamHealth, clock: Clock, times: int, since: datetime | None) -> None:
    fail(health, clock, times)

    assert since == health.trouble_since("esia")
    assert health.trouble_since("other") is None


def test_one_success_ends_the_run(health: UpstreamHealth, clock: Clock) -> None:
    fail(health, clock, 19)
    health.vouched("esia")
    fail(health, clock, 19)
    assert health.trouble_since("esia") is None

    fail(health, clock, 20)
    assert health.trouble_since("esia") is not None
    health.vouched("esia")
    assert health.trouble_since("esia") is None


def test_slow_failures_are_not_trouble(health: UpstreamHealth, clock: Clock) -> None:
    fail(health, clock, 60, apart=20)

    assert health.trouble_since("esia") is None


def test_trouble_goes_on_however_slow_the_next_failures_are_and_fades_without_any(health: UpstreamHealth, clock: Clock) -> None:
    fail(health, clock, 20)
    fail(health, clock, 3, apart=600)
    assert BEGIN == health.trouble_since("esia")

    clock.wait(minutes=15)
    assert health.trouble_since("esia") is None


@pytest.mark.parametrize("cause", [2103, 2104, 2106, 2109])
def test_what_is_about_one_person_or_about_us_is_no_trouble_of_theirs(health: UpstreamHealth, clock: Clock, cause: int) -> None:
    fail(health, clock, 30, cause=cause)

    assert health.trouble_since("esia") is None


def test_another_worker_hears_of_it_within_ten_seconds(clock: Clock) -> None:
    shelf = MemoryShelf(clock.now)
    one, other = UpstreamHealth(shelf, clock.now), UpstreamHealth(shelf, clock.now)
    assert other.trouble_since("esia") is None
    fail(one, clock, 20, apart=0)
    assert other.trouble_since("esia") is None

    clock.wait(seconds=10)
    assert BEGIN == other.trouble_since("esia")
    one.vouched("esia")
    clock.wait(seconds=10)
    assert other.trouble_since("esia") is None


def test_failures_of_many_workers_at_once_are_all_counted(clock: Clock) -> None:
    """Nineteen are no trouble and twenty are, whoever counts; each pair reads and writes at the same time."""
    shelf = MemoryShelf(clock.now)
    workers = [UpstreamHealth(SlowShelf(shelf), clock.now) for _ in range(19)]  # type: ignore[arg-type]
    start = Barrier(len(workers))

    def count(worker: UpstreamHealth) -> None:
        start.wait()
        worker.failed("esia", 2101)

    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(count, workers))

    assert workers[0].trouble_since("esia") is None
    workers[0].failed("esia", 2101)
    assert BEGIN == workers[1].trouble_since("esia")


class SlowShelf:
    """Gives way to the others between a look and the writing of it, as a shelf across the network does."""

    def __init__(self, shelf: MemoryShelf):
        self.put, self.take, self._shelf = shelf.put, shelf.take, shelf

    def get(self, kind: str, key: str) -> bytes | None:
        found = self._shelf.get(kind, key)
        Event().wait(0.002)
        return found

    def claim(self, kind: str, key: str, ttl: timedelta) -> bool:
        Event().wait(0.001)
        return self._shelf.claim(kind, key, ttl)


class BrokenShelf:
    def put(self, *_: object) -> None:
        raise ShelfUnavailable

    get = take = claim = put


def test_a_shelf_that_does_not_answer_stops_nobody(clock: Clock) -> None:
    health = UpstreamHealth(BrokenShelf(), clock.now)  # type: ignore[arg-type]

    fail(health, clock, 20)
    health.vouched("esia")

    assert health.trouble_since("esia") is None

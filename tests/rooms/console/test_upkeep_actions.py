"""Old rows go, a batch at a time, once a day, by one worker; what still matters stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.console.upkeep_actions import BATCH, Upkeep
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.memory_shelf import MemoryShelf
from broker.storage.shelf import Shelf
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

STAFF = Actor("cli", "somebody")
DAY = timedelta(days=1)


class Heap:
    """So many rows to remove."""

    def __init__(self, rows: int):
        self.rows = rows
        self.asked = 0

    def batch(self) -> int:
        self.asked += 1
        removed = min(self.rows, BATCH)
        self.rows -= removed
        return removed


@pytest.fixture
def journal(sqlite_database: Database, outside: Outside) -> Journal:
    return Journal(sqlite_database, sealing_vault(sqlite_database, outside).fingerprints, outside)


@pytest.fixture
def shelf(clock: Clock) -> Shelf:
    return MemoryShelf(clock.now)


@pytest.fixture
def worker(sqlite_database: Database, journal: Journal, shelf: Shelf, clock: Clock) -> Callable[..., Upkeep]:
    return lambda **heaps: Upkeep(sqlite_database, journal, shelf, clock.now, {name: heap.batch for name, heap in heaps.items()})


def told(journal: Journal) -> list[tuple[str, object]]:
    return [(entry.actor.kind, entry.fields["removed"]) for entry in journal.tail(10) if entry.name == "database.tidied"]


def test_by_hand_everything_goes_to_the_end(worker: Callable[..., Upkeep], journal: Journal) -> None:
    letters, cases, nothing = Heap(2 * BATCH + 7), Heap(BATCH), Heap(0)

    removed = worker(letters=letters, cases=cases, nothing=nothing).tidy(STAFF)

    assert {"letters": 2007, "cases": 1000, "nothing": 0} == removed
    assert [("cli", 3007)] == told(journal)


def test_a_worker_goes_step_by_step(worker: Callable[..., Upkeep], journal: Journal) -> None:
    letters, cases = Heap(2 * BATCH + 7), Heap(5)
    upkeep, steps = worker(letters=letters, cases=cases), 1

    while upkeep.step():
        steps += 1

    assert (0, 0, 4) == (letters.rows, cases.rows, steps)
    assert [("system", 2012)] == told(journal)


def test_one_worker_has_the_work_of_a_day(worker: Callable[..., Upkeep], clock: Clock) -> None:
    heap = Heap(0)
    one, other = worker(letters=heap), worker(letters=heap)

    for upkeep in (one, other, one, other):
        assert upkeep.step() is False
    assert 1 == heap.asked

    clock.advance(DAY)
    for upkeep in (other, one, other, one):
        upkeep.step()
    assert 2 == heap.asked


def test_nothing_removed_is_not_told(worker: Callable[..., Upkeep], journal: Journal) -> None:
    upkeep = worker(letters=Heap(0))
    upkeep.step()
    upkeep.tidy(STAFF)

    assert [] == told(journal)


def test_a_chore_that_fails_does_not_keep_the_others(worker: Callable[..., Upkeep], journal: Journal) -> None:
    class Broken(Heap):
        def batch(self) -> int:
            super().batch()
            raise OSError

    letters, broken = Heap(5), Broken(0)
    upkeep = worker(letters=letters, broken=broken)

    with pytest.raises(OSError):
        upkeep.step()
    assert upkeep.step() is False
    assert upkeep.step() is False
    assert (0, 1) == (letters.rows, broken.asked)
    assert [("system", 5)] == told(journal)

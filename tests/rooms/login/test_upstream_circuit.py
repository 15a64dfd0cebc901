"""Whether an upstream is asked at all: five silences in a row shut the way, and one answer opens it."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from broker.login.settings import LoginSettings
from broker.login.upstream_circuit import Circuit, CircuitState
from broker.login.upstream_health import UpstreamHealth
from broker.login.upstream_waits import Waits
from broker.storage.memory_shelf import MemoryShelf
from broker.storage.shelf import ShelfUnavailable
from tests.support.clock import FIRST_BELL, Clock

SETTINGS = LoginSettings()
REST, WITHIN, SECOND = SETTINGS.upstream_rest, SETTINGS.upstream_silences_within, timedelta(seconds=1)


class Workers:
    """Two workers at one shelf."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.shelf = MemoryShelf(self.clock.now)
        self.shown: list[CircuitState] = []
        self.one, self.two = (Circuit(self.shelf, self.clock.now, SETTINGS, self._show) for _ in range(2))

    def _show(self, connector: str, state: CircuitState) -> None:
        assert "esia" == connector
        self.shown.append(state)

    def silences(self, times: int) -> None:
        for turn in range(times):
            (self.one, self.two)[turn % 2].silent("esia")
            self.clock.advance(SECOND)

    def shut(self) -> None:
        """Just now."""
        self.silences(SETTINGS.upstream_silences)
        self.clock.advance(-SECOND)


@pytest.fixture
def workers() -> Workers:
    return Workers()


def test_five_silences_of_any_worker_shut_the_way_for_all(workers: Workers, caplog: pytest.LogCaptureFixture) -> None:
    workers.silences(4)
    assert (True, True, CircuitState.CLOSED) == (
        workers.one.lets_leave("esia"), workers.two.lets_ask("esia"), workers.one.state("esia"),
    )  # fmt: skip

    with caplog.at_level(logging.ERROR):
        workers.silences(1)
    workers.clock.advance(-SECOND)
    assert ["upstream is not asked"] == [record.message for record in caplog.records]
    for circuit in (workers.one, workers.two):
        assert (False, False, CircuitState.OPEN) == (
            circuit.lets_leave("esia"), circuit.lets_ask("esia"), circuit.state("esia"),
        )  # fmt: skip
        assert (True, True) == (circuit.lets_leave("other"), circuit.lets_ask("other"))
    assert FIRST_BELL + 4 * SECOND == workers.two.open_since("esia")


def test_only_in_a_row_and_only_within_a_minute(workers: Workers) -> None:
    workers.silences(4)
    workers.one.answered("esia")
    workers.silences(4)
    assert CircuitState.CLOSED is workers.one.state("esia")

    workers.clock.advance(WITHIN)
    workers.silences(4)
    assert CircuitState.CLOSED is workers.one.state("esia")
    workers.silences(1)
    assert CircuitState.OPEN is workers.one.state("esia")


def test_after_the_rest_one_leaves_and_one_asks_at_a_time(workers: Workers) -> None:
    workers.shut()
    workers.clock.advance(REST - timedelta(milliseconds=1))
    assert (False, False) == (workers.one.lets_leave("esia"), workers.one.lets_ask("esia"))

    workers.clock.advance(timedelta(milliseconds=1))
    assert CircuitState.HALF_OPEN is workers.one.state("esia")
    assert [True, False, False] == [circuit.lets_leave("esia") for circuit in (workers.one, workers.two, workers.one)]
    assert [True, False] == [circuit.lets_ask("esia") for circuit in (workers.two, workers.one)]
    # While the question is under way nobody is sent after it.
    assert not workers.one.lets_leave("esia")
    # A worker that died with its question keeps nobody out for longer than a minute.
    workers.clock.advance(timedelta(minutes=1))
    assert (True, True) == (workers.one.lets_leave("esia"), workers.one.lets_ask("esia"))


def test_a_silent_probe_is_another_rest_and_an_answer_opens_the_way(workers: Workers, caplog: pytest.LogCaptureFixture) -> None:
    workers.shut()
    since = workers.one.open_since("esia")
    workers.clock.advance(REST)
    assert workers.one.lets_ask("esia")
    workers.one.silent("esia")
    workers.clock.advance(REST - SECOND)
    assert not workers.two.lets_ask("esia")
    assert since == workers.two.open_since("esia")

    workers.clock.advance(SECOND)
    assert workers.two.lets_ask("esia")
    with caplog.at_level(logging.WARNING):
        workers.two.answered("esia")
    assert "upstream is asked again" == caplog.records[-1].message
    assert [(True, True)] * 2 == [(one.lets_leave("esia"), one.lets_ask("esia")) for one in (workers.one, workers.two)]
    workers.silences(4)
    assert CircuitState.CLOSED is workers.one.state("esia")


def test_meters_see_every_change(workers: Workers) -> None:
    workers.one.state("esia")
    workers.shut()
    workers.clock.advance(REST)
    workers.two.state("esia")
    workers.two.answered("esia")

    assert [CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.CLOSED] == workers.shown


def test_where_nobody_asks_for_ten_minutes_all_is_forgotten_whoever_leaves(workers: Workers) -> None:
    workers.shut()
    for _ in range(19):
        workers.clock.advance(REST)
        assert [True, False] == [workers.one.lets_leave("esia"), workers.two.lets_leave("esia")]
    workers.clock.advance(REST)

    assert (None, True) == (workers.one.open_since("esia"), workers.one.lets_leave("esia"))


def test_of_many_at_once_after_the_rest_exactly_one_asks(workers: Workers) -> None:
    workers.shut()
    workers.clock.advance(REST)
    start = Barrier(16)

    def ask(_: int) -> bool:
        start.wait()
        return workers.one.lets_ask("esia")

    with ThreadPoolExecutor(16) as pool:
        assert 1 == sum(pool.map(ask, range(16)))


class Broken:
    def put(self, *_: object) -> None:
        raise ShelfUnavailable

    get = take = claim = put


def test_a_shelf_that_does_not_answer_stops_nobody() -> None:
    clock = Clock()
    circuit, waits = Circuit(Broken(), clock.now, SETTINGS), Waits(Broken())  # type: ignore[arg-type]
    for _ in range(9):
        circuit.silent("esia")
    circuit.answered("esia")
    waits.took("esia", SECOND)

    assert (True, True, None) == (circuit.lets_leave("esia"), circuit.lets_ask("esia"), circuit.open_since("esia"))
    assert (CircuitState.CLOSED, None) == (circuit.state("esia"), waits.slowest_of_twenty("esia"))


def test_the_notice_stands_as_long_as_the_way_is_shut(workers: Workers) -> None:
    health = UpstreamHealth(workers.shelf, workers.clock.now, workers.two)
    workers.shut()
    assert FIRST_BELL + 4 * SECOND == health.trouble_since("esia")

    workers.one.answered("esia")
    workers.clock.advance(timedelta(seconds=10))
    assert health.trouble_since("esia") is None


class TestWaits:
    @pytest.mark.parametrize(("seconds", "told"), [
        ([], None), ([9] * 4, None), ([1, 2, 3, 4, 5], 5), ([*range(1, 21)], 19), ([*range(1, 101)], 98), ([-1] * 5, 0),
    ])  # fmt: skip
    def test_the_slowest_of_twenty(self, workers: Workers, seconds: list[int], told: int | None) -> None:
        waits = Waits(workers.shelf)
        for one in seconds:
            waits.took("esia", timedelta(seconds=one))

        assert (None if told is None else timedelta(seconds=told)) == Waits(workers.shelf).slowest_of_twenty("esia")
        assert waits.slowest_of_twenty("other") is None

    def test_an_hour_later_nothing_is_known(self, workers: Workers) -> None:
        waits = Waits(workers.shelf)
        for _ in range(9):
            waits.took("esia", SECOND)
        workers.clock.advance(timedelta(hours=1))

        assert waits.slowest_of_twenty("esia") is None


@pytest.mark.parametrize(("wrong", "value"), [
    ("upstream_silences", 1), ("upstream_silences", 51),
    ("upstream_silences_within", timedelta(seconds=9)), ("upstream_silences_within", timedelta(minutes=11)),
    ("upstream_rest", timedelta(seconds=4)), ("upstream_rest", timedelta(minutes=11)),
])  # fmt: skip
def test_nonsense_stops_the_start(wrong: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^login.{wrong} "):
        LoginSettings(**{wrong: value})  # type: ignore[arg-type]


class Any(RuleBasedStateMachine):
    """Whatever happens in whatever order: shut only by five silences, and never for longer than a rest without a way to try."""

    def __init__(self) -> None:
        super().__init__()
        self.workers = Workers()
        self.in_a_row = 0

    @rule()
    def silent(self) -> None:
        self.workers.one.silent("esia")
        self.in_a_row += 1

    @rule()
    def answered(self) -> None:
        self.workers.two.answered("esia")
        self.in_a_row = 0

    @rule(seconds=st.integers(0, 90))
    def wait(self, seconds: int) -> None:
        self.workers.clock.advance(timedelta(seconds=seconds))

    @rule()
    def ask(self) -> None:
        self.workers.two.lets_ask("esia")

    @rule()
    def leave(self) -> None:
        self.workers.two.lets_leave("esia")

    @invariant()
    def shut_for_a_reason(self) -> None:
        if self.in_a_row < SETTINGS.upstream_silences:
            assert CircuitState.CLOSED is self.workers.one.state("esia")

    def teardown(self) -> None:
        self.workers.clock.advance(timedelta(minutes=1))
        assert self.workers.one.lets_leave("esia")
        assert self.workers.one.lets_ask("esia")


TestAny = Any.TestCase
TestAny.settings = hypothesis_settings(max_examples=60, stateful_step_count=25, deadline=None)

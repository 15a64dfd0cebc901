"""The thread that goes round: it wakes for a letter, outlives trouble, and ends when told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest

from broker.foundation.outside import Outside
from broker.messages.courier import Round
from broker.messages.rounds import Rounds

PATIENCE = 20.0


@dataclass
class Scripted:
    """A courier whose rounds are given; `went` is released once a round."""

    script: list[Callable[[], Round]] = field(default_factory=list)
    went: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def send_due(self) -> Round:
        try:
            return self.script.pop(0)() if self.script else Round()
        finally:
            self.went.release()


class Bell(threading.Event):
    """Notes for how long it was waited, and waits only for a ring."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.pauses.append(timeout)
        return super().wait(PATIENCE)


def rounds_of(courier: Any, bell: Bell, outside: Outside) -> Rounds:
    return Rounds(courier, bell, outside, nullcontext)


def wait_for(courier: Scripted, rounds: int) -> None:
    for _ in range(rounds):
        assert courier.went.acquire(timeout=PATIENCE)


def test_a_ring_wakes_it_at_once(outside: Outside) -> None:
    courier, bell = Scripted(), Bell()
    rounds = rounds_of(courier, bell, outside)
    rounds.start()
    wait_for(courier, 1)
    bell.set()
    wait_for(courier, 1)
    rounds.stop(PATIENCE)

    assert all(1.5 <= pause <= 2.5 for pause in bell.pauses)


@pytest.mark.parametrize(
    ("done", "pauses"),
    [
        (Round(), 1),
        (Round(tried=20, sent=20), 0),
        (Round(tried=1, given_up=1), 0),
        # Where something had to wait, the next letter would most likely have to as well.
        (Round(tried=2, sent=1, postponed=1), 1),
    ],
)
def test_it_looks_again_at_once_only_after_good_luck(outside: Outside, done: Round, pauses: int) -> None:
    bell, seen = Bell(), []

    def first() -> Round:
        bell.set()
        return done

    def second() -> Round:
        seen.append(len(bell.pauses))
        return Round()

    courier = Scripted([first, second])
    rounds = rounds_of(courier, bell, outside)
    rounds.start()
    wait_for(courier, 2)
    rounds.stop(PATIENCE)

    assert [pauses] == seen


def test_it_outlives_a_database_that_is_away(outside: Outside, caplog: pytest.LogCaptureFixture) -> None:
    def away() -> Round:
        raise ConnectionError("password=hidden")

    courier, bell = Scripted([away]), Bell()
    rounds = rounds_of(courier, bell, outside)
    with caplog.at_level(logging.ERROR):
        rounds.start()
        wait_for(courier, 1)
        bell.set()
        wait_for(courier, 1)
        rounds.stop(PATIENCE)

    assert bell.pauses[0] > 20
    assert "what waits could not be looked through" in caplog.text
    assert "hidden" not in caplog.text


def test_other_work_is_done_between_rounds_with_a_breath(outside: Outside) -> None:
    bell, more = Bell(), [True, True, False]
    done = threading.Semaphore(0)

    def besides() -> bool:
        done.release()
        bell.set()
        return more.pop(0) if more else False

    rounds = Rounds(Scripted(), bell, outside, nullcontext, besides)  # type: ignore[arg-type]
    rounds.start()
    for _ in range(4):
        assert done.acquire(timeout=PATIENCE)
    rounds.stop(PATIENCE)

    assert [True, True, False] == [pause < 0.2 for pause in bell.pauses[:3]]


def test_other_work_that_fails_does_not_stop_the_letters(outside: Outside, caplog: pytest.LogCaptureFixture) -> None:
    courier, bell = Scripted(), Bell()

    def besides() -> bool:
        bell.set()
        raise ConnectionError("password=hidden")

    rounds = Rounds(courier, bell, outside, nullcontext, besides)  # type: ignore[arg-type]
    with caplog.at_level(logging.ERROR):
        rounds.start()
        wait_for(courier, 3)
        rounds.stop(PATIENCE)

    assert "upkeep failed" in caplog.text
    assert "hidden" not in caplog.text


def test_it_ends_after_the_round_it_is_in(outside: Outside) -> None:
    go_on, ended = threading.Event(), threading.Event()

    def slow() -> Round:
        go_on.wait(PATIENCE)
        ended.set()
        return Round(tried=1, sent=1)

    courier, bell = Scripted([slow]), Bell()
    rounds = rounds_of(courier, bell, outside)
    rounds.start()
    threading.Timer(0.05, go_on.set).start()
    rounds.stop(PATIENCE)

    assert ended.is_set()
    assert rounds._thread is not None and not rounds._thread.is_alive()


def test_it_never_keeps_a_process_alive(outside: Outside) -> None:
    rounds = rounds_of(Scripted(), Bell(), outside)
    rounds.start()

    assert rounds._thread is not None and rounds._thread.daemon
    rounds.stop(PATIENCE)

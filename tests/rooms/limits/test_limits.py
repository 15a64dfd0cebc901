"""How often something may be tried, on both databases and under parallel tries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from broker.foundation.outside import Outside
from broker.limits.limits import Limit, Limits, Tries
from broker.limits.tables import TryCountRow
from broker.storage.database import Database
from tests.contracts.shelf_contract import MANY, at_once
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

MINUTE = timedelta(minutes=1)
THREE = Limit("password", 3, 15 * MINUTE)


@pytest.fixture
def limits(database: Database, outside: Outside) -> Limits:
    return Limits(database, sealing_vault(database, outside).fingerprints, outside.now)


@pytest.fixture
def kept(database: Database) -> Iterator[object]:
    yield lambda: list(database.session.execute(select(TryCountRow.print, TryCountRow.count)).all())


def test_tries_run_out_one_by_one(limits: Limits, clock: Clock) -> None:
    closed = clock.now() + 15 * MINUTE

    assert Tries(True, 2, None) == limits.spend(THREE, "anna")
    assert Tries(True, 1, None) == limits.spend(THREE, "anna")
    assert Tries(True, 0, closed) == limits.spend(THREE, "anna")
    assert Tries(False, 0, closed) == limits.spend(THREE, "anna")
    assert Tries(False, 0, closed) == limits.spend(THREE, "anna")


def test_the_last_allowed_try_closes_for_a_whole_while(limits: Limits, clock: Clock) -> None:
    limits.spend(THREE, "anna")
    limits.spend(THREE, "anna")
    clock.advance(14 * MINUTE)
    limits.spend(THREE, "anna")

    clock.advance(14 * MINUTE)
    assert limits.spend(THREE, "anna").is_allowed is False
    clock.advance(1 * MINUTE)
    assert Tries(True, 2, None) == limits.spend(THREE, "anna")


def test_hammering_on_a_closed_door_keeps_it_closed_no_longer(limits: Limits, clock: Clock) -> None:
    for _ in range(3):
        limits.spend(THREE, "anna")
    clock.advance(10 * MINUTE)
    for _ in range(5):
        assert limits.spend(THREE, "anna").is_allowed is False

    clock.advance(5 * MINUTE)
    assert limits.spend(THREE, "anna").is_allowed is True


def test_a_window_that_is_over_starts_again_at_one(limits: Limits, clock: Clock) -> None:
    limits.spend(THREE, "anna")
    limits.spend(THREE, "anna")
    clock.advance(15 * MINUTE)

    assert 2 == limits.spend(THREE, "anna").left


def test_one_try_only(limits: Limits, clock: Clock) -> None:
    once = Limit("resend", 1, MINUTE)

    assert Tries(True, 0, clock.now() + MINUTE) == limits.spend(once, "anna")
    assert limits.spend(once, "anna").is_allowed is False
    clock.advance(MINUTE)
    assert limits.spend(once, "anna").is_allowed is True


def test_to_look_counts_nothing(limits: Limits, clock: Clock) -> None:
    assert Tries(True, 3, None) == limits.look(THREE, "anna")
    limits.spend(THREE, "anna")
    assert Tries(True, 2, None) == limits.look(THREE, "anna")
    limits.spend(THREE, "anna")
    limits.spend(THREE, "anna")
    assert Tries(False, 0, clock.now() + 15 * MINUTE) == limits.look(THREE, "anna")
    clock.advance(15 * MINUTE)
    assert Tries(True, 3, None) == limits.look(THREE, "anna")


def test_forgetting_opens_again(limits: Limits) -> None:
    for _ in range(4):
        limits.spend(THREE, "anna")
    limits.forget(THREE, "anna")

    assert 2 == limits.spend(THREE, "anna").left


@pytest.mark.parametrize(
    ("limit", "who"),
    [
        (THREE, ("boris",)),
        (THREE, ("an", "na")),
        (THREE, ("a", "nna")),
        (THREE, ("anna", "")),
        (THREE, ()),
        (Limit("code", 3, MINUTE), ("anna",)),
    ],
)
def test_everybody_and_everything_is_counted_apart(limits: Limits, limit: Limit, who: tuple[str, ...]) -> None:
    for _ in range(3):
        limits.spend(THREE, "anna")

    assert 2 == limits.spend(limit, *who).left


def test_parts_are_told_apart(limits: Limits) -> None:
    limits.spend(THREE, "ab", "c")

    assert 3 == limits.look(THREE, "a", "bc").left
    assert 3 == limits.look(THREE, "ab", "c", "").left
    assert 2 == limits.look(THREE, "ab", "c").left


def test_nothing_readable_is_kept(limits: Limits, kept: object) -> None:
    limits.spend(THREE, "anna\x00пароль")

    ((print_, count),) = kept()  # type: ignore[operator]
    assert 1 == count
    assert 64 == len(print_)
    assert "anna" not in print_


@pytest.mark.parametrize("act", ["spend", "forget"])
def test_never_inside_a_unit_of_work(limits: Limits, database: Database, act: str) -> None:
    with database.work(), pytest.raises(RuntimeError):
        getattr(limits, act)(THREE, "anna")


@pytest.mark.parametrize("round_", range(3))
def test_parallel_tries_never_exceed_the_limit(limits: Limits, round_: int) -> None:
    five = Limit("password", 5, 15 * MINUTE)

    answers = at_once(lambda: limits.spend(five, f"anna{round_}"))

    assert 5 == sum(answer.is_allowed for answer in answers)  # type: ignore[attr-defined]
    assert [0, 0, 0, 0, 1, 2, 3, 4] == sorted(answer.left for answer in answers)  # type: ignore[attr-defined]
    assert 8 == MANY


def test_parallel_tries_after_a_window_never_exceed_the_limit(limits: Limits, clock: Clock) -> None:
    for _ in range(4):
        limits.spend(THREE, "anna")
    clock.advance(15 * MINUTE)

    assert 3 == sum(answer.is_allowed for answer in at_once(lambda: limits.spend(THREE, "anna")))  # type: ignore[attr-defined]


def test_tidying_removes_what_is_over_in_batches(limits: Limits, clock: Clock, kept: object) -> None:
    for number in range(5):
        limits.spend(THREE, f"old{number}")
    clock.advance(14 * MINUTE)
    limits.spend(THREE, "young")
    clock.advance(MINUTE)

    assert 3 == limits.tidy(3)
    assert 2 == limits.tidy(3)
    assert 0 == limits.tidy(3)
    assert 1 == len(kept())  # type: ignore[operator]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=st.lists(st.integers(0, 20), max_size=30), most=st.integers(1, 5))
def test_it_counts_as_the_words_say(sqlite_database: Database, minutes: list[int], most: int) -> None:
    clock, limit = Clock(), Limit("try", most, 15 * MINUTE)
    limits = Limits(sqlite_database, _Plain(), clock.now)  # type: ignore[arg-type]
    limits.forget(limit, "anna")
    tries, opens_at = 0, clock.now()

    for step in minutes:
        now = clock.advance(step * MINUTE)
        if now >= opens_at:
            tries, opens_at = 0, now + limit.within
        tries += 1
        if tries == most:
            opens_at = now + limit.within
        left = max(0, most - tries)

        assert Tries(tries <= most, left, None if left else opens_at) == limits.spend(limit, "anna")


class _Plain:
    def of(self, purpose: str, value: str) -> str:
        return f"{purpose}/{value}"

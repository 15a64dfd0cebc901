"""When a letter is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.messages.retry import next_try_at
from tests.support.clock import FIRST_BELL

MINUTE = timedelta(minutes=1)
FAR = FIRST_BELL + timedelta(days=7)


@pytest.mark.parametrize(("tries", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (5000, 60)])
def test_pauses_double_up_to_an_hour(tries: int, minutes: int) -> None:
    assert FIRST_BELL + minutes * MINUTE == next_try_at(FIRST_BELL, tries, 0.5, FAR)


@given(tries=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_chance_moves_a_pause_by_a_quarter_at_most(tries: int, chance: float) -> None:
    middle = next_try_at(FIRST_BELL, tries, 0.5, FAR) - FIRST_BELL

    pause = next_try_at(FIRST_BELL, tries, chance, FAR) - FIRST_BELL

    assert 0.75 * middle <= pause <= 1.25 * middle


def test_chance_matters() -> None:
    assert next_try_at(FIRST_BELL, 3, 0.0, FAR) < next_try_at(FIRST_BELL, 3, 1.0, FAR)


@given(tries=st.integers(1, 100), chance=st.floats(0, 1), seconds=st.integers(0, 7200))
def test_never_past_the_end_of_a_letter(tries: int, chance: float, seconds: int) -> None:
    ends_at = FIRST_BELL + timedelta(seconds=seconds)

    assert ends_at >= next_try_at(FIRST_BELL, tries, chance, ends_at)

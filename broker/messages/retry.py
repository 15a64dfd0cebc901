"""When to try again."""

from __future__ import annotations

from datetime import datetime, timedelta

_FIRST = timedelta(minutes=1)
_LONGEST = timedelta(hours=1)


def next_try_at(now: datetime, tries: int, chance: float, ends_at: datetime) -> datetime:
    """After so many tries in vain: 1, 2, 4, 8 … minutes, at most an hour, never past the end of the letter.

    `chance` from 0 to 1 spreads it by a quarter to both sides, so that letters that failed together do not return together.
    """
    # Ten doublings are past the longest pause already; more would only overflow.
    pause = min(_FIRST * (1 << min(tries - 1, 10)), _LONGEST)
    return min(now + pause * (0.75 + chance / 2), ends_at)

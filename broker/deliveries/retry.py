"""When to try again, and whom to leave alone meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

_FIRST = timedelta(seconds=10)
_LONGEST = timedelta(minutes=30)


def pause_after(tries: int, chance: float) -> timedelta:
    """After so many tries in vain: 10, 20, 40, 80 seconds …, at most half an hour.

    `chance` from 0 to 1 spreads it by a quarter to both sides, so that what failed together does not return together.
    """
    # Ten doublings are past the longest pause already; more would only overflow.
    return min(_FIRST * (1 << min(tries - 1, 10)), _LONGEST) * (0.75 + chance / 2)


# A client and a kind: each kind has an address of its own, and one that is down must not keep the others from hearing.
Line = tuple[str, str]


class Closed:
    """Lines that have just not answered, shared by the postmen of a process: a service that is down costs one time limit now and
    then, not one for each person who signs out."""

    def __init__(self) -> None:
        self._until: dict[Line, datetime] = {}

    def close(self, line: Line, until: datetime) -> None:
        """Leave it alone until then."""
        self._until[line] = until

    def open(self, line: Line) -> None:
        """It has answered."""
        self._until.pop(line, None)

    def now(self, at: datetime) -> frozenset[Line]:
        """What is to be left alone at this instant."""
        # A copy first: other threads close and open meanwhile.
        return frozenset(line for line, until in tuple(self._until.items()) if at < until)

"""How dear the check of a name is that nobody has: as dear as that of somebody's would be.

Hashes that came from another system keep its cost until their owners sign in for the first time, so a clock could tell such a
login from one that nobody has. Whoever has no password is therefore checked at a cost that is drawn for their login from all the
costs there are, as often as each occurs: seen from outside there are dear and cheap logins, and neither kind means anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from broker.directory.password_hash import Cost

_PARAMETERS = re.compile(r"m=([0-9]{1,7}),t=([0-9]{1,2}),p=([0-9]{1,2})", re.ASCII)
# One look goes through all hashes: seldom enough not to matter, often enough to follow an import within the hour.
_KEPT_FOR = timedelta(minutes=30)
_FINE = 16**8


class CostSpread:
    """Which costs occur among the kept hashes, and how often."""

    def __init__(self, count: Callable[[], Iterable[tuple[str, int]]], now: Callable[[], datetime]):
        """`count` gives the parameter part of the encoded hashes, such as `m=19456,t=4,p=1`, and how many have it."""
        self._count = count
        self._now = now
        self._kept: tuple[datetime, tuple[tuple[Cost, int], ...]] | None = None

    def all(self) -> tuple[Cost, ...]:
        """Every cost that occurs, the rarest first."""
        return tuple(cost for cost, _ in self._known())

    def of(self, login_print: str) -> Cost | None:
        """The cost for a login without a password: always the same one for the same keyed fingerprint (hex) while the spread is.

        None while there is no hash at all. The rarest costs come first, so that logins go over to the usual cost, and never back,
        while people of an import sign in one by one: as those people's own logins do.
        """
        known = self._known()
        total = sum(number for _, number in known)
        place = int(login_print[:8], 16) * total // _FINE
        for cost, number in known:
            if place < number:
                return cost
            place -= number
        return None

    def _known(self) -> tuple[tuple[Cost, int], ...]:
        now = self._now()
        if self._kept is None or now - self._kept[0] >= _KEPT_FOR:
            found = [(cost, number) for text, number in self._count() if (cost := _cost_of(text)) is not None]
            self._kept = now, tuple(sorted(found, key=lambda one: (one[1], one[0].memory, one[0].passes, one[0].lanes)))
        return self._kept[1]


def _cost_of(parameters: str) -> Cost | None:
    found = _PARAMETERS.fullmatch(parameters)
    return Cost(*map(int, found.groups())) if found is not None else None

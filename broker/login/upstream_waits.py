"""How long people wait for an upstream: the last fifty questions of all workers, for whoever looks after the broker."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import Final

from broker.storage.shelf import Shelf, ShelfUnavailable

_KIND: Final = "upstream.waits"
_LAST: Final = 50
_KEPT_FOR: Final = timedelta(hours=1)
# Of fewer, the slowest one in twenty means nothing.
_FEWEST: Final = 5


class Waits:
    """A sample: two workers that write at the same instant keep one of the two, which changes no picture."""

    def __init__(self, shelf: Shelf):
        self._shelf = shelf

    def took(self, connector: str, time: timedelta) -> None:
        """One trip's questions, from the first to the last answer."""
        milliseconds = max(0, round(time / timedelta(milliseconds=1)))
        with suppress(ShelfUnavailable):
            kept = [*self._kept(connector), milliseconds][-_LAST:]
            self._shelf.put(_KIND, connector, json.dumps(kept).encode(), _KEPT_FOR)

    def slowest_of_twenty(self, connector: str) -> timedelta | None:
        """The 95th percentile; None while there are too few of the last hour."""
        try:
            kept = sorted(self._kept(connector))
        except ShelfUnavailable:
            return None
        if len(kept) < _FEWEST:
            return None
        # The nearest rank: the smallest value that 95 of 100 do not exceed.
        return timedelta(milliseconds=kept[-(-95 * len(kept) // 100) - 1])

    def _kept(self, connector: str) -> list[int]:
        found = self._shelf.get(_KIND, connector)
        return [] if found is None else list(json.loads(found))

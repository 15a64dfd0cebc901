"""Whether an upstream is asked at all: one that has not answered several people in a row is left in peace for a while.

Closed: everybody goes. Open: nobody does, so that nobody waits for an answer that does not come. After each rest one person may
leave for it and one question may be asked (half open): whoever gets an answer opens the way for all. Kept on the shelf for all
workers; a shelf that does not answer stops nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from broker.login.settings import LoginSettings
from broker.storage.shelf import Shelf, ShelfUnavailable

_LOG = logging.getLogger(__name__)
_KIND: Final = "upstream.circuit"
# A question that has got through is under way no longer than this, whatever became of the worker that asked it.
_LONGEST_QUESTION: Final = timedelta(minutes=1)
# Where nobody asks any more, nothing is known any more: nobody keeps all others out by taking each turn to leave and never coming
# back. Enough for whoever leaves to type a password there; and for so many rests.
_FORGOTTEN: Final = timedelta(minutes=10)
_FORGOTTEN_RESTS: Final = 10


class CircuitState(Enum):
    """In the words of operators."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


Show = Callable[[str, CircuitState], object]


def _to_nobody(_connector: str, _state: CircuitState) -> None:
    """Where there are no meters."""


class Circuit:
    """One a process; all of them speak of the same upstreams.

    Only an outage counts that we have met ourselves (`UpstreamFailed.is_outage`): what a browser brings anybody can write, and
    whoever sends nonsense in our name must not be able to shut the door for others.
    """

    def __init__(self, shelf: Shelf, now: Callable[[], datetime], settings: LoginSettings, show: Show = _to_nobody):
        """`show` is told of every change that this process makes or sees."""
        self._show = show
        self._shelf = shelf
        self._now = now
        self._silences = settings.upstream_silences
        self._within = settings.upstream_silences_within
        self._rest = settings.upstream_rest
        self._forgotten = max(_FORGOTTEN, _FORGOTTEN_RESTS * self._rest)

    def lets_leave(self, connector: str) -> bool:
        """Whether a person may be sent there: after each rest one of them, who may have to type a password there first."""
        try:
            if self._shelf.get(_KIND, f"{connector}.open") is None:
                return True
            if self._shelf.get(_KIND, f"{connector}.rest") is not None:
                return False
            return self._shelf.claim(_KIND, f"{connector}.leaving", self._rest)
        except ShelfUnavailable:
            return True

    def lets_ask(self, connector: str) -> bool:
        """Whether a question may be asked: after each rest one of them, and no other until it is answered."""
        try:
            if self._shelf.get(_KIND, f"{connector}.open") is None:
                return True
            return self._shelf.claim(_KIND, f"{connector}.rest", max(self._rest, _LONGEST_QUESTION))
        except ShelfUnavailable:
            return True

    def answered(self, connector: str) -> None:
        """It answered a question of ours, whatever it said.

        Not only when it let somebody in: otherwise whoever brings a wrong code each time would be the only one to ask, for ever.
        """
        with suppress(ShelfUnavailable):
            if self._shelf.get(_KIND, f"{connector}.failing") is None:
                return
            was_open = self._shelf.take(_KIND, f"{connector}.open") is not None
            for name in ("failing", "rest", "leaving", *self._places()):
                self._shelf.take(_KIND, f"{connector}.{name}")
            self._show(connector, CircuitState.CLOSED)
            if was_open:
                _LOG.warning("upstream is asked again", extra={"connector": connector})

    def unasked(self, connector: str) -> None:
        """Whoever was let ask had nothing to ask: the turn is the next one's."""
        with suppress(ShelfUnavailable):
            if self._shelf.get(_KIND, f"{connector}.open") is not None:
                self._shelf.take(_KIND, f"{connector}.rest")

    def silent(self, connector: str) -> None:
        """It met a question of ours with an outage."""
        with suppress(ShelfUnavailable):
            since = self._shelf.get(_KIND, f"{connector}.open")
            # Kept longer than anything that it speaks of.
            self._shelf.put(_KIND, f"{connector}.failing", b"1", self._forgotten + self._within)
            if since is None and not self._is_one_too_many(connector):
                return
            self._shelf.put(_KIND, f"{connector}.open", since or self._now().isoformat().encode(), self._forgotten)
            self._shelf.put(_KIND, f"{connector}.rest", b"1", self._rest)
            self._show(connector, CircuitState.OPEN)
            if since is None:
                _LOG.error("upstream is not asked", extra={"connector": connector, "silences": self._silences})

    def open_since(self, connector: str) -> datetime | None:
        """Since when not everybody goes; None while all do."""
        try:
            since = self._shelf.get(_KIND, f"{connector}.open")
        except ShelfUnavailable:
            return None
        return datetime.fromisoformat(since.decode()) if since is not None else None

    def state(self, connector: str) -> CircuitState:
        """How it stands now."""
        found = CircuitState.CLOSED
        with suppress(ShelfUnavailable):
            if self._shelf.get(_KIND, f"{connector}.open") is not None:
                rests = self._shelf.get(_KIND, f"{connector}.rest") is not None
                found = CircuitState.OPEN if rests else CircuitState.HALF_OPEN
        self._show(connector, found)
        return found

    def _is_one_too_many(self, connector: str) -> bool:
        """Count one. The shelf has no counter: each takes the first free place, and who takes the last one is one too many."""
        return not any(self._shelf.claim(_KIND, f"{connector}.{place}", self._within) for place in self._places()[:-1])

    def _places(self) -> tuple[str, ...]:
        return tuple(f"silence.{number}" for number in range(self._silences))

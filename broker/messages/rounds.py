"""Going round and round: what the thread of a worker does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from broker.foundation.outside import Outside

# Letters of this process ring the bell; those of others, and those whose pause is over, are found this late at most.
_PAUSE = 2.0
_PAUSE_IN_TROUBLE = 30.0
# Between two steps of other work, so that it never has the database to itself.
_BREATH = 0.1

_log = logging.getLogger(__name__)


def nothing_else() -> bool:
    """For rounds that only carry letters."""
    return False


class Done(Protocol):
    """What one round did."""

    @property
    def tried(self) -> int:
        """How many were tried, whatever became of them."""

    @property
    def postponed(self) -> int:
        """How many have to wait."""


class Carries(Protocol):
    """Whoever goes round: a courier of letters, or a postman of what services are told."""

    def send_due(self) -> Done:
        """One round."""


class Rounds:
    """A courier that goes round until it is told to stop.

    `context` gives an application context for one round. `besides` is some other small work that is done between two rounds;
    it says whether there is more of it.
    """

    def __init__(
        self,
        courier: Carries,
        bell: threading.Event,
        outside: Outside,
        context: Callable[[], AbstractContextManager[object]],
        besides: Callable[[], bool] = nothing_else,
    ):
        self._besides = besides
        self._courier = courier
        self._bell = bell
        self._outside = outside
        self._context = context
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin in a thread of its own. It never keeps a process alive: whatever it leaves undone, another takes up."""
        self._thread = threading.Thread(target=self.run, name="courier", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """Ask the thread to end after the letter it holds, and wait so many seconds for it."""
        self._stopping.set()
        self._bell.set()
        self.wait(patience)

    def wait(self, patience: float | None = None) -> None:
        """Until the thread has ended, or so many seconds; nothing without a thread."""
        if self._thread is not None:
            self._thread.join(patience)

    def run(self) -> None:
        """Round after round, until `stop`."""
        while not self._stopping.is_set():
            # Cleared before looking: a letter that comes meanwhile rings again.
            self._bell.clear()
            pause = self._go()
            if pause and not self._stopping.is_set():
                if self._does_more():
                    pause = min(pause, _BREATH)
                # Spread, so that the workers of a machine do not all look in the same instant.
                self._bell.wait(pause * (0.75 + self._outside.random(1)[0] / 510))

    def _go(self) -> float:
        try:
            with self._context():
                done = self._courier.send_due()
        except Exception as error:
            # The thread must outlive a database that is away for a minute. Its text may quote values, so only its kind is told.
            _log.error("what waits could not be looked through", extra={"error": type(error).__name__})
            return _PAUSE_IN_TROUBLE
        # Where something had to wait, the next one would most likely too.
        return 0.0 if done.tried > done.postponed == 0 else _PAUSE

    def _does_more(self) -> bool:
        try:
            with self._context():
                return self._besides()
        except Exception as error:
            _log.error("upkeep failed", extra={"error": type(error).__name__})
            return False


class Couriers:
    """Several couriers, each in a thread of its own: a gateway that is slow today holds up nothing but its own letters."""

    def __init__(self, rounds: Sequence[Rounds]):
        self._rounds = tuple(rounds)

    def start(self) -> None:
        """Begin, every one in its thread."""
        for one in self._rounds:
            one.start()

    def stop(self, patience: float = 5.0) -> None:
        """Ask all to end after the letter they hold, and wait so many seconds for each."""
        for one in self._rounds:
            one.stop(0)
        for one in self._rounds:
            one.wait(patience)

    def wait(self) -> None:
        """Until every thread has ended."""
        for one in self._rounds:
            one.wait()

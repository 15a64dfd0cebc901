"""What passes by in one process: which place fetched the key set while a key was announced, which service asked from where.

Nothing here waits, writes or fails: a request is answered whether or not anybody takes note. The rounds write it down later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from broker.clients.client import Client

# The same is noted once an hour; the rest of the memory of a flood is dropped.
_AGAIN_AFTER = timedelta(hours=1)
_MOST_REMEMBERED = 20_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetch:
    """A key set that holds `kid` was fetched from `place` (a network address as the limits count it)."""

    kid: str
    place: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A service got tokens at `place`; "" for one without a secret, for that is where a person is."""

    client_id: str
    place: str
    at: datetime


Noted = Fetch | Asked


class Sightings:
    """One a process. `announced` gives the kids of keys that are published and do not sign yet."""

    def __init__(self, announced: Callable[[], Sequence[str]], now: Callable[[], datetime]):
        self._announced = announced
        self._now = now
        self._lock = Lock()
        self._noted_at: dict[tuple[str, str], datetime] = {}
        self._waiting: list[Noted] = []

    def fetched(self, place: str) -> None:
        """The key set is being answered there."""
        try:
            for kid in self._announced():
                self._note(Fetch(kid, place, self._now()), (kid, place))
        except Exception as error:
            _log.error("a fetch of the key set was not noted", extra={"error": type(error).__name__})

    def asked(self, place: str, client: Client) -> None:
        """A service has proven who it is and gets tokens."""
        where = "" if client.token_endpoint_auth_method == "none" else place  # noqa: S105 -- the name of a method
        self._note(Asked(client.client_id, where, self._now()), (client.client_id, where))

    def take(self) -> tuple[Noted, ...]:
        """What waits to be written, for the one caller who gets it."""
        with self._lock:
            taken, self._waiting = tuple(self._waiting), []
        return taken

    def give_back(self, noted: Sequence[Noted]) -> None:
        """It could not be written now."""
        with self._lock:
            self._waiting = [*noted, *self._waiting][:_MOST_REMEMBERED]

    def _note(self, noted: Noted, what: tuple[str, str]) -> None:
        before = self._noted_at.get(what)
        if before is not None and timedelta(0) <= noted.at - before < _AGAIN_AFTER:
            return
        with self._lock:
            if len(self._noted_at) >= _MOST_REMEMBERED:
                self._noted_at.clear()
            self._noted_at[what] = noted.at
            if len(self._waiting) < _MOST_REMEMBERED:
                self._waiting.append(noted)

"""Short-lived state: the port with four verbs.

Single use is always `take` or `claim`, never check-then-mark. Nobody may call a shelf inside `Database.work()`:
a shelf write is its own transaction and comes before or after the durable one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol


class ShelfUnavailable(Exception):
    """The store did not answer. Callers fail closed: what cannot be checked is not allowed."""


class Shelf(Protocol):
    """`kind` is a word of the calling room, `key` an identifier (for secrets: their digest), `value` opaque bytes.

    Every verb raises ShelfUnavailable when the store cannot be reached.
    """

    def put(self, kind: str, key: str, value: bytes, ttl: timedelta) -> None:
        """Keep `value` for `ttl`; replaces what was there."""

    def get(self, kind: str, key: str) -> bytes | None:
        """The value, or None if absent or expired."""

    def take(self, kind: str, key: str) -> bytes | None:
        """The value, removed in the same atomic step; None if absent, expired or already taken."""

    def claim(self, kind: str, key: str, ttl: timedelta) -> bool:
        """True for the first caller within `ttl`, False for everyone after."""

    def answers(self) -> bool:
        """Whether the store can be reached now; never raises."""

"""Short-lived state in this process only: for tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock


class MemoryShelf:
    """A dictionary with a lock and a clock; passes the same contract as the real ones."""

    def __init__(self, now: Callable[[], datetime]):
        self._now = now
        self._lock = Lock()
        self._kept: dict[tuple[str, str], tuple[bytes, datetime]] = {}

    def put(self, kind: str, key: str, value: bytes, ttl: timedelta) -> None:
        with self._lock:
            self._kept[kind, key] = (value, self._now() + ttl)

    def get(self, kind: str, key: str) -> bytes | None:
        with self._lock:
            return self._fresh(kind, key)

    def take(self, kind: str, key: str) -> bytes | None:
        with self._lock:
            value = self._fresh(kind, key)
            self._kept.pop((kind, key), None)
            return value

    def claim(self, kind: str, key: str, ttl: timedelta) -> bool:
        with self._lock:
            if self._fresh(kind, key) is not None:
                return False
            self._kept[kind, key] = (b"1", self._now() + ttl)
            return True

    def answers(self) -> bool:
        return True

    def _fresh(self, kind: str, key: str) -> bytes | None:
        value, ends_at = self._kept.get((kind, key), (None, None))
        return value if ends_at is not None and self._now() < ends_at else None

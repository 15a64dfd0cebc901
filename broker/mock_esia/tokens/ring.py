"""The keys in use: signing now, announced for later, published though no longer signing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.mock_esia.tokens.key import GOST, LIFETIME, NEW_KEYS, RS256, TokenKey

_MOST_OLD = 8
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A certificate of the archive. `state` is current, next, old or expired."""

    key: TokenKey
    state: str


class KeyRing:
    """ESIA's yearly change on demand: announce (published, not yet signing), switch, retire (no longer published)."""

    def __init__(self, first: Mapping[str, TokenKey], now: Callable[[], datetime]):
        self._now = now
        self._lock = threading.Lock()
        self._current = dict(first)
        self._next: dict[str, TokenKey] = {}
        self._old: list[TokenKey] = []
        self._spoilt: dict[tuple[str, str], TokenKey] = {}

    def current(self, alg: str) -> TokenKey:
        """The key that signs."""
        with self._lock:
            return self._current[alg]

    def published(self) -> tuple[PublishedKey, ...]:
        """What the archive holds."""
        with self._lock:
            return (
                *(PublishedKey(key, "current") for key in self._current.values()),
                *(PublishedKey(key, "next") for key in self._next.values()),
                *(PublishedKey(key, "old") for key in self._old),
                *(PublishedKey(key, "expired") for (what, _), key in self._spoilt.items() if what == "expired"),
            )

    def announce(self) -> None:
        """Publish the certificates of the keys to come; announced ones stay."""
        with self._lock:
            for alg in (RS256, GOST):
                self._next.setdefault(alg, self._made(alg))

    def switch(self) -> None:
        """Sign with the announced keys, or with fresh ones; the certificates before stay published."""
        self.announce()
        with self._lock:
            self._old = [*self._current.values(), *self._old][:_MOST_OLD]
            self._current, self._next = self._next, {}

    def retire(self) -> None:
        """Publish only what signs or will sign."""
        with self._lock:
            self._old = []

    def unpublished(self, alg: str) -> TokenKey:
        """A key for forged tokens."""
        return self._special("forged", alg, self._now() - _DAY, self._now() + LIFETIME)

    def expired(self, alg: str) -> TokenKey:
        """A key whose certificate, published from the first call on, ended a month ago."""
        return self._special("expired", alg, self._now() - 400 * _DAY, self._now() - 30 * _DAY)

    def signed_by_us(self, alg: object, message: bytes, signature: bytes) -> bool:
        """Whether a current or old key made this."""
        with self._lock:
            keys = [key for key in (*self._current.values(), *self._old) if key.alg == alg]
        return any(key.fits(message, signature) for key in keys)

    def _special(self, what: str, alg: str, begins_at: datetime, ends_at: datetime) -> TokenKey:
        with self._lock:
            if (what, alg) not in self._spoilt:
                self._spoilt[what, alg] = NEW_KEYS[alg](begins_at, ends_at)
            return self._spoilt[what, alg]

    def _made(self, alg: str) -> TokenKey:
        return NEW_KEYS[alg](self._now() - _DAY, self._now() + LIFETIME)

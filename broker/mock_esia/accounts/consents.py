"""Which scopes a person has permitted to which system, and since when."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

_ROOM = 20_000
_MOST_SCOPES = 500


@dataclass(frozen=True, slots=True)
class Consent:
    """What one person has permitted to one system."""

    client: str
    scopes: frozenset[str]
    given_at: datetime


class Consents:
    """All consents of a stand; the oldest are forgotten when there are too many."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._given: dict[tuple[int, str], Consent] = {}

    def add(self, oid: int, client: str, scopes: frozenset[str]) -> None:
        with self._lock:
            before = self._given.pop((oid, client), None)
            whole = before.scopes | scopes if before else scopes
            # Withdrawn scopes may carry any ending; a heap of them is no consent that anybody remembers.
            whole = whole if len(whole) <= _MOST_SCOPES else scopes
            self._given[oid, client] = Consent(client, whole, self._now())
            while len(self._given) > _ROOM:
                del self._given[next(iter(self._given))]

    def cover(self, oid: int, client: str, scopes: frozenset[str]) -> bool:
        return scopes <= self.given(oid, client)

    def given(self, oid: int, client: str) -> frozenset[str]:
        """All that a person has given to a client."""
        with self._lock:
            found = self._given.get((oid, client))
        return found.scopes if found else frozenset()

    def of(self, oid: int) -> tuple[Consent, ...]:
        """Everything a person has permitted, the oldest first."""
        with self._lock:
            return tuple(consent for (owner, _), consent in self._given.items() if owner == oid)

    def revoke(self, oid: int, client: str) -> bool:
        """Forget one. Whether it was there."""
        with self._lock:
            return self._given.pop((oid, client), None) is not None

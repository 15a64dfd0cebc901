"""What the stand remembers, in this process only: attempts, codes, sessions, refresh tokens, consents."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from broker.mock_esia.accounts.consents import Consents
from broker.mock_esia.oauth.authorization import AuthorizationRequest
from broker.mock_esia.oauth.grants import Grant, HalfSignedIn, Session

T = TypeVar("T")
_ROOM = 20_000


class Drawer(Generic[T]):
    """Things of one kind by key, each for `keep_for`. `take` reads and removes in one step, so one caller gets the thing."""

    def __init__(self, now: Callable[[], datetime], keep_for: timedelta):
        self._now = now
        self._keep_for = keep_for
        self._lock = threading.Lock()
        self._things: dict[str, tuple[datetime, T]] = {}

    def put(self, key: str, thing: T) -> None:
        with self._lock:
            now = self._now()
            # Insertion order is age order: the old ones are in front, and the drawer never grows without bound.
            while self._things:
                oldest = next(iter(self._things))
                if self._things[oldest][0] > now and len(self._things) < _ROOM:
                    break
                del self._things[oldest]
            self._things[key] = (now + self._keep_for, thing)

    def find(self, key: str) -> T | None:
        with self._lock:
            return self._alive(self._things.get(key))

    def take(self, key: str) -> T | None:
        with self._lock:
            return self._alive(self._things.pop(key, None))

    def discard(self, unwanted: Callable[[T], bool]) -> None:
        """Throw away every thing that is `unwanted`."""
        with self._lock:
            for key in [key for key, (_, thing) in self._things.items() if unwanted(thing)]:
                del self._things[key]

    def _alive(self, kept: tuple[datetime, T] | None) -> T | None:
        if kept is None or kept[0] <= self._now():
            return None
        return kept[1]


@dataclass(frozen=True, slots=True)
class Memory:
    """All drawers of one stand."""

    attempts: Drawer[AuthorizationRequest]
    codes: Drawer[Grant]
    half_signed_in: Drawer[HalfSignedIn]
    sessions: Drawer[Session]
    refresh_tokens: Drawer[Grant]
    consents: Consents

    def withdraw(self, oid: int, client: str) -> bool:
        """A consent and all that rests on it: codes and refresh tokens. Whether there was one."""

        def rests_on_it(grant: Grant) -> bool:
            return grant.session.person.oid == oid and grant.request.client_id == client

        found = self.consents.revoke(oid, client)
        self.codes.discard(rests_on_it)
        self.refresh_tokens.discard(rests_on_it)
        return found

    def forget_person(self, oid: int) -> None:
        """An account that is no more: its sessions, and its consents with all that rests on them."""
        self.half_signed_in.discard(lambda half: half.session.person.oid == oid)
        self.sessions.discard(lambda session: session.person.oid == oid)
        for consent in self.consents.of(oid):
            self.withdraw(oid, consent.client)


def empty_memory(now: Callable[[], datetime]) -> Memory:
    """A stand that remembers nothing yet. A code lives 240 s, as ESIA's does."""
    return Memory(
        attempts=Drawer(now, timedelta(minutes=15)),
        codes=Drawer(now, timedelta(seconds=240)),
        half_signed_in=Drawer(now, timedelta(minutes=5)),
        sessions=Drawer(now, timedelta(hours=8)),
        refresh_tokens=Drawer(now, timedelta(days=30)),
        consents=Consents(now),
    )

"""Counts tries, one statement a try, committed at once: a try counts whatever becomes of the request that made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.storage.database import Database
from keys.fingerprints import Fingerprints


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries of one kind `within` a time. `kind` is a word of the caller's, such as `password`."""

    kind: str
    most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Tries:
    """`is_allowed` speaks of the try just counted (or, from `look`, of the next one). `left` are further tries; `opens_at` is
    when a closed one opens again, None while it is open."""

    is_allowed: bool
    left: int
    opens_at: datetime | None


class Limits:
    """What may be tried how often. The last allowed try closes for a whole `within` from that moment."""

    def __init__(self, database: Database, fingerprints: Fingerprints, now: Callable[[], datetime]):
        self._database = database
        self._fingerprints = fingerprints
        self._now = now

    def spend(self, limit: Limit, *who: str) -> Tries:
        """Count one try, before it is known whether it succeeds: parallel tries cannot exceed the limit.

        Never call it inside a unit of work: the count must survive a rollback.
        """
        raise NotImplementedError

    def look(self, limit: Limit, *who: str) -> Tries:
        """How it stands, without counting."""
        raise NotImplementedError

    def forget(self, limit: Limit, *who: str) -> None:
        """Start again from nothing, after a success or when the school unlocks."""
        raise NotImplementedError

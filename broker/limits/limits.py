"""Counts tries, one statement a try, committed at once: a try counts whatever becomes of the request that made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.limits.store import TryStore
from broker.storage.database import Database
from keys.secrets.fingerprints import Fingerprints


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries of one kind `within` a time. `kind` is a word of the caller's, such as `password`."""

    kind: str
    most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Tries:
    """`is_allowed` speaks of the try just counted (or, from `look`, of the next one). `left` are further tries; `opens_at` is
    when a closed one opens again, None while further tries are left."""

    is_allowed: bool
    left: int
    opens_at: datetime | None


class Limits:
    """What may be tried how often. The last allowed try closes for a whole `within` from that moment."""

    def __init__(self, database: Database, fingerprints: Fingerprints, now: Callable[[], datetime]):
        self._database = database
        self._fingerprints = fingerprints
        self._now = now
        self._store = TryStore(database)

    def spend(self, limit: Limit, *who: str) -> Tries:
        """Count one try, before it is known whether it succeeds: parallel tries cannot exceed the limit.

        `who` is told apart by every part of it; it may be text of a stranger's, only its fingerprint is kept.

        Raises:
            RuntimeError: called inside a unit of work, where a rollback would give the try back.
        """
        now = self._outside_work()
        count, ends_at = self._store.spend(self._print(limit, who), limit.most, now, now + limit.within)
        left = max(0, limit.most - count)
        return Tries(count <= limit.most, left, None if left else ends_at)

    def look(self, limit: Limit, *who: str) -> Tries:
        """How it stands, without counting."""
        counted, ends_at = self._store.look(self._print(limit, who), self._now()) or (0, None)
        left = max(0, limit.most - counted)
        return Tries(left > 0, left, None if left else ends_at)

    def forget(self, limit: Limit, *who: str) -> None:
        """Start again from nothing, after a success or when the school unlocks.

        Raises:
            RuntimeError: called inside a unit of work.
        """
        self._outside_work()
        self._store.forget(self._print(limit, who))

    def tidy(self, at_most: int = 1000) -> int:
        """Remove counts that no longer matter, one batch; how many. Call again while it returns `at_most`."""
        return self._store.tidy(self._outside_work(), at_most)

    def _outside_work(self) -> datetime:
        if self._database.at_work:
            raise RuntimeError("tries may not be counted inside a unit of work")
        return self._now()

    def _print(self, limit: Limit, who: tuple[str, ...]) -> str:
        # The lengths keep ("ab", "c") and ("a", "bc") apart.
        parts = "".join(f"{len(part)}:{part}" for part in who)
        return self._fingerprints.of(f"tries:{limit.kind}", parts)

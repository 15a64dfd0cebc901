"""Carries what waits. Many postmen may be at work; a delivery is with one of them at a time.

A delivery is carried at least once: it is marked after the service has answered, so a process that is killed between the two
leaves one that is carried again when its lease is over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from broker.audit.catalogue_services import DeliveryGivenUp, DeliverySent
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.deliveries.retry import Closed, pause_after
from broker.deliveries.store import DeliveryStore, Taken
from broker.foundation.fetch import FetchedDocument, FetchRefused
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.leases import GIVEN_UP, SENT

# Longer than one exchange may take (deliveries.answer_within): a lease must not end while its delivery is being carried.
LEASE = timedelta(seconds=60)
_BATCH = 20
_MAX_ANSWER = 16_384

_log = logging.getLogger(__name__)


class Unwritten(Exception):
    """There is nothing to carry: for now, or for good if `is_final`. `trouble` is a word of ours."""

    def __init__(self, trouble: str, *, is_final: bool = True):
        super().__init__(trouble)
        self.trouble = trouble
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is posted where. A status of `accepted` means done, one of `refused` that no repeat would change the answer."""

    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    accepted: frozenset[int]
    refused: frozenset[int]


class Post(Protocol):
    """Fetcher.post."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str], max_bytes: int) -> FetchedDocument:
        """Send and give the answer; raises FetchRefused."""


# From a delivery to what is posted, made afresh for every try; raises Unwritten.
Writer = Callable[[Taken], Parcel]


@dataclass(frozen=True, slots=True)
class Ways:
    """How deliveries leave. `writers` by kind; a kind without one is fetched and not carried."""

    post: Post
    writers: Mapping[str, Writer]
    closed: Closed = field(default_factory=Closed)


@dataclass(frozen=True, slots=True)
class Walk:
    """What one round did. `tried` counts deliveries, whatever became of them."""

    tried: int = 0
    sent: int = 0
    postponed: int = 0
    given_up: int = 0

    def __add__(self, other: Walk) -> Walk:
        return Walk(
            self.tried + other.tried, self.sent + other.sent, self.postponed + other.postponed, self.given_up + other.given_up
        )


class Postman:
    """Takes deliveries by lease, has them written, posts them, and writes down what became of them."""

    def __init__(self, database: Database, journal: Journal, outside: Outside, ways: Ways):
        self._database = database
        self._journal = journal
        self._outside = outside
        self._ways = ways
        self._store = DeliveryStore(database)

    def send_due(self) -> Walk:
        """One round: up to twenty deliveries whose time has come. Needs an application context; never inside a unit of work.

        Raises:
            RuntimeError: called inside a unit of work, which would hold the database while a service thinks.
        """
        if self._database.at_work:
            raise RuntimeError("deliveries are not carried inside a unit of work")
        closed, now = self._ways.closed, self._outside.now()
        found = self._store.due(self._ways.writers, closed.now(now), now, _BATCH)
        done = [
            self._send(delivery_id)
            for delivery_id, line in found
            # Closed since we looked, by ourselves or by another postman.
            if line not in closed.now(self._outside.now())
        ]
        counts = {word: done.count(word) for word in ("sent", "postponed", "given_up")}
        return Walk(tried=sum(counts.values()), **counts)

    def _send(self, delivery_id: str) -> str:
        now = self._outside.now()
        with self._database.work():
            taken = self._store.take(delivery_id, now, now + LEASE)
        if taken is None:
            return "with another"
        if now >= taken.ends_at:
            return self._give_up(taken, "too_late")
        try:
            trouble, is_final = self._carry(taken)
        except Unwritten as unwritten:
            trouble, is_final = unwritten.trouble, unwritten.is_final
        if trouble:
            return self._give_up(taken, trouble) if is_final else self._postpone(taken, trouble)
        with self._database.work():
            if self._store.finish(taken.id, SENT, "", self._outside.now()):
                self._journal.append(DeliverySent(taken.id, taken.kind, taken.client_id, taken.tries), SYSTEM)
        return "sent"

    def _carry(self, taken: Taken) -> tuple[str, bool]:
        """What went wrong, "" for nothing, and whether it will go wrong again."""
        parcel = self._ways.writers[taken.kind](taken)
        try:
            answer = self._ways.post(parcel.url, parcel.body, parcel.headers, _MAX_ANSWER)
        except FetchRefused as refused:
            self._close(taken)
            return refused.reason, False
        self._ways.closed.open((taken.client_id, taken.kind))
        if answer.status in parcel.accepted:
            return "", False
        return f"status_{answer.status}", answer.status in parcel.refused

    def _close(self, taken: Taken) -> None:
        until = self._outside.now() + pause_after(taken.tries, self._chance())
        self._ways.closed.close((taken.client_id, taken.kind), until)

    def _postpone(self, taken: Taken, trouble: str) -> str:
        next_at = min(self._outside.now() + pause_after(taken.tries, self._chance()), taken.ends_at)
        with self._database.work():
            self._store.postpone(taken, trouble, next_at)
        _log.warning("a service did not take what it was told", extra=_told(taken, trouble))
        return "postponed"

    def _give_up(self, taken: Taken, trouble: str) -> str:
        with self._database.work():
            if self._store.finish(taken.id, GIVEN_UP, trouble, self._outside.now()):
                self._journal.append(DeliveryGivenUp(taken.id, taken.kind, taken.client_id, trouble), SYSTEM)
        _log.error("a delivery to a service was given up", extra=_told(taken, trouble))
        return "given_up"

    def _chance(self) -> float:
        return self._outside.random(1)[0] / 255


def _told(taken: Taken, trouble: str) -> dict[str, object]:
    return {
        "delivery_id": taken.id, "kind": taken.kind, "client_id": taken.client_id, "tries": taken.tries, "trouble": trouble,
    }  # fmt: skip

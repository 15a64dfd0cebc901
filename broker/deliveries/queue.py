"""The queue: what is put in the same unit of work as the change it tells of, and carried later by somebody else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.deliveries.settings import DeliverySettings
from broker.deliveries.store import DeliveryStore, Shown, Taken, Unanswered, hurry
from broker.foundation.outside import Outside, monotonic
from broker.storage.database import Database
from broker.storage.leases import GIVEN_UP, SENT, WAITING

STATES = (WAITING, SENT, GIVEN_UP)

# As long as a service may ask whether it was told.
_KEPT_FOR = timedelta(days=30)
_FIRST_LOOK, _LONGEST_LOOK = 0.02, 0.2


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to tell one client. `kind` names its writer; `about` holds identifiers, words and numbers only."""

    kind: str
    client_id: str
    group_id: str
    about: Mapping[str, object]


class Queue:
    """Keeps deliveries until they are taken or given up."""

    def __init__(self, database: Database, outside: Outside, settings: DeliverySettings):
        self._database = database
        self._outside = outside
        self._settings = settings
        self._store = DeliveryStore(database)
        self.bell = threading.Event()

    def put(self, delivery: Delivery) -> str:
        """Keep a delivery, as a part of the caller's unit of work; its identifier.

        Raises:
            RuntimeError: outside a unit of work, where it could tell of a change that never was.
        """
        if not self._database.at_work:
            raise RuntimeError("a delivery is put inside the unit of work whose change it tells of")
        delivery_id, now = self._outside.uuid(), self._outside.now()
        words = {"id": delivery_id, "kind": delivery.kind, "client_id": delivery.client_id, "group_id": delivery.group_id}
        self._store.add(words, delivery.about, (now, now + self._settings.give_up_after))
        self._database.after_commit(self.bell.set)
        return delivery_id

    def unanswered(self, group_id: str, kind: str) -> tuple[str, ...]:
        """Clients of a group that have not taken their delivery, so far or for good."""
        return tuple(dict.fromkeys(client_id for client_id, _ in self._store.unanswered(group_id, kind)))

    def unanswered_between(self, kind: str, since: datetime, until: datetime | None) -> tuple[Unanswered, ...]:
        """Clients that have not taken what was put for them in a while (until now, without an end), so far or for good."""
        return self._store.unanswered_between(kind, since, until or self._outside.now())

    def wait(self, group_id: str, kind: str, pause: Callable[[float], object]) -> tuple[str, ...]:
        """Clients of a group that have not taken their delivery after `deliveries.page_waits`, at once when none is left.

        Never inside a unit of work. `pause` waits so many seconds.
        """
        deadline, look = monotonic() + self._settings.page_waits.total_seconds(), _FIRST_LOOK
        while True:
            left = self._store.unanswered(group_id, kind)
            if all(state == GIVEN_UP for _, state in left) or monotonic() >= deadline:
                return tuple(dict.fromkeys(client_id for client_id, _ in left))
            pause(min(look, max(0.0, deadline - monotonic())))
            look = min(look * 1.5, _LONGEST_LOOK)

    def waiting(self, group_id: str, kind: str, at_most: int) -> tuple[Taken, ...]:
        """The oldest of a group that wait to be fetched; fetching takes nothing away."""
        return self._store.waiting(group_id, kind, self._outside.now(), at_most)

    def settle(self, group_id: str, kind: str, outcomes: Iterable[tuple[str, str]]) -> int:
        """What the receiver says became of its deliveries: identifiers, each with "" or the trouble; how many changed."""
        now, changed = self._outside.now(), 0
        with self._database.work():
            for delivery_id, trouble in outcomes:
                outcome = (GIVEN_UP if trouble else SENT, trouble)
                changed += self._store.settle((group_id, kind), delivery_id, outcome, now)
        return changed

    def hurry(self, group_id: str) -> None:
        """Carry what waits of a group now, not at its next try; inside the caller's unit of work."""
        hurry(self._database, group_id, self._outside.now())
        self._database.after_commit(self.bell.set)

    def drop(self, group_id: str) -> None:
        """Forget everything of a group, inside the caller's unit of work."""
        self._store.drop(group_id)

    def newest(self, client_id: str, state: str | None, at_most: int) -> tuple[Shown, ...]:
        """How the newest deliveries to a client fare, those of one state or all."""
        return self._store.newest(client_id, STATES if state is None else (state,), at_most)

    def tidy(self, at_most: int = 1000) -> int:
        """Remove deliveries that were done or over thirty days ago, one batch; how many."""
        with self._database.work():
            return self._store.tidy(self._outside.now() - _KEPT_FOR, at_most)

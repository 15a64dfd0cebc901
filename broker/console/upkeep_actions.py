"""Removing what no longer matters, in small steps: by hand all at once, by the workers once a day and a little at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from broker.audit.catalogue_messages import DatabaseTidied
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.storage.database import Database
from broker.storage.shelf import Shelf

BATCH = 1000

Chore = Callable[[], int]


@dataclass
class _Today:
    """What one worker has still to do."""

    day: date
    left: list[Chore] = field(default_factory=list)
    removed: int = 0


class Upkeep:
    """`chores` by the name that staff read; each removes up to a thousand rows in a unit of work of its own and says how many."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        shelf: Shelf,
        now: Callable[[], datetime],
        chores: Mapping[str, Chore],
    ):
        self._database = database
        self._journal = journal
        self._shelf = shelf
        self._now = now
        self._chores = chores
        self._today = _Today(date.min)

    def tidy(self, actor: Actor) -> Mapping[str, int]:
        """Everything, to the end; how many rows went, by chore."""
        removed = {name: _to_the_end(chore) for name, chore in self._chores.items()}
        self._tell(sum(removed.values()), actor)
        return removed

    def step(self) -> bool:
        """One batch of today's work, if this worker has it; whether there is more.

        One worker of all gets the work of a day (counted in UTC: the night of the western regions). Should it end before it is
        done, the rest waits for the next day.
        """
        today = self._now().date()
        if self._today.day != today:
            self._today = _Today(today)
            if self._shelf.claim("upkeep", today.isoformat(), timedelta(days=2)):
                self._today.left = list(self._chores.values())
        if not self._today.left:
            return False
        chore = self._today.left.pop()
        # A chore that fails is out of the list already: it must not keep the others from being done.
        removed = chore()
        self._today.removed += removed
        if removed >= BATCH:
            self._today.left.append(chore)
        if not self._today.left:
            self._tell(self._today.removed, SYSTEM)
        return bool(self._today.left)

    def _tell(self, removed: int, actor: Actor) -> None:
        if removed:
            with self._database.work():
                self._journal.append(DatabaseTidied(removed), actor)


def _to_the_end(chore: Chore) -> int:
    total = 0
    while True:
        removed = chore()
        total += removed
        if removed < BATCH:
            return total

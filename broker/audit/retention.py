"""Entries that are old enough go; what stays can still be proven, from the last checkpoint about what went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from broker.audit.catalogue_journal import JournalPruned
from broker.audit.checkpoint import Checkpoint, PublicKeys
from broker.audit.checkpoints import Checkpoints
from broker.audit.checkpoints_store import CheckpointStore, Start
from broker.audit.entry import ChainBroken, Head
from broker.audit.event import Actor
from broker.audit.exports import Span
from broker.audit.journal import Journal
from broker.audit.settings import AuditSettings
from broker.storage.database import Database

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Old:
    """What may go: the entries after `base` up to the one that `checkpoint` is about."""

    base: Head
    checkpoint: Checkpoint

    @property
    def span(self) -> Span:
        return Span(self.base, self.checkpoint.seq)


class Retention:
    """Three steps, each of which may be the last one before a power cut: a whole file of what goes, the new beginning, and then
    the rows, a thousand at a time. What is before the beginning counts no more, whether its rows are there or not."""

    def __init__(self, database: Database, journal: Journal, checkpoints: Checkpoints, now: Callable[[], datetime]):
        self._database = database
        self._journal = journal
        self._checkpoints = checkpoints
        self._now = now
        self._store = CheckpointStore(database)

    def old(self, settings: AuditSettings) -> Old | None:
        """What is older than it must be kept, up to a checkpoint; None when there is nothing.

        Raises:
            ChainBroken: the journal does not verify. Nothing is removed from one that somebody has changed.
        """
        base, written = self._journal.chain.beginning(), self._store.last_before(self._now() - settings.keep_for)
        if written is None or written.seq <= base.seq:
            return None
        found = self._checkpoints.verify()
        if found.broken_seq is not None:
            raise ChainBroken(found.broken_seq, found.problem)
        return Old(base, PublicKeys(self._checkpoints.all_keys()).checkpoint(written.unverified_document))

    def begin_after(self, old: Old, actor: Actor) -> None:
        """Let the journal begin behind these entries. They must lie in a file somewhere: there is no way back.

        Raises:
            ChainBroken: somebody else has moved the beginning meanwhile.
        """
        with self._database.work():
            self._journal.chain.hold_end()
            if self._journal.chain.beginning() != old.base:
                raise ChainBroken(old.base.seq + 1, "is not where the journal begins any more")
            start = Start(old.checkpoint.number, old.checkpoint.head, self._now(), "")
            self._store.move_start(Start(start.number, start.head, start.at, self._journal.chain.mac_of_start(start)))
            self._journal.append(JournalPruned(old.checkpoint.number, old.checkpoint.seq), actor)

    def tidy(self) -> int:
        """Delete a thousand rows from before the beginning; how many went. For the upkeep, and after `begin_after`."""
        start = self._store.start()
        if start is None:
            return 0
        with self._database.work():
            removed = self._store.remove_entries(self._journal.chain.beginning().seq, BATCH)
            if removed < BATCH:
                self._store.remove_checkpoints_before(start.number)
        return removed

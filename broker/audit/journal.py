"""The append-only journal: what every room writes to, and what auditors read."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from functools import partial
from typing import Any

from broker.audit.aliases_store import Aliases
from broker.audit.checkpoints_store import CheckpointStore, Start
from broker.audit.entry import GENESIS, ChainBroken, Entry, Head, OfClient, Record, Verification, require_chain
from broker.audit.event import Actor, Event, Fingerprint
from broker.audit.store import JournalStore
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.secrets.fingerprints import Fingerprints

_PAST_EVERY_ENTRY = 2**62

Listener = Callable[[Event, Actor], None]


class Journal:
    """Events in the order in which they were committed, each chained to the one before it."""

    def __init__(
        self,
        database: Database,
        fingerprints: Fingerprints,
        outside: Outside,
        count: Callable[[str], None] | None = None,
    ):
        """`count` is told the name of every event that was committed, for the meters."""
        self._database = database
        self._fingerprints = fingerprints
        self._now = outside.now
        self._count = count
        self._listeners: list[Listener] = []
        self._aliases = Aliases(database, outside)
        self._store = JournalStore(database, self._aliases, self._mac_of)
        self._starts = CheckpointStore(database)

    def listen(self, listener: Listener) -> None:
        """Have `listener` told of every event, within the unit of work that it is written in. For the composition root."""
        self._listeners.append(listener)

    def append(self, event: Event, actor: Actor) -> None:
        """Write an event of the catalogue; it is kept exactly if the unit of work around it is.

        Raises:
            RuntimeError: called outside `Database.work()`.
        """
        self._store.enqueue(Record(self._now(), event.name, actor, _plain(event)))
        if self._count is not None:
            self._database.after_commit(partial(self._count, event.name))
        for listener in self._listeners:
            listener(event, actor)

    def fingerprint(self, connector: str, subject: str) -> Fingerprint:
        """An upstream subject in the only form in which events may hold it."""
        return Fingerprint(self._fingerprints.of("audit.subject", f"{connector}\n{subject}"))

    def explained(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Entries of the chain as readers see them: with identifiers where it is still known who is meant."""
        return self._aliases.explain(entries)

    def alias_of(self, person_id: str) -> str | None:
        """What the chain calls a person; None when no entry points at them, or when they were forgotten."""
        return self._aliases.of_person(person_id)

    def forget(self, person_id: str) -> int:
        """Take away what leads from the journal to a person; how many aliases mean nobody now. The chain stays as it is.

        The caller ends the person elsewhere (the card, links, sessions) in the same unit of work and says so by an event.

        Raises:
            RuntimeError: called outside `Database.work()`.
        """
        if not self._database.at_work:
            raise RuntimeError("a person is forgotten in the unit of work of whoever erases the card")
        return self._aliases.forget(person_id)

    def tail(self, limit: int, before: int | None = None) -> tuple[Entry, ...]:
        """The last `limit` entries, oldest first; with `before`, the last ones with a lower number."""
        return self._aliases.explain(self._store.before(_PAST_EVERY_ENTRY if before is None else before, limit))

    def of_client(self, wanted: OfClient, limit: int) -> tuple[Entry, ...]:
        """The newest `limit` entries about a service, newest first."""
        return self._aliases.explain(self._store.of_client(wanted, limit))

    def verify(self) -> Verification:
        """Walk the whole chain, from where it begins. Entries that other processes append meanwhile do no harm.

        Rewriting entries, or cutting off the last ones, is found unless somebody also has our keys or puts back an older
        copy of the whole journal; against the latter, compare with a number and hash noted elsewhere.
        """
        reached = Head(0, GENESIS)
        try:
            reached = begin = self.beginning()
            for entry in self._store.after(begin.seq):
                reached = require_chain((entry,), reached)
            self._require_end(reached)
        except ChainBroken as broken:
            return Verification(reached.seq, broken.seq, broken.problem)
        return Verification(reached.seq, begins=begin.seq)

    def beginning(self) -> Head:
        """What the first entry that is kept follows.

        Raises:
            ChainBroken: the beginning is not where we put it.
        """
        start = self._starts.start()
        if start is None:
            return Head(0, GENESIS)
        if not hmac.compare_digest(start.mac.encode("utf-8"), self.mac_of_start(start).encode("ascii")):
            raise ChainBroken(start.head.seq + 1, "is not where we let the journal begin")
        return start.head

    def hold_end(self) -> Head:
        """The end of the chain, which nobody moves until the running unit of work ends.

        Raises:
            ChainBroken: it is not the one we wrote.
        """
        head, mac = self._store.locked_head()
        if not hmac.compare_digest(mac.encode("utf-8"), self._mac_of(head).encode("ascii")):
            raise ChainBroken(max(head.seq, 1), "is not the end we wrote")
        return head

    def after(self, seq: int) -> Iterator[Entry]:
        """All entries after a number as they are in the chain: with aliases. Read in pages."""
        return self._store.after(seq)

    def numbers_of(self, since: datetime | None, until: datetime | None) -> tuple[int, int]:
        """The first and the last number of the entries of a time; the last is lower than the first when there are none."""
        return self._store.numbers_of(since, until)

    def last_of(self, name: str) -> Entry | None:
        """The newest entry of an event, as it is in the chain."""
        return self._store.last_of(name)

    def mac_of_start(self, start: Start) -> str:
        """What only we can write beside the beginning of the chain."""
        return self._fingerprints.mac("audit.start", start.signed).hex()

    def _require_end(self, reached: Head) -> None:
        """The last entry read is where the head says, or before it when others have written since."""
        head, mac = self._store.head() or (Head(0, GENESIS), None)
        if head.seq < reached.seq:
            raise ChainBroken(head.seq + 1, "lies beyond the end we wrote")
        if head.seq > self._store.last_seq():
            raise ChainBroken(reached.seq + 1, "is missing")
        is_ours = mac is None or hmac.compare_digest(mac, self._mac_of(head))
        if not is_ours or (head.seq == reached.seq and not hmac.compare_digest(head.hash, reached.hash)):
            raise ChainBroken(max(head.seq, 1), "is not the end we wrote")

    def _mac_of(self, head: Head) -> str:
        return self._fingerprints.mac("audit.head", f"{head.seq} {head.hash}".encode()).hex()


def _plain(event: Any) -> dict[str, Any]:
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

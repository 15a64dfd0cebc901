"""The append-only journal: what every room writes to, and what auditors read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import cache, partial
from typing import Any

from broker.audit.aliases_store import Aliases
from broker.audit.chain import Chain
from broker.audit.entry import Entry, OfClient, Record, Verification
from broker.audit.event import Actor, Event, Fingerprint
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
        self.chain = Chain(database, self._aliases, fingerprints)

    def listen(self, listener: Listener) -> None:
        """Have `listener` told of every event, within the unit of work that it is written in. For the composition root."""
        self._listeners.append(listener)

    def append(self, event: Event, actor: Actor) -> None:
        """Write an event of the catalogue; it is kept exactly if the unit of work around it is.

        Raises:
            RuntimeError: called outside `Database.work()`.
        """
        self.chain.rows.enqueue(Record(self._now(), event.name, actor, _plain(event)))
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
        return self._aliases.explain(self.chain.rows.before(_PAST_EVERY_ENTRY if before is None else before, limit))

    def of_client(self, wanted: OfClient, limit: int) -> tuple[Entry, ...]:
        """The newest `limit` entries about a service, newest first."""
        return self._aliases.explain(self.chain.rows.of_client(wanted, limit))

    def verify(self) -> Verification:
        """Whether the chain is whole; see `Chain.verify`. Checkpoints.verify also looks at what we signed."""
        return self.chain.verify()


def _plain(event: Any) -> dict[str, Any]:
    return {name: list(value) if isinstance(value := getattr(event, name), tuple) else value for name in _names(event.__class__)}


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    """The fields of an event of this kind. There are as many kinds as the catalogue has."""
    return tuple(field.name for field in fields(kind))

"""Reading the journal and proving that nobody has changed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from broker.audit.entry import Entry
from broker.audit.journal import Journal
from broker.console.refused import Refused

MOST_ENTRIES = 1000


def tail(journal: Journal, limit: int, before: int | None) -> Mapping[str, Any]:
    """The last entries, oldest first. Raises Refused for a limit outside 1 to 1000."""
    if not 1 <= limit <= MOST_ENTRIES:
        raise Refused(f"The limit must be between 1 and {MOST_ENTRIES}.")
    return {"entries": [_described(entry) for entry in journal.tail(limit, before)]}


def verify(journal: Journal) -> Mapping[str, Any]:
    """Walk the whole chain. Raises Refused that names the first entry which is missing or was changed."""
    found = journal.verify()
    if not found.is_whole:
        raise Refused(f"The journal is broken: entry {found.broken_seq} {found.problem}; {found.checked} before it are sound.")
    return {"is_whole": True, "checked": found.checked}


def _described(entry: Entry) -> dict[str, Any]:
    actor = f"{entry.actor.kind}:{entry.actor.id}" if entry.actor.id else entry.actor.kind
    return {"seq": entry.seq, "at": entry.at.isoformat(), "name": entry.name, "actor": actor, "fields": dict(entry.fields)}

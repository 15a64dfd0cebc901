"""One row of the journal and how rows are chained: pure functions."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from broker.audit.event import Actor
from broker.foundation.encoding import canonical_json

GENESIS = "0" * 64
"""What the first entry names as its predecessor."""


@dataclass(frozen=True, slots=True)
class Record:
    """An event that waits for its place in the chain. `fields` hold only what JSON has."""

    at: datetime
    name: str
    actor: Actor
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A record with its place: `seq` counts from 1 without gaps; `previous` and `hash` are hex SHA-256."""

    seq: int
    record: Record
    previous: str
    hash: str

    @property
    def at(self) -> datetime:
        return self.record.at

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def actor(self) -> Actor:
        return self.record.actor

    @property
    def fields(self) -> Mapping[str, Any]:
        return self.record.fields


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: the last entry's number and hash; 0 and GENESIS before the first."""

    seq: int
    hash: str


NOWHERE = Head(0, GENESIS)
"""Before the first entry."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk along the chain found. `broken_seq` is the first entry that is missing or was changed.

    `checked` is the number of the last entry that was found sound, `begins` that of the last one that was removed as old."""

    checked: int
    broken_seq: int | None = None
    problem: str = ""
    checkpoints: int = 0
    begins: int = 0

    @property
    def is_whole(self) -> bool:
        return self.broken_seq is None


@dataclass(frozen=True, slots=True)
class OfClient:
    """A question about one service: entries of these names since an instant, with a number below `before`."""

    client_id: str
    names: tuple[str, ...]
    since: datetime
    before: int = 2**62


class ChainBroken(Exception):
    """The journal was tampered with. `seq` is the first entry concerned, `problem` static text."""

    def __init__(self, seq: int, problem: str):
        super().__init__(f"entry {seq} {problem}")
        self.seq = seq
        self.problem = problem


def hash_of(seq: int, record: Record, previous: str) -> str:
    """Hex SHA-256 over everything an entry says, its place and its predecessor included."""
    said = {
        "seq": seq,
        "at": record.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "name": record.name,
        "actor": [record.actor.kind, record.actor.id],
        "fields": record.fields,
        "previous": previous,
    }
    return hashlib.sha256(canonical_json(said)).hexdigest()


def chained(records: Iterable[Record], head: Head) -> Iterator[Entry]:
    """The records as the entries that follow `head`."""
    seq, previous = head.seq, head.hash
    for record in records:
        seq += 1
        found = hash_of(seq, record, previous)
        yield Entry(seq, record, previous, found)
        previous = found


def require_chain(entries: Iterable[Entry], head: Head) -> Head:
    """The head after these entries, which must follow `head` without a gap.

    Raises:
        ChainBroken: naming the first entry that is missing or was changed.
    """
    for entry in entries:
        expected = head.seq + 1
        if entry.seq != expected:
            raise ChainBroken(expected, "is missing")
        if not hmac.compare_digest(entry.previous, head.hash):
            raise ChainBroken(expected, "does not follow its predecessor")
        if not hmac.compare_digest(entry.hash, hash_of(entry.seq, entry.record, entry.previous)):
            raise ChainBroken(expected, "was changed")
        head = Head(entry.seq, entry.hash)
    return head

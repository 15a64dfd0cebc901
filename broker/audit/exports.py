"""Writing an export: the chain, its checkpoints and keys, line by line, with a signed manifest at the end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from broker.audit.checkpoint import MANIFEST_TYPE
from broker.audit.checkpoints import Checkpoints
from broker.audit.checkpoints_store import Written
from broker.audit.entry import Entry, Head
from broker.audit.export_lines import Manifest, document_line, entry_line, header, key_line, line_of
from broker.audit.journal import Journal


@dataclass(frozen=True, slots=True)
class Span:
    """Which entries: those after `base` up to the one with the number `last`."""

    base: Head
    last: int


class Exports:
    """`issuer` names the house in the file."""

    def __init__(self, journal: Journal, checkpoints: Checkpoints, now: Callable[[], datetime], issuer: str):
        self._journal = journal
        self._checkpoints = checkpoints
        self._now = now
        self._issuer = issuer

    def span(self, since: datetime | None = None, until: datetime | None = None) -> Span:
        """The entries of a time, both ends included; as the journal never has gaps, entries of another minute may be among them.

        Raises:
            ChainBroken: the beginning of the journal is not where we put it.
        """
        begin = self._journal.chain.beginning()
        first, last = self._journal.chain.numbers_of(since, until)
        before = first - 1
        if before <= begin.seq:
            return Span(begin, max(last, begin.seq))
        entry = next(iter(self._journal.chain.after(before - 1)))
        return Span(Head(entry.seq, entry.hash), max(last, before))

    def lines(self, span: Span) -> Iterator[bytes]:
        """The file, each line with its line feed. Only one page of entries is in memory at a time."""
        digest, count = hashlib.sha256(), 0
        marks = _Marks(self._checkpoints.written_from(span.base.seq), span.last)
        reached = span.base
        for line in self._body(span, marks):
            if isinstance(line, Entry):
                reached, line = Head(line.seq, line.hash), line_of(entry_line(line))
            digest.update(line)
            count += 1
            yield line
        manifest = Manifest(count, digest.hexdigest(), span.base, reached, marks.told, self._now())
        yield line_of(document_line("manifest", self._checkpoints.signed(manifest.claims(), MANIFEST_TYPE)))

    def _body(self, span: Span, marks: _Marks) -> Iterator[bytes | Entry]:
        yield line_of(header(self._issuer, self._now(), span.base))
        for key in self._checkpoints.all_keys():
            yield line_of(key_line(key))
        yield from marks.due(span.base.seq)
        for entry in self._journal.chain.after(span.base.seq):
            if entry.seq > span.last:
                return
            yield entry
            yield from marks.due(entry.seq)


class _Marks:
    """The checkpoints beside the entries: each comes after the entry it is about."""

    def __init__(self, written: Iterator[Written], last: int):
        self._written = written
        self._last = last
        self._next = next(written, None)
        self.told = 0

    def due(self, seq: int) -> Iterator[bytes]:
        while self._next is not None and self._next.seq <= min(seq, self._last):
            yield line_of(document_line("checkpoint", self._next.unverified_document))
            self.told += 1
            self._next = next(self._written, None)

"""The chain as it lies in the table: walked, held and proven. Its entries hold aliases; journal.py explains them to readers."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import datetime

from broker.audit.aliases_store import Aliases
from broker.audit.checkpoints_store import CheckpointStore, Start
from broker.audit.entry import NOWHERE, ChainBroken, Entry, Head, Verification, require_chain
from broker.audit.store import JournalStore
from broker.storage.database import Database
from keys.secrets.fingerprints import Fingerprints


class Chain:
    """The entries in their order, with their beginning and their end under MACs that only we can write."""

    def __init__(self, database: Database, aliases: Aliases, fingerprints: Fingerprints):
        self._fingerprints = fingerprints
        self.rows = JournalStore(database, aliases, self._mac_of)
        self._starts = CheckpointStore(database)

    def verify(self) -> Verification:
        """Walk the whole chain, from where it begins. Entries that other processes append meanwhile do no harm.

        Rewriting entries, or cutting off the last ones, is found unless somebody also has our keys or puts back an older
        copy of the whole journal; against the latter, compare with a number and hash noted elsewhere.
        """
        reached = NOWHERE
        try:
            reached = begin = self.beginning()
            for entry in self.rows.after(begin.seq):
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
            return NOWHERE
        if not hmac.compare_digest(start.mac.encode("utf-8"), self.mac_of_start(start).encode("ascii")):
            raise ChainBroken(start.head.seq + 1, "is not where we let the journal begin")
        return start.head

    def hold_end(self) -> Head:
        """The end of the chain, which nobody moves until the running unit of work ends.

        Raises:
            ChainBroken: it is not the one we wrote.
        """
        head, mac = self.rows.locked_head()
        if not hmac.compare_digest(mac.encode("utf-8"), self._mac_of(head).encode("ascii")):
            raise ChainBroken(max(head.seq, 1), "is not the end we wrote")
        return head

    def after(self, seq: int) -> Iterator[Entry]:
        """All entries after a number as they are in the chain: with aliases. Read in pages."""
        return self.rows.after(seq)

    def numbers_of(self, since: datetime | None, until: datetime | None) -> tuple[int, int]:
        """The first and the last number of the entries of a time; the last is lower than the first when there are none."""
        return self.rows.numbers_of(since, until)

    def last_of(self, name: str) -> Entry | None:
        """The newest entry of an event, as it is in the chain."""
        return self.rows.last_of(name)

    def mac_of_start(self, start: Start) -> str:
        """What only we can write beside the beginning of the chain."""
        return self._fingerprints.mac("audit.start", start.signed).hex()

    def _require_end(self, reached: Head) -> None:
        """The last entry read is where the head says, or before it when others have written since."""
        head, mac = self.rows.head() or (NOWHERE, None)
        if head.seq < reached.seq:
            raise ChainBroken(head.seq + 1, "lies beyond the end we wrote")
        if head.seq > self.rows.last_seq():
            raise ChainBroken(reached.seq + 1, "is missing")
        is_ours = mac is None or hmac.compare_digest(mac, self._mac_of(head))
        if not is_ours or (head.seq == reached.seq and not hmac.compare_digest(head.hash, reached.hash)):
            raise ChainBroken(max(head.seq, 1), "is not the end we wrote")

    def _mac_of(self, head: Head) -> str:
        return self._fingerprints.mac("audit.head", f"{head.seq} {head.hash}".encode()).hex()

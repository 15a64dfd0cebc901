"""Reports of rotations: made once the key before has ended, signed by the journal's key, kept for good."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from broker.audit.catalogue_keys import KeyReported
from broker.audit.checkpoint import ALGORITHM
from broker.audit.entry import Entry
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.audit.search import Question
from broker.audit.search_store import Search
from broker.custody.reports_store import ReportStore
from broker.custody.rotation_report import PROMOTED, REPORT_TYPE, claims_of, report_of
from broker.storage.database import Database
from keys.signing.key import KeyInfo, KeyState
from keys.vault import Vault

_ENDED = (KeyState.RETIRED, KeyState.DESTROYED, KeyState.REVOKED)
# A rotation of every family each week for some years.
_MOST = 200


class NotOver(Exception):
    """The key before still verifies, or the key never followed another one: there is nothing to report yet."""


class RotationReports:
    """One a process."""

    def __init__(self, database: Database, journal: Journal, vault: Vault, now: Callable[[], datetime]):
        self._database = database
        self._journal = journal
        self._vault = vault
        self._now = now
        self._store = ReportStore(database)
        self._search = Search(database, journal)

    def find(self, kid: str) -> str | None:
        """The signed report (a compact JWS) of the rotation in which this key came."""
        return self._store.find(kid)

    def kids(self) -> frozenset[str]:
        """The keys whose rotation has been reported."""
        return self._store.kids()

    def get(self, kid: str, actor: Actor) -> str:
        """The same; made now if the rotation is over and nobody has made it yet.

        Raises:
            NotOver: see there.
        """
        found = self.find(kid)
        if found is not None:
            return found
        pair = self._pairs().get(kid)
        if pair is None:
            raise NotOver
        return self._make(*pair, actor)

    def make_due(self) -> tuple[str, ...]:
        """Report every rotation that is over; the kids of the keys that came."""
        known = self._store.kids()
        due = {kid: pair for kid, pair in self._pairs().items() if kid not in known}
        for new, old in due.values():
            self._make(new, old, SYSTEM)
        return tuple(due)

    def _make(self, new: KeyInfo, old: KeyInfo, actor: Actor) -> str:
        report = report_of(new, old, self._entries(new, old), self._now())
        signed = self._vault.audit_ring.sign(claims_of(report), ALGORITHM, REPORT_TYPE)
        with self._database.work():
            # Of several workers the first one's report is the report.
            if self._store.add(new.kid, self._now(), signed):
                self._journal.append(KeyReported(new.kid, hashlib.sha256(signed.encode()).hexdigest()), actor)
        return self._store.find(new.kid) or signed

    def _pairs(self) -> dict[str, tuple[KeyInfo, KeyInfo]]:
        """The key that came -> it and the key that went, of every rotation that is over."""
        by_kid = {key.kid: key for key in self._vault.keeper.all()}
        if not any(key.state in _ENDED for key in by_kid.values()):
            return {}
        promoted = self._search.page(Question(names=(PROMOTED,)), most=_MOST).entries
        pairs = {str(entry.fields["kid"]): str(entry.fields["before"]) for entry in promoted}
        return {
            kid: (by_kid[kid], by_kid[before])
            for kid, before in pairs.items()
            if kid in by_kid and before in by_kid and by_kid[before].state in _ENDED
        }

    def _entries(self, new: KeyInfo, old: KeyInfo) -> list[Entry]:
        found = {
            entry.seq: entry
            for kid in (new.kid, old.kid)
            for entry in self._search.page(Question(object_id=kid), most=_MOST).entries
        }
        return [found[seq] for seq in sorted(found)]

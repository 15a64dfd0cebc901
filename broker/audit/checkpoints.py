"""Checkpoints: once an hour and whenever somebody asks, the end of the chain is signed by the journal's own key."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from broker.audit.catalogue_journal import CheckpointMade
from broker.audit.checkpoint import (
    ALGORITHM,
    CHECKPOINT_TYPE,
    AuditKey,
    Checkpoint,
    Forged,
    PublicKeys,
    checkpoint_claims,
    fingerprint_of,
)
from broker.audit.checkpoints_store import CheckpointStore, Written
from broker.audit.entry import GENESIS, ChainBroken, Verification
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.storage.database import Database
from keys.signing.key import KeyState
from keys.signing.ring import KeyRing


class Checkpoints:
    """Makes and proves checkpoints. Several processes may ask for the same hour: one gets it."""

    def __init__(self, database: Database, journal: Journal, ring: KeyRing, now: Callable[[], datetime]):
        self._database = database
        self._journal = journal
        self._ring = ring
        self._now = now
        self._store = CheckpointStore(database)
        self._done_hour = ""

    def make(self, actor: Actor) -> Checkpoint:
        """Sign the end of the chain now. The signature, its row and its event are one unit of work, so nothing can be half made.

        Raises:
            ChainBroken: the end is not the one we wrote; it must not get a signature of ours.
            NoSigner, KeysUnavailable: there is no key of the journal to sign with.
        """
        with self._database.work():
            return self._made(actor, None)

    def hourly(self) -> Checkpoint | None:
        """The checkpoint of this hour (UTC), if nobody has made it yet. Raises what `make` raises."""
        hour = self._now().astimezone(UTC).strftime("%Y-%m-%dT%H")
        if hour == self._done_hour:
            return None
        made = None
        if not self._store.has_hour(hour):
            with self._database.work():
                # The chain is held, so this look sees what any other process has committed.
                self._journal.chain.hold_end()
                if not self._store.has_hour(hour):
                    made = self._made(SYSTEM, hour)
        self._done_hour = hour
        return made

    def last_at(self) -> datetime | None:
        """When the newest checkpoint was made."""
        last = self._store.last()
        return None if last is None else last.at

    def all_keys(self) -> tuple[AuditKey, ...]:
        """Every key the journal was ever signed with, with its state and since when."""
        return tuple(AuditKey(jwk, info.state.value, info.made_at, info.moved_at) for info, jwk in self._ring.history())

    def published(self) -> Mapping[str, Any]:
        """A JWK Set (RFC 7517 5) for verifiers: all keys of the journal but the revoked, those of old checkpoints included."""
        return published_keys(self._ring)

    def signed(self, claims: Mapping[str, Any], typ: str) -> str:
        """Another document about the journal, signed like a checkpoint. Raises NoSigner, KeysUnavailable."""
        return self._ring.sign(claims, ALGORITHM, typ)

    def written_from(self, seq: int) -> Iterator[Written]:
        """The checkpoints about an entry and all later ones, in order, as they lie in the table."""
        first = self._store.first_at_or_after(seq)
        return iter(()) if first is None else self._store.after(first - 1)

    def verify(self) -> Verification:
        """Walk the chain, and along the checkpoints: each is signed by us, follows the one before, and fits the chain."""
        walked = self._journal.verify()
        if not walked.is_whole:
            return walked
        try:
            checked = self._walk()
        except ChainBroken as broken:
            return Verification(walked.checked, broken.seq, broken.problem)
        return Verification(walked.checked, checkpoints=checked, begins=walked.begins)

    def _walk(self) -> int:
        keys, start, begin = PublicKeys(self.all_keys()), self._store.start(), self._journal.chain.beginning()
        # The checkpoint that the journal begins behind stays; the one before it is gone.
        number, previous = (start.number - 1, "") if start else (0, GENESIS)
        checked = 0
        for written in self._store.after(number):
            number += 1
            if written.number != number:
                raise ChainBroken(written.seq, f"is where checkpoint {number} is missing before")
            checkpoint = _checked(keys, written, begin.hash if written.seq == begin.seq else written.found)
            if previous and not hmac.compare_digest(checkpoint.previous, previous):
                raise ChainBroken(written.seq, f"is what checkpoint {number} does not follow its predecessor at")
            previous, checked = checkpoint.fingerprint, checked + 1
        self._require_last(number)
        return checked

    def _require_last(self, number: int) -> None:
        """The chain itself says how many checkpoints there are."""
        told = self._journal.chain.last_of(CheckpointMade.name)
        if told is not None and told.fields.get("number") != number:
            raise ChainBroken(told.seq, f"tells of checkpoint {told.fields.get('number')}, which is not there")

    def _made(self, actor: Actor, hour: str | None) -> Checkpoint:
        head, last, at = self._journal.chain.hold_end(), self._store.last(), self._now()
        number = last.number + 1 if last else 1
        claims = checkpoint_claims(number, head, at, fingerprint_of(last.unverified_document) if last else GENESIS)
        document = self.signed(claims, CHECKPOINT_TYPE)
        self._store.add(Written(number, head.seq, at, document), hour)
        self._journal.append(CheckpointMade(number, head.seq), actor)
        return PublicKeys(self.all_keys()).checkpoint(document)


def published_keys(ring: KeyRing) -> Mapping[str, Any]:
    """A JWK Set of every key that a checkpoint may be signed with: retired and destroyed ones, too, but no revoked one."""
    return {"keys": [dict(jwk) for info, jwk in ring.history() if info.state is not KeyState.REVOKED]}


def _checked(keys: PublicKeys, written: Written, found: str | None) -> Checkpoint:
    """A row whose document is ours and says what the row and the chain say."""
    try:
        checkpoint = keys.checkpoint(written.unverified_document)
    except Forged as forged:
        raise ChainBroken(written.seq, f"is what checkpoint {written.number} is about, which {forged.problem}") from None
    if (checkpoint.number, checkpoint.seq, checkpoint.at) != (written.number, written.seq, written.at):
        raise ChainBroken(written.seq, f"is what checkpoint {written.number} is about, whose row says otherwise")
    if found is None or not hmac.compare_digest(checkpoint.head.hash, found):
        raise ChainBroken(written.seq, f"does not fit checkpoint {written.number}, which we signed")
    return checkpoint

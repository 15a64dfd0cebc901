"""Moves of signing keys with everything that belongs to them: evidence before, the event in the same unit of work."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from broker.audit.catalogue_keys import KeyAnnounced, KeyDestroyed, KeyPromoted, KeyRetired, KeyRevoked
from broker.audit.event import SYSTEM, Actor, Event
from broker.audit.journal import Journal
from broker.custody.evidence import Evidence, PromotionHeld
from broker.foundation.jose import SignerSilent
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.signing.keeper import KeyKeeper
from keys.signing.key import KeyInfo, KeyState, KeyUse, family_of
from keys.signing.lifecycle import MoveRefused
from keys.signing.plan import PlannedMove

_log = logging.getLogger(__name__)

EvidenceOf = Callable[[KeyInfo], Evidence]


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody promotes a key that not every active service has fetched, and says why."""

    why: str


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did now, and when its next step may come; None when nothing is left but to wait for the plan."""

    moved: tuple[KeyInfo, ...]
    next_to: KeyState | None
    next_at: datetime | None


class KeyMoves:
    """One a process. Every method that moves raises UnknownKey or MoveRefused as the keeper does."""

    def __init__(self, database: Database, journal: Journal, keeper: KeyKeeper, evidence_of: EvidenceOf, outside: Outside):
        self._database = database
        self._journal = journal
        self._keeper = keeper
        self._evidence_of = evidence_of
        self._outside = outside

    def announce(self, algorithm: str, use: KeyUse, actor: Actor) -> KeyInfo:
        """Make and publish a key that is to follow.

        Raises:
            ValueError: no key of this use serves the algorithm.
        """
        with self._database.work():
            made = self._keeper.announce(algorithm, use)
            self._journal.append(_announced(made), actor)
        return made

    def promote(self, kid: str, actor: Actor, override: Override | None = None) -> tuple[KeyInfo, ...]:
        """Make an announced key the signer. The moved keys: the new signer, then the one before it.

        Raises:
            PromotionHeld: an active service has not fetched the key yet, and nobody has overridden that.
        """
        found = self._find(kid)
        evidence = Evidence() if found is None else self._evidence_of(found)
        if evidence.unseen and override is None:
            raise PromotionHeld(evidence)
        with self._database.work():
            moved = self._keeper.promote(kid)
            self._journal.append(_promoted(moved, evidence, override), actor)
        return moved

    def retire(self, kid: str, actor: Actor) -> KeyInfo:
        """Publish and believe a key no longer."""
        with self._database.work():
            moved = self._keeper.retire(kid)
            self._journal.append(KeyRetired(kid), actor)
        return moved

    def destroy(self, kid: str, actor: Actor) -> KeyInfo:
        """Wipe the private half of a retired key."""
        with self._database.work():
            moved = self._keeper.destroy(kid)
            self._journal.append(KeyDestroyed(kid), actor)
        return moved

    def revoke(self, kid: str, actor: Actor) -> tuple[KeyInfo, ...]:
        """Disbelieve a stolen key at once. Joins the caller's unit of work; two people are the caller's to ask for."""
        with self._database.work():
            moved = self._keeper.revoke(kid)
            # A replacement that was made just now was never announced, so this event alone tells of it.
            self._journal.append(KeyRevoked(kid, moved[1].kid if len(moved) > 1 else ""), actor)
        return moved

    def rotate(self, algorithm: str, use: KeyUse, actor: Actor, override: Override | None = None) -> Rotated:
        """Follow the plan now, as far as is safe: announce a key, or promote the announced one.

        Raises:
            ValueError, PromotionHeld: as `announce` and `promote`.
        """
        family = family_of(algorithm)
        waiting = [
            key for key in self._keeper.all() if (key.use, key.family, key.state) == (use, family, KeyState.ANNOUNCED)
        ]
        if not waiting:
            made = self.announce(algorithm, use, actor)
            return Rotated((made,), KeyState.SIGNING, self._keeper.earliest(made, KeyState.SIGNING))
        ready_at = self._keeper.earliest(waiting[0], KeyState.SIGNING)
        if self._outside.now() < ready_at:
            return Rotated((), KeyState.SIGNING, ready_at)
        moved = self.promote(waiting[0].kid, actor, override)
        if len(moved) == 1:
            return Rotated(moved, None, None)
        return Rotated(moved, KeyState.RETIRED, self._keeper.earliest(moved[1], KeyState.RETIRED))

    def tick(self, actor: Actor = SYSTEM) -> tuple[KeyInfo, ...]:
        """Every planned move whose instant has come, one unit of work each; safe at any time, in any number of processes."""
        moved: list[KeyInfo] = []
        while True:
            made = self._step(actor)
            if not made:
                return tuple(moved)
            moved += made

    def look(self) -> tuple[float, Mapping[str, int]]:
        """Seconds until the next planned move, negative when one is held back, and how many keys are in each state."""
        counts = Counter(key.state for key in self._keeper.all())
        at = min((move.at for move in self._keeper.upcoming()), default=None)
        ahead = math.inf if at is None else (at - self._outside.now()).total_seconds()
        return ahead, {state.value: counts[state] for state in KeyState}

    def _step(self, actor: Actor) -> tuple[KeyInfo, ...]:
        for move in self._keeper.due(self._outside.now()):
            evidence = self._evidence_of_move(move)
            if evidence.unseen:
                continue
            try:
                moved = self._make(move, evidence, actor)
            except (MoveRefused, SignerSilent):
                _log.error("a planned move of a key was not possible", extra={"kid": move.kid, "to": move.to.value})
                continue
            if moved:
                return moved
        return ()

    def _make(self, move: PlannedMove, evidence: Evidence, actor: Actor) -> tuple[KeyInfo, ...]:
        with self._database.work():
            moved = self._keeper.make(move)
            # Nothing, when another process has made it a moment ago.
            if moved:
                self._journal.append(_told(moved, evidence), actor)
        return moved

    def _evidence_of_move(self, move: PlannedMove) -> Evidence:
        found = self._find(move.kid) if move.to is KeyState.SIGNING else None
        return Evidence() if found is None else self._evidence_of(found)

    def _find(self, kid: str) -> KeyInfo | None:
        return next((key for key in self._keeper.all() if key.kid == kid), None)


def _told(moved: tuple[KeyInfo, ...], evidence: Evidence) -> Event:
    first = moved[0]
    if first.state is KeyState.ANNOUNCED:
        return _announced(first)
    if first.state is KeyState.SIGNING:
        return _promoted(moved, evidence, None)
    return KeyRetired(first.kid) if first.state is KeyState.RETIRED else KeyDestroyed(first.kid)


def _announced(key: KeyInfo) -> KeyAnnounced:
    return KeyAnnounced(key.kid, key.family.value, key.use.value, key.where)


def _promoted(moved: tuple[KeyInfo, ...], evidence: Evidence, override: Override | None) -> KeyPromoted:
    event = KeyPromoted(
        kid=moved[0].kid,
        before=moved[1].kid if len(moved) > 1 else "",
        seen=tuple(service.client_id for service in evidence.seen),
        unseen=tuple(service.client_id for service in evidence.unseen),
    )
    return event if override is None else replace(event, overridden=bool(event.unseen), why=override.why)

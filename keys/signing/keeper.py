"""Who moves signing keys: every move of both uses, the plan, and the steps that are due."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from keys.backends.port import FreshKey
from keys.settings import KeySettings
from keys.signing import rotation
from keys.signing.halves import PrivateHalves
from keys.signing.key import KeyInfo, KeyState, KeyUse, family_of
from keys.signing.lifecycle import ready_at
from keys.signing.plan import PlannedMove, due, next_moves, plan
from keys.store import Changes, KeyStore


class KeyKeeper:
    """Every move is one exclusive change of the store and joins the caller's unit of work, so that its event is written with it.

    A change that others would see too late is rolled back (MovedTooLate). A hardware module that does not answer: SignerSilent.
    """

    def __init__(
        self,
        store: KeyStore,
        halves: PrivateHalves,
        now: Callable[[], datetime],
        settings: KeySettings,
        forget: Callable[[], None],
    ):
        """`forget` is called once a move is committed."""
        self._store = store
        self._halves = halves
        self._now = now
        self._forget = forget
        self._least = settings.house_times.least_waits
        self._rhythm = settings.rhythm

    def all(self) -> tuple[KeyInfo, ...]:
        """Every key of both uses that ever was, oldest first; read anew."""
        return tuple(kept.info for kept in self._store.signing_keys())

    def announce(self, algorithm: str, use: KeyUse = KeyUse.TOKENS) -> KeyInfo:
        """Make a key for `algorithm` and publish it; it signs nothing until it is promoted.

        Raises:
            ValueError: no key of this use serves the algorithm.
        """
        family = family_of(algorithm)
        if family not in use.families:
            raise ValueError("no key of this use serves this algorithm")
        made = self._halves.make(family)
        with self._moving() as (changes, at):
            return rotation.keep(changes, self._halves, rotation.Wanted(family, use), made, at)

    def promote(self, kid: str) -> tuple[KeyInfo, ...]:
        """Make an announced key the signer of its family. The moved keys: the new signer, then the one before it.

        Raises:
            UnknownKey, MoveRefused: no such key, not announced, or relying parties may not know it yet.
        """
        with self._moving() as (changes, at):
            return rotation.promote(changes, self._halves, kid, at, self._least)

    def retire(self, kid: str) -> KeyInfo:
        """Publish and believe a key no longer, once its last token has expired.

        Raises:
            UnknownKey, MoveRefused: no such key, it signs, or its tokens still live.
        """
        with self._moving() as (changes, at):
            return rotation.retire(changes, kid, at, self._least)

    def destroy(self, kid: str) -> KeyInfo:
        """Wipe the private half of a retired key.

        Raises:
            UnknownKey, MoveRefused: no such key, or it is not retired or was so only now.
        """
        with self._moving() as (changes, at):
            return rotation.destroy(changes, self._halves, kid, at, self._least)

    def revoke(self, kid: str) -> tuple[KeyInfo, ...]:
        """Disbelieve a stolen key at once; a signer is replaced in the same change. The moved keys, the revoked one first.
        Other processes follow within `reload_every`.

        Raises:
            UnknownKey, MoveRefused: no such key, or it is revoked already.
        """
        with self._moving() as (changes, at):
            return rotation.revoke(changes, self._halves, kid, at)

    def earliest(self, key: KeyInfo, to: KeyState) -> datetime:
        """When a key may make a move at the soonest, whatever the plan says.

        Raises:
            MoveRefused: there is no such move in the life of a key.
        """
        return ready_at(key, to, self._least)

    def plan(self, now: datetime, until: datetime) -> tuple[PlannedMove, ...]:
        """Every planned move until an instant, in order."""
        return plan(self.all(), now, until, self._rhythm)

    def upcoming(self) -> tuple[PlannedMove, ...]:
        """The next move of every key that has one, the earliest first; some may be due already."""
        return tuple(next_moves(self.all(), self._rhythm))

    def due(self, now: datetime) -> tuple[PlannedMove, ...]:
        """The planned moves whose instant has come."""
        return due(self.all(), now, self._rhythm)

    def make(self, move: PlannedMove) -> tuple[KeyInfo, ...]:
        """One planned move that is due, unless another process has made it meanwhile: then nothing. The moved keys.

        Raises:
            MoveRefused: the hardware module does not have the key that is to sign.
        """
        if not self._is_due(move, self.all(), self._now()):
            return ()
        # A key takes its time to be made; nobody waits for it under the lock.
        made = self._halves.make(move.family) if move.to is KeyState.ANNOUNCED else None
        with self._moving() as (changes, at):
            infos = tuple(kept.info for kept in changes.signing_keys())
            return self._made(changes, move, made, at) if self._is_due(move, infos, at) else ()

    def _is_due(self, move: PlannedMove, infos: tuple[KeyInfo, ...], at: datetime) -> bool:
        return any(_of(one) == _of(move) for one in due(infos, at, self._rhythm))

    def _made(
        self, changes: Changes, move: PlannedMove, made: tuple[FreshKey, str] | None, at: datetime
    ) -> tuple[KeyInfo, ...]:
        if made is not None:
            return (rotation.keep(changes, self._halves, rotation.Wanted(move.family, move.use), made, at),)
        if move.to is KeyState.SIGNING:
            return rotation.promote(changes, self._halves, move.kid, at, self._least)
        if move.to is KeyState.RETIRED:
            return (rotation.retire(changes, move.kid, at, self._least),)
        return (rotation.destroy(changes, self._halves, move.kid, at, self._least),)

    def _moving(self) -> AbstractContextManager[tuple[Changes, datetime]]:
        return self._store.moving(self._forget, self._now)


def _of(move: PlannedMove) -> tuple[object, ...]:
    return move.kid, move.family, move.use, move.to

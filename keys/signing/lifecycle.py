"""Which move of a signing key is allowed when. Pure: the clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from keys.signing.key import MOVES, KeyInfo, KeyState


class MoveRefused(Exception):
    """The key may not make this move now. `reason` is static text; `ready_at` is when it may, if waiting helps."""

    def __init__(self, reason: str, ready_at: datetime | None = None):
        super().__init__(reason)
        self.reason = reason
        self.ready_at = ready_at


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a key stays where it is: `announced_for` before it signs, `verifying_for` after its last signature,
    `retired_for` before its private half is destroyed."""

    announced_for: timedelta
    verifying_for: timedelta
    retired_for: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class HouseTimes:
    """What the least waits follow from: how long our key set may be kept by others, the life of the longest token, how often each
    process reads the keys, and how far apart the clocks of our machines may be."""

    published_for: timedelta
    token_life: timedelta
    reload_every: timedelta
    clock_skew: timedelta

    @property
    def least_waits(self) -> Waits:
        """No token may arrive before its key, and none may outlive it.

        A move is visible to the last process two readings after its instant: it is committed within one (KeyStore.moving) and
        read within another. The instant and the present may be those of two clocks.
        """
        late = 2 * self.reload_every + self.clock_skew
        return Waits(self.published_for + late, self.token_life + late, late)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The plan of the house: how long a key signs, and its waits, none shorter than the least."""

    sign_for: timedelta
    waits: Waits


def ready_at(key: KeyInfo, to: KeyState, waits: Waits) -> datetime:
    """The first instant at which `key` may move to `to`.

    An announced key waits until every relying party's copy of our key set has aged out, or a token would arrive before its key.
    A verifying key waits until the last token it signed has expired.

    Raises:
        MoveRefused: there is no such move at any time.
    """
    if to not in MOVES[key.state]:
        raise MoveRefused(f"a key may not move from {key.state.value} to {to.value}")
    wait = {
        KeyState.SIGNING: waits.announced_for,
        KeyState.RETIRED: waits.verifying_for if key.state is KeyState.VERIFYING else timedelta(0),
        KeyState.DESTROYED: waits.retired_for,
    }
    return key.moved_at + wait.get(to, timedelta(0))


def require_move(key: KeyInfo, to: KeyState, at: datetime, waits: Waits) -> None:
    """Refuse a move that is not in the life of a key, or comes too early.

    Raises:
        MoveRefused: with the instant from which it is allowed, when there is one.
    """
    earliest = ready_at(key, to, waits)
    if at < earliest:
        raise MoveRefused("too early for this move", earliest)


def require_revocable(key: KeyInfo) -> None:
    """Any key may be revoked once, at any time.

    Raises:
        MoveRefused: it is revoked already.
    """
    if KeyState.REVOKED not in MOVES[key.state]:
        raise MoveRefused("the key is revoked already")

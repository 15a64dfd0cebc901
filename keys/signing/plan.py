"""What happens to signing keys and when: pure, from the present keys and the rhythm of the house.

A signer signs for `sign_for`; its successor is announced that long ahead of it. Whatever was slept through is caught up with one
move at a time, and every wait is counted from the move before it, so that no announcement is ever skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from keys.signing.key import Family, KeyInfo, KeyState, KeyUse
from keys.signing.lifecycle import Rhythm

# A plan is shown for a year or so; with settings of seconds it would have no end.
MOST_MOVES = 2000


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """`kid` is empty for a key that is still to be made. `reason` names the setting that the instant follows from."""

    kid: str
    family: Family
    use: KeyUse
    to: KeyState
    at: datetime
    reason: str


def due(keys: Sequence[KeyInfo], now: datetime, rhythm: Rhythm) -> tuple[PlannedMove, ...]:
    """The moves whose instant has come, the earliest first."""
    return tuple(move for move in next_moves(keys, rhythm) if move.at <= now)


def plan(keys: Sequence[KeyInfo], now: datetime, until: datetime, rhythm: Rhythm) -> tuple[PlannedMove, ...]:
    """Every move from now until an instant, in order, if each is made at its time. A move that is late is planned for now."""
    moves: list[PlannedMove] = []
    present = tuple(keys)
    while len(moves) < MOST_MOVES:
        following = next(next_moves(present, rhythm), None)
        if following is None or max(following.at, now) > until:
            break
        move = replace(following, at=max(following.at, now))
        present = _after(present, move, f"planned-{len(moves)}")
        moves.append(replace(move, kid="" if move.kid.startswith("planned-") else move.kid))
    return tuple(moves)


def next_moves(keys: Sequence[KeyInfo], rhythm: Rhythm) -> Iterator[PlannedMove]:
    """The next move of every key that has one, the earliest first."""
    found = [move for use in KeyUse for family in Family for move in _of_family(_like(keys, use, family), rhythm)]
    return iter(sorted(found, key=lambda move: move.at))


def _like(keys: Sequence[KeyInfo], use: KeyUse, family: Family) -> list[KeyInfo]:
    return [key for key in keys if (key.use, key.family) == (use, family)]


def _of_family(keys: Sequence[KeyInfo], rhythm: Rhythm) -> Iterator[PlannedMove]:
    waits = rhythm.waits
    announced = [key for key in keys if key.state is KeyState.ANNOUNCED]
    for key in keys:
        if key.state is KeyState.SIGNING and not announced:
            at = key.moved_at + rhythm.sign_for - waits.announced_for
            yield PlannedMove("", key.family, key.use, KeyState.ANNOUNCED, at, "sign_for")
        if key.state is KeyState.VERIFYING:
            yield _move(key, KeyState.RETIRED, key.moved_at + waits.verifying_for, "verifying_margin")
        if key.state is KeyState.RETIRED:
            yield _move(key, KeyState.DESTROYED, key.moved_at + waits.retired_for, "destroy_after")
    for key in announced:
        yield _move(key, KeyState.SIGNING, key.moved_at + waits.announced_for, "announced_for")


def _move(key: KeyInfo, to: KeyState, at: datetime, reason: str) -> PlannedMove:
    return PlannedMove(key.kid, key.family, key.use, to, at, reason)


def _after(keys: Sequence[KeyInfo], move: PlannedMove, name: str) -> tuple[KeyInfo, ...]:
    """The keys once a planned move was made."""
    if not move.kid:
        return (*keys, KeyInfo(name, move.family, KeyState.ANNOUNCED, move.at, move.at, move.use))
    return tuple(_moved(key, move) for key in keys)


def _moved(key: KeyInfo, move: PlannedMove) -> KeyInfo:
    if key.kid == move.kid:
        return replace(key, state=move.to, moved_at=move.at)
    is_before = (key.use, key.family, key.state) == (move.use, move.family, KeyState.SIGNING)
    return replace(key, state=KeyState.VERIFYING, moved_at=move.at) if is_before and move.to is KeyState.SIGNING else key

"""The life of signing keys as stretches of time: what was, what is and what is planned. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from keys.signing.key import Family, KeyInfo, KeyState, KeyUse
from keys.signing.plan import PlannedMove

# What a key did before its present state began: published, and perhaps signing. When it began to sign is not kept in its row.
EARLIER = "earlier"
_PAST = frozenset({KeyState.VERIFYING, KeyState.RETIRED, KeyState.REVOKED})


@dataclass(frozen=True, slots=True)
class Stretch:
    """A key in one state; `state` is a word of KeyState or EARLIER."""

    state: str
    begins: datetime
    ends: datetime
    is_planned: bool


@dataclass(frozen=True, slots=True)
class KeyTrack:
    """One key over time; `kid` is empty for one that is still to be made."""

    kid: str
    family: Family
    use: KeyUse
    stretches: tuple[Stretch, ...]


@dataclass
class _Open:
    kid: str
    family: Family
    use: KeyUse
    state: KeyState
    since: datetime
    stretches: list[Stretch] = field(default_factory=list)


def key_tracks(keys: Sequence[KeyInfo], moves: Sequence[PlannedMove], now: datetime, until: datetime) -> tuple[KeyTrack, ...]:
    """Every key that is published or was, oldest first, then those still to be made."""
    opened = [_begun(key, now) for key in keys if key.state is not KeyState.DESTROYED]
    for move in moves:
        _make(opened, move)
    for track in opened:
        _close(track, until)
    return tuple(KeyTrack(one.kid, one.family, one.use, tuple(one.stretches)) for one in opened)


def _begun(key: KeyInfo, now: datetime) -> _Open:
    track = _Open(key.kid, key.family, key.use, key.state, key.moved_at)
    if key.made_at < key.moved_at:
        before = EARLIER if key.state in _PAST else KeyState.ANNOUNCED.value
        track.stretches.append(Stretch(before, key.made_at, key.moved_at, False))
    if key.state in (KeyState.RETIRED, KeyState.REVOKED):
        return track
    if key.moved_at < now:
        track.stretches.append(Stretch(key.state.value, key.moved_at, now, False))
    track.since = max(now, key.moved_at)
    return track


def _make(opened: list[_Open], move: PlannedMove) -> None:
    if move.to is KeyState.ANNOUNCED:
        opened.append(_Open("", move.family, move.use, KeyState.ANNOUNCED, move.at))
        return
    if move.to is KeyState.SIGNING:
        for before in _of(opened, move, KeyState.SIGNING):
            _turn(before, KeyState.VERIFYING, move.at)
    wanted = {KeyState.SIGNING: KeyState.ANNOUNCED, KeyState.RETIRED: KeyState.VERIFYING}.get(move.to)
    for track in _of(opened, move, wanted)[:1]:
        _turn(track, move.to, move.at)


def _of(opened: list[_Open], move: PlannedMove, state: KeyState | None) -> list[_Open]:
    """Tracks that the move is about: the one it names, or those in that state of its kind that are still to be made."""
    like = [one for one in opened if (one.family, one.use, one.state) == (move.family, move.use, state)]
    named = [one for one in like if move.kid and one.kid == move.kid]
    return named or like


def _turn(track: _Open, to: KeyState, at: datetime) -> None:
    _close(track, at)
    track.state, track.since = to, at


def _close(track: _Open, at: datetime) -> None:
    """End the present stretch; what is published no longer has none."""
    is_shown = track.state in (KeyState.ANNOUNCED, KeyState.SIGNING, KeyState.VERIFYING)
    if is_shown and track.since < at:
        track.stretches.append(Stretch(track.state.value, track.since, at, True))

"""The life of a secret key as pure rules: next -> current -> old -> gone. No clock, no store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from keys.secrets.purposes import NEVER_ROTATE, Purpose, State

# Records name the key that they are under, and a process that meets a name it does not know reads the keys anew: such a key needs
# no announcement. A mark names nothing, so everybody must believe the next key before anybody uses it.
NAMED_BY_RECORDS = frozenset({Purpose.PERSONAL})


class RotationRefused(Exception):
    """The life of secret keys does not allow it. `reason` is a sentence without secrets."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SecretInfo:
    """A secret key without its material. `moved_at` is when it came into its present state; `records` as in KeptSecret."""

    id: str
    purpose: Purpose
    state: State
    made_at: datetime
    moved_at: datetime
    records: int = 2


@dataclass(frozen=True, slots=True)
class SecretWaits:
    """`announced_for`: until every process has read the next key. `kept_for`: until the last value that an old key has made is
    over, by purpose."""

    announced_for: timedelta
    kept_for: Mapping[Purpose, timedelta]

    def kept(self, purpose: Purpose) -> timedelta:
        """How long an old key of this purpose stays; never shorter than a slow process may go on using it."""
        return self.kept_for[purpose] + self.announced_for


@dataclass(frozen=True, slots=True)
class SecretMove:
    """A step of one key that may be taken from `at` on. `to` is None for the end of its life."""

    key: SecretInfo
    to: State | None
    at: datetime


def next_move(key: SecretInfo, waits: SecretWaits) -> SecretMove | None:
    """The step that this key takes by itself; None for a current one, which waits for its successor."""
    if key.state is State.NEXT:
        wait = timedelta(0) if key.purpose in NAMED_BY_RECORDS else waits.announced_for
        return SecretMove(key, State.CURRENT, key.moved_at + wait)
    if key.state is State.OLD:
        return SecretMove(key, None, key.moved_at + waits.kept(key.purpose))
    return None


def require_rotatable(purpose: Purpose, keys: tuple[SecretInfo, ...]) -> None:
    """One rotation of a purpose at a time.

    Raises:
        RotationRefused: it never rotates, or its rotation is under way.
    """
    if purpose in NEVER_ROTATE:
        raise RotationRefused(f"{purpose.value} never rotates: what it names is known by that name elsewhere")
    others = [key for key in keys if key.purpose is purpose and key.state is not State.CURRENT]
    if any(key.state is State.NEXT for key in others):
        raise RotationRefused(f"a next key of {purpose.value} is waiting already")
    if others and purpose is Purpose.FINGERPRINTS:
        raise RotationRefused("the fingerprint key before this one is still there: let the rotation end first")

"""The moves of signing keys as they are written down: each function is one exclusive change of the store."""

from __future__ import annotations

from datetime import datetime

from keys.backends.software import make_key
from keys.master import MasterKey
from keys.signing.key import Family, KeyInfo, KeyState
from keys.signing.lifecycle import Waits, require_move, require_revocable
from keys.store import Changes, KeptKey


class UnknownKey(LookupError):
    """There is no key with this kid."""


def bound_to_key(kid: str) -> str:
    """What the private half of a key is bound to under the master key."""
    return f"signing-key:{kid}"


def add(changes: Changes, master: MasterKey, family: Family, at: datetime, state: KeyState = KeyState.ANNOUNCED) -> KeyInfo:
    """Make a key; anything but `announced` is for an empty house or after a theft, when there is no time to announce."""
    fresh = make_key(family)
    info = KeyInfo(fresh.kid, family, state, at, at)
    changes.add_key(KeptKey(info, fresh.jwk, master.wrap(fresh.private, bound_to_key(fresh.kid))))
    return info


def promote(changes: Changes, kid: str, at: datetime, waits: Waits) -> tuple[KeyInfo, ...]:
    """Make an announced key the signer; the signer before it goes on verifying. The moved keys, the new signer first.

    Raises:
        UnknownKey, MoveRefused.
    """
    infos = _infos(changes)
    chosen = _get(infos, kid)
    require_move(chosen, KeyState.SIGNING, at, waits)
    before = tuple(changes.move(info, KeyState.VERIFYING, at) for info in _signers(infos, chosen.family))
    return (changes.move(chosen, KeyState.SIGNING, at), *before)


def retire(changes: Changes, kid: str, at: datetime, waits: Waits) -> KeyInfo:
    """Forget a key that nobody needs: one whose last token has expired, or one that never signed.

    Raises:
        UnknownKey, MoveRefused.
    """
    chosen = _get(_infos(changes), kid)
    require_move(chosen, KeyState.RETIRED, at, waits)
    return changes.move(chosen, KeyState.RETIRED, at)


def revoke(changes: Changes, master: MasterKey, kid: str, at: datetime) -> tuple[KeyInfo, ...]:
    """Retire a stolen key at once, whatever its state. A signer is replaced in the same change, by the oldest announced
    key of its family or by a new one, so that the house can always sign. The moved keys, the revoked one first.

    Raises:
        UnknownKey, MoveRefused: it is retired already.
    """
    infos = _infos(changes)
    stolen = _get(infos, kid)
    require_revocable(stolen)
    retired = changes.move(stolen, KeyState.RETIRED, at)
    if stolen.state is not KeyState.SIGNING:
        return (retired,)
    waiting = [info for info in infos if info.family is stolen.family and info.state is KeyState.ANNOUNCED]
    if waiting:
        return retired, changes.move(waiting[0], KeyState.SIGNING, at)
    return retired, add(changes, master, stolen.family, at, KeyState.SIGNING)


def families_without_signer(infos: tuple[KeyInfo, ...]) -> tuple[Family, ...]:
    """The families that cannot sign now."""
    return tuple(family for family in Family if not _signers(infos, family))


def _infos(changes: Changes) -> tuple[KeyInfo, ...]:
    return tuple(key.info for key in changes.signing_keys())


def _signers(infos: tuple[KeyInfo, ...], family: Family) -> tuple[KeyInfo, ...]:
    return tuple(info for info in infos if info.family is family and info.state is KeyState.SIGNING)


def _get(infos: tuple[KeyInfo, ...], kid: str) -> KeyInfo:
    for info in infos:
        if info.kid == kid:
            return info
    raise UnknownKey

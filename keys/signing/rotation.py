"""The moves of signing keys as they are written down: each function is one exclusive change of the store."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from broker.foundation.jose import SignerSilent
from keys.backends.port import FreshKey
from keys.backends.software import public_key
from keys.signing.halves import PrivateHalves
from keys.signing.key import Family, KeyInfo, KeyState, KeyUse
from keys.signing.lifecycle import MoveRefused, Waits, require_move, require_revocable
from keys.store import Changes, KeptKey

_LOG = logging.getLogger(__name__)


class UnknownKey(LookupError):
    """There is no key with this kid."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The key that is to be made."""

    family: Family
    use: KeyUse = KeyUse.TOKENS
    state: KeyState = KeyState.ANNOUNCED


def add(changes: Changes, halves: PrivateHalves, wanted: Wanted, at: datetime) -> KeyInfo:
    """Make a key; any state but `announced` is for an empty house or after a theft, when there is no time to announce."""
    return keep(changes, halves, wanted, halves.make(wanted.family), at)


def keep(changes: Changes, halves: PrivateHalves, wanted: Wanted, made: tuple[FreshKey, str], at: datetime) -> KeyInfo:
    """Write down a key that was made; `made` says where its private half is."""
    fresh, where = made
    info = KeyInfo(fresh.kid, wanted.family, wanted.state, at, at, wanted.use, where)
    changes.add_key(KeptKey(info, fresh.jwk, halves.seal(fresh.private, info)))
    return info


def promote(changes: Changes, halves: PrivateHalves, kid: str, at: datetime, waits: Waits) -> tuple[KeyInfo, ...]:
    """Make an announced key the signer; the signer before it goes on verifying. The moved keys, the new signer first.

    Raises:
        UnknownKey, MoveRefused.
    """
    infos = _infos(changes)
    chosen = _get(infos, kid)
    require_move(chosen, KeyState.SIGNING, at, waits)
    kept = _kept(changes, kid)
    if not halves.is_usable(kept, public_key(kept.jwk, chosen.family)):
        # A signer that cannot sign would stop every sign-in; the one before it goes on instead.
        raise MoveRefused("the hardware module does not have the key, or does not answer")
    before = tuple(changes.move(info, KeyState.VERIFYING, at) for info in _signers(infos, chosen))
    return (changes.move(chosen, KeyState.SIGNING, at), *before)


def retire(changes: Changes, kid: str, at: datetime, waits: Waits) -> KeyInfo:
    """Forget a key that nobody needs: one whose last token has expired, or one that never signed.

    Raises:
        UnknownKey, MoveRefused.
    """
    chosen = _get(_infos(changes), kid)
    require_move(chosen, KeyState.RETIRED, at, waits)
    return changes.move(chosen, KeyState.RETIRED, at)


def destroy(changes: Changes, halves: PrivateHalves, kid: str, at: datetime, waits: Waits) -> KeyInfo:
    """Wipe the private half of a retired key; its row stays for the history.

    Raises:
        UnknownKey, MoveRefused.
    """
    chosen = _get(_infos(changes), kid)
    require_move(chosen, KeyState.DESTROYED, at, waits)
    halves.destroy(_kept(changes, kid))
    return _without_private_half(changes, halves, changes.move(chosen, KeyState.DESTROYED, at))


def revoke(changes: Changes, halves: PrivateHalves, kid: str, at: datetime) -> tuple[KeyInfo, ...]:
    """Disbelieve a stolen key at once, whatever its state. A signer is replaced in the same change, by the oldest announced
    key of its family or by a new one, so that the house can always sign. The moved keys, the revoked one first.

    Raises:
        UnknownKey, MoveRefused: it is revoked already.
    """
    infos = _infos(changes)
    stolen = _get(infos, kid)
    require_revocable(stolen)
    try:
        halves.destroy(_kept(changes, kid))
    except SignerSilent:
        # A lost module must not keep a stolen key alive; `keys hsm status` shows what is left in it.
        _LOG.warning("a revoked key could not be destroyed in its hardware module", extra={"kid": kid})
    revoked = _without_private_half(changes, halves, changes.move(stolen, KeyState.REVOKED, at))
    if stolen.state is not KeyState.SIGNING:
        return (revoked,)
    waiting = [info for info in infos if _is_like(info, stolen) and info.state is KeyState.ANNOUNCED]
    if waiting:
        return revoked, changes.move(waiting[0], KeyState.SIGNING, at)
    return revoked, add(changes, halves, Wanted(stolen.family, stolen.use, KeyState.SIGNING), at)


def without_signer(infos: tuple[KeyInfo, ...]) -> tuple[Wanted, ...]:
    """The signers that are missing."""
    present = {(info.use, info.family) for info in infos if info.state is KeyState.SIGNING}
    return tuple(
        Wanted(family, use, KeyState.SIGNING) for use in KeyUse for family in use.families if (use, family) not in present
    )


def fits(private_half: bytes, state: KeyState) -> bool:
    """Whether an opened private half belongs to a key in this state: what has ended cannot be written back to life."""
    ended = {one.value.encode(): one for one in (KeyState.DESTROYED, KeyState.REVOKED)}.get(private_half)
    return state is ended or (ended is None and state not in (KeyState.DESTROYED, KeyState.REVOKED))


def _without_private_half(changes: Changes, halves: PrivateHalves, key: KeyInfo) -> KeyInfo:
    # The sealed name of its end rather than nothing: the row still proves that this house made it, and how it ended.
    changes.empty(key.kid, halves.seal(key.state.value.encode(), key))
    return key


def _infos(changes: Changes) -> tuple[KeyInfo, ...]:
    return tuple(key.info for key in changes.signing_keys())


def _kept(changes: Changes, kid: str) -> KeptKey:
    return next(key for key in changes.signing_keys() if key.info.kid == kid)


def _signers(infos: tuple[KeyInfo, ...], like: KeyInfo) -> tuple[KeyInfo, ...]:
    return tuple(info for info in infos if _is_like(info, like) and info.state is KeyState.SIGNING)


def _is_like(info: KeyInfo, other: KeyInfo) -> bool:
    return (info.use, info.family) == (other.use, other.family)


def _get(infos: tuple[KeyInfo, ...], kid: str) -> KeyInfo:
    for info in infos:
        if info.kid == kid:
            return info
    raise UnknownKey

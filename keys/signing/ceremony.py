"""What officers do with the hardware module: bring keys into it, take over keys made there, see what is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keys.backends.port import PKCS11, Backend, Ceremonies, HeldKey, NotAdopted, id_of
from keys.signing import rotation
from keys.signing.halves import PrivateHalves
from keys.signing.key import Family, KeyInfo, KeyState, KeyUse
from keys.store import KeyStore

_PRESENT = frozenset({KeyState.ANNOUNCED, KeyState.SIGNING})


class NoModule(Exception):
    """The settings name no hardware module."""


@dataclass(frozen=True, slots=True)
class ModuleView:
    """The module and the rows side by side. `held`: each key in it, with the row that names it if one does. `missing`: keys of
    ours that should be in it and are not."""

    families: frozenset[Family]
    held: tuple[tuple[HeldKey, KeyInfo | None], ...]
    missing: tuple[KeyInfo, ...]


class Ceremony:
    """Every method raises NoModule, and SignerSilent where the module does not answer."""

    def __init__(self, store: KeyStore, halves: PrivateHalves, now: Callable[[], datetime], forget: Callable[[], None]):
        self._store = store
        self._halves = halves
        self._now = now
        self._forget = forget

    def view(self) -> ModuleView:
        """Everything in the module, ours or not."""
        hardware, ceremonies = self._module()
        rows = {id_of(half): key for key, half in self._kept_there()}
        held = tuple((key, rows.get(key.id)) for key in ceremonies.held())
        there = {key.id for key, _row in held}
        return ModuleView(hardware.families(), held, tuple(row for key_id, row in rows.items() if key_id not in there))

    def bring_in(self) -> tuple[KeyInfo, ...]:
        """Announce a key in the module for every use and family that has none there yet. They sign when they are promoted."""
        hardware, _ceremonies = self._module()
        offered = hardware.families()
        with self._store.moving(self._forget, self._now) as (changes, at):
            present = {
                (key.use, key.family)
                for key in (kept.info for kept in changes.signing_keys())
                if key.where == PKCS11 and key.state in _PRESENT
            }
            wanted = [(use, family) for use in KeyUse for family in use.families if family in offered]
            return tuple(
                rotation.keep(changes, self._halves, rotation.Wanted(family, use), (hardware.make(family), PKCS11), at)
                for use, family in wanted
                if (use, family) not in present
            )

    def adopt(self, label: str, use: KeyUse) -> KeyInfo:
        """Announce a key that was made in the module by other means.

        Raises:
            NotAdopted: it is not fit to sign for us, or is ours already.
        """
        _hardware, ceremonies = self._module()
        family, fresh = ceremonies.adopt(label)
        if family not in use.families:
            raise NotAdopted("The journal is signed with Ed25519 keys only.")
        with self._store.moving(self._forget, self._now) as (changes, at):
            if fresh.kid in {kept.info.kid for kept in changes.signing_keys()}:
                raise NotAdopted("The key is one of ours already.")
            return rotation.keep(changes, self._halves, rotation.Wanted(family, use), (fresh, PKCS11), at)

    def _module(self) -> tuple[Backend, Ceremonies]:
        keepers = self._halves.keepers
        if keepers.hardware is None or keepers.ceremonies is None:
            raise NoModule
        return keepers.hardware, keepers.ceremonies

    def _kept_there(self) -> list[tuple[KeyInfo, bytes]]:
        return [
            (key.info, self._halves.open(key))
            for key in self._store.signing_keys()
            if key.info.where == PKCS11 and key.info.state not in (KeyState.DESTROYED, KeyState.REVOKED)
        ]

"""What officers do with the hardware module: bring keys into it, take over keys made there, see what is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from keys.backends.port import PKCS11, Backend, Ceremonies, FreshKey, HeldKey, NotAdopted, id_of
from keys.signing import rotation
from keys.signing.halves import PrivateHalves
from keys.signing.key import Family, KeyInfo, KeyState, KeyUse
from keys.store import KeptKey, KeyStore

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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A key in the module that no row names yet."""

    wanted: rotation.Wanted
    fresh: FreshKey = field(repr=False)


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

    def prepare(self) -> tuple[Prepared, ...]:
        """Make a key in the module for every use and family that has none there yet. Modules take seconds for it."""
        hardware, _ceremonies = self._module()
        offered, present = hardware.families(), _present(self._store.signing_keys())
        wanted = [rotation.Wanted(family, use) for use in KeyUse for family in use.families if family in offered]
        return tuple(Prepared(one, hardware.make(one.family)) for one in wanted if (one.use, one.family) not in present)

    def adopt(self, label: str, use: KeyUse) -> Prepared:
        """A key that was made in the module by other means.

        Raises:
            NotAdopted: it is not fit to sign for us.
        """
        _hardware, ceremonies = self._module()
        family, fresh = ceremonies.adopt(label)
        if family not in use.families:
            raise NotAdopted("The journal is signed with Ed25519 keys only.")
        return Prepared(rotation.Wanted(family, use), fresh)

    def announce(self, prepared: tuple[Prepared, ...]) -> tuple[KeyInfo, ...]:
        """Publish keys of the module; they sign when they are promoted. Joins the caller's unit of work.

        Raises:
            NotAdopted: a key is one of ours already; nothing is announced.
            MovedTooLate.
        """
        with self._store.moving(self._forget, self._now) as (changes, at):
            known = {kept.info.kid for kept in changes.signing_keys()}
            if known & {one.fresh.kid for one in prepared}:
                raise NotAdopted("The key is one of ours already.")
            return tuple(rotation.keep(changes, self._halves, one.wanted, (one.fresh, PKCS11), at) for one in prepared)

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


def _present(kept: tuple[KeptKey, ...]) -> frozenset[tuple[KeyUse, Family]]:
    infos = (key.info for key in kept)
    return frozenset((info.use, info.family) for info in infos if info.where == PKCS11 and info.state in _PRESENT)

"""The front of the package: everything that keys can do, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.backends.keepers import open_keepers
from keys.master import MasterKey, open_master_key
from keys.master_store import relock, settle
from keys.opening.opener import Opener
from keys.opening.store import OpeningStore
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.keeper import SecretKeeper
from keys.secrets.purposes import Purpose
from keys.secrets.sealing import Sealer
from keys.secrets.secret_keys import SecretKeys, missing_purposes
from keys.secrets.subjects import PairwiseSubjects
from keys.settings import KeySettings
from keys.signing import rotation
from keys.signing.ceremony import Ceremony
from keys.signing.halves import PrivateHalves
from keys.signing.keeper import KeyKeeper
from keys.signing.key import KeyInfo, KeyUse
from keys.signing.ring import KeyRing
from keys.store import Changes, KeyStore


@dataclass(frozen=True, slots=True)
class _Inside:
    store: KeyStore
    master: MasterKey
    halves: PrivateHalves
    secrets: SecretKeys
    outside: Outside
    openers: OpeningStore


class Vault:
    """Made by `open_vault`; `ensure` makes it usable on a fresh database."""

    def __init__(self, inside: _Inside, settings: KeySettings):
        self._inside = inside
        store, halves, now = inside.store, inside.halves, inside.outside.now
        self.ring = KeyRing(store, halves, now, settings, KeyUse.TOKENS)
        self.audit_ring = KeyRing(store, halves, now, settings, KeyUse.AUDIT)
        self.keeper = KeyKeeper(store, halves, now, settings, self._forget)
        self.ceremony = Ceremony(store, halves, now, self._forget)
        self.sealer = Sealer(inside.secrets, inside.outside.random)
        self.fingerprints = Fingerprints(inside.secrets)
        self.subjects = PairwiseSubjects(inside.secrets)
        self.secrets = SecretKeeper(inside.secrets, store, inside.outside)
        self.opener = Opener((inside.store, inside.openers), inside.master, inside.outside, settings)

    def ensure(self) -> tuple[KeyInfo, ...]:
        """Make the keys that are missing, once whatever the number of processes; returns the signing keys it made.
        Needs an application context and the tables.

        Raises:
            VaultLocked: the master key does not open the keys of this database.
        """
        made: tuple[KeyInfo, ...] = ()
        if not self._is_complete():
            with self._inside.store.changing(self._forget) as changes:
                made = self._complete(changes)
        # Opens every key once, so that a wrong master key stops the start and not the first login.
        self._inside.secrets.current(Purpose.PERSONAL)
        self.ring.algorithms()
        self.audit_ring.algorithms()
        return made

    def relock(self) -> int:
        """Bring every key of the database under the present master key; how many were under the one before. Again is harmless.

        Raises:
            VaultLocked: a key opens with neither; nothing is changed.
        """
        return relock(self._inside.master, self._inside.store, self._forget)

    def is_master_key(self, key: bytes) -> bool:
        """Whether this is the present master key, and the one before it is known too."""
        return self._inside.master.is_present(key)

    def _is_complete(self) -> bool:
        infos = tuple(key.info for key in self._inside.store.signing_keys())
        return not rotation.without_signer(infos) and not missing_purposes(self._inside.store.secrets())

    def _complete(self, changes: Changes) -> tuple[KeyInfo, ...]:
        # Read again under the lock: another process may have been here a moment ago.
        for purpose in missing_purposes(changes.secrets()):
            self._inside.secrets.make(changes, purpose)
        infos = tuple(key.info for key in changes.signing_keys())
        at, halves = self._inside.outside.now(), self._inside.halves
        return tuple(rotation.add(changes, halves, wanted, at) for wanted in rotation.without_signer(infos))

    def _forget(self) -> None:
        self.ring.forget()
        self.audit_ring.forget()
        self._inside.secrets.forget()


def open_vault(settings: KeySettings, database: Database, outside: Outside) -> Vault:
    """The vault over one database. Reads the master key, and asks the hardware module if new keys are made in it.

    Raises:
        ValueError: there is no usable master key, or no such module; one sentence that names the setting.
    """
    master = open_master_key(settings, outside.random)
    store = KeyStore(database, partial(settle, master), settings.reload_every)
    halves = PrivateHalves(master, open_keepers(settings))
    inside = _Inside(store, master, halves, SecretKeys(store, master, outside, settings), outside, OpeningStore(database))
    return Vault(inside, settings)

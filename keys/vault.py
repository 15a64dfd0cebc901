"""The front of the package: everything that keys can do, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.master import MasterKey, open_master_key
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import Sealer
from keys.secrets.secret_keys import Purpose, SecretKeys
from keys.secrets.subjects import PairwiseSubjects
from keys.settings import KeySettings
from keys.signing import rotation
from keys.signing.key import KeyInfo, KeyState
from keys.signing.ring import KeyRing
from keys.store import Changes, KeyStore


@dataclass(frozen=True, slots=True)
class _Inside:
    store: KeyStore
    master: MasterKey
    secrets: SecretKeys
    outside: Outside


class Vault:
    """Made by `open_vault`; `ensure` makes it usable on a fresh database."""

    def __init__(self, inside: _Inside, settings: KeySettings):
        self._inside = inside
        self.ring = KeyRing(inside.store, inside.master, inside.outside.now, settings)
        self.sealer = Sealer(inside.secrets, inside.store, inside.outside.random)
        self.fingerprints = Fingerprints(inside.secrets)
        self.subjects = PairwiseSubjects(inside.secrets)

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
        return made

    def _is_complete(self) -> bool:
        infos = tuple(key.info for key in self._inside.store.signing_keys())
        current = {secret.purpose for secret in self._inside.store.secrets() if secret.is_current}
        return not rotation.families_without_signer(infos) and current >= {purpose.value for purpose in Purpose}

    def _complete(self, changes: Changes) -> tuple[KeyInfo, ...]:
        # Read again under the lock: another process may have been here a moment ago.
        current = {secret.purpose for secret in changes.secrets() if secret.is_current}
        for purpose in Purpose:
            if purpose.value not in current:
                self._inside.secrets.make(changes, purpose)
        infos = tuple(key.info for key in changes.signing_keys())
        at, master = self._inside.outside.now(), self._inside.master
        missing = rotation.families_without_signer(infos)
        return tuple(rotation.add(changes, master, family, at, KeyState.SIGNING) for family in missing)

    def _forget(self) -> None:
        self.ring.forget()
        self._inside.secrets.forget()


def open_vault(settings: KeySettings, database: Database, outside: Outside) -> Vault:
    """The vault over one database. Reads the master key, nothing else.

    Raises:
        ValueError: there is no usable master key; one sentence that names the setting.
    """
    store = KeyStore(database)
    master = open_master_key(settings, outside.random)
    return Vault(_Inside(store, master, SecretKeys(store, master, outside, settings), outside), settings)

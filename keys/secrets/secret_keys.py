"""The symmetric keys of the house, opened once and kept in the process."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from threading import Lock

from broker.foundation.outside import Outside
from keys.box import KEY_SIZE, BoxBroken
from keys.master import MasterKey
from keys.settings import KeySettings
from keys.store import Changes, KeptSecret, KeyStore


class Purpose(Enum):
    """What a secret key is for. Only PERSONAL rotates: a new fingerprint or pairwise key would orphan what the old one made."""

    PERSONAL = "personal"
    FINGERPRINTS = "fingerprints"
    PAIRWISE = "pairwise"


class NoSecretKey(Exception):
    """There is no current key for this purpose: `Vault.ensure` has not run."""


class VaultLocked(Exception):
    """The master key does not open what the database holds: another key, or another database."""


@dataclass(frozen=True, slots=True)
class SecretKey:
    """An opened key. `id` is not secret."""

    id: uuid.UUID
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Opened:
    at: datetime
    current: Mapping[Purpose, SecretKey]
    by_id: Mapping[tuple[Purpose, uuid.UUID], SecretKey]


class SecretKeys:
    """Reads the store once per `reload_every`, and at once for a key it does not know."""

    def __init__(self, store: KeyStore, master: MasterKey, outside: Outside, settings: KeySettings):
        self._store = store
        self._master = master
        self._outside = outside
        self._reload_every = settings.reload_every
        self._lock = Lock()
        self._opened: _Opened | None = None

    def current(self, purpose: Purpose) -> SecretKey:
        """The key for new work.

        Raises:
            NoSecretKey, VaultLocked, KeysUnavailable.
        """
        opened = self._opened
        if opened is not None and (key := opened.current.get(purpose)) and self._is_fresh(opened, purpose):
            return key
        found = self._reopened().current.get(purpose)
        if found is None:
            raise NoSecretKey
        return found

    def find(self, purpose: Purpose, key_id: uuid.UUID) -> SecretKey | None:
        """A key by its id, current or old."""
        opened = self._opened
        key = opened.by_id.get((purpose, key_id)) if opened is not None else None
        return key or self._reopened().by_id.get((purpose, key_id))

    def make(self, changes: Changes, purpose: Purpose) -> uuid.UUID:
        """A fresh current key of a purpose; what was current becomes old and goes on opening what it closed."""
        key_id = uuid.UUID(self._outside.uuid())
        sealed = self._master.wrap(self._outside.random(KEY_SIZE), _bound_to(purpose.value, key_id))
        changes.add_secret(KeptSecret(str(key_id), purpose.value, True, self._outside.now(), sealed))
        return key_id

    def forget(self) -> None:
        """Read the keys again at the next use."""
        with self._lock:
            self._opened = None

    def _is_fresh(self, opened: _Opened, purpose: Purpose) -> bool:
        # The other two never change, so they are never asked for again.
        return purpose is not Purpose.PERSONAL or self._outside.now() - opened.at < self._reload_every

    def _reopened(self) -> _Opened:
        with self._lock:
            before = self._opened.by_id if self._opened else {}
            at, kept = self._outside.now(), self._store.secrets()
            by_id = {}
            current = {}
            for secret in kept:
                purpose, key_id = Purpose(secret.purpose), uuid.UUID(secret.id)
                key = before.get((purpose, key_id)) or self._open(secret, key_id)
                by_id[purpose, key_id] = key
                if secret.is_current:
                    current[purpose] = key
            self._opened = _Opened(at, current, by_id)
            return self._opened

    def _open(self, secret: KeptSecret, key_id: uuid.UUID) -> SecretKey:
        try:
            return SecretKey(key_id, self._master.unwrap(secret.sealed, _bound_to(secret.purpose, key_id)))
        except BoxBroken:
            raise VaultLocked("the master key does not open the keys of this database") from None


def _bound_to(purpose: str, key_id: uuid.UUID) -> str:
    return f"secret-key:{purpose}:{key_id}"

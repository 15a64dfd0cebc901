"""The symmetric keys of the house, opened once and kept in the process."""

from __future__ import annotations

import hashlib
import hmac
import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from broker.foundation.outside import Outside
from keys import box
from keys.box import KEY_SIZE, BoxBroken
from keys.master import MasterKey
from keys.secrets.kept_store import KeptSecret
from keys.secrets.purposes import BORROWERS, LENDER, Purpose, State
from keys.settings import KeySettings
from keys.store import Changes, KeyStore

_LOG = logging.getLogger(__name__)
# The form of records that this release writes under keys of its own; see sealing.py.
RECORDS = 2
# In which of two columns a fingerprint lies; see fingerprints.py.
FIRST_COLUMN, SECOND_COLUMN = 1, 2
# Words and services come to a few dozen.
_MOST_BEGUN = 1024


class NoSecretKey(Exception):
    """There is no current key for this purpose: `Vault.ensure` has not run."""


class VaultLocked(Exception):
    """The master key does not open what the database holds: another key, or another database."""


@dataclass(frozen=True, slots=True)
class SecretKey:
    """An opened key. `id` is not secret; `records` is the form of records sealed under it, or the column of its fingerprints.

    What OpenSSL makes of the key is made once and goes with it: `cipher` for box.py, and the beginnings of marks.
    """

    id: uuid.UUID
    key: bytes = field(repr=False)
    records: int = RECORDS
    cipher: box.Cipher = field(init=False, repr=False, compare=False)
    _begun: dict[bytes, hmac.HMAC] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cipher", box.Cipher(self.key))

    def mark(self, domain: bytes, data: bytes) -> bytes:
        """HMAC-SHA256 of a pair (RFC 2104), 32 bytes. `domain` is a word of purposes.py or the host of a service.

        Raises:
            ValueError: the domain is empty or longer than 255 bytes.
        """
        begun = self._begun.get(domain) or self._begin(domain)
        state = begun.copy()
        state.update(data)
        return state.digest()

    def _begin(self, domain: bytes) -> hmac.HMAC:
        if not 0 < len(domain) <= 255:
            raise ValueError("a purpose has 1 to 255 bytes")
        # The length before the domain keeps ("ab", "c") and ("a", "bc") apart.
        begun = hmac.new(self.key, bytes([len(domain)]) + domain, hashlib.sha256)
        if len(self._begun) < _MOST_BEGUN:
            self._begun[domain] = begun
        return begun


@dataclass(frozen=True, slots=True)
class _Opened:
    """One reading of the store; replaced whole. `living` has the current key first, then the others, the newest first."""

    at: datetime
    until: datetime
    living: Mapping[Purpose, tuple[SecretKey, ...]]
    current: Mapping[Purpose, SecretKey]
    by_id: Mapping[tuple[Purpose, bytes], SecretKey]


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
        found = self._fresh().current.get(purpose) or self._reopened().current.get(purpose)
        if found is None:
            raise NoSecretKey
        return found

    def living(self, purpose: Purpose) -> tuple[SecretKey, ...]:
        """All whose work is believed: the current one first, then the next and the old ones.

        Raises:
            NoSecretKey, VaultLocked, KeysUnavailable.
        """
        opened = self._fresh()
        if purpose not in opened.current:
            opened = self._reopened()
            if purpose not in opened.current:
                raise NoSecretKey
        return opened.living[purpose]

    def find(self, purpose: Purpose, key_id: bytes) -> SecretKey | None:
        """A key by its id as records hold it, in 16 bytes; current or old."""
        opened = self._opened
        key = opened.by_id.get((purpose, key_id)) if opened is not None else None
        return key or self._reopened().by_id.get((purpose, key_id))

    def make(self, changes: Changes, purpose: Purpose) -> uuid.UUID:
        """A fresh current key of a purpose; what was current becomes old and goes on opening what it closed."""
        at = self._outside.now()
        for secret in changes.secrets():
            if secret.purpose == purpose.value and secret.is_current:
                changes.secret_rows.move(secret, State.OLD.value, at)
        return uuid.UUID(self.add(changes, purpose, State.CURRENT).id)

    def add(
        self, changes: Changes, purpose: Purpose, state: State, key: bytes | None = None, records: int | None = None
    ) -> KeptSecret:
        """Keep one more key, a fresh one unless its bytes are given. `records` as in SecretKey."""
        key_id, at = uuid.UUID(self._outside.uuid()), self._outside.now()
        sealed = self._master.wrap(key or self._outside.random(KEY_SIZE), bound_to_secret(purpose.value, key_id))
        records = records or (FIRST_COLUMN if purpose is Purpose.FINGERPRINTS else RECORDS)
        secret = KeptSecret(str(key_id), purpose.value, state.value, at, at, sealed, records)
        changes.secret_rows.add(secret)
        return secret

    def forget(self) -> None:
        """Read the keys again at the next use."""
        with self._lock:
            self._opened = None

    def _fresh(self) -> _Opened:
        opened = self._opened
        # A clock that was set back must not keep an old reading fresh.
        if opened is not None and opened.at <= self._outside.now() < opened.until:
            return opened
        return self._reopened()

    def _reopened(self) -> _Opened:
        with self._lock:
            before = self._opened.by_id if self._opened else {}
            at = self._outside.now()
            ready = [one for one in map(_known, self._store.secrets()) if one is not None]
            by_id = {one.place: before.get(one.place) or self._open(one) for one in ready}
            # The newest first, and a current one before all others.
            newest, firsts = ready[::-1], [one for one in ready if one.state is State.CURRENT]
            order = firsts + [one for one in newest if one.state is not State.CURRENT]
            living = {purpose: tuple(by_id[one.place] for one in order if one.purpose is purpose) for purpose in Purpose}
            current = {one.purpose: by_id[one.place] for one in firsts}
            for purpose in _borrowing(current):
                living[purpose], current[purpose] = (current[LENDER],), current[LENDER]
            self._opened = _Opened(at, at + self._reload_every, living, current, by_id)
            return self._opened

    def _open(self, one: _Known) -> SecretKey:
        try:
            key = self._master.unwrap(one.kept.sealed, bound_to_secret(one.kept.purpose, one.id))
        except BoxBroken:
            raise VaultLocked("the master key does not open the keys of this database") from None
        return SecretKey(one.id, key, one.kept.records)


@dataclass(frozen=True, slots=True)
class _Known:
    kept: KeptSecret
    id: uuid.UUID
    purpose: Purpose
    state: State

    @property
    def place(self) -> tuple[Purpose, bytes]:
        return self.purpose, self.id.bytes


def _known(kept: KeptSecret) -> _Known | None:
    """A row in our words; None for one that a newer release has made."""
    try:
        return _Known(kept, uuid.UUID(kept.id), Purpose(kept.purpose), State(kept.state))
    except ValueError:
        _LOG.warning("a secret key of a kind that this release does not know is left alone")
        return None


def _borrowing(current: Mapping[Purpose, SecretKey]) -> tuple[Purpose, ...]:
    return tuple(purpose for purpose in BORROWERS if purpose not in current) if LENDER in current else ()


def missing_purposes(secrets: Iterable[KeptSecret]) -> tuple[Purpose, ...]:
    """What `Vault.ensure` has to make. Borrowers get a key of their own in an empty house only: a worker of the release before,
    which may run beside us for a while, knows three purposes and no more."""
    current = {secret.purpose for secret in secrets if secret.is_current}
    wanted = [purpose for purpose in Purpose if purpose not in BORROWERS or LENDER.value not in current]
    return tuple(purpose for purpose in wanted if purpose.value not in current)


def bound_to_secret(purpose: str, key_id: uuid.UUID) -> str:
    """What a secret key is bound to under the master key."""
    return f"secret-key:{purpose}:{key_id}"

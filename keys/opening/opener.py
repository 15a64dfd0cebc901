"""Opens what services have encrypted to us, and publishes what they encrypt to (RFC 7516, RFC 7517 4.2)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from broker.foundation import jwe
from broker.foundation.jose import public_jwk
from broker.foundation.jwe import CannotDecrypt
from broker.foundation.outside import Outside
from keys.backends.software import make_key, private_key
from keys.box import BoxBroken
from keys.master import MasterKey
from keys.opening.store import KeptOpener, OpeningStore
from keys.settings import KeySettings
from keys.signing.key import Family
from keys.store import KeyStore

_LOG = logging.getLogger(__name__)
# The kinds of key by what makes them: an RSA key of 2048 bits, a P-256 key.
KINDS: Mapping[str, Family] = {"RSA": Family.RSA, "EC": Family.P256}
# Longer than anybody may keep our key set (keys.jwks_max_age is a day at most), so that no request is lost at a renewal.
OVERLAP = timedelta(days=2)
_PAUSE_BETWEEN_MISSES = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class OpeningKeyInfo:
    """A decryption key without its material. `kind` is its `kty`; it is published while `ends_at` is None."""

    kid: str
    kind: str
    made_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Ready:
    info: OpeningKeyInfo
    jwk: Mapping[str, str]
    private: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """One reading of the store; replaced whole."""

    at: datetime
    by_kid: Mapping[str, _Ready]
    published: tuple[Mapping[str, str], ...]


class Opener:
    """A service uses a new key as soon as it has seen it, so the store is read again for a `kid` that this process does not know.
    An old key opens for OVERLAP after it was published last."""

    def __init__(self, stores: tuple[KeyStore, OpeningStore], master: MasterKey, outside: Outside, settings: KeySettings):
        self._keys, self._store = stores
        self._master = master
        self._outside = outside
        self._reload_every = settings.reload_every
        self._lock = Lock()
        self._loaded: _Loaded | None = None
        self._missed_at: datetime | None = None
        self._unknown = 0

    def open(self, unverified_token: str) -> str:
        """What is inside a compact JWE that was encrypted to a key of ours (RFC 7516 5.2). Who did so is not known by it.

        Raises:
            CannotDecrypt: not for us, by an algorithm that is not ours, to a key whose time is over, or changed.
            KeysUnavailable: the keys had to be read and the database did not answer.
        """
        header = jwe.unverified_jwe_header(unverified_token)
        kind, kid = jwe.key_type_of(header["alg"]), header.get("kid")
        fitting = self._fitting(self._fresh(), kind, kid)
        if not fitting and self._may_miss():
            fitting = self._fitting(self._reloaded(), kind, kid)
        for key in fitting:
            try:
                return jwe.decrypt(unverified_token, key.private)
            except CannotDecrypt:
                continue
        raise CannotDecrypt

    def published(self) -> tuple[Mapping[str, str], ...]:
        """The public halves that services may use now, each with `use` enc."""
        return self._fresh().published

    def status(self) -> tuple[OpeningKeyInfo, ...]:
        """Every key, oldest first; always read anew."""
        return tuple(key.info for key in self._reloaded().by_kid.values())

    def renew(self, overlap: timedelta = OVERLAP) -> tuple[str, ...]:
        """New keys at once; the ones before them open for `overlap` more.

        With an overlap of zero stolen keys open nothing from now on, in other processes within `keys.reload_every`.
        """
        with self._keys.changing(self.forget):
            return self._renewed(overlap)

    def renew_if_older(self, than: timedelta) -> tuple[str, ...]:
        """The same when the youngest published key is older or there is none, once whatever the number of processes.
        Needs an application context and the tables.
        """
        now = self._outside.now()
        if any(key.ends_at is None and now - key.made_at < than for key in self._store.all()):
            return ()
        with self._keys.changing(self.forget):
            made_at = self._store.youngest_made_at()
            return () if made_at is not None and now - made_at < than else self._renewed(OVERLAP)

    def drop_ended(self) -> int:
        """Delete the private halves whose time is over; how many."""
        now = self._outside.now()
        if not any(key.ends_at is not None and key.ends_at <= now for key in self._store.all()):
            return 0
        with self._keys.changing(self.forget):
            return self._store.drop_ended(now)

    def forget(self) -> None:
        """Read the keys again at the next use."""
        with self._lock:
            self._loaded = None

    def _renewed(self, overlap: timedelta) -> tuple[str, ...]:
        now = self._outside.now()
        self._store.end(now + overlap)
        return tuple(self._add(kind) for kind in KINDS)

    def _add(self, kind: str) -> str:
        fresh = make_key(KINDS[kind])
        sealed = self._master.wrap(fresh.private, bound_to_opener(fresh.kid))
        self._store.add(KeptOpener(fresh.kid, kind, self._outside.now(), None, sealed))
        return fresh.kid

    def _fitting(self, loaded: _Loaded, kind: str, unverified_kid: object) -> tuple[_Ready, ...]:
        """Without a `kid` every key of the kind is tried, of which there are two at most; with one only that."""
        now = self._outside.now()
        return tuple(
            key
            for key in loaded.by_kid.values()
            if key.info.kind == kind
            and unverified_kid in (None, key.info.kid)
            and (key.info.ends_at is None or now < key.info.ends_at)
        )

    def _fresh(self) -> _Loaded:
        loaded = self._loaded
        if loaded is not None and self._outside.now() - loaded.at < self._reload_every:
            return loaded
        return self._reloaded()

    def _reloaded(self) -> _Loaded:
        with self._lock:
            before = self._loaded.by_kid if self._loaded else {}
            at = self._outside.now()
            kept_keys = self._store.all()
            known = [kept for kept in kept_keys if kept.kind in KINDS]
            self._tell_unknown(len(kept_keys) - len(known))
            found = [self._ready(kept, before) for kept in known]
            by_kid = {key.info.kid: key for key in found if key is not None}
            published = tuple(key.jwk for key in by_kid.values() if key.info.ends_at is None)
            self._loaded = _Loaded(at, by_kid, published)
            return self._loaded

    def _ready(self, kept: KeptOpener, before: Mapping[str, _Ready]) -> _Ready | None:
        info = OpeningKeyInfo(kept.kid, kept.kind, kept.made_at, kept.ends_at)
        known = before.get(kept.kid)
        if known is not None:
            return _Ready(info, known.jwk, known.private)
        try:
            pkcs8 = self._master.unwrap(kept.private_sealed, bound_to_opener(kept.kid))
        except BoxBroken:
            # Not made by this house, or under another master key; the ring tells of the latter at the start.
            _LOG.error("a decryption key in the database does not open")
            return None
        bare = public_jwk(private_key(pkcs8).public_key())
        jwk = bare | {"kid": kept.kid, "use": "enc"}
        return _Ready(info, jwk, jwe.private_half(pkcs8, kept.kind))

    def _tell_unknown(self, count: int) -> None:
        if count > self._unknown:
            _LOG.warning("decryption keys of a kind that this release does not know are left alone", extra={"keys": count})
        self._unknown = count

    def _may_miss(self) -> bool:
        """Strangers choose the `kid`; an unknown one may cost a reading only so often."""
        now, before = self._outside.now(), self._missed_at
        if before is not None and now - before < _PAUSE_BETWEEN_MISSES:
            return False
        self._missed_at = now
        return True


def bound_to_opener(kid: str) -> str:
    """What a decryption key is bound to under the master key."""
    return f"opening-key:{kid}"

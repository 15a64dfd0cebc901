"""The key ring: signs our tokens, verifies them, publishes the public halves."""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from broker.foundation import jose
from broker.foundation.jose import BadToken, RemoteKey, SignedClaims
from keys.backends.software import public_key, thumbprint
from keys.secrets.secret_keys import VaultLocked
from keys.settings import KeySettings
from keys.signing import rotation
from keys.signing.halves import PrivateHalves
from keys.signing.key import Family, KeyInfo, KeyState, KeyUse
from keys.store import KeptKey, KeyStore, KeysUnavailable

_LOG = logging.getLogger(__name__)
# Strangers choose the `kid` of what they send us; an unknown one may cost a database read only so often.
_PAUSE_BETWEEN_MISSES = timedelta(seconds=1)
_KID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
# Tokens end; what the journal's keys signed must be believed for ever, unless the key was stolen.
_PUBLISHED = {
    KeyUse.TOKENS: (KeyState.SIGNING, KeyState.VERIFYING, KeyState.ANNOUNCED),
    KeyUse.AUDIT: (KeyState.SIGNING, KeyState.VERIFYING, KeyState.ANNOUNCED, KeyState.RETIRED, KeyState.DESTROYED),
}


class NoSigner(Exception):
    """There is no signing key for this algorithm: `Vault.ensure` has not run, or the algorithm is not ours."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A key that is parsed for use; `private` only while it signs."""

    kept: KeptKey
    public: Any = field(repr=False)
    private: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """One reading of the store; replaced whole, so that threads never see half of one."""

    at: datetime
    until: datetime
    infos: tuple[KeyInfo, ...]
    by_kid: Mapping[str, _Ready]
    signers: Mapping[str, _Ready]
    published: tuple[Mapping[str, str], ...]
    announced: tuple[str, ...]


class KeyRing:
    """The keys of one use. They are read once per `reload_every` in each process; signing with a known key asks nobody."""

    def __init__(self, store: KeyStore, halves: PrivateHalves, now: Callable[[], datetime], settings: KeySettings, use: KeyUse):
        self._use = use
        self._store = store
        self._halves = halves
        self._now = now
        self._reload_every = settings.reload_every
        self._lock = Lock()
        self._loaded: _Loaded | None = None
        self._missed_at: datetime | None = None

    def sign(self, claims: Mapping[str, Any], algorithm: str, typ: str = "JWT") -> str:
        """A compact JWS (RFC 7515 7.1) by the present signer, with `kid` and `typ` in its header.

        Raises:
            NoSigner: no key signs with `algorithm`.
            KeysUnavailable: the keys had to be read and the database did not answer.
            SignerSilent: the key lives in a hardware module, which did not answer.
        """
        signer = self._fresh().signers.get(algorithm) or self._reloaded().signers.get(algorithm)
        if signer is None:
            raise NoSigner
        return jose.sign_under(jose.header_of(algorithm, signer.kept.info.kid, typ), claims, signer.private, algorithm)

    def verify(self, token: str) -> SignedClaims:
        """The claims of what a published key of this ring signed. Neither the times nor `typ` are checked.

        Raises:
            BadToken: not ours, or changed.
            KeysUnavailable: the keys had to be read and the database did not answer.
        """
        unverified_kid = jose.unverified_header(token).get("kid")
        if not isinstance(unverified_kid, str) or not _KID.fullmatch(unverified_kid):
            raise BadToken("no key of ours")
        key = self._fresh().by_kid.get(unverified_kid)
        if key is None and self._may_miss():
            key = self._reloaded().by_kid.get(unverified_kid)
        if key is None:
            raise BadToken("no key of ours")
        return jose.verify(token, key.public, key.kept.info.algorithms)

    def published(self) -> dict[str, Any]:
        """The JWK Set (RFC 7517 5): public halves, present signers first. Of tokens' keys the living ones, of the
        journal's all that were not revoked."""
        return {"keys": [dict(jwk) for jwk in self._fresh().published]}

    def announced(self) -> tuple[str, ...]:
        """The kids of keys that are published and do not sign yet, as this process publishes them."""
        return self._fresh().announced

    def algorithms(self) -> tuple[str, ...]:
        """The algorithms that have a signer now."""
        loaded = self._fresh()
        return tuple(name for family in Family for name in family.algorithms if name in loaded.signers)

    def status(self) -> tuple[KeyInfo, ...]:
        """Every key with its state, oldest first; always read anew."""
        return self._reloaded().infos

    def history(self) -> tuple[tuple[KeyInfo, Mapping[str, str]], ...]:
        """Every key that was ever here with its public JWK, revoked ones included, oldest first; read anew."""
        return tuple((key.info, key.jwk) for key in self._kept())

    def can_sign(self) -> bool:
        """Whether every family has a signer that this process can use; never raises for an absent database."""
        try:
            signers = self._fresh().signers
            remote = {key.private for key in signers.values() if isinstance(key.private, RemoteKey)}
            names = [name for family in self._use.families for name in family.algorithms]
            return all(name in signers for name in names) and all(key.answers() for key in remote)
        except (KeysUnavailable, VaultLocked):
            return False

    def forget(self) -> None:
        """Read the keys again at the next use."""
        with self._lock:
            self._loaded = None

    def _fresh(self) -> _Loaded:
        loaded = self._loaded
        # A clock that was set back must not keep an old reading fresh.
        if loaded is not None and loaded.at <= self._now() < loaded.until:
            return loaded
        with self._lock:
            if self._loaded is loaded or self._loaded is None:
                self._loaded = self._load(loaded)
            return self._loaded

    def _reloaded(self) -> _Loaded:
        with self._lock:
            self._loaded = self._load(self._loaded)
            return self._loaded

    def _may_miss(self) -> bool:
        now, before = self._now(), self._missed_at
        if before is not None and timedelta(0) <= now - before < _PAUSE_BETWEEN_MISSES:
            return False
        self._missed_at = now
        return True

    def _kept(self) -> tuple[KeptKey, ...]:
        return tuple(key for key in self._store.signing_keys() if key.info.use is self._use)

    def _load(self, before: _Loaded | None) -> _Loaded:
        at, kept, order = self._now(), self._kept(), _PUBLISHED[self._use]
        known = before.by_kid if before else {}
        present = [key for key in kept if key.info.state in order]
        ready = {key.info.kid: self._ready(key, known) for key in present if self._is_ours(key, known)}
        signers = [key for key in ready.values() if key.kept.info.state is KeyState.SIGNING]
        families = list(Family)
        placed = sorted(
            ready.values(), key=lambda one: (order.index(one.kept.info.state), families.index(one.kept.info.family))
        )
        return _Loaded(
            at=at,
            until=at + self._reload_every,
            infos=tuple(key.info for key in kept),
            by_kid=ready,
            signers={name: key for key in signers for name in key.kept.info.algorithms},
            published=tuple(key.kept.jwk for key in placed),
            announced=tuple(key.kept.info.kid for key in placed if key.kept.info.state is KeyState.ANNOUNCED),
        )

    def _ready(self, key: KeptKey, known: Mapping[str, _Ready]) -> _Ready:
        before = known.get(key.info.kid)
        if before is not None and before.kept.info.state is key.info.state:
            return before
        public = public_key(key.jwk, key.info.family)
        private = self._halves.signer(key, public) if key.info.state is KeyState.SIGNING else None
        return _Ready(key, public, private)

    def _is_ours(self, key: KeptKey, known: Mapping[str, _Ready]) -> bool:
        """Whether this house made the key: its private half opens for its `kid` only, and the `kid` is the thumbprint of its
        public half. So somebody who can merely write to the database cannot have us publish and believe a key of theirs, nor
        one that was revoked.

        Raises:
            VaultLocked: the signer does not open, so it is the master key that is wrong.
        """
        before = known.get(key.info.kid)
        if before is not None and before.kept.jwk == key.jwk:
            return True
        try:
            half = self._halves.open(key)
            is_ours = hmac.compare_digest(thumbprint(key.jwk), key.info.kid) and rotation.fits(half, key.info.state)
        except (VaultLocked, KeyError):
            if key.info.state is KeyState.SIGNING:
                raise
            is_ours = False
        if not is_ours:
            _LOG.error("a key in the database is not one we made")
        return is_ours

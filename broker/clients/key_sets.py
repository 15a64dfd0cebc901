"""A client's keys as they are now: registered by value, or fetched from its `jwks_uri` and kept (RFC 7591 2)."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from broker.clients.client import Client
from broker.clients.settings import ClientSettings
from broker.foundation.fetch import FetchedDocument, FetchRefused
from broker.foundation.jose import BadToken
from broker.foundation.public_jwks import believed, encryption_jwk, signature_key

Fetch = Callable[[str, int, tuple[str, ...]], FetchedDocument]

_log = logging.getLogger(__name__)

_MEDIA_TYPES = ("application/jwk-set+json", "application/json")
_MAX_BYTES = 65_536
_MAX_REMEMBERED = 1000
_MAX_KID = 255
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=\"?(\d{1,9})", re.ASCII | re.IGNORECASE)


@dataclass(slots=True)
class _Kept:
    """What this process knows of one `jwks_uri`. Changed only by who holds `lock`."""

    uri: str
    lock: Lock = field(default_factory=Lock)
    keys: tuple[Mapping[str, Any], ...] = ()
    fetched_at: datetime | None = None
    fresh_until: datetime | None = None
    asked_at: datetime | None = None


class KeySets:
    """One a process, used by many threads.

    What was fetched is remembered by the process and not on the shelf: keys must be there when the shelf is not, and what another
    worker has written would have to be checked like what the client has sent. The price is one question a worker and client.
    """

    def __init__(self, fetch: Fetch, now: Callable[[], datetime], settings: ClientSettings):
        self._fetch = fetch
        self._now = now
        self._settings = settings
        self._lock = Lock()
        self._kept: dict[str, _Kept] = {}

    def of(self, client: Client) -> Mapping[str, Any]:
        """The key set (RFC 7517 5), with keys that may be used for something only. Empty when nothing could be fetched."""
        return {"keys": list(self._keys(client))}

    def key_for(self, client: Client, header: Mapping[str, Any], algorithm: str) -> Any:
        """The public key that signed under this header, for the one algorithm the caller has settled.

        A `kid` we do not know makes us look once more where the keys are published (OpenID Connect Core 10.1.1). Keys that the
        header itself brings or names (`jwk`, `jku`, `x5c`, `x5u`) are never used.

        Raises:
            BadToken: the client has no such key.
        """
        kid = header.get("kid")
        if kid is not None and (not isinstance(kid, str) or len(kid) > _MAX_KID):
            raise BadToken("no such key")
        try:
            return signature_key(self._keys(client), kid, algorithm)
        except BadToken:
            if not self.refetch(client):
                raise
        return signature_key(self._keys(client), kid, algorithm)

    def encryption_key_for(self, client: Client, algorithm: str) -> Mapping[str, Any]:
        """The JWK to encrypt to with this key management algorithm (RFC 7518 4.1).

        Raises:
            BadToken: the client has no such key.
        """
        found = encryption_jwk(self._keys(client), algorithm)
        if found is None and self.refetch(client):
            found = encryption_jwk(self._keys(client), algorithm)
        if found is None:
            raise BadToken("no such key")
        return found

    def refetch(self, client: Client) -> bool:
        """Look again although what we have is fresh; at most once in `jwks_ask_again`. True when there is news."""
        if not client.jwks_uri:
            return False
        kept = self._entry(client.client_id, client.jwks_uri)
        with kept.lock:
            return self._ask(kept)

    def _keys(self, client: Client) -> tuple[Mapping[str, Any], ...]:
        if not client.jwks_uri:
            return believed(client.jwks.get("keys"))
        kept = self._entry(client.client_id, client.jwks_uri)
        with kept.lock:
            if kept.fresh_until is None or self._now() >= kept.fresh_until:
                self._ask(kept)
            return kept.keys if self._is_of_use(kept) else ()

    def _entry(self, client_id: str, uri: str) -> _Kept:
        with self._lock:
            kept = self._kept.get(client_id)
            if kept is None or kept.uri != uri:
                if len(self._kept) >= _MAX_REMEMBERED:
                    self._kept.pop(next(iter(self._kept)))
                kept = self._kept[client_id] = _Kept(uri)
            return kept

    def _is_of_use(self, kept: _Kept) -> bool:
        """Keys that have grown old serve on while their place does not answer (RFC 5861 4), but not for ever."""
        return kept.fresh_until is not None and self._now() < kept.fresh_until + self._settings.jwks_stale_for

    def _ask(self, kept: _Kept) -> bool:
        now = self._now()
        if kept.asked_at is not None and now < kept.asked_at + self._settings.jwks_ask_again:
            return False
        kept.asked_at = now
        try:
            found = self._fetch(kept.uri, _MAX_BYTES, _MEDIA_TYPES)
            keys = believed(json.loads(found.body)["keys"])
        except FetchRefused as refused:
            _log.warning("keys of a client were not fetched", extra={"reason": refused.reason})
            return False
        except (ValueError, KeyError, TypeError, RecursionError):
            _log.warning("keys of a client were not fetched", extra={"reason": "not_a_key_set"})
            return False
        kept.keys, kept.fetched_at, kept.fresh_until = keys, now, now + self._life(found)
        return True

    def _life(self, found: FetchedDocument) -> timedelta:
        """As the answer says (RFC 9111 5.2.2.1), within our bounds: a client must not make us ask at every request."""
        said = _MAX_AGE.search(found.headers.get("cache-control", ""))
        wanted = timedelta(seconds=int(said[1])) if said else timedelta(0)
        return min(max(wanted, self._settings.jwks_keep_at_least), self._settings.jwks_keep_at_most)

"""What an OpenID Provider publishes about itself, kept for a while: its discovery document and its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from broker.connectors.oidc.failures import NO_ANSWER, NOT_VERIFIED
from broker.connectors.oidc.settings import OidcSettings
from broker.connectors.oidc.wire import get_json
from broker.connectors.port import TOLD_AGAIN, UpstreamFailed
from broker.foundation.jose import BadToken
from broker.foundation.outside import Outside
from broker.foundation.public_jwks import SIGNATURE_ALGORITHMS, believed, fits, signature_key

_WELL_KNOWN = "/.well-known/openid-configuration"
# A provider whose documents are out of reach may be well otherwise; old keys are better than nobody let in (RFC 5861 4).
_STALE_FOR = timedelta(hours=24)
_MAX_KID = 255
_MAX_URL = 2000


@dataclass(frozen=True, slots=True)
class Metadata:
    """What we use of a discovery document (OpenID Connect Discovery 3). No address is less safe than the issuer's."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    says_issuer: bool


@dataclass(slots=True)
class _Kept:
    """The last good document, and when anybody asked for another. Changed only by who holds `lock`."""

    lock: Lock = field(default_factory=Lock)
    document: Any = None
    good_until: datetime | None = None
    asked_at: datetime | None = None
    failure: UpstreamFailed = field(default_factory=lambda: UpstreamFailed(NO_ANSWER, "http: not asked again yet"))


class Published:
    """One an upstream and process, used by many threads."""

    def __init__(self, settings: OidcSettings, outside: Outside):
        self._settings = settings
        self._outside = outside
        self._metadata, self._keys = _Kept(), _Kept()

    def metadata(self) -> Metadata:
        """The discovery document, checked.

        Raises:
            UpstreamFailed: it cannot be had, or is another's (2106).
        """
        found: Metadata = self._fresh(self._metadata, self._read_metadata)
        return found

    def key_for(self, header: Mapping[str, Any], algorithm: str) -> Any:
        """The public key a header names, for the one algorithm already settled. Keys that a header itself brings or points to
        (`jwk`, `jku`, `x5c`, `x5u`) are never used. An unknown `kid` makes us look once more (OpenID Connect Core 10.1.1), at
        most once in `ask_again`, for anybody can write an unknown `kid`.

        Raises:
            BadToken: there is no such key, or no name and a choice.
            UpstreamFailed: the keys cannot be had.
        """
        kid = header.get("kid")
        if kid is not None and (not isinstance(kid, str) or len(kid) > _MAX_KID):
            raise BadToken("no such key")
        keys = self._fresh(self._keys, self._read_keys)
        if kid is None and len(keys) > 1:
            # OpenID Connect Core 10.1: among several keys one must be named.
            raise BadToken("no name of a key among several")
        try:
            return signature_key(keys, kid, algorithm)
        except BadToken:
            if kid is None or not self._again(self._keys, self._read_keys):
                raise
        return signature_key(self._keys.document, kid, algorithm)

    def _fresh(self, kept: _Kept, read: Callable[[], Any]) -> Any:
        with kept.lock:
            now, before = self._outside.now(), kept.asked_at
            if kept.good_until is None or now >= kept.good_until:
                self._ask(kept, read)
            if kept.good_until is None or now >= kept.good_until + _STALE_FOR:
                said = kept.failure
                if kept.asked_at == before:
                    # Only who has asked has met a silence: five presses of one impatient person are not five of them.
                    raise UpstreamFailed(said.cause, f"{TOLD_AGAIN}{said.detail}")
                raise UpstreamFailed(said.cause, said.detail, is_outage=said.is_outage)
            return kept.document

    def _again(self, kept: _Kept, read: Callable[[], Any]) -> bool:
        with kept.lock:
            return self._ask(kept, read)

    def _ask(self, kept: _Kept, read: Callable[[], Any]) -> bool:
        """True when there is a new document. Whoever waited at the lock for a failure gets that failure, and no turn."""
        if kept.asked_at is not None and self._outside.now() < kept.asked_at + self._settings.ask_again:
            return False
        try:
            kept.document = read()
        except UpstreamFailed as failed:
            kept.failure, kept.asked_at = failed, self._outside.now()
            return False
        kept.asked_at = self._outside.now()
        kept.good_until = kept.asked_at + self._settings.keys_for
        return True

    def _read_metadata(self) -> Metadata:
        found = get_json(self._outside, self._settings.issuer.rstrip("/") + _WELL_KNOWN)
        # Discovery 4.3: exactly the same, or whoever answers speaks for somebody else (mix-up).
        if found.get("issuer") != self._settings.issuer:
            raise UpstreamFailed(NOT_VERIFIED, "discovery: another issuer")
        return Metadata(
            authorization_endpoint=self._address(found, "authorization_endpoint"),
            token_endpoint=self._address(found, "token_endpoint"),
            jwks_uri=self._address(found, "jwks_uri"),
            userinfo_endpoint=self._optional_address(found, "userinfo_endpoint"),
            end_session_endpoint=self._optional_address(found, "end_session_endpoint"),
            # RFC 9207 3.
            says_issuer=found.get("authorization_response_iss_parameter_supported") is True,
        )

    def _read_keys(self) -> tuple[Mapping[str, Any], ...]:
        found = get_json(self._outside, self.metadata().jwks_uri)
        keys = tuple(key for key in believed(found.get("keys")) if any(fits(key, name) for name in SIGNATURE_ALGORITHMS))
        if not keys:
            # None at all, or only private, symmetric, small and malformed ones.
            raise UpstreamFailed(NOT_VERIFIED, "keys: none to be believed")
        return keys

    def _optional_address(self, found: Mapping[str, Any], name: str) -> str | None:
        return self._address(found, name) if found.get(name) is not None else None

    def _address(self, found: Mapping[str, Any], name: str) -> str:
        """An address as safe as the issuer's own: https, or for a demonstration on this machine the issuer's own host."""
        address = found.get(name)
        if not isinstance(address, str) or len(address) > _MAX_URL or "#" in address or not address.isascii():
            raise UpstreamFailed(NOT_VERIFIED, f"discovery: no {name}")
        try:
            parts, own = urlsplit(address), urlsplit(self._settings.issuer)
        except ValueError as error:
            raise UpstreamFailed(NOT_VERIFIED, f"discovery: no {name}") from error
        is_safe = parts.scheme == "https" or (parts.scheme == own.scheme == "http" and parts.hostname == own.hostname)
        if not is_safe or not parts.hostname or "@" in parts.netloc or any(sign <= " " for sign in address):
            raise UpstreamFailed(NOT_VERIFIED, f"discovery: {name} is not safe")
        return address

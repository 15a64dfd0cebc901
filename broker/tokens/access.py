"""Access tokens: opaque to clients, without a row of their own (docs/decisions/0002-tokens-without-rows.md)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from broker.foundation.outside import Outside
from broker.tokens.authorization import Grant
from broker.tokens.scopes import bits_of, scopes_of
from broker.tokens.sealed import BadToken, Mac, read, written
from broker.tokens.settings import TokenSettings

_PURPOSE = "access"
_VERSION = 1
# version, grant, issued (microseconds), expires (microseconds), scopes, random
_BODY = struct.Struct(">B16sQQH5s")
_MAC_SIZE = 32
_SIZE = _BODY.size + _MAC_SIZE
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Access:
    """What a genuine, unexpired access token says. Whether its grant still lives is the grant's row to tell."""

    grant_id: str
    issued_at: datetime
    expires_at: datetime
    scopes: tuple[str, ...]

    def is_open(self, grant: Grant, now: datetime) -> bool:
        """Whether the grant still backs this token: alive, and not cut off after the token was issued."""
        cut = grant.access_not_before
        return grant.id == self.grant_id and grant.is_alive(now) and (cut is None or self.issued_at > cut)


class AccessTokens:
    """Makes and reads access tokens."""

    def __init__(self, mac: Mac, outside: Outside, settings: TokenSettings):
        self._mac = mac
        self._outside = outside
        self._ttl = settings.access_ttl

    def make(self, grant: Grant, scopes: Iterable[str]) -> tuple[str, timedelta]:
        """A fresh token of a grant for some of its scopes, and its life, which never exceeds the grant's."""
        now = self._outside.now()
        ends_at = min(now + self._ttl, grant.ends_at)
        body = _BODY.pack(
            _VERSION, bytes.fromhex(grant.id), _micro(now), _micro(ends_at), bits_of(scopes), self._outside.random(5)
        )
        return written(body, _PURPOSE, _MAC_SIZE, self._mac), ends_at - now

    def read(self, unverified_token: str) -> Access:
        """What a token says.

        Raises:
            BadToken: not ours, of another kind, cut, changed or expired.
        """
        body = read(unverified_token, _SIZE, _PURPOSE, (_MAC_SIZE, self._mac))
        version, grant, issued, expires, bits, _random = _BODY.unpack(body)
        if version != _VERSION:
            raise BadToken("unknown version")
        access = Access(grant.hex(), _instant(issued), _instant(expires), scopes_of(bits))
        if self._outside.now() >= access.expires_at:
            raise BadToken("expired")
        return access


def _micro(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _instant(micro: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micro)

"""Authorization codes: on the shelf for a minute, taken once."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Protocol

from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.tokens.authorization import Authorization
from broker.tokens.settings import TokenSettings

_KIND = "code"
_MAX_CODE = 128
_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


class CodeShelf(Protocol):
    """The two verbs this room needs of short-lived state."""

    def put(self, kind: str, key: str, value: bytes, ttl: timedelta) -> None:
        """Keep `value` for `ttl`."""

    def take(self, kind: str, key: str) -> bytes | None:
        """Return and remove in one atomic step; None if absent, expired or already taken."""


class Codes:
    """Issues codes and takes them back. Only the SHA-256 of a code is kept."""

    def __init__(self, shelf: CodeShelf, outside: Outside, settings: TokenSettings):
        self._shelf = shelf
        self._outside = outside
        self._ttl = settings.code_ttl

    def issue(self, authorization: Authorization) -> str:
        """A fresh code of 256 random bits."""
        code = self._outside.token()
        self._shelf.put(_KIND, digest(code), to_bytes(authorization, self._outside.now() + self._ttl), self._ttl)
        return code

    def take(self, unverified_code: str) -> Authorization | None:
        """What the code stands for, once; None if it was never issued, is too old or was taken before (RFC 6749 4.1.2)."""
        if len(unverified_code) > _MAX_CODE:
            return None
        value = self._shelf.take(_KIND, digest(unverified_code))
        if value is None:
            return None
        authorization, ends_at = from_bytes(value)
        # A store may keep things a little longer than told; our own clock decides.
        return authorization if self._outside.now() < ends_at else None


def grant_id_of(code: str) -> str:
    """The identifier of the grant that a code turns into: 128 bits as hex.

    Derived from the code, so that a code presented again finds the grant it made without anything having been written down,
    and so that the primary key refuses a second grant of one code even if the shelf had failed. It tells nothing of the code.
    """
    return hashlib.sha256(b"grant of code\x00" + code.encode("utf-8")).digest()[:16].hex()


def to_bytes(authorization: Authorization, ends_at: datetime) -> bytes:
    """An authorization on its way across the shelf, and until when it may be taken from there."""
    values = {name: getattr(authorization, name) for name in Authorization.__slots__}
    values["authenticated_at"], values["ends_at"] = authorization.authenticated_at.isoformat(), ends_at.isoformat()
    return _COMPACT.encode(values).encode("utf-8")


def from_bytes(value: bytes) -> tuple[Authorization, datetime]:
    """The way back from `to_bytes`."""
    values = json.loads(value)
    ends_at = datetime.fromisoformat(values.pop("ends_at"))
    values["authenticated_at"] = datetime.fromisoformat(values["authenticated_at"])
    for name in ("scopes", "claims", "amr", "id_token_claims", "resources"):
        # A code of an earlier release lasts a minute beyond it.
        values[name] = tuple(values.get(name, ()))
    return Authorization(**values), ends_at

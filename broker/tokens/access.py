"""Access tokens as values, and the two forms they are written in (docs/decisions/0002-tokens-without-rows.md).

Opaque ones carry their own proof and say nothing to a client; those of RFC 9068 are in broker/tokens/signed_access.py. Neither
has a row of its own, and whoever reads one gets the same value.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from broker.tokens.authorization import Grant
from broker.tokens.confirmation import Confirmation, confirmation_of
from broker.tokens.scopes import bits_of, scopes_of
from broker.tokens.sealed import BadToken, Marks, read, written

ID_SIZE = 5
_PURPOSE = "access"
# What releases before audiences wrote: it names no client and is for the issuer alone.
_FIRST, _VERSION = 1, 2
# version, grant, issued (microseconds), expires (microseconds), scopes, random
_BODY = struct.Struct(">B16sQQH5s")
_MAC_SIZE = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Of the first form exactly; the second goes on with text, filled up to whole groups of three bytes.
_SIZE = _BODY.size + _MAC_SIZE
_LONGEST_TAIL = 4_096
_NO_GRANT = "0" * 32


@dataclass(frozen=True, slots=True)
class Access:
    """What a genuine, unexpired access token says. Whether its grant still lives is the grant's row to tell.

    `grant_id` is "" for a token that a client got for itself (RFC 6749 4.4): there is no person. `client_id` is whoever it was
    issued to, "" in tokens of earlier releases, whose grant names the client. `audience` are resources (RFC 8707 2), none for the
    issuer alone. `confirmation` is the key it is bound to. `actors` are clients that got it by exchange on behalf of the
    person, the present one first (RFC 8693 4.1). `id` is random and tells two tokens of one instant apart.
    """

    grant_id: str
    client_id: str
    issued_at: datetime
    expires_at: datetime
    scopes: tuple[str, ...]
    audience: tuple[str, ...] = ()
    confirmation: Confirmation | None = None
    actors: tuple[str, ...] = ()
    id: bytes = field(default=b"\x00" * ID_SIZE, repr=False)

    @property
    def is_of_client(self) -> bool:
        """Whether a client got it for itself, with nobody's permission and about nobody."""
        return not self.grant_id

    def is_open(self, grant: Grant, now: datetime) -> bool:
        """Whether the grant still backs this token: alive, and not cut off after the token was issued."""
        cut = grant.access_not_before
        return grant.id == self.grant_id and grant.is_alive(now) and (cut is None or self.issued_at > cut)

    def is_for(self, name: str, issuer: str) -> bool:
        """Whether the token may be used at `name`, which is the issuer itself or a resource (RFC 9068 4)."""
        return name in self.audience if self.audience else name == issuer


class SignedForm(Protocol):
    """The form of RFC 9068."""

    def write(self, access: Access, algorithm: str, about: Mapping[str, object]) -> str:
        """The token; `about` are claims beyond those that every token has."""

    def read(self, unverified_token: str) -> Access:
        """What it says; raises BadToken."""


class AccessTokens:
    """Writes and reads access tokens."""

    def __init__(self, marks: Marks, now: Callable[[], datetime], signed: SignedForm):
        self._marks = marks
        self._now = now
        self._signed = signed

    def opaque(self, access: Access) -> str:
        """The token that only we can read.

        Raises:
            ValueError: its audience or its actors are too long to be written down.
        """
        head = (bytes.fromhex(access.grant_id or _NO_GRANT), micro(access.issued_at), micro(access.expires_at))
        body = _BODY.pack(_VERSION, *head, bits_of(access.scopes), access.id) + _tail(access)
        return written(body + b"\n" * (-(len(body) + _MAC_SIZE) % 3), _PURPOSE, _MAC_SIZE, self._marks)

    def signed(self, access: Access, algorithm: str, about: Mapping[str, object]) -> str:
        """The token that resources can read too (RFC 9068)."""
        return self._signed.write(access, algorithm, about)

    def read(self, unverified_token: str) -> Access:
        """What a token of either form says.

        Raises:
            BadToken: not ours, of another kind, cut, changed or expired.
        """
        access = self._signed.read(unverified_token) if "." in unverified_token else self._opened(unverified_token)
        if self._now() >= access.expires_at:
            raise BadToken("expired")
        return access

    def _opened(self, unverified_token: str) -> Access:
        size = len(unverified_token) // 4 * 3
        if not _SIZE <= size <= _SIZE + _LONGEST_TAIL:
            raise BadToken("wrong length")
        body = read(unverified_token, size, _PURPOSE, (_MAC_SIZE, self._marks))
        version, grant, issued, expires, bits, random = _BODY.unpack(body[: _BODY.size])
        tail = body[_BODY.size :]
        if version != (_VERSION if tail else _FIRST):
            raise BadToken("unknown version")
        grant_id = grant.hex() if any(grant) else ""
        client_id, audience, confirmation, actors = _read_tail(tail)
        return Access(
            grant_id, client_id, instant(issued), instant(expires), scopes_of(bits), audience, confirmation, actors, random
        )


def _tail(access: Access) -> bytes:
    """Who, where, bound to what, through whom: none of these can hold a line break, nor a space within a list."""
    lists = (" ".join(access.audience), str(access.confirmation or ""), " ".join(access.actors))
    tail = "\n".join((access.client_id, *lists, "")).encode("ascii")
    if len(tail) > _LONGEST_TAIL - 2 or tail.count(b"\n") != 4:
        raise ValueError("an access token cannot carry so much")
    return tail


def _read_tail(tail: bytes) -> tuple[str, tuple[str, ...], Confirmation | None, tuple[str, ...]]:
    if not tail:
        return "", (), None, ()
    client_id, audience, confirmation, actors, *_filling = tail.decode("ascii").split("\n")
    return client_id, tuple(audience.split()), confirmation_of(confirmation), tuple(actors.split())


def micro(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def instant(micros: int) -> datetime:
    """The way back from `micro`."""
    return _EPOCH + timedelta(microseconds=micros)

"""Refresh tokens: one row a grant, no row a token (docs/decisions/0002-tokens-without-rows.md)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from broker.foundation.encoding import digest
from broker.tokens.sealed import Marks, read, written

_PURPOSE = "refresh"
# grant, generation, random
_BODY = struct.Struct(">16sI18s")
_MAC_SIZE = 16
_SIZE = _BODY.size + _MAC_SIZE
RANDOM_SIZE = 18


@dataclass(frozen=True, slots=True)
class Refresh:
    """A genuine refresh token, of whatever age: which grant, the how-manieth, and the digest that the row knows it by."""

    grant_id: str
    generation: int
    hash: str


def make_refresh(grant_id: str, generation: int, random: bytes, marks: Marks) -> tuple[str, Refresh]:
    """The token text and what to remember of it. `random` has RANDOM_SIZE bytes."""
    body = _BODY.pack(bytes.fromhex(grant_id), generation, random)
    token = written(body, _PURPOSE, _MAC_SIZE, marks)
    return token, Refresh(grant_id, generation, digest(token))


def read_refresh(unverified_token: str, marks: Marks) -> Refresh:
    """What a refresh token says. Only a genuine one may end its grant as reused; an invented one changes nothing.

    Raises:
        BadToken: not ours.
    """
    body = read(unverified_token, _SIZE, _PURPOSE, (_MAC_SIZE, marks))
    grant, generation, _random = _BODY.unpack(body)
    return Refresh(grant.hex(), generation, digest(unverified_token))

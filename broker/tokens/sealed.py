"""Tokens that carry their own proof: bytes, a MAC over them, and one way to write them down."""

from __future__ import annotations

import binascii
from typing import Protocol

from broker.foundation.encoding import b64url

# From the letters of base64url to those that the decoder knows (RFC 4648 5 and 4). Its own two become what it does not know:
# otherwise one token could be written in several ways.
_LETTERS = bytes.maketrans(b"-_+/", b"+/!!")


class Marks(Protocol):
    """`Fingerprints` of the vault."""

    def mac(self, purpose: str, data: bytes) -> bytes:
        """32 bytes over `data`, under the present key."""

    def fits(self, purpose: str, data: bytes, unverified_mac: bytes) -> bool:
        """Whether it is the mark of `data`, or how it begins, under a key that is still believed."""


class BadToken(Exception):
    """Not one of our tokens. `reason` is static text for the log; the outside only learns that the token is not valid."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def written(body: bytes, purpose: str, mac_size: int, marks: Marks) -> str:
    """The token text of `body`. The size of body and MAC together must be a multiple of three.

    Otherwise the last character would have spare bits and one token could be written in several ways.
    """
    if (len(body) + mac_size) % 3:
        raise ValueError("a token must fill its last character")
    return b64url(body + marks.mac(purpose, body)[:mac_size])


def read(unverified_token: str, size: int, purpose: str, proof: tuple[int, Marks]) -> bytes:
    """The body of a token of exactly `size` bytes whose MAC is right. `proof` is the size of the MAC and who made it.

    Raises:
        BadToken: another length, another alphabet, padded, or the MAC is wrong.
    """
    mac_size, marks = proof
    if len(unverified_token) != size * 4 // 3:
        raise BadToken("wrong length")
    try:
        raw = binascii.a2b_base64(unverified_token.encode("ascii").translate(_LETTERS), strict_mode=True)
    except ValueError as error:
        raise BadToken("wrong alphabet") from error
    if len(raw) != size:
        raise BadToken("wrong length")
    body, given = raw[:-mac_size], raw[-mac_size:]
    if not marks.fits(purpose, body, given):
        raise BadToken("wrong mac")
    return body

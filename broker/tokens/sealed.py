"""Tokens that carry their own proof: bytes, a MAC over them, and one way to write them down."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from broker.foundation.encoding import b64url, from_b64url

Mac = Callable[[str, bytes], bytes]
"""`Fingerprints.mac`: a purpose and data to 32 bytes."""


class BadToken(Exception):
    """Not one of our tokens. `reason` is static text for the log; the outside only learns that the token is not valid."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def written(body: bytes, purpose: str, mac_size: int, mac: Mac) -> str:
    """The token text of `body`. The size of body and MAC together must be a multiple of three.

    Otherwise the last character would have spare bits and one token could be written in several ways.
    """
    if (len(body) + mac_size) % 3:
        raise ValueError("a token must fill its last character")
    return b64url(body + mac(purpose, body)[:mac_size])


def read(unverified_token: str, size: int, purpose: str, proof: tuple[int, Mac]) -> bytes:
    """The body of a token of exactly `size` bytes whose MAC is right. `proof` is the size of the MAC and its maker.

    Raises:
        BadToken: another length, another alphabet, padded, or the MAC is wrong.
    """
    mac_size, mac = proof
    if len(unverified_token) != size * 4 // 3:
        raise BadToken("wrong length")
    try:
        raw = from_b64url(unverified_token)
    except ValueError as error:
        raise BadToken("wrong alphabet") from error
    if len(raw) != size:
        raise BadToken("wrong length")
    body, given = raw[:-mac_size], raw[-mac_size:]
    if not hmac.compare_digest(given, mac(purpose, body)[:mac_size]):
        raise BadToken("wrong mac")
    return body

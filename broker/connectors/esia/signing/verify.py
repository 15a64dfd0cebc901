"""Checking GOST signatures of others and our own: in pure Python, since verification has no secret that timing could tell."""

from __future__ import annotations

from broker.connectors.esia.signing.gost_certificate import gost_public_key_of
from broker.connectors.esia.signing.gost_curve import GostPublicKey, is_signature_of

__all__ = ["GostPublicKey", "gost_public_key_of", "verify_raw"]


def verify_raw(public_key: GostPublicKey, data: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes, s then r, each big-endian) over the Streebog-256 of `data` is the key's.

    Anything else than 64 bytes is no signature. About 5 ms, and 4 ms more for each kilobyte of data.
    """
    return is_signature_of(data, signature, public_key)

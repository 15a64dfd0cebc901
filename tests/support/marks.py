"""Marks under a key that is in no database, for tests of what carries them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlainMarks:
    """The same two verbs as Fingerprints of the vault."""

    key: bytes = b"k" * 32

    def mac(self, purpose: str, data: bytes) -> bytes:
        return hmac.digest(self.key, purpose.encode() + b"\x00" + data, hashlib.sha256)

    def fits(self, purpose: str, data: bytes, unverified_mac: bytes) -> bool:
        return hmac.compare_digest(self.mac(purpose, data)[: len(unverified_mac)], unverified_mac)

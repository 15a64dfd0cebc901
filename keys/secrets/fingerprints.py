"""Keyed fingerprints: equal values can be found without being readable."""

from __future__ import annotations

import hashlib
import hmac

from keys.secrets.secret_keys import Purpose, SecretKeys


class Fingerprints:
    """HMAC-SHA256 (RFC 2104) under a key that never rotates; fingerprints of different purposes never meet."""

    def __init__(self, secrets: SecretKeys):
        self._secrets = secrets

    def of(self, purpose: str, value: str) -> str:
        """64 hex digits. `purpose` is a word of the calling room, `value` a normal form."""
        return self.mac(purpose, value.encode("utf-8")).hex()

    def mac(self, purpose: str, data: bytes) -> bytes:
        """32 bytes over `data`.

        Raises:
            ValueError: the purpose is empty or longer than 255 bytes.
        """
        return keyed(self._secrets.current(Purpose.FINGERPRINTS).key, purpose.encode("utf-8"), data)


def keyed(key: bytes, domain: bytes, data: bytes) -> bytes:
    """The MAC of a pair. The length before the domain keeps ("ab", "c") and ("a", "bc") apart."""
    if not 0 < len(domain) <= 255:
        raise ValueError("a purpose has 1 to 255 bytes")
    return hmac.digest(key, bytes([len(domain)]) + domain + data, hashlib.sha256)

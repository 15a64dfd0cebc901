"""Keyed marks: equal values can be found without being readable, and what is ours can be told from what is not."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from keys.secrets.purposes import purpose_of
from keys.secrets.secret_keys import FIRST_COLUMN, SECOND_COLUMN, SecretKeys

# A shorter piece of a mark could be guessed.
_SHORTEST = 12


@dataclass(frozen=True, slots=True)
class Columns:
    """A fingerprint as a row keeps it. It lies in one of two columns, in both while one key follows another: whoever looks a
    value up looks in either. `first` is never empty, so that what must be unique is; it may hold what nobody looks for."""

    first: str
    second: str | None


class Fingerprints:
    """HMAC-SHA256 (RFC 2104) under the key that keys/secrets/purposes.py names for a word; marks of two words never meet."""

    def __init__(self, secrets: SecretKeys):
        self._secrets = secrets

    def of(self, purpose: str, value: str) -> str:
        """64 hex digits. `purpose` is a word of the calling room, `value` a normal form."""
        return self.mac(purpose, value.encode("utf-8")).hex()

    def columns(self, purpose: str, value: str) -> Columns:
        """What to write for a value that is found by `of`: under every living key, so that all find it and none adds it again."""
        domain, data = purpose.encode("utf-8"), value.encode("utf-8")
        living = self._secrets.living(purpose_of(purpose))
        made = {key.records: key.mark(domain, data).hex() for key in reversed(living)}
        second = made.get(SECOND_COLUMN)
        return Columns(made.get(FIRST_COLUMN) or second or "", second)

    def every(self, purpose: str, value: str) -> tuple[str, ...]:
        """What `of` may have given while another key was in use, the present one first: for looking up what was kept."""
        domain, data = purpose.encode("utf-8"), value.encode("utf-8")
        return tuple(key.mark(domain, data).hex() for key in self._secrets.living(purpose_of(purpose)))

    def mac(self, purpose: str, data: bytes) -> bytes:
        """32 bytes over `data`.

        Raises:
            ValueError: the purpose is no word of keys/secrets/purposes.py.
        """
        return self._secrets.current(purpose_of(purpose)).mark(purpose.encode("utf-8"), data)

    def fits(self, purpose: str, data: bytes, unverified_mac: bytes) -> bool:
        """Whether it is the mark of `data`, or its first twelve bytes or more, under a key that is still believed."""
        if not _SHORTEST <= len(unverified_mac) <= hashlib.sha256().digest_size:
            return False
        domain = purpose.encode("utf-8")
        for key in self._secrets.living(purpose_of(purpose)):
            if hmac.compare_digest(key.mark(domain, data)[: len(unverified_mac)], unverified_mac):
                return True
        return False

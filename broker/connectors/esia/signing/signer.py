"""What ESIA's requests need signed, and by whom: the port, so that a certified device can take the place of the demo signer."""

from __future__ import annotations

from typing import Protocol


class Signer(Protocol):
    """Signs with our GOST R 34.10-2012 (256 bit) key over Streebog-256."""

    certificate_hash: str
    """Streebog-256 of our DER certificate, upper-case hex, 64 characters: how ESIA finds the certificate."""

    def sign_raw(self, data: bytes) -> bytes:
        """The bare signature of `data`: 64 bytes, s then r, each big-endian (ESIA v2 and v3; no CMS around it)."""

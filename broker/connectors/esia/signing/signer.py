"""What ESIA's requests need signed, and by whom: the port, so that a certified device can take the place of the demo signer."""

from __future__ import annotations

from typing import Protocol


class SigningFailed(Exception):
    """No signature was made. The message is one static sentence for the operator; it holds nothing of the data and of the key."""


class Signer(Protocol):
    """Signs with our GOST R 34.10-2012 (256 bit) key over Streebog-256. Used by many threads at once."""

    certificate_hash: str
    """Streebog-256 of our DER certificate, upper-case hex, 64 characters: how ESIA finds the certificate."""

    def sign_raw(self, data: bytes) -> bytes:
        """The bare signature of `data`: 64 bytes, s then r, each big-endian (ESIA v2 and v3; no CMS around it).

        Raises:
            SigningFailed: whoever holds the key gave none, or one that does not fit our certificate.
        """

    def sign_cms(self, data: bytes) -> bytes:
        """The detached CMS of `data` (RFC 5652 SignedData in DER, our certificate inside), which ESIA v1 asks for.

        Raises:
            SigningFailed: as above.
        """

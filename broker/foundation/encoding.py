"""Byte and text encodings every room shares."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

# Made once: `json.dumps` makes one a call for whoever wants anything but its usual form.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def b64url(data: bytes) -> str:
    """base64url without padding (RFC 7515 2)."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def from_b64url(unverified_text: str) -> bytes:
    """Decode base64url with or without padding.

    Raises:
        ValueError: the text is not base64url.
    """
    try:
        raw = unverified_text.rstrip("=").encode("ascii")
        if not raw.replace(b"-", b"").replace(b"_", b"").isalnum() and raw:
            raise ValueError("not base64url")
        return base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error


def digest(text: str) -> str:
    """Hex SHA-256: how random tokens, codes and secrets of ours are stored and looked up.

    A password hash would only slow every request: the input has 256 random bits, so it cannot be guessed.
    """
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def canonical_json(value: object) -> bytes:
    """One byte string per value: sorted keys, no spaces, UTF-8. Used wherever JSON is hashed or sealed."""
    return _CANONICAL.encode(value).encode("utf-8")


def ascii_query(raw: str) -> str:
    """The query of an address with every byte outside ASCII written as %XX, as browsers write them (RFC 3986 2.1). `raw` is what
    a WSGI server hands over: one character for each byte."""
    return raw if raw.isascii() else "".join(sign if sign.isascii() else f"%{ord(sign):02X}" for sign in raw)

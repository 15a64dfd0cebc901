"""Distinguished names as text (RFC 4514), also as OpenSSL prints them for a Russian certificate."""

from __future__ import annotations

import re

from cryptography import x509

# RFC 4514 3 must be known; the rest may be, and stands in the subject of nearly every certificate of a Russian organisation.
_TYPES = {
    "cn": "2.5.4.3", "l": "2.5.4.7", "st": "2.5.4.8", "o": "2.5.4.10", "ou": "2.5.4.11", "c": "2.5.4.6", "street": "2.5.4.9",
    "dc": "0.9.2342.19200300.100.1.25", "uid": "0.9.2342.19200300.100.1.1",
    "emailaddress": "1.2.840.113549.1.9.1", "e": "1.2.840.113549.1.9.1", "serialnumber": "2.5.4.5", "title": "2.5.4.12",
    "sn": "2.5.4.4", "gn": "2.5.4.42", "inn": "1.2.643.3.131.1.1", "innle": "1.2.643.100.4", "ogrn": "1.2.643.100.1",
    "ogrnip": "1.2.643.100.5", "snils": "1.2.643.100.3",
}  # fmt: skip
# The beginning of an attribute: what stands before it, its type, and the value if that is written in hexadecimal.
_ATTRIBUTE = re.compile(
    r"(^|(?<!\\)(?:\\\\)*[,+])([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)=(?:#((?:[0-9A-Fa-f]{2})+)(?=[,+]|$))?", re.ASCII
)
# Strings of ASN.1 by their tags (X.680 8.4): how each is encoded.
_STRINGS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x16: "ascii", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}
_SHORT, _ONE_BYTE = 0x80, 0x81


def name_of(text: str) -> x509.Name:
    """The name. Types are found whatever their case, and a value may be the hexadecimal of its encoding, as it is for types that
    whoever wrote it does not know by name (RFC 4514 2.4).

    Raises:
        ValueError: not a distinguished name, an empty one, or one with a type that we do not know.
    """
    name = x509.Name.from_rfc4514_string(_ATTRIBUTE.sub(_plain, text))
    if not name.rdns:
        raise ValueError("an empty name")
    return name


def _plain(found: re.Match[str]) -> str:
    """The same in the one way of writing that the library reads: types as numbers, values as text."""
    before, type_, encoded = found.groups()
    number = type_ if type_[0].isdigit() else _TYPES.get(type_.lower(), type_)
    value = "" if encoded is None else "".join(f"\\{byte:02x}" for byte in _text(bytes.fromhex(encoded)).encode("utf-8"))
    return f"{before}{number}={value}"


def _text(encoded: bytes) -> str:
    """What a string in DER says (X.690 8.1). Raises ValueError for anything else."""
    tag, length, begin = encoded[0], encoded[1:2], 2
    if length == bytes([_ONE_BYTE]):
        length, begin = encoded[2:3], 3
    if tag not in _STRINGS or not length or (begin == 2) != (length[0] < _SHORT) or len(encoded) != begin + length[0]:
        raise ValueError("not a string")
    return encoded[begin:].decode(_STRINGS[tag])

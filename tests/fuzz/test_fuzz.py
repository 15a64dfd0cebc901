"""A sample of what `python -m tests.fuzz --tries 1000000` does by hand."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import walk
from tests.fuzz.doors import DOORS
from tests.fuzz.fixed import certificate
from tests.fuzz.house_doors import house_doors
from tests.fuzz.school_doors import BOOK


@pytest.fixture(autouse=True)
def _nothing_logged() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_every_reader_reads_or_refuses() -> None:
    done, failures = walk(DOORS, 8_000, 20260901)

    assert [] == failures[:3]
    assert set(DOORS) == set(done)


def test_every_endpoint_answers(tmp_path: Path) -> None:
    doors = house_doors(tmp_path)
    done, failures = walk(doors, 900, 20260901)

    assert [] == failures[:3]
    assert set(doors) == set(done)


def _of_unknown_version() -> bytes:
    """RFC 5280 4.1.2.1 knows three; the library says so by an exception of its own kind."""
    der = certificate().der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n".encode()


_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetFormatPr x="1"/></worksheet>'


def _packed(place: int, value: int) -> bytes:
    """A spreadsheet that says something else of every part of its archive, at this place of the directory (APPNOTE 4.3.12)."""
    book = bytearray(BOOK)
    for found in re.finditer(rb"PK\x01\x02", BOOK):
        book[found.start() + place] = value
    return bytes(book)


def _broken() -> bytes:
    """Every part of the archive begins with a kind of block that there is not (RFC 1951 3.2.3)."""
    book = bytearray(BOOK)
    for found in re.finditer(rb"PK\x03\x04", BOOK):
        book[found.start() + 30 + book[found.start() + 26]] = 0xFF
    return bytes(book)


# What a walk has found: a door, and the bytes that broke it.
FOUND = (
    ("certificate, PEM", quote(_of_unknown_version()).encode()),
    ("developer's key", _of_unknown_version()),
    # A version, a cipher and a packing that the library does not know.
    *(("list of a school, XLSX", _packed(place, value)) for place, value in ((6, 90), (8, 1), (10, 99))),
    ("list of a school, XLSX", _broken()),
    ("list of a school, XLSX, its sheet", _SHEET),
    ("DPoP, its key", b'{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"el0Y","y":"ov\\ud800"}}'),
    ("DPoP, inside", b'{"jti": "\xed\xa0\x80", "htm": "POST", "htu": "https://vhod.example/token", "iat": 1788238800}'),
)  # fmt: skip


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_was_found_is_mended(name: str, data: bytes) -> None:
    DOORS[name].tried(data)


@pytest.mark.parametrize("name", DOORS)
@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(name: str, data: bytes) -> None:
    DOORS[name].tried(data)


def test_a_failure_is_seen_with_its_bytes() -> None:
    """The walk itself: a door that breaks its promise is told of."""
    broken = type(next(iter(DOORS.values())))(lambda data: {}[data], (ValueError,), (b"a",))
    done, failures = walk({"broken": broken}, 3, 1)

    assert (3, 3) == (done["broken"], len(failures))
    assert "KeyError" in failures[0]

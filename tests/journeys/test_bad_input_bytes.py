"""Bytes in an address that no address may hold: a browser never sends them, somebody with a socket does."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from tests.support.town import Town

BYTES = (b"\xfe", b"\xc3", b"\xed\xa0\x80", b"\xd1\x8f", b"\xff\xff\xff")
PATHS = (
    b"/authorize?client_id=diary&state=%s", b"/authorize?%s=1", b"/end_session?state=%s", b"/device?user_code=%s",
    b"/login/%s?region=%s", b"/userinfo?%s", b"/jwks?%s", b"/status?language=%s", b"/%s",
)  # fmt: skip


def _asked(town: Town, path: bytes) -> int:
    place = urlsplit(town.issuer)
    with socket.create_connection((place.hostname, place.port), 30) as wire:
        wire.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: " + place.netloc.encode() + b"\r\nConnection: close\r\n\r\n")
        answer = b""
        while chunk := wire.recv(65_536):
            answer += chunk
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("path", PATHS)
def test_any_byte_of_an_address_is_answered(sqlite_town: Town, path: bytes) -> None:
    for raw in BYTES:
        assert 500 > _asked(sqlite_town, path.replace(b"%s", raw)), raw

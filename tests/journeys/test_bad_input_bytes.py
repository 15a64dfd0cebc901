"""Bytes in an address that no address may hold: a browser never sends them, somebody with a socket does."""

from __future__ import annotations

import pytest

from tests.support.town import Town

BYTES = (b"\xfe", b"\xc3", b"\xed\xa0\x80", b"\xd1\x8f", b"\xff\xff\xff")
PATHS = (
    b"/authorize?client_id=diary&state=%s", b"/authorize?%s=1", b"/end_session?state=%s", b"/device?user_code=%s",
    b"/login/%s?region=%s", b"/userinfo?%s", b"/jwks?%s", b"/status?language=%s", b"/%s",
)  # fmt: skip


def _asked(town: Town, path: bytes) -> int:
    """As a WSGI server hands an address over: one character a byte. The servers we know refuse such bytes or mend them."""
    where, _, query = path.decode("latin-1").partition("?")
    overrides = {"PATH_INFO": where, "QUERY_STRING": query}
    return int(town.house.app.test_client().get("/", base_url=town.issuer, environ_overrides=overrides).status_code)


@pytest.mark.parametrize("path", PATHS)
def test_any_byte_of_an_address_is_answered(sqlite_town: Town, path: bytes) -> None:
    for raw in BYTES:
        assert 500 > _asked(sqlite_town, path.replace(b"%s", raw)), raw

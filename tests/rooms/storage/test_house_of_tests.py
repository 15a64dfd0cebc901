"""The tests' own ground: nobody leaves the machine, and what is missing is said."""

from __future__ import annotations

import socket

import pytest

from tests.support.loopback import NetworkIsCut
from tests.support.servers import lacking


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "example.com", "0.0.0.0"])
def test_nobody_leaves_the_machine(address: str) -> None:
    with pytest.raises(NetworkIsCut):
        socket.create_connection((address, 80), timeout=1)
    with pytest.raises(NetworkIsCut), socket.socket() as direct:
        direct.connect((address, 80))


@pytest.mark.parametrize(("required", "outcome"), [("1", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_what_is_missing_is_skipped_or_fails(
    monkeypatch: pytest.MonkeyPatch, required: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("REQUIRE_ALL", required)

    with pytest.raises(outcome, match=r"not installed.*a printing press"):
        lacking("a printing press")

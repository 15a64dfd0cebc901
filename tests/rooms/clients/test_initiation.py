"""Where a person begins at a service by our hand (OpenID Connect Core 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broker.clients.client import Client
from broker.clients.initiation import initiation_of
from broker.clients.metadata import require_sound
from broker.clients.refused import ClientRefused
from tests.rooms.clients.samples import DIARY

ISSUER = "https://vhod.example/a b"


def _with(address: str | None) -> Client:
    return replace(DIARY, initiate_login_uri=address)


def test_the_address_says_who_sends_and_nothing_more() -> None:
    assert "https://d.example/in?iss=https%3A%2F%2Fvhod.example%2Fa+b" == initiation_of(_with("https://d.example/in"), ISSUER)
    assert initiation_of(_with("https://d.example/in?a=1"), ISSUER) == (
        "https://d.example/in?a=1&iss=https%3A%2F%2Fvhod.example%2Fa+b"
    )
    assert initiation_of(_with(None), ISSUER) is None


BAD = ["http://d.example/in", "javascript:alert(1)", "https://d.example/in#here", "//d.example", "in"]


@pytest.mark.parametrize("address", BAD)
def test_only_an_address_over_tls_is_registered(address: str) -> None:
    with pytest.raises(ClientRefused):
        require_sound(_with(address))

"""The whole sign-in over either generation of ESIA, with what is not asked for by default, and a new start midway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from broker.app import mounted
from broker.connectors.esia.settings import EsiaSettings
from broker.house import open_house
from tests.support.browser import Browser
from tests.support.town import Town

KIDS = ("kid_fullname", "kid_birthdate", "kid_snils")
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "v1": ("/aas/oauth2/ac", {"generation": "v1"}),
    "v2 with everything": (
        "/aas/oauth2/v2/ac",
        {"access_type": "offline", "pkce": "S256", "embed": "person", "scopes": (*EsiaSettings().scopes, *KIDS)},
    ),
    "v2 element by element": ("/aas/oauth2/v2/ac", {"pkce": "GOST3411", "embed": "none"}),
}


@pytest.fixture(scope="module")
def subjects() -> set[str]:
    """Who came in, whichever way."""
    return set()


@pytest.fixture
def with_settings(sqlite_town: Town) -> Iterator[Any]:
    """Starts the broker anew with other settings of ESIA; afterwards with its own."""
    own = sqlite_town.house.settings

    def start(changes: dict[str, Any]) -> None:
        before = sqlite_town.house
        settings = replace(own, esia=replace(own.esia, **changes))
        sqlite_town.house = mounted(open_house(settings, before.outside))
        before.database.close()

    yield start
    start({})


@pytest.mark.parametrize("way", WAYS)
def test_a_parent_comes_in(sqlite_town: Town, browser: Browser, with_settings: Any, way: str, subjects: set[str]) -> None:
    place, changes = WAYS[way]
    with_settings(changes)
    party = sqlite_town.relying_party()
    request = party.begin(region="38")

    page = sqlite_town.sign_in(browser, "sokolov", request.url, until=f"{sqlite_town.esia}{place}?")
    there = page.headers["location"]
    assert there.startswith(f"{sqlite_town.esia}{place}?")
    # What the trip has to remember is not the process's to remember.
    sqlite_town.restart_broker()
    page = sqlite_town.sign_in(browser, "sokolov", there)

    code = party.answer(page.headers["location"], request)["code"]
    subjects.add(party.id_claims(party.redeem(code, request).json(), request.nonce)["sub"])
    assert 1 == len(subjects)

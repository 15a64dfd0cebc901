"""Every demo person signs in at the diary, and what `people.json` promises happens."""

from __future__ import annotations

import tomllib

import pytest

from tests.support.browser import Browser
from tests.support.town import ROOT, Town

PEOPLE = tomllib.loads((ROOT / "broker/mock_esia/people.toml").read_text(encoding="utf-8"))
LOGINS = [person["login"] for person in PEOPLE["people"]]


@pytest.mark.parametrize("login", LOGINS)
def test_what_is_promised_happens(sqlite_town: Town, browser: Browser, login: str) -> None:
    person = sqlite_town.people[login]
    party = sqlite_town.relying_party()
    request = party.begin(region=person["region"])

    page = sqlite_town.sign_in(browser, login, request.url)

    if person["expect"]["outcome"] == "signed_in":
        answer = party.answer(page.headers["location"], request)
        claims = party.id_claims(party.redeem(answer["code"], request).json(), request.nonce)
        assert person["region"] == claims["region"] if "region" in claims else True
    else:
        assert f"Код причины: {person['expect']['code']}" in page.text, page.text
        assert "location" not in page.headers

"""Every demo person signs in at the diary, and what `people.json` promises happens."""

from __future__ import annotations

import tomllib

import pytest

from tests.support.browser import Browser
from tests.support.linking import give_password, show, to_the_service
from tests.support.town import ROOT, Town

PEOPLE = tomllib.loads((ROOT / "broker/mock_esia/people.toml").read_text(encoding="utf-8"))
LOGINS = [person["login"] for person in PEOPLE["people"]]


@pytest.fixture(scope="module", autouse=True)
def passwords(sqlite_town: Town) -> None:
    give_password(sqlite_town, *(person["card"] for person in PEOPLE["people"] if person["outcome"] == "prove"))


@pytest.mark.parametrize("login", LOGINS)
def test_what_is_promised_happens(sqlite_town: Town, browser: Browser, login: str) -> None:
    person = sqlite_town.people[login]
    party = sqlite_town.relying_party()
    request = party.begin(region=person["region"])

    page = sqlite_town.sign_in(browser, login, request.url)
    if person["expect"]["outcome"] != "signed_in":
        assert f"Код причины: {person['expect']['code']}" in page.text, page.text
        assert "location" not in page.headers
    if person["expect"]["outcome"] == "prove":
        claims = to_the_service(browser, show(browser, page, f"{login}.diary"), party, request)
    elif person["expect"]["outcome"] == "signed_in":
        code = party.answer(page.headers["location"], request)["code"]
        claims = party.id_claims(party.redeem(code, request).json(), request.nonce)
    else:
        assert "cause" == person["expect"]["outcome"]
        return

    assert person["region"] == claims["region"] if "region" in claims else True

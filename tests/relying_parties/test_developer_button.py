"""The readiness check as a developer of the demo presses it, on the page of the demo's third-party service."""

from __future__ import annotations

from typing import Any, cast

import pytest
import requests

from tests.journeys.school_walks import press
from tests.relying_parties.demo import RunningDemo
from tests.support.browser import Browser
from tests.support.town import Town

pytestmark = pytest.mark.xdist_group("relying_parties")


def town_of(demo: RunningDemo) -> Town:
    """The demo as a town whose house nobody looks into."""
    people = requests.get(f"{demo.house.mock_esia}/people.json", timeout=30).json()["people"]
    inside = cast(Any, None)
    return Town(demo.house.issuer, demo.house.mock_esia, inside, inside, {one["login"]: one for one in people}, {})


def test_the_developer_of_the_demo_checks_the_olympiads(demo: RunningDemo) -> None:
    town = town_of(demo)
    with Browser() as browser:
        page = town.sign_in(browser, "tarasov", f"{town.issuer}/login?next=developers&region=38", "Иркутская")
        assert page.has_link("Олимпиады"), page.text
        page = browser.press(page, "Олимпиады")
        assert f"{town.issuer}/.well-known/openid-configuration" in page.text and "<<" not in page.text
        page = press(browser, page, "/dev/olympiads/check", state_url=f"{demo.house.olympiads}/signed-in")

    assert "Проверили. Итог ниже." in page.text, page.text
    for line in ("Верный вход удаётся: верно", "Чужой nonce отвергнут: верно", "Новый ключ найден по kid: верно"):
        assert line in page.text, page.text

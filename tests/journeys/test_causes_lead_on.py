"""The button of every cause page leads to a page that is there, and so does its help."""

from __future__ import annotations

import pytest

from broker.screens.causes import CAUSES
from tests.support.browser import Browser
from tests.support.town import Town

pytestmark = pytest.mark.xdist_group("status-and-banners")

TOPICS = {f"/help/{cause.topic}" for cause in CAUSES.values() if cause.topic}
WAYS = sorted({cause.leads_to for cause in CAUSES.values()} | TOPICS)


@pytest.mark.parametrize("way", [way or "/" for way in WAYS])
def test_the_way_on_is_a_page(sqlite_town: Town, browser: Browser, way: str) -> None:
    page = browser.open(f"{sqlite_town.issuer}{way}")

    assert 200 == page.status
    assert page.heading and "Такой страницы нет" not in page.heading

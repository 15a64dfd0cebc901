"""Causes of another day or of a broken house: each has a town of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tests.journeys.failures.stage import Walk, arrive, returned, start_page
from tests.support.browser import Browser
from tests.support.clock import FIRST_BELL
from tests.support.held import held
from tests.support.own import Post
from tests.support.page import Page

MAY_2018, MAY_2009 = datetime(2018, 5, 14, 6, tzinfo=UTC), datetime(2009, 5, 14, 6, tzinfo=UTC)
# Nobody listens there: the short-lived store is away.
NO_STORE = {"BROKER_SHELF__BACKEND": "redis", "BROKER_SHELF__URL": "redis://127.0.0.1:9/0", "BROKER_SHELF__TIMEOUT": "200 ms"}

# In use, and no region trusts it.
STRANGE_UPSTREAM = {
    "BROKER_LOGIN__CONNECTORS": "esia,north",
    "BROKER_UPSTREAMS__NORTH__ISSUER": "http://127.0.0.1:9",
    "BROKER_UPSTREAMS__NORTH__CLIENT_ID": "school",
    "BROKER_UPSTREAMS__NORTH__TITLE_RU": "Север",
    "BROKER_UPSTREAMS__NORTH__TITLE_EN": "North",
    "BROKER_UPSTREAMS__NORTH__TOKEN_ENDPOINT_AUTH_METHOD": "none",
}

HOUR = timedelta(hours=1)
AT_WORK = {
    "BROKER_SCREENS__PLANNED_FROM": (FIRST_BELL - HOUR).isoformat(),
    "BROKER_SCREENS__PLANNED_UNTIL": (FIRST_BELL + HOUR).isoformat(),
}
# Short-lived state answers while the database does not.
SHORT_OF_PATIENCE = {
    "BROKER_SHELF__BACKEND": "memory",
    "BROKER_STORAGE__BUSY_TIMEOUT": "200 ms",
    "BROKER_STORAGE__ANSWER_WITHIN": "200 ms",
}


def low_without_snils(stage: Post, browser: Browser) -> Page:
    """A standard account was enough in 2018, and that is one with a checked SNILS."""
    return arrive(stage, browser, "guseva")


def another_upstream(stage: Post, browser: Browser) -> Page:
    """The button is not there; somebody has kept an address."""
    button = next(link.url for link in start_page(stage, browser).links if link.url.endswith("/to/esia"))
    return browser.open(button.removesuffix("esia") + "north")


def no_rule(stage: Post, browser: Browser) -> Page:
    """No region file has an answer for a day before its first period."""
    return arrive(stage, browser, "orlova")


def store_away(stage: Post, browser: Browser) -> Page:
    return start_page(stage, browser)


def planned_work(stage: Post, browser: Browser) -> Page:
    return start_page(stage, browser)


def diary_is_silent(stage: Post, browser: Browser) -> Page:
    """Gosuslugi has sent the browser back, and somebody holds the directory."""
    back = returned(stage.town, browser, "orlova", start_page(stage, browser))
    with held(stage.town.house.settings.storage.url, "person"):
        return browser.open(back)


# Code: the day, the settings, the walk.
TOWNS: Mapping[int, tuple[datetime, Mapping[str, str], Walk]] = {
    2110: (MAY_2018, {}, low_without_snils),
    2116: (FIRST_BELL, STRANGE_UPSTREAM, another_upstream),
    8001: (MAY_2009, {}, no_rule),
    8002: (FIRST_BELL, NO_STORE, store_away),
    8003: (FIRST_BELL, AT_WORK, planned_work),
    8004: (FIRST_BELL, SHORT_OF_PATIENCE, diary_is_silent),
}

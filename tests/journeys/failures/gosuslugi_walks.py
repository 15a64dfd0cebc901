"""2xxx: what Gosuslugi does and what an account there is like."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tests.journeys.failures.stage import Walk, arrive, refused_by_esia, returned, spoilt, start_page
from tests.support.browser import Browser
from tests.support.own import Post
from tests.support.page import Page


def _spoilt(login: str, *fault: str) -> Walk:
    return lambda stage, browser: spoilt(stage, browser, login, *fault)


def _refused(error: str, code: str) -> Walk:
    return lambda stage, browser: refused_by_esia(stage, browser, (error, code))


def _arrive(login: str) -> Walk:
    return lambda stage, browser: arrive(stage, browser, login)


def answer_expired(stage: Post, browser: Browser) -> Page:
    """The answer came in time for us, but Gosuslugi keeps a code for four minutes only."""
    back = returned(stage.town, browser, "orlova", start_page(stage, browser))
    stage.town.clock.advance(timedelta(minutes=5))
    return browser.open(back)


def consent_withdrawn(stage: Post, browser: Browser) -> Page:
    """Somebody who was in comes again, and refuses this time."""
    arrive(stage, browser, "orlova")
    return refused_by_esia(stage, browser, ("access_denied", "007004"), prompt="login")


WALKS: Mapping[int, Walk] = {
    2101: _spoilt("orlova", "te", "error_503"),
    2102: _spoilt("orlova", "te", "busy"),
    2103: _arrive("vlasova"),
    2104: _refused("invalid_scope", "007019"),
    2105: _refused("invalid_request", "007015"),
    2106: _spoilt("orlova", "te", "bad_signature"),
    2107: answer_expired,
    2108: consent_withdrawn,
    2109: _arrive("belova.d"),
    2111: _spoilt("ilina", "rs", "no_snils"),
    2112: _spoilt("belova.d", "rs", "being_checked"),
    2113: _spoilt("orlova", "te", "organisation"),
    2114: _refused("access_denied", "007046"),
    2115: _spoilt("orlova", "rs", "no_name"),
}

"""An outage of Gosuslugi: after a few silences nobody waits for it any more, people are told before they press, who is in works
on, and the first answer opens the way for all."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.journeys.failures.stage import code_on, returned, to_esia
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.own import at
from tests.support.page import Page
from tests.support.town import Town, town
from tests.support.visits import came_to, leave_esia, open_straight, tokens_of, visit

pytestmark = pytest.mark.xdist_group("upstream-outage")

SILENCES, REST = 3, timedelta(seconds=30)
LONG_ENOUGH = timedelta(seconds=11)
NOTICE = "Госуслуги сейчас отвечают не всем."
CHANGES = {"BROKER_LOGIN__UPSTREAM_SILENCES": str(SILENCES), "BROKER_LOGIN__UPSTREAM_REST": "30 s"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("outage"), Clock(), CHANGES) as built:
        yield built


def begun(place: Town, browser: Browser) -> Page:
    return browser.open(place.relying_party().begin(region="29").url)


def tried(place: Town, browser: Browser) -> Page:
    leave_esia(place, browser)
    return place.sign_in(browser, "orlova", begun(place, browser).url)


def upstream(place: Town) -> dict[str, Any]:
    ready = requests.get(f"{place.issuer}/readyz", timeout=30)
    assert (200, True) == (ready.status_code, ready.json()["ready"])
    found: dict[str, Any] = ready.json()["details"]["upstreams"]["esia"]
    return found


def meters(place: Town) -> dict[tuple[str, ...], float]:
    text = requests.get(f"{place.issuer}/metrics", timeout=30).text
    families = text_string_to_metric_families(text)
    found = [sample for family in families if family.name.startswith("broker_upstream") for sample in family.samples]
    labels = ("le", "method", "outcome")
    return {(one.name, *(one.labels[label] for label in labels if label in one.labels)): one.value for one in found}


class TestOutage:
    """The story is told in order."""

    def test_all_of_it(self, place: Town, caplog: pytest.LogCaptureFixture) -> None:
        party = place.relying_party()
        with Browser() as inside, Browser() as late, Browser() as other:
            tokens = tokens_of(party, visit(place, inside, party, "belova", region="29"))
            back = returned(place, late, "orlova", begun(place, late))
            assert ("closed", None) == (upstream(place)["state"], upstream(place)["trouble_since"])

            self._it_falls_silent(place, caplog)
            self._everybody_is_told_and_nobody_waits(place, other)
            # Whoever was there when it began is not made to wait either, and may try again by the button of the page.
            page = late.open(back)
            assert ("2101", [f"{place.issuer}"]) == (code_on(page), sorted({url[: len(place.issuer)] for url in late.trail}))
            self._who_is_in_works_on(place, inside, party, tokens)
            self._after_a_rest_one_goes_and_opens_the_way(place, late, page, other)

    def _it_falls_silent(self, place: Town, caplog: pytest.LogCaptureFixture) -> None:
        place.arm("te", "error_503", times=SILENCES)
        with caplog.at_level(logging.ERROR):
            for _ in range(SILENCES):
                with Browser() as one:
                    assert "2101" == code_on(tried(place, one))
        assert ["upstream is not asked"] == caplog.messages
        place.clock.advance(LONG_ENOUGH)
        assert "open" == upstream(place)["state"]
        found = meters(place)
        assert 2.0 == found["broker_upstream_state",]
        assert float(SILENCES) == found["broker_upstream_requests_total", "POST", "503"]
        assert found["broker_upstream_request_seconds_bucket", "15.0", "POST"] >= SILENCES

    def _everybody_is_told_and_nobody_waits(self, place: Town, other: Browser) -> None:
        start = begun(place, other)
        assert NOTICE in start.text
        assert "Вход через Госуслуги сейчас с перебоями." in at(place, other, "/status").text
        visited = len(other.visited)
        page = other.press(start, "Войти через Госуслуги")
        assert ("2101", 504) == (code_on(page), page.status)
        # By the button of the page, too: it does not even come to Gosuslugi.
        assert "2101" == code_on(other.press(page, "Попробовать снова"))
        assert not [url for url in other.visited[visited:] if url.startswith(place.esia)]
        with place.house.app.app_context():
            told = [entry.record for entry in place.house.journal.tail(10) if entry.record.name == "upstream.refused"]
        assert "circuit open" == told[-1].fields["detail"]

    def _who_is_in_works_on(self, place: Town, inside: Browser, party: Any, tokens: dict[str, Any]) -> None:
        assert "code" in open_straight(inside, party)[1]
        refreshed = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert 200 == refreshed.status_code
        assert 200 == party.userinfo(refreshed.json()["access_token"]).status_code
        assert f"{place.issuer}/me" == at(place, inside, "/me").url

    def _after_a_rest_one_goes_and_opens_the_way(self, place: Town, late: Browser, page: Page, other: Browser) -> None:
        place.clock.advance(REST)
        assert "half_open" == upstream(place)["state"]
        at_gosuslugi = to_esia(late, page)
        with Browser() as second:
            assert "2101" == code_on(second.press(begun(place, second), "Войти через Госуслуги"))

        assert "code=" in came_to(place.sign_in(late, "orlova", at_gosuslugi))

        place.clock.advance(LONG_ENOUGH)
        assert ("closed", 0.0) == (upstream(place)["state"], meters(place)["broker_upstream_state",])
        assert NOTICE not in begun(place, other).text
        assert "code=" in came_to(tried(place, other))


def test_words_of_a_browser_shut_nobody_out(place: Town) -> None:
    """Anybody can write what a browser brings: an error of Gosuslugi, a code of their own."""
    for query in ("error=server_error&error_description=ESIA-007008", "code=invented"):
        for _ in range(SILENCES + 1):
            with Browser() as stranger:
                back = returned(place, stranger, "orlova", begun(place, stranger))
                state = back.partition("state=")[2].partition("&")[0]
                stranger.open(f"{place.issuer}/login/return/esia?{query}&state={state}")

    assert "closed" == upstream(place)["state"]

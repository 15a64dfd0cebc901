"""What Gosuslugi takes back while services go on refreshing: seen beside the refreshes, without a sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from broker.doors import besides_letters
from tests.support.browser import Browser
from tests.support.clock import FIRST_BELL, Clock
from tests.support.relying_party import RelyingParty
from tests.support.town import Town, town
from tests.support.visits import signed_in

LOOKING = {
    "BROKER_ESIA__ACCESS_TYPE": "offline",
    "BROKER_ESIA__LOOK_AGAIN": "true",
    "BROKER_ESIA__LOOK_AGAIN_EVERY": "1 h",
}


@pytest.fixture(scope="module")
def watching_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("taken-back"), Clock(FIRST_BELL), LOOKING) as built:
        yield built


class Service:
    """A service with somebody's tokens that refreshes them from time to time."""

    def __init__(self, place: Town, login: str, region: str):
        self.town = place
        self.party: RelyingParty = place.relying_party(scope="openid profile offline_access")
        with Browser() as browser:
            self.tokens: dict[str, Any] = signed_in(place, browser, self.party, login, region=region)[0]

    def refreshes(self) -> bool:
        answer = self.party.token(grant_type="refresh_token", refresh_token=self.tokens["refresh_token"])
        if answer.status_code == 200:
            self.tokens = answer.json()
            return True
        assert (400, "invalid_grant") == (answer.status_code, answer.json()["error"])
        return False

    def goes_on(self) -> bool:
        """An hour later it refreshes, a worker goes its round, and it refreshes again."""
        self.town.clock.advance(timedelta(minutes=61))
        assert self.refreshes(), "no refresh waits for Gosuslugi"
        round_of(self.town)
        return self.refreshes()


def round_of(place: Town) -> None:
    with place.house.app.app_context():
        besides_letters(place.house)()


def causes(place: Town, name: str) -> list[dict[str, Any]]:
    with place.house.app.app_context():
        return [dict(one.record.fields) for one in place.house.journal.tail(200) if one.record.name == name]


def test_a_permission_withdrawn_there_ends_what_rests_on_it_here(watching_town: Town) -> None:
    service = Service(watching_town, "orlova", "29")
    assert service.goes_on() and service.goes_on(), "nothing has changed, and each answer brings the next question"

    answer = requests.delete(f"{watching_town.esia}/api/people/orlova/consents", timeout=30)
    assert 204 == answer.status_code
    assert not service.goes_on()

    assert ["told", "told", "refused"] == [found["outcome"] for found in causes(watching_town, "upstream.question_closed")]
    assert ["refresh"] == [found["seen"] for found in causes(watching_town, "upstream.consent_withdrawn")]
    assert 401 == service.party.userinfo(service.tokens["access_token"]).status_code


def test_a_silence_ends_nothing_and_a_lower_level_does(watching_town: Town) -> None:
    service = Service(watching_town, "sokolov", "38")
    watching_town.arm("rs", "error_500", times=9)
    assert service.goes_on()
    assert "unknown" == causes(watching_town, "upstream.question_closed")[-1]["outcome"]
    requests.delete(f"{watching_town.esia}/faults", timeout=30)

    changed = requests.patch(f"{watching_town.esia}/api/people/sokolov", json={"level": "simplified"}, timeout=30)
    assert 200 == changed.status_code, changed.text
    assert not service.goes_on()
    lowered = causes(watching_town, "upstream.level_lowered")
    assert [("confirmed", "not_confirmed", True)] == [(one["before"], one["now"], one["ends"]) for one in lowered]

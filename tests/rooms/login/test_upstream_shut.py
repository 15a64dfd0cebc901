"""Who is asked to prove that an upstream answers, and who can say so: only answers to questions of ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from login_house import ANNA, code_of

from broker.connectors.port import UpstreamFailed
from broker.login.settings import LoginSettings
from broker.login.upstream_circuit import CircuitState

SETTINGS = LoginSettings()
OUTAGE = UpstreamFailed(2101, "http: timeout", is_outage=True)
WORD = {"error": "access_denied"}


def tried(house: Any, says: Any = OUTAGE, **brought: str) -> Any:
    """One more person, from the button to the page on which it ends; they bring a code unless `brought` says otherwise."""
    house.upstream.says = says
    browser = house.browser()
    browser.start()
    return browser.come_back(browser.press(), **brought)


@pytest.fixture
def circuit(house: Any) -> Any:
    return house.rooms.health.circuit


@pytest.fixture
def shut(house: Any) -> None:
    for _ in range(SETTINGS.upstream_silences):
        tried(house)


def test_nobody_is_sent_there_and_who_comes_back_waits_for_nothing(house: Any, circuit: Any) -> None:
    gone = house.browser()
    gone.start()
    asked = gone.press()
    for _ in range(SETTINGS.upstream_silences):
        tried(house)

    house.upstream.says = ANNA
    assert 2101 == code_of(gone.come_back(asked))
    assert 2101 == code_of(gone.get(f"/login/{gone.attempt_id}/to/esia"))
    assert SETTINGS.upstream_silences == len(house.upstream.completed)
    assert {"upstream.refused", "login.refused"} <= {name for name, _ in house.events()}
    assert "circuit open" == [fields["detail"] for name, fields in house.events() if name == "upstream.refused"][-1]
    assert CircuitState.OPEN is circuit.state("esia")


def test_outages_count_and_nothing_else(house: Any, circuit: Any) -> None:
    for cause in (2101, 2102, 2104, 2106, 2107):
        for _ in range(SETTINGS.upstream_silences):
            tried(house, UpstreamFailed(cause, "http: status 500"))
    assert CircuitState.CLOSED is circuit.state("esia")

    for _ in range(SETTINGS.upstream_silences):
        tried(house)
    assert CircuitState.OPEN is circuit.state("esia")


def test_a_silence_met_on_the_way_there_counts_too(house: Any, circuit: Any) -> None:
    house.upstream.begins = OUTAGE
    for _ in range(SETTINGS.upstream_silences):
        browser = house.browser()
        browser.start()
        assert 2101 == code_of(browser.get(f"/login/{browser.attempt_id}/to/esia"))

    assert CircuitState.OPEN is circuit.state("esia")


@pytest.mark.parametrize(("brought", "says", "state"), [
    # Whatever it answers, it answers: a wrong code of the one person who may ask must not keep all others out.
    ({}, ANNA, CircuitState.CLOSED),
    ({}, UpstreamFailed(2107, "ESIA-007011"), CircuitState.CLOSED),
    ({}, OUTAGE, CircuitState.OPEN),
    # Nobody has asked it: a browser's own words say nothing about it, and take no turn of somebody else.
    (WORD, UpstreamFailed(2103, "ESIA-007004"), CircuitState.HALF_OPEN),
    ({"code": ""}, UpstreamFailed(2106, "return: no code"), CircuitState.HALF_OPEN),
    ({"code": "é"}, UpstreamFailed(2106, "return: no code"), CircuitState.HALF_OPEN),
    ({}, UpstreamFailed(2104, "our request could not be signed"), CircuitState.HALF_OPEN),
    ({}, UpstreamFailed(2101, "told again: http: timeout"), CircuitState.HALF_OPEN),
])  # fmt: skip
@pytest.mark.usefixtures("shut")
def test_what_opens_the_way(house: Any, circuit: Any, brought: dict[str, str], says: Any, state: CircuitState) -> None:
    house.now += SETTINGS.upstream_rest + timedelta(seconds=1)

    tried(house, says, **brought)

    assert state is circuit.state("esia")


def test_how_long_they_waited_is_kept(house: Any) -> None:
    def slowly() -> Any:
        house.now += timedelta(seconds=3)
        return ANNA

    for _ in range(5):
        tried(house, slowly)
        tried(house, UpstreamFailed(2103, "ESIA-007004"), **WORD)

    assert timedelta(seconds=3) == house.rooms.health.waits.slowest_of_twenty("esia")

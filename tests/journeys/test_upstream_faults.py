"""Every fault that the mock ESIA can be armed with, through the whole sign-in: the right page, a log that names it, nobody is in,
nothing is lost, and the next attempt works. The table below holds every fault of the mock's own list."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urljoin

import pytest
import requests

from tests.journeys.failures.stage import code_on
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.page import Page
from tests.support.relying_party import Request
from tests.support.town import RP_HOST, Town, town
from tests.support.visits import came_to, open_straight

# Of pages of ESIA, of people and of what passes between it and us.
SECRETS = ("<h1>", "Технические работы", "Орлова", "Сергеевна", "002-000", "eyJ", "client_secret")
# What hangs is given up after this time; it must be long enough for an honest answer on a busy machine.
pytestmark = pytest.mark.xdist_group("upstream-faults")

IMPATIENT = {"BROKER_HTTP__CONNECT_TIMEOUT": "2 s", "BROKER_HTTP__TOTAL_TIMEOUT": "2 s"}


@dataclass(frozen=True)
class Row:
    """What a fault comes to. `cause` is that of the page, 0 where the person gets in all the same. `detail` is what log and
    journal say, "" where Gosuslugi vouched and our rules refused. `times`: a question that may be repeated is asked twice.
    `login`: for faults that change who somebody is, a person whose diary nobody has connected yet; `then` is the cause that this
    person ends with on any other day, 0 for none."""

    cause: int
    detail: str = ""
    times: int = 1
    login: str = "orlova"
    then: int = 0


IN = Row(0)
# The browser stands before a page of Gosuslugi itself, or before none: nothing has come back to us.
AWAY = Row(-1)
_ANSWERS = {
    "html": Row(2101, "http: html instead of json"),
    "error_500": Row(2101, "http: status 500", 2),
    "error_503": Row(2101, "http: status 503", 2),
    "slow": IN,
    "hang": Row(2101, "http: timeout", 2),
    "busy": Row(2102, "ESIA-007008", 2),
    "unexpected": Row(2102, "ESIA-007007", 2),
    "closed": Row(2101, "http: connection", 2),
    "truncated": Row(2101, "http: not json"),
    "bom": IN,
    "utf16": Row(2101, "http: not utf-8"),
    "cp1251": Row(2101, "http: not utf-8"),
    "text_plain": IN,
    "no_type": IN,
    "oversized": Row(2101, "http: too_large"),
    "elsewhere": Row(2101, "http: redirect"),
    "not_an_object": Row(2101, "http: not a json object"),
}
_AUTHORIZATION = {
    "html": AWAY,
    "error_500": AWAY,
    "error_503": AWAY,
    "hang": AWAY,
    "slow": IN,
    "busy": Row(2102, "ESIA-007008"),
    "unexpected": Row(2102, "ESIA-007007"),
    "refusal": Row(2104, "ESIA-007005"),
}
_TOKENS = {
    "refusal": Row(2104, "ESIA-007005"),
    "lost_consent": Row(2107, "ESIA-007011"),
    "bad_signature": Row(2106, "id token: bad signature"),
    "swapped_halves": Row(2106, "id token: bad signature"),
    "another_key": Row(2106, "id token: signed with a certificate that we do not hold"),
    "expired_certificate": Row(2106, "id token: signed with a certificate that we do not hold"),
    "wrong_algorithm": Row(2106, "id token: another algorithm"),
    "hmac_with_public_key": Row(2106, "id token: another algorithm"),
    "alg_none": Row(2106, "id token: another algorithm"),
    "wrong_issuer": Row(2106, "id token: wrong issuer"),
    "wrong_audience": Row(2106, "id token: for somebody else"),
    "wrong_subject": Row(2106, "tokens of two people"),
    "wrong_type": Row(2106, "id token: wrong type"),
    "wrong_sbt": Row(2106, "id token: wrong kind of token"),
    "expired": Row(2106, "id token: expired"),
    "not_yet_valid": Row(2105, "id token: not valid yet"),
    "not_a_token": Row(2106, "id token: malformed token"),
    "no_id_token": Row(2106, "tokens: no id_token"),
    "no_access_token": Row(2106, "tokens: no access_token"),
    "wrong_state": Row(2106, "tokens: another state"),
    "wrong_token_type": Row(2106, "tokens: another type"),
    "organisation": Row(2113, "not a person"),
    "lowered_level": Row(2109, login="tarasov"),
    "text_numbers": IN,
}
_PERSON = {
    "invalid_token": Row(2102, "ESIA-005011"),
    "lost_consent": Row(2104, "ESIA-005029"),
    "not_found": Row(2102, "ESIA-005003"),
    "deleted": Row(2106, "account is not registered"),
    "no_name": Row(2115, "person without a name"),
    "no_snils": Row(2111, login="ilina"),
    "no_birth_date": Row(2115, login="belov.t"),
    "changed_snils": Row(3103, login="yakovlev"),
    "changed_name": Row(3102, login="gerasimova"),
    "changed_birth_date": Row(3104, login="tarasova"),
    "lowered_level": Row(2109, login="belova"),
    # Whoever is confirmed already gets in while a change is being checked; she is not.
    "being_checked": Row(2112, login="belova.d", then=2109),
    "no_parent": Row(3113, login="belov.t"),
}
_WAY_BACK = {
    "refusal": Row(2104, "ESIA-007005"),
    "lost_consent": Row(2103, "ESIA-007004"),
    "unknown_code": Row(2107, "ESIA-007011"),
    "no_code": Row(2106, "return: no code"),
    # Nobody knows whose trip it was: only the log tells of it.
    "no_state": Row(2106, "unknown state"),
    "wrong_state": Row(2106, "unknown state"),
}
TABLE = {
    (endpoint, name): row
    for endpoint, rows in {
        "ac": _AUTHORIZATION, "te": _ANSWERS | _TOKENS, "rs": _ANSWERS | _PERSON, "return": _WAY_BACK,
    }.items()
    for name, row in rows.items()
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("faults"), Clock(), IMPATIENT) as built:
        yield built


@pytest.fixture(autouse=True)
def _another_day(place: Town) -> Iterator[None]:
    """Limits and silences are counted anew, and no fault of one journey is left for the next."""
    place.clock.advance(timedelta(hours=25))
    yield
    cleared(place)


def cleared(place: Town) -> None:
    requests.delete(f"{place.esia}/faults", timeout=30)


def arrive(place: Town, browser: Browser, request: Request, login: str, region: str) -> Page | None:
    """Where the sign-in ends; None where the connection did."""
    try:
        return place.sign_in(browser, login, request.url, "Архангельская" if region == "29" else "Иркутская")
    except requests.ConnectionError:
        return None


def is_in(page: Page | None) -> bool:
    return page is not None and page.headers.get("location", "").startswith(RP_HOST)


def way_on(place: Town, page: Page | None, request: Request) -> str:
    """Where the one button of a page of ours leads within the sign-in; otherwise what the person began with."""
    button = re.search(r'class="btn" href="([^"]+)"', page.body) if page is not None else None
    target = urljoin(page.url, html.unescape(button[1])) if button and page is not None else ""
    return target if target.startswith(f"{place.issuer}/login/") else request.url


def told(place: Town, caplog: pytest.LogCaptureFixture, row: Row) -> bool:
    """Whether log and journal name the fault."""
    if row.detail == "unknown state":
        return "upstream answer with an unknown state" in caplog.messages
    with place.house.app.app_context():
        records = [entry.record for entry in place.house.journal.tail(15)]
    refused = [(one.fields["cause"], one.fields["detail"]) for one in records if one.name == "upstream.refused"]
    logged = [one.__dict__["detail"] for one in caplog.records if one.message == "upstream did not vouch"]
    if row.detail:
        return refused[-1:] == [(row.cause, row.detail)] and logged == [row.detail]
    return [one.fields["cause"] for one in records if one.name == "login.refused"][-1:] == [row.cause] and logged == []


def test_every_fault_of_the_mock_has_a_row(place: Town) -> None:
    kinds = requests.get(f"{place.esia}/faults/kinds", timeout=30).json()["kinds"]

    assert sorted((kind["endpoint"], kind["name"]) for kind in kinds) == sorted(TABLE)
    assert sorted((kind["endpoint"], kind["name"]) for kind in kinds if kind["harmless"]) == sorted(
        place for place, row in TABLE.items() if row is IN
    )


@pytest.mark.parametrize("fault", sorted(TABLE), ids="-".join)
def test_a_fault_is_told_and_the_next_attempt_works(
    place: Town, browser: Browser, caplog: pytest.LogCaptureFixture, fault: tuple[str, str]
) -> None:
    row, party = TABLE[fault], place.relying_party()
    region = str(place.people[row.login]["region"])
    request = party.begin(region=region)
    # What the browser itself waits for ends soon; what we wait for ends when we do.
    place.arm(*fault, times=row.times, seconds=0.1 if row in (IN, AWAY) else 30)
    with caplog.at_level(logging.INFO):
        page = arrive(place, browser, request, row.login, region)

    if row is IN:
        assert is_in(page)
        return
    cleared(place)
    if row is AWAY:
        assert page is None or page.url.startswith(place.esia)
    else:
        assert page is not None
        assert (str(row.cause), True) == (code_on(page), told(place, caplog, row)), page.text[:300]
    assert not [secret for secret in SECRETS if secret in caplog.text]
    # Nobody is in: a service that allows no page learns that there is nobody.
    assert "login_required" == open_straight(browser, party, prompt="none")[1]["error"]

    arrived = place.sign_in(browser, row.login, way_on(place, page, request))
    if row.then:
        assert str(row.then) == code_on(arrived)
        return
    # The very request that the service began with is answered: nothing of it was lost.
    assert "code" in party.answer(came_to(arrived), request)


@pytest.mark.parametrize("name", ["error_503", "closed", "busy"])
def test_a_question_that_spends_nothing_is_asked_once_more(place: Town, browser: Browser, name: str) -> None:
    place.arm("rs", name)

    assert is_in(arrive(place, browser, place.relying_party().begin(region="29"), "orlova", "29"))

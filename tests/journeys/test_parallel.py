"""The same thing at the same moment over real connections: used once means once, and nobody is lost in the crowd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
import requests

from tests.support import devices
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.devices import EVERY_GRANT
from tests.support.dpop import Holder
from tests.support.page import Page
from tests.support.relying_party import RelyingParty, Request
from tests.support.servers import fresh_postgres_database
from tests.support.town import Town, town
from tests.support.visits import register

pytestmark = pytest.mark.xdist_group("parallel")

CROWD = 50
BROWSERS = 8

T = TypeVar("T")


@pytest.fixture(scope="module")
def postgres_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """PostgreSQL with short-lived state in the database too; a database beside that of `server_town`."""
    with fresh_postgres_database() as url, town(tmp_path_factory.mktemp("town"), Clock(), {"BROKER_STORAGE__URL": url}) as built:
        yield built


@pytest.fixture(scope="module")
def redis_town(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Town]:
    """SQLite with short-lived state in Redis; PostgreSQL with Redis is `server_town`."""
    with town(
        tmp_path_factory.mktemp("town"), Clock(), {"BROKER_SHELF__BACKEND": "redis", "BROKER_SHELF__URL": redis_url}
    ) as built:
        yield built


@pytest.fixture(
    scope="module",
    params=[
        "sqlite_town",
        pytest.param("postgres_town", marks=pytest.mark.postgres),
        pytest.param("server_town", marks=[pytest.mark.postgres, pytest.mark.redis]),
        pytest.param("redis_town", marks=pytest.mark.redis),
    ],
)
def each_town(request: pytest.FixtureRequest) -> Town:
    """Every combination of database and short-lived state."""
    found: Town = request.getfixturevalue(request.param)
    return found


def _at_once(count: int, doing: Callable[[int], T]) -> list[T]:
    """Do it `count` times, every thread let go at the same moment."""
    barrier = Barrier(count)

    def one(number: int) -> T:
        barrier.wait(60)
        return doing(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def _posts(party: RelyingParty, count: int, **form: str) -> list[requests.Response]:
    """The same token request from many connections that are open already."""
    endpoint = party.discovery()["token_endpoint"]
    sessions = [requests.Session() for _ in range(count)]
    for session in sessions:
        session.trust_env = False
    auth = (party.client_id, party.secret or "")
    try:
        return _at_once(count, lambda number: sessions[number].post(endpoint, data=form, auth=auth, timeout=60))
    finally:
        for session in sessions:
            session.close()


def _signed_in(town: Town, browser: Browser, login: str) -> tuple[RelyingParty, Request, str]:
    party = town.relying_party()
    request = party.begin(region=town.people[login]["region"])
    page = town.sign_in(browser, login, request.url)
    assert "location" in page.headers, f"{page.status}: {page.text}"
    return party, request, party.answer(page.headers["location"], request)["code"]


def _welcome(town: Town) -> list[str]:
    """People who are simply let in at the first sign-in."""
    return [login for login, person in town.people.items() if person["expect"]["outcome"] == "signed_in"]


def _require_one(answers: list[requests.Response]) -> requests.Response:
    assert {200: 1, 400: len(answers) - 1} == dict(Counter(answer.status_code for answer in answers))
    assert {"invalid_grant"} == {answer.json()["error"] for answer in answers if answer.status_code == 400}
    return next(answer for answer in answers if answer.status_code == 200)


def test_fifty_redeem_one_code(each_town: Town, browser: Browser) -> None:
    party, request, code = _signed_in(each_town, browser, _welcome(each_town)[0])
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": party.redirect_uri,
        "code_verifier": request.verifier,
    }
    tokens = _require_one(_posts(party, CROWD, **form)).json()
    # A code that came more than once ends what it made (RFC 6749 4.1.2).
    assert 401 == party.userinfo(tokens["access_token"]).status_code
    assert "invalid_grant" == party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()["error"]


def test_fifty_use_one_refresh_token(each_town: Town, browser: Browser) -> None:
    party, request, code = _signed_in(each_town, browser, _welcome(each_town)[0])
    first = party.redeem(code, request).json()
    tokens = _require_one(_posts(party, CROWD, grant_type="refresh_token", refresh_token=first["refresh_token"])).json()
    # A refresh token that came more than once ends its whole family (RFC 9700 4.14.2).
    assert "invalid_grant" == party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()["error"]


def test_fifty_come_with_one_device_code(each_town: Town, browser: Browser) -> None:
    party = register(each_town, "screen", "openid profile offline_access", grant_types=EVERY_GRANT, first_party=True)
    begun = devices.begin(party)
    page = devices.answered(each_town, browser, begun, _welcome(each_town)[0])
    assert page.url.endswith("/device/allowed"), page.text
    answers = _posts(party, CROWD, grant_type=devices.DEVICE_CODE, device_code=begun["device_code"])
    # Between the first one's two steps the code is still known: whoever comes then is told to wait, and gets nothing later.
    assert {200: 1, 400: CROWD - 1} == dict(Counter(answer.status_code for answer in answers))
    told = {answer.json()["error"] for answer in answers if answer.status_code == 400}
    assert told <= {"invalid_grant", "authorization_pending", "slow_down"}
    assert "invalid_grant" == devices.poll(party, begun).json()["error"]


def test_fifty_show_one_proof_of_a_key(each_town: Town, browser: Browser) -> None:
    """A DPoP proof counts once, whichever node it reaches (RFC 9449 11.1)."""
    party, request, code = _signed_in(each_town, browser, _welcome(each_town)[0])
    holder, found = Holder(each_town.issuer, each_town.clock.now), party.discovery()
    paths = [found[name].removeprefix(each_town.issuer) for name in ("token_endpoint", "userinfo_endpoint")]
    party.http.headers["DPoP"] = holder.proof("POST", paths[0])
    token = party.redeem(code, request).json()["access_token"]
    headers = {"Authorization": f"DPoP {token}", "DPoP": holder.proof("GET", paths[1], token)}

    def shown(_: int) -> tuple[int, str | None]:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(found["userinfo_endpoint"], headers=headers, timeout=60)
        return answer.status_code, answer.json().get("error")

    assert {(200, None): 1, (401, "invalid_dpop_proof"): CROWD - 1} == dict(Counter(_at_once(CROWD, shown)))


def test_fifty_exchanges_of_one_token_are_one_person_s(each_town: Town, browser: Browser) -> None:
    """Nothing is spent here: fifty services may need one at the same moment, and all of them end with the grant."""
    party = register(each_town, "swapper", "openid profile offline_access", grant_types=EVERY_GRANT, first_party=True)
    begun = devices.begin(party)
    devices.answered(each_town, browser, begun, _welcome(each_town)[0])
    tokens = devices.poll(party, begun).json()
    form = {"subject_token": tokens["access_token"], "subject_token_type": devices.ACCESS_TOKEN}
    answers = _posts(party, CROWD, grant_type=devices.EXCHANGE, **form)
    assert {200} == {answer.status_code for answer in answers}
    swapped = [answer.json()["access_token"] for answer in answers]
    assert CROWD == len(set(swapped))
    endpoint = party.discovery()["revocation_endpoint"]
    party.http.post(endpoint, data={"token": tokens["refresh_token"]}, auth=(party.client_id, party.secret or ""), timeout=30)
    assert {401} == {party.userinfo(token).status_code for token in swapped[:5]}


@pytest.fixture(
    scope="module", params=["sqlite_town", pytest.param("server_town", marks=[pytest.mark.postgres, pytest.mark.redis])]
)
def fresh_town(request: pytest.FixtureRequest) -> Town:
    found: Town = request.getfixturevalue(request.param)
    return found


def _subject(town: Town, browser: Browser, login: str) -> str:
    party, request, code = _signed_in(town, browser, login)
    answer = party.redeem(code, request)
    assert 200 == answer.status_code, answer.text
    return str(party.id_claims(answer.json(), request.nonce)["sub"])


def test_eight_people_sign_in_for_the_first_time(fresh_town: Town) -> None:
    logins = _welcome(fresh_town)[1 : 1 + BROWSERS]
    browsers = [Browser() for _ in logins]
    subjects = _at_once(len(logins), lambda number: _subject(fresh_town, browsers[number], logins[number]))
    assert len(logins) == len(set(subjects))
    for browser in browsers:
        assert 200 == browser.open(f"{fresh_town.issuer}/me").status
        browser.session.close()


def test_one_person_signs_in_for_the_first_time_in_eight_browsers(fresh_town: Town) -> None:
    """One person, one Gosuslugi account: one link, and every browser is in."""
    login = _welcome(fresh_town)[1 + BROWSERS]
    browsers = [Browser() for _ in range(BROWSERS)]
    before = _count(fresh_town, "account.linked")
    subjects = _at_once(BROWSERS, lambda number: _subject(fresh_town, browsers[number], login))
    assert 1 == len(set(subjects))
    assert before + 1 == _count(fresh_town, "account.linked")
    for browser in browsers:
        assert 200 == browser.open(f"{fresh_town.issuer}/me").status
        browser.session.close()


def test_one_attempt_comes_back_from_esia_eight_times(fresh_town: Town) -> None:
    """A double click, a reload, a proxy that repeats: one session, one way on, and no page that blames the person."""
    login = _welcome(fresh_town)[2 + BROWSERS]
    party = fresh_town.relying_party()
    request = party.begin(region=fresh_town.people[login]["region"])
    with Browser() as browser:
        returning = fresh_town.sign_in(browser, login, request.url, until=f"{fresh_town.issuer}/login/return/").headers[
            "location"
        ]
        cookies = browser.session.cookies.get_dict()
        before = _count(fresh_town, "login.finished")

        def come_back(_number: int) -> Page:
            with Browser() as twin:
                twin.session.cookies.update(cookies)
                return twin.open(returning, follow=False)

        answers = _at_once(BROWSERS, come_back)
        assert {303} == {answer.status for answer in answers}
        assert 1 == len({answer.headers["location"] for answer in answers})
        page = fresh_town.sign_in(browser, login, f"{fresh_town.issuer}{urlsplit(answers[0].headers['location']).path}")
        assert 200 == party.redeem(party.answer(page.headers["location"], request)["code"], request).status_code
        assert before + 1 == _count(fresh_town, "login.finished")


def _count(town: Town, event: str) -> int:
    lines = town.house.meters.exposition().decode().splitlines()
    return sum(
        int(float(line.rpartition(" ")[2])) for line in lines if line.startswith(f'broker_audit_events_total{{event="{event}"}}')
    )

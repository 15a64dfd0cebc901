"""What operators rely on: health, readiness that names what is missing, meters of all workers, headers, cookies under https."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import delete, insert

from broker.storage.tables import HouseRestoreRow
from tests.support.browser import Browser
from tests.support.cable import Cable, cable
from tests.support.clock import Clock
from tests.support.gunicorn import gunicorn_town
from tests.support.town import ROOT, Town, town
from tests.support.visits import came_to, tokens_of, visit
from tests.support.wire import send

pytestmark = pytest.mark.xdist_group("operators")

HTTPS = "https://id.school.example"
PEOPLE = tomllib.loads((ROOT / "broker/mock_esia/people.toml").read_text(encoding="utf-8"))["people"]


# ---- readiness ----


@dataclass
class Wired:
    """A town whose database and short-lived store hang on cables."""

    town: Town
    database: Cable
    shelf: Cable


@pytest.fixture(scope="module")
def wired(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, redis_url: str) -> Iterator[Wired]:
    with cable(postgres_url) as database, cable(redis_url) as shelf:
        changes = {"BROKER_STORAGE__URL": database.url, "BROKER_SHELF__BACKEND": "redis", "BROKER_SHELF__URL": shelf.url}
        with town(tmp_path_factory.mktemp("town"), Clock(), changes) as built:
            yield Wired(built, database, shelf)


def _ready(built: Town) -> tuple[int, bool, set[str]]:
    """Status, the word, and what is missing."""
    answer = requests.get(f"{built.issuer}/readyz", timeout=60)
    body = answer.json()
    return answer.status_code, body["ready"], {name for name, found in body["checks"].items() if not found}


def test_ready_means_everything_is_there(sqlite_town: Town) -> None:
    assert {"alive": True} == requests.get(f"{sqlite_town.issuer}/healthz", timeout=30).json()
    assert (200, True, set()) == _ready(sqlite_town)
    checks = requests.get(f"{sqlite_town.issuer}/readyz", timeout=30).json()["checks"]
    assert {"database", "shelf", "signing_key", "policy"} == set(checks)


def test_a_house_that_came_back_from_a_backup_waits_ten_minutes(sqlite_town: Town) -> None:
    house = sqlite_town.house
    at = dict.fromkeys(("backup_at", "restored_at", "finished_at"), house.outside.now())
    with house.app.app_context(), house.database.work():
        house.database.session.execute(insert(HouseRestoreRow).values(id="r1", head_seq=1, **at))
    try:
        sqlite_town.restart_broker()
        assert (503, False, {"waited_after_restore"}) == _ready(sqlite_town)
        page = requests.get(f"{sqlite_town.issuer}/login?region=29", timeout=30)
        keys = requests.get(f"{sqlite_town.issuer}/jwks", timeout=30)
        assert (503, "600") == (page.status_code, page.headers["Retry-After"])
        assert "Войти можно будет с" in page.text
        assert (503, "temporarily_unavailable") == (keys.status_code, keys.json()["error"])
        assert 200 == requests.get(f"{sqlite_town.issuer}/healthz", timeout=30).status_code

        sqlite_town.clock.advance(timedelta(minutes=10))
        assert (200, True, set()) == _ready(sqlite_town)
        assert 200 == requests.get(f"{sqlite_town.issuer}/login?region=29", timeout=30).status_code
    finally:
        house = sqlite_town.house
        with house.app.app_context(), house.database.work():
            house.database.session.execute(delete(HouseRestoreRow))
        sqlite_town.restart_broker()


def test_readiness_tells_of_keys(sqlite_town: Town) -> None:
    keys = requests.get(f"{sqlite_town.issuer}/readyz", timeout=30).json()["details"]["keys"]
    assert keys["states"]["signing"] >= 4
    assert keys["next_move_seconds"] is not None


def test_a_policy_that_has_not_begun_is_not_ready(sqlite_town: Town) -> None:
    now = sqlite_town.clock.at
    try:
        sqlite_town.clock.at = now.replace(year=2001)
        assert (503, False, {"policy"}) == _ready(sqlite_town)
    finally:
        sqlite_town.clock.at = now


@pytest.mark.postgres
@pytest.mark.redis
def test_without_redis(wired: Wired, browser: Browser) -> None:
    built = wired.town
    party = built.relying_party()
    tokens = tokens_of(party, visit(built, browser, party, "orlova", region="29"))
    waiting = party.begin(region="29")
    wired.shelf.cut()
    try:
        assert (503, False, {"shelf"}) == _ready(built)
        assert 200 == requests.get(f"{built.issuer}/healthz", timeout=30).status_code
        page = browser.open(waiting.url, follow=False)
        assert (503, "8002") == (page.status, page.text.partition("Код причины: ")[2][:4]), page.text
        # Whether a code was used cannot be known, so it is not; nothing is decided without the store.
        refused = party.token(grant_type="authorization_code", code="x" * 40, redirect_uri="x", code_verifier="v" * 43)
        assert (503, "temporarily_unavailable") == (refused.status_code, refused.json()["error"])
    finally:
        wired.shelf.mend()
    assert (200, True, set()) == _ready(built)
    assert "code" in party.answer(came_to(browser.open(waiting.url, follow=False)), waiting)
    assert 200 == party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code


@pytest.mark.postgres
@pytest.mark.redis
def test_without_postgresql(wired: Wired, browser: Browser) -> None:
    built = wired.town
    party = built.relying_party()
    tokens = tokens_of(party, visit(built, browser, party, "orlova", region="29"))
    wired.database.cut()
    try:
        status, ready, missing = _ready(built)
        assert (503, False, {"database"}) == (status, ready, missing & {"database", "shelf", "policy"})
        assert 200 == requests.get(f"{built.issuer}/healthz", timeout=30).status_code
        told = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert (True, True) == (told.status_code >= 500, told.json()["error"] in ("server_error", "temporarily_unavailable"))
        page = browser.open(party.begin(region="29").url, follow=False)
        assert page.status >= 500
        assert re.search(r"Код причины: 800[12]", page.text), page.text
    finally:
        wired.database.mend()
    assert (200, True, set()) == _ready(built)
    # Nothing was rotated by the request that failed.
    assert 200 == party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code


# ---- meters ----


def test_the_meters_of_all_workers_are_added_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("town")
    (folder / "metrics").mkdir()
    with gunicorn_town(folder, {"BROKER_METRICS__DIRECTORY": str(folder / "metrics")}) as (built, server):
        before = {answer.status_code for answer in (_get(built, "/help") for _ in range(25))}
        assert {200} == before
        assert {25.0} == {_help_pages(built) for _ in range(6)}
        server.kill_one()
        server.wait_until_ready()
        assert {25.0} == {_help_pages(built) for _ in range(6)}
        with Browser() as browser:
            party = built.relying_party()
            tokens_of(party, visit(built, browser, party, "orlova", region="29"))
        _get(built, "/nowhere/Kanarienvogel7319?q=Kanarienvogel7319")
        text = _get(built, "/metrics").text
    assert 'broker_audit_events_total{event="login.finished"} 1.0' in text
    _require_nobody(text, built)


def _get(built: Town, path: str) -> requests.Response:
    """On a connection of its own, so that it may reach any worker."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{built.issuer}{path}", timeout=30)


def _help_pages(built: Town) -> float:
    line = 'broker_http_requests_total{endpoint="screens.help_page",status="200"} '
    return float(next(found.removeprefix(line) for found in _get(built, "/metrics").text.splitlines() if found.startswith(line)))


def _require_nobody(text: str, built: Town) -> None:
    for person in PEOPLE:
        for name in ("surname", "snils", "email", "login"):
            value = str(person.get(name) or "")
            assert not value or f'"{value}"' not in text, name
        assert str(person["oid"]) not in text
    for word in ("diary", "olymp", "Kanarienvogel7319", built.issuer, "127.0.0.1"):
        assert word not in text, word
    # `state` is one of a key's life, `what` one of the calendar's closed list; `upstream` a name of the settings.
    labels = {"endpoint", "status", "event", "le", "state", "what", "upstream", "method", "outcome"}
    assert labels >= set(re.findall(r'(\w+)="', text))


# ---- headers ----


def test_every_page_says_how_it_may_be_used(sqlite_town: Town, browser: Browser) -> None:
    party = sqlite_town.relying_party("olymp", "openid profile")
    consent = sqlite_town.sign_in(browser, "orlova", party.begin(region="29").url)
    pages = {"consent": consent.headers, "profile": browser.open(f"{sqlite_town.issuer}/me").headers}
    for rule in sqlite_town.house.app.url_map.iter_rules():
        path = re.sub(r"<[^>]*>", "A" * 22, rule.rule)
        for method in {"GET", "POST"} & (rule.methods or set()):
            answer = send(sqlite_town.issuer, method, path, {"Content-Type": "application/x-www-form-urlencoded"})
            if answer.body and "text/html" in answer.headers["content-type"] and not answer.location:
                pages[f"{method} {rule.rule}"] = dict(answer.headers)
    assert 12 <= len(pages), sorted(pages)
    # Services put this one page into a frame; it shows nothing and takes no input (OpenID Connect Session Management 3.3).
    framed = pages.pop("GET /check_session")
    assert "frame-ancestors" not in framed["content-security-policy"] and "x-frame-options" not in framed
    assert "default-src 'none'" in framed["content-security-policy"] and "unsafe" not in framed["content-security-policy"]
    for what, headers in pages.items():
        policy = headers["content-security-policy"]
        for directive in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert directive in policy, what
        assert "unsafe" not in policy, what
        assert "*" not in policy, what
        found = {name: headers.get(name) for name in ("x-content-type-options", "referrer-policy", "x-frame-options")}
        assert {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-frame-options": "DENY"} == found, what
        assert "no-store" in headers["cache-control"], what
        assert "strict-transport-security" not in headers, what


# ---- https ----


class _Tunnel(HTTPAdapter):
    """The TLS proxy in front of the broker: the browser speaks to the issuer's name, the broker hears plain http on loopback."""

    def __init__(self, issuer: str, address: str):
        super().__init__()
        self._issuer, self._address = issuer, address
        self.answers: list[requests.Response] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        inner = request.copy()
        inner.url = (request.url or "").replace(self._issuer, self._address, 1)
        answer = super().send(inner, *args, **options)
        answer.request, answer.url = request, request.url or ""
        self.answers.append(answer)
        return answer


@pytest.fixture(scope="module")
def https_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), Clock(), {"BROKER_PROVIDER__ISSUER": HTTPS}) as built:
        yield built


def test_under_https_every_cookie_is_bound_to_its_host_and_every_answer_to_tls(https_town: Town, browser: Browser) -> None:
    party = https_town.relying_party("olymp", "openid profile")
    tunnel = _Tunnel(HTTPS, https_town.address)
    for session in (browser.session, party.http):
        session.mount(HTTPS, tunnel)
    arrived = visit(https_town, browser, party, "orlova", region="29")
    assert 200 == party.userinfo(tokens_of(party, arrived)["access_token"]).status_code
    browser.open(f"{HTTPS}/me")
    browser.open(f"{HTTPS}/view?size=150&lang=en")
    browser.open(f"{HTTPS}/nowhere")

    assert {"max-age=63072000; includeSubDomains"} == {
        answer.headers.get("strict-transport-security") for answer in tunnel.answers
    }
    cookies = [line for answer in tunnel.answers for line in answer.raw.headers.getlist("set-cookie")]
    flags = Counter(line.partition("=")[0] for line in cookies)
    assert {"__Host-session", "__Host-browser"} <= set(flags)
    for line in cookies:
        parts = {part.strip().partition("=")[0].lower() for part in line.split(";")[1:]}
        assert {"secure", "path", "samesite"} <= parts, line.partition("=")[0]
        assert "domain" not in parts, line.partition("=")[0]
        if line.startswith("__Host-"):
            # The page that services compare states with reads this one; it opens nothing (Session Management 3.3).
            assert ("httponly" in parts) == (not line.startswith("__Host-state=")), line.partition("=")[0]
            assert "Path=/;" in f"{line};"
        for answer in tunnel.answers:
            location = answer.headers.get("location", "")
            assert not location.startswith(https_town.address), location

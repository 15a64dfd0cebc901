"""Whole journeys, good and bad, with every logger at DEBUG: no secret and nothing personal is in what was written."""

from __future__ import annotations

import logging
import re
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import requests

from tests.support.browser import Browser
from tests.support.gunicorn import gunicorn_town
from tests.support.relying_party import RelyingParty
from tests.support.town import ROOT, Town
from tests.support.visits import cookie_of, decide
from tests.support.wire import form, send

pytestmark = pytest.mark.xdist_group("silent-logs")

# Shorter words would be found by chance in identifiers and times.
SHORTEST = 5
PEOPLE = tomllib.loads((ROOT / "broker/mock_esia/people.toml").read_text(encoding="utf-8"))


@dataclass
class Confidential:
    """Everything that passed by in a journey and belongs in no log, by what it is."""

    values: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, value: str | None) -> None:
        if value and len(value) >= SHORTEST:
            self.values[value] = what

    def watch(self, url: str) -> None:
        """Everything of an address that is worth hiding."""
        for name, value in parse_qsl(urlsplit(url).query):
            if name in HIDDEN:
                self.add(f"{name} of an address", value)

    def found_in(self, text: str) -> set[str]:
        low = text.casefold()
        return {what for value, what in self.values.items() if value.casefold() in low or quote(value).casefold() in low}


HIDDEN = frozenset({
    "code", "state", "nonce", "code_challenge", "client_secret", "id_token_hint", "parked", "attempt", "word", "login_hint",
    "access_token", "code_verifier",
})  # fmt: skip


def _person(secret: Confidential, login: str) -> None:
    """Everything the mock ESIA knows about somebody."""
    person = next(one for one in PEOPLE["people"] if one["login"] == login)
    for name in ("surname", "name", "patronymic", "snils", "email", "phone", "oid", "birth_date"):
        value = str(person.get(name) or "")
        secret.add(f"{name} of a person", value)
        if name in ("snils", "phone"):
            secret.add(f"digits of {name}", re.sub(r"\D", "", value))


class _Everything(logging.Handler):
    """Keeps every record as text: message, arguments, extra fields, exception."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # The test's own requests are sent from the main thread; every server here answers in threads of its own.
        if record.thread != threading.main_thread().ident:
            self.lines.append(f"{record.getMessage()} {record.__dict__!r} {record.exc_info!r}")


@pytest.fixture
def everything_logged() -> Iterator[_Everything]:
    keeper = _Everything()
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(keeper)
    yield keeper
    root.removeHandler(keeper)
    root.setLevel(before)


def _watched(town: Town, browser: Browser, secret: Confidential, party: RelyingParty) -> None:
    """Note every secret in every request and answer of this browser and this service."""

    def note(answer: requests.Response, *_: object, **__: object) -> None:
        secret.watch(answer.request.url or "")
        secret.watch(answer.headers.get("location", ""))
        for name, value in parse_qsl(str(answer.request.body or "")):
            if name in HIDDEN | {"refresh_token", "form_key", "token"}:
                secret.add(f"{name} of a form", value)
        for cookie in answer.cookies:
            if not cookie.name.startswith(("region", "lang")):
                secret.add(f"cookie {cookie.name.split('-')[0]}", cookie.value)

    browser.session.hooks["response"].append(note)
    party.http.hooks["response"].append(note)
    secret.add("client secret", party.secret)


def _journey(town: Town, browser: Browser, secret: Confidential, login: str) -> None:
    """A third-party service, consent, tokens, userinfo, refresh, reuse, revocation, sign-out, and mistakes in between."""
    _person(secret, login)
    party = town.relying_party("olymp", "openid profile email phone snils school offline_access")
    _watched(town, browser, secret, party)
    request = party.begin(region=town.people[login]["region"])
    for value, what in ((request.state, "state"), (request.nonce, "nonce"), (request.verifier, "verifier")):
        secret.add(what, value)
    page = town.sign_in(browser, login, request.url)
    if not page.forms_with("decision"):
        return
    page = decide(town, browser, page, "allow")
    answer = party.answer(page.headers["location"], request)
    secret.add("code", answer["code"])
    tokens = party.redeem(answer["code"], request).json()
    for name in ("access_token", "refresh_token", "id_token"):
        secret.add(name, tokens[name])
    told = party.userinfo(tokens["access_token"]).json()
    for name, value in told.items():
        secret.add(f"claim {name}", value if isinstance(value, str) and name not in ("region", "sub", "gender") else None)
    fresh = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    for name in ("access_token", "refresh_token", "id_token"):
        secret.add(f"fresh {name}", fresh[name])
    _mistakes(town, browser, party, (answer["code"], request.verifier, tokens["refresh_token"]))
    browser.open(f"{town.issuer}/me")
    browser.open(f"{town.issuer}/me/permissions")
    browser.open(f"{town.issuer}/end_session?id_token_hint={tokens['id_token']}&client_id=olymp", follow=False)


def _mistakes(town: Town, browser: Browser, party: RelyingParty, used: tuple[str, str, str]) -> None:
    code, verifier, refresh_token = used
    party.token(grant_type="authorization_code", code=code, redirect_uri=party.redirect_uri, code_verifier=verifier)
    party.token(grant_type="refresh_token", refresh_token=refresh_token)
    party.userinfo(refresh_token)
    form(
        town.issuer,
        "/token",
        f"grant_type=refresh_token&refresh_token={refresh_token}&client_secret={party.secret}&client_id=diary",
    )
    form(town.issuer, "/revoke", f"token={refresh_token}", {"Authorization": f"Bearer {party.secret}"})
    send(
        town.issuer,
        "GET",
        f"/login/return/esia?code={code}&state={verifier}",
        {"Cookie": f"browser-{urlsplit(town.issuer).port}={cookie_of(browser, 'browser')}"},
    )
    send(town.issuer, "GET", f"/authorize?client_id=olymp&redirect_uri={code}&state={verifier}")
    send(town.issuer, "GET", f"/{code}?{verifier}")


def test_nothing_confidential_is_logged(any_town: Town, everything_logged: _Everything) -> None:
    secret = Confidential()
    refused = [login for login, person in any_town.people.items() if person["expect"]["outcome"] != "signed_in"][:4]
    welcome = [login for login, person in any_town.people.items() if person["expect"]["outcome"] == "signed_in"][:2]
    for login in [*welcome, *refused]:
        with Browser() as browser:
            _journey(any_town, browser, secret, login)
    _require_silence(secret, "\n".join(everything_logged.lines))
    # It was really listening.
    assert any("unknown state" in line for line in everything_logged.lines)


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [("te", "html"), ("te", "bad_signature"), ("te", "truncated"), ("te", "busy"), ("rs", "error_503"), ("rs", "truncated")],
)
def test_nor_when_esia_fails(sqlite_town: Town, everything_logged: _Everything, endpoint: str, fault: str) -> None:
    secret = Confidential()
    sqlite_town.arm(endpoint, fault)
    with Browser() as browser:
        _journey(sqlite_town, browser, secret, "orlova")
    sqlite_town.clock.advance(timedelta(minutes=1))
    _require_silence(secret, "\n".join(everything_logged.lines))


def test_nor_by_a_real_server(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What gunicorn and its workers write, their start, a kill and a stop included."""
    secret = Confidential()
    folder = tmp_path_factory.mktemp("town")
    variables = {"GUNICORN_CMD_ARGS": "--log-level info"}
    with gunicorn_town(folder, environment=variables) as (town, server):
        with Browser() as browser:
            _journey(town, browser, secret, "orlova")
        server.kill_one()
        for value in town.secrets.values():
            secret.add("client secret", value)
        secret.add("master key", (folder / "master.key").read_text(errors="replace").strip())
    text = server.log.read_text()
    _require_silence(secret, text)
    assert "Booting worker" in text


def _require_silence(secret: Confidential, text: str) -> None:
    assert 15 <= len(secret.values)
    found = secret.found_in(text)
    lines = [line[:300] for line in text.splitlines() if secret.found_in(line)][:5]
    assert set() == found, lines

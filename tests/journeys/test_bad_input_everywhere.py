"""Every address of the broker, with everything a request can be wrong in. The list of addresses is the application's own."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest
from werkzeug.routing import Rule

from tests.support.browser import Browser
from tests.support.town import Town
from tests.support.wire import Answer, send

pytestmark = pytest.mark.xdist_group("bad-input-everywhere")

# Must come back in no header and no body. Letters and digits only, so that no escaping can hide it.
CANARY = "Kanarienvogel7319"
FORM = "application/x-www-form-urlencoded"
# A cause, a form that says what is wrong in it, or a list that says it does not know the word.
EXPLAINS = re.compile(r'<dd class="code">\d{4}</dd>|id="errors" role="alert"|class="box warn" role="status"')
# What may be told with 5xx: the store or the upstream is at fault, and the page or error says so.
EXPLAINED = {502, 503}

PARAMETERS = (
    "client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "prompt", "max_age", "claims", "id_token_hint",
    "login_hint", "ui_locales", "acr_values", "region", "response_mode", "code_challenge", "code_challenge_method", "request",
    "request_uri", "registration", "grant_type", "code", "refresh_token", "code_verifier", "client_secret", "client_assertion",
    "client_assertion_type", "token", "token_type_hint", "access_token", "post_logout_redirect_uri", "logout_hint", "attempt",
    "parked", "word", "decision", "form_key", "consent_id", "error", "error_description", "q", "lang", "size", "theme", "code",
)  # fmt: skip

VALUES: Mapping[str, str] = {
    "text": CANARY,
    "markup": f"%22%3E%3Cscript%3E{CANARY}%3C/script%3E",
    "invalid UTF-8": f"%FF%FE{CANARY}%C3%28",
    "lone surrogate": f"%ED%A0%80{CANARY}",
    "NUL": f"%00{CANARY}%00",
    "new lines": f"%0D%0ASet-Cookie:%20{CANARY}=1%0D%0A",
    "bad escapes": f"%{CANARY}%zz%",
    "format": f"%7B0.__class__%7D%25s%24%7B7*7%7D{CANARY}",
    "nested JSON": "%5B" * 3000 + CANARY,
    "huge number": "9" * 400 + CANARY,
    "direction": f"%E2%80%AE{CANARY}%E2%81%A6",
    "empty": "",
}
# What PostgreSQL or Redis take otherwise than SQLite and memory do: text they cannot hold, a number too large for a column.
STRANGE_TO_A_STORE = ("text", "invalid UTF-8", "lone surrogate", "NUL", "huge number")


def _rules(town: Town) -> list[Rule]:
    return list(town.house.app.url_map.iter_rules())


def _path(rule: Rule, part: str, number: str | None = None) -> str:
    """The address of a rule with every variable part filled in; `number` is for parts that must be one."""
    parts = {"<int:": part if number is None else number}
    pieces = [parts.get(piece[:5], part) if piece.startswith("<") else piece for piece in rule.rule.split("/")]
    return "/".join(pieces)


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST"})


def _require_sane(town: Town, answer: Answer, what: str) -> None:
    assert answer.status < 500 or answer.status in EXPLAINED, f"{what}: {answer.status}"
    assert CANARY not in answer.everything(), f"{what}: repeats what was sent"
    if answer.location is not None:
        target = urlsplit(answer.location)
        assert "" == target.netloc or answer.location.startswith(f"{town.issuer}/"), f"{what}: leads to {answer.location}"
        assert answer.location.startswith(("/", town.issuer)) and not answer.location.startswith("//"), what
    if answer.status >= 400 and answer.body and "text/html" in answer.headers.get("content-type", ""):
        assert EXPLAINS.search(answer.body), f"{what}: a page without a cause"


def _everywhere(town: Town, query: str, part: str, headers: Mapping[str, str] | None = None) -> Iterator[tuple[str, Answer]]:
    """The same query or form at every address, by every method it has."""
    given = {"Accept-Language": "ru"} | dict(headers or {})
    for rule in _rules(town):
        for method in _methods(rule):
            what = f"{method} {rule.rule}"
            if method == "GET":
                yield what, send(town.issuer, "GET", f"{_path(rule, part)}?{query}", given)
            else:
                yield what, send(town.issuer, "POST", _path(rule, part), {"Content-Type": FORM} | given, query.encode("latin-1"))


@pytest.fixture(autouse=True)
def nothing_unanswered(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No request may end in the answer of last resort."""
    yield
    stumbled = [record for record in caplog.records if record.name == "broker.errors"]
    assert [] == [(record.kind, record.file, record.line_number) for record in stumbled]  # type: ignore[attr-defined]


def _require_sane_everywhere(town: Town, kind: str) -> None:
    query = "&".join(f"{name}={VALUES[kind]}" for name in dict.fromkeys(PARAMETERS))[:7500]
    for what, answer in _everywhere(town, query, "A" * 22):
        _require_sane(town, answer, f"{what} with {kind}")


@pytest.mark.parametrize("kind", VALUES)
def test_a_bad_value_in_every_parameter(sqlite_town: Town, kind: str) -> None:
    _require_sane_everywhere(sqlite_town, kind)


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.parametrize("kind", STRANGE_TO_A_STORE)
def test_a_bad_value_that_only_a_server_may_stumble_over(server_town: Town, kind: str) -> None:
    _require_sane_everywhere(server_town, kind)


@pytest.mark.parametrize("kind", ["doubled", "nameless", "many", "undecodable names"])
def test_a_bad_set_of_parameters(sqlite_town: Town, kind: str) -> None:
    query = {
        "doubled": "&".join(f"{name}={CANARY}&{name}={CANARY}" for name in dict.fromkeys(PARAMETERS)),
        "nameless": f"={CANARY}&&&=&{CANARY}&{CANARY}==",
        "many": "&".join(f"{CANARY}{number}={number}" for number in range(150)),
        "undecodable names": f"%FF{CANARY}=1&{CANARY}=1&{CANARY}=2&%00=3",
    }[kind]
    for what, answer in _everywhere(sqlite_town, query, "A" * 22):
        _require_sane(sqlite_town, answer, f"{what} with {kind}")


@pytest.mark.parametrize(
    "part",
    [CANARY, "%00", "%FF%FE", "%ED%A0%80", "..%2F..%2Fetc%2Fpasswd", "%2F%2Fevil.example", "A" * 5000, "esia", "%0D%0AX:1"],
)
def test_a_bad_part_of_a_path(any_town: Town, part: str) -> None:
    for rule in _rules(any_town):
        if not rule.arguments:
            continue
        for method in _methods(rule):
            answer = send(any_town.issuer, method, _path(rule, part), {"Content-Type": FORM, "Accept-Language": "ru"})
            _require_sane(any_town, answer, f"{method} {_path(rule, part)[:80]}")


def test_cookies_that_are_no_cookies(sqlite_town: Town) -> None:
    port = urlsplit(sqlite_town.issuer).port
    for value in (CANARY, "\xff\xfe" + CANARY, '"\\355\\240\\200"', "x" * 7000, "", "\x01\x02", f"a={CANARY}; b"):
        cookies = "; ".join(f"{name}={value}"[:3500] for name in (f"session-{port}", f"browser-{port}", f"region-{port}", "lang"))
        for what, answer in _everywhere(sqlite_town, "state=x&attempt=x", "A" * 22, {"Cookie": cookies}):
            _require_sane(sqlite_town, answer, f"{what} with cookie {value[:20]!r}")


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": "\xff;q=x,,*;q=9,ru;q=" + "1" * 300},
        {"Authorization": f"Basic {CANARY}"},
        {"Authorization": f"Bearer {CANARY}\xff"},
        {"Authorization": "Basic " + base64.b64encode(b"a%00b:" + CANARY.encode()).decode()},
        {"Authorization": "Basic " + base64.b64encode(b"a\x00b:" + CANARY.encode()).decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xed\xa0\x80:" + CANARY.encode()).decode()},
        {"Authorization": "Basic"},
        {"Authorization": f"Digest username={CANARY}"},
        {"Content-Type": f"multipart/form-data; boundary={CANARY}"},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-7"},
        {"Content-Type": "\xff"},
        {"Range": "bytes=0-0,9-1", "If-None-Match": "*", "If-Modified-Since": CANARY},
        {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/metrics", "X-Rewrite-URL": "/metrics"},
    ],
    ids=lambda headers: ",".join(f"{name}={value[:24]!a}" for name, value in headers.items()),
)
def test_bad_headers(sqlite_town: Town, headers: Mapping[str, str]) -> None:
    sent = headers if "Accept-Language" in headers else {"Accept-Language": "ru", **headers}
    for what, answer in _everywhere(sqlite_town, "grant_type=authorization_code&code=x&client_id=diary", "A" * 22, sent):
        _require_sane(sqlite_town, answer, f"{what} with {list(headers)}")


def test_wrong_methods(sqlite_town: Town) -> None:
    # A page and its form are two rules of one address.
    addresses = sqlite_town.house.app.url_map.bind("")
    for rule in _rules(sqlite_town):
        path = _path(rule, "x", "1")
        known = set(addresses.allowed_methods(path))
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "FOO"} - known:
            answer = send(sqlite_town.issuer, method, path, {"Accept-Language": "ru"})
            _require_sane(sqlite_town, answer, f"{method} {rule.rule}")
            assert 405 == answer.status, f"{method} {rule.rule}"
            assert set(answer.headers["allow"].split(", ")) >= set(_methods(rule)), f"{method} {rule.rule}"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/token"), ("GET", "/par"), ("PUT", "/userinfo"), ("DELETE", "/register"), ("POST", "/jwks")]
)
def test_a_program_that_takes_the_wrong_method_is_told_so_in_json(sqlite_town: Town, method: str, path: str) -> None:
    answer = send(sqlite_town.issuer, method, path, {"Accept-Language": "ru"})

    assert (405, "application/json") == (answer.status, answer.headers["content-type"])
    assert "invalid_request" == json.loads(answer.body)["error"] and answer.headers["allow"]


def test_a_body_that_is_too_large(sqlite_town: Town) -> None:
    for rule in _rules(sqlite_town):
        if "POST" not in (rule.methods or set()):
            continue
        headers = {"Content-Type": FORM, "Accept-Language": "ru"}
        answer = send(sqlite_town.issuer, "POST", _path(rule, "A" * 22), headers, f"a={CANARY}&b=".encode() + b"x" * 70_000)
        _require_sane(sqlite_town, answer, rule.rule)


@pytest.mark.postgres
@pytest.mark.redis
def test_nobody_loses_anything(server_town: Town, browser: Browser) -> None:
    """A live session and a live attempt go on after a storm of bad requests with their own cookies."""
    party = server_town.relying_party()
    signed_in = Browser()
    first = party.begin(region="29")
    page = server_town.sign_in(signed_in, _somebody(server_town), first.url)
    tokens = party.redeem(party.answer(page.headers["location"], first)["code"], first).json()
    waiting = party.begin(region="29")
    chooser = browser.open(waiting.url)
    attempt = urlsplit(chooser.url).path.rsplit("/", 1)[1]

    for jar in (signed_in, browser):
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar.session.cookies)
        for kind in ("invalid UTF-8", "NUL", "markup"):
            query = "&".join(f"{name}={VALUES[kind]}" for name in dict.fromkeys(PARAMETERS))
            for what, answer in _everywhere(server_town, query, attempt, {"Cookie": cookies}):
                if "/again" in what or "/other" in what:
                    continue
                _require_sane(server_town, answer, f"{what} with {kind}")

    with signed_in:
        assert 200 == signed_in.open(f"{server_town.issuer}/me").status
    assert 200 == party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code
    landed = server_town.sign_in(browser, _somebody(server_town), waiting.url)
    assert "code" in party.answer(landed.headers["location"], waiting)
    assert CANARY not in json.dumps(server_town.house.meters.exposition().decode())


def _somebody(town: Town) -> str:
    return next(login for login, person in town.people.items() if person["expect"]["outcome"] == "signed_in")

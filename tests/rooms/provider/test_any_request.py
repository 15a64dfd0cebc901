"""Whatever is sent in a request, wherever it lies: an answer, never a crash, never an address that is not registered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from flask import Request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from broker.foundation.public_jwks import SIGNATURE_ALGORITHMS
from broker.provider.request.parameters import Parameters, problem_of, query_parameters
from broker.provider.request.parking import read, written
from broker.provider.request.strict_json import BadJson, strict_json
from tests.rooms.provider.signing import signed, signer
from tests.rooms.provider.stand import Browser, RelyingParty, Stand, build
from tests.support.clock import Clock

CB = "https://signer.example.ru/cb"
NAMES = (
    "response_type", "redirect_uri", "scope", "state", "response_mode", "nonce", "code_challenge", "code_challenge_method",
    "prompt", "max_age", "acr_values", "claims", "id_token_hint", "login_hint", "ui_locales", "region", "request", "request_uri",
    "registration", "display", "resource", "authorization_details", "dpop_jkt", "client_id", "unknown",
)  # fmt: skip
TEMPTING = st.sampled_from([
    "", "none", "code", "openid", "https://evil.example/cb", "//evil.example", "javascript:alert(1)", CB, f"{CB}#x", f"{CB}?a=b",
    "urn:ietf:params:oauth:request_uri:x", "form_post", "jwt", "query.jwt", "[]", "{}", "[{}]", "null", "-1", "0", "9" * 12,
    '{"id_token":{"acr":{"essential":true,"values":["x"]}}}', '[{"type":"school_grades","actions":["read"]}]', "\x00", "\ufffd",
    "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "login consent", "urn:school-signin:esia:child",
])  # fmt: skip
TEXTS = TEMPTING | st.text(max_size=40)
WORDS = st.dictionaries(st.text(), st.text())
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
OFTEN = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stand, RelyingParty, Browser]]:
    folder: Path = tmp_path_factory.mktemp("any")
    stand = build(folder, Clock())
    data = ("school_grades",)
    party = signer(stand, resources=("https://api.example.ru/",), authorization_details_types=data)
    browser = stand.browser()
    browser.sign_in()
    yield stand, party, browser
    stand.rooms.database.close()


def _fine(answer: Any) -> None:
    assert answer.status_code < 500, answer.status_code
    location = answer.headers.get("Location")
    assert location is None or location.startswith((CB + "?", "/login/", "/authorize?parked="))
    assert "evil.example" not in (location or "") or "state=" in (location or "")


@OFTEN
@given(st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=8), st.booleans())
def test_any_parameters(place: tuple[Stand, RelyingParty, Browser], extra: list[tuple[str, str]], by_post: bool) -> None:
    _, party, browser = place
    named = {name for name, _ in extra}
    kept = [(name, value) for name, value in party.parameters().items() if name not in named]
    sent = urlencode([*kept, *extra], errors="surrogatepass")

    form = {"content_type": "application/x-www-form-urlencoded"}
    _fine(browser.client.post("/authorize", data=sent, **form) if by_post else browser.get(f"/authorize?{sent}"))


@OFTEN
@given(st.dictionaries(st.sampled_from((*NAMES, "iss", "aud", "exp", "nbf", "iat", "jti", "sub")), TEXTS | JSON, max_size=5))
def test_any_signed_parameters(place: tuple[Stand, RelyingParty, Browser], changes: dict[str, Any]) -> None:
    _, party, browser = place
    try:
        text = signed(party, **({"jti": None, "exp": None} | changes))
    except (UnicodeEncodeError, ValueError):
        return
    fields = {"client_id": "signer", "redirect_uri": CB, "request": text}

    _fine(browser.get(f"/authorize?{urlencode(fields)}"))
    pushed = party.post("/par", fields)
    assert pushed.status_code in (201, 400)
    assert "error" in pushed.json or "request_uri" in pushed.json


@OFTEN
@given(st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=6))
def test_any_pushed_parameters(place: tuple[Stand, RelyingParty, Browser], changes: dict[str, str]) -> None:
    _, party, browser = place
    answer = party.post("/par", party.parameters() | changes)

    assert answer.status_code in (201, 400, 401), answer.text
    if answer.status_code == 201:
        _fine(browser.get("/authorize?" + urlencode({"client_id": "signer", "request_uri": answer.json["request_uri"]})))


@OFTEN
@given(JSON)
def test_any_details(place: tuple[Stand, RelyingParty, Browser], value: Any) -> None:
    _, party, browser = place
    for name in ("authorization_details", "claims"):
        _fine(browser.get("/authorize?" + urlencode(party.parameters(**{name: json.dumps(value)}))))


@given(st.text(alphabet=st.sampled_from("ab=&;+%1eе\ufffd\x00"), max_size=24))
def test_a_query_is_read_as_the_library_reads_it(text: str) -> None:
    """`parse_qsl` decodes every word; that ours leaves alone what is not encoded must not be seen."""
    environ = EnvironBuilder().get_environ() | {"QUERY_STRING": text.encode().decode("latin-1")}
    usual: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        usual.setdefault(name, []).append(value)

    found = query_parameters(Request(environ))

    sound = {name: sent[0] for name, sent in usual.items() if len(sent) == 1 and problem_of(name, sent[0]) is None}
    assert usual.keys() - sound.keys() == found.unsound.keys()
    assert {name: value for name, value in sound.items() if value} == found.values


@pytest.mark.parametrize("cookies", ["session-8000=\xd1\xff", "session-8000", '="; session-8000="\\377', "\x00;;=;"])
def test_any_cookies(place: tuple[Stand, RelyingParty, Browser], cookies: str) -> None:
    stand, party, _ = place
    client = stand.app.test_client(use_cookies=False)

    answer = client.get(f"/authorize?{urlencode(party.parameters())}", environ_overrides={"HTTP_COOKIE": cookies})

    assert (303, "/login/") == (answer.status_code, answer.headers["Location"][:7]), "as without a cookie"


def test_of_two_cookies_with_one_name_the_first_counts(place: tuple[Stand, RelyingParty, Browser]) -> None:
    stand, party, browser = place
    own = browser.client.get_cookie("session-8000", domain="127.0.0.1")
    assert own is not None
    client, address = stand.app.test_client(use_cookies=False), f"/authorize?{urlencode(party.parameters())}"

    def is_known(*values: str) -> bool:
        cookies = "; ".join(f"session-8000={value}" for value in values)
        answer = client.get(address, environ_overrides={"HTTP_COOKIE": cookies})
        return not answer.headers["Location"].startswith("/login/")

    assert (True, True, False, False) == (is_known(own.value), is_known(own.value, "x"), is_known("x", own.value), is_known("x"))


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda raw: raw.decode("latin-1")) | JSON.map(json.dumps))
def test_strict_json_reads_or_refuses(text: str) -> None:
    try:
        value = strict_json(text)
    except BadJson:
        return
    assert value == json.loads(json.dumps(value))


@given(WORDS, WORDS, st.dictionaries(st.text(), st.lists(st.text())))
def test_parameters_survive_the_shelf(values: dict[str, str], unsound: dict[str, str], lists: dict[str, list[str]]) -> None:
    parameters = Parameters(values, unsound, {name: tuple(found) for name, found in lists.items()})

    assert parameters == read(written(parameters))


def test_the_algorithms_hold_nothing_symmetric() -> None:
    assert not [name for name in SIGNATURE_ALGORITHMS if name.lower() == "none" or name.startswith("HS")]

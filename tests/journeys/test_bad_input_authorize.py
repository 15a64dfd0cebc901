"""The authorization endpoint: which address may be answered, and what it is told."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from tests.support.town import RP_HOST, Town
from tests.support.wire import Answer, form, send

pytestmark = pytest.mark.xdist_group("bad-input-authorize")

REGISTERED = f"{RP_HOST}diary"
HOST = urlsplit(RP_HOST).netloc

# Each looks like the registered address to somebody who compares by prefix, by host, by pattern or after cleaning up.
REDIRECTS = (
    REGISTERED + "/", REGISTERED + "/..", REGISTERED + "x", REGISTERED + ".evil.example", REGISTERED + "?",
    REGISTERED + "?code=x",
    REGISTERED + "?state=x&code=y&iss=z", REGISTERED + "#", REGISTERED + "#fragment", REGISTERED + "%00", REGISTERED + "%0d%0a",
    REGISTERED + " ", " " + REGISTERED, REGISTERED + "\\", REGISTERED + ";x", REGISTERED.upper(),
    REGISTERED.replace("diary", "Diary"),
    REGISTERED.replace("http:", "HTTP:"), REGISTERED.replace("http:", "https:"), REGISTERED.replace("http:", ""),
    REGISTERED.replace("//", "/"), REGISTERED.replace("//", "\\\\"), REGISTERED.replace("//", "///"),
    f"http://{HOST}@evil.example/diary", f"http://evil.example@{HOST}/diary", f"http://user:pass@{HOST}/diary",
    f"http://evil.example\\@{HOST}/diary", f"http://{HOST}\\.evil.example/diary", f"http://{HOST}.evil.example/diary",
    f"http://evil.example/{REGISTERED}", f"http://evil.example?{REGISTERED}", f"http://evil.example#{REGISTERED}",
    f"http://{HOST}/%64iary", f"http://{HOST}/x/../diary", f"http://{HOST}/x/%2e%2e/diary", f"http://{HOST}/..;/diary",
    f"http://{HOST}//diary", f"http://{HOST}/./diary", f"http://{HOST}/diar", f"http://{HOST}/", f"http://{HOST}",
    "http://127.0.0.1/diary", "http://127.0.0.1:99/diary", "http://127.0.0.1:8/diary", "http://localhost:9/diary",
    "http://[::1]:9/diary", "http://127.1:9/diary", "http://2130706433:9/diary", "http://127.0.0.1:09/diary",
    "http://127.0.0.1.:9/diary", "http://127.0.0.1\u3002:9/diary", "http://127\uff0e0.0.1:9/diary", f"http://{HOST}/diary\u200b",
    f"http://{HOST}/\u0501iary", "javascript:alert(1)//" + REGISTERED, "data:text/html," + REGISTERED, "file:///etc/passwd",
    "//evil.example/diary", "/diary", "diary", "*", f"{RP_HOST}*", "http://", "http:", f"{RP_HOST}olymp", f"{REGISTERED}/bye",
    REGISTERED + "," + REGISTERED, REGISTERED + "\n" + REGISTERED, f"{REGISTERED}\x00.evil.example", "A" * 3000,
)  # fmt: skip


def _b64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _sound(town: Town) -> dict[str, str]:
    url = town.relying_party().begin(region="29").url
    return dict(parse_qsl(urlsplit(url).query))


def _ask(town: Town, fields: list[tuple[str, str]] | dict[str, str]) -> Answer:
    return send(town.issuer, "GET", f"/authorize?{urlencode(fields)}", {"Accept-Language": "ru"})


def _require_our_page(answer: Answer, cause: int) -> None:
    assert answer.location is None
    assert 400 <= answer.status < 500
    assert f'<dd class="code">{cause}</dd>' in answer.body


def test_the_request_all_the_others_are_made_of_is_sound(sqlite_town: Town) -> None:
    answer = _ask(sqlite_town, _sound(sqlite_town))
    assert (303, True) == (answer.status, (answer.location or "").startswith("/login/"))


@pytest.mark.parametrize("redirect_uri", REDIRECTS, ids=lambda uri: repr(uri)[:60])
@pytest.mark.parametrize("spoilt", [{}, {"response_type": "token"}, {"prompt": "none"}], ids=["sound", "spoilt", "silent"])
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    sqlite_town: Town, redirect_uri: str, spoilt: dict[str, str]
) -> None:
    answer = _ask(sqlite_town, _sound(sqlite_town) | spoilt | {"redirect_uri": redirect_uri})
    _require_our_page(answer, 7002)
    assert "evil.example" not in answer.everything()


@pytest.mark.parametrize("redirect_uri", REDIRECTS[::3], ids=lambda uri: repr(uri)[:60])
def test_nor_by_a_post_of_another_site(sqlite_town: Town, redirect_uri: str) -> None:
    parked = form(sqlite_town.issuer, "/authorize", urlencode(_sound(sqlite_town) | {"redirect_uri": redirect_uri}))
    assert (303, True) == (parked.status, (parked.location or "").startswith("/authorize?"))
    _require_our_page(send(sqlite_town.issuer, "GET", parked.location or "", {"Accept-Language": "ru"}), 7002)


@pytest.mark.parametrize("redirect_uri", REDIRECTS[::2], ids=lambda uri: repr(uri)[:60])
def test_nor_after_a_sign_out(sqlite_town: Town, redirect_uri: str) -> None:
    fields = {
        "client_id": "diary",
        "post_logout_redirect_uri": redirect_uri.replace(REGISTERED, f"{REGISTERED}/bye/"),
        "state": "x",
    }
    answer = send(sqlite_town.issuer, "GET", f"/end_session?{urlencode(fields)}", {"Accept-Language": "ru"})
    assert (None, 200) == (answer.location, answer.status)
    assert "evil.example" not in answer.body
    assert f'href="{redirect_uri}' not in answer.body


@pytest.mark.parametrize(
    ("client_id", "cause"),
    [(None, 7001), ("", 7001), ("nobody", 7001), ("DIARY", 7001), ("diary ", 7001), ("diary\x00", 7004), ("diary' or 1=1", 7001),
     ("x" * 3000, 7004), ("\ud7ff", 7001), ("*", 7001)],
)  # fmt: skip
def test_an_unknown_client_is_told_on_our_page(sqlite_town: Town, client_id: str | None, cause: int) -> None:
    fields = _sound(sqlite_town)
    fields.pop("client_id")
    _require_our_page(_ask(sqlite_town, fields | ({} if client_id is None else {"client_id": client_id})), cause)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_what_decides_where_to_may_not_come_twice(sqlite_town: Town, name: str) -> None:
    fields = _sound(sqlite_town)
    for both in (
        [*fields.items(), (name, fields[name])],
        [*fields.items(), (name, "evil.example")],
        [(name, ""), *fields.items()],
    ):
        answer = _ask(sqlite_town, both)
        _require_our_page(answer, 7004 if name == "client_id" else 7002)


ERRORS = (
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": "CODE"}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"response_mode": "web_message"}, "invalid_request"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": "profile"}, "invalid_scope"),
    ({"scope": "openid " + " ".join(f"s{number}" for number in range(200))}, "invalid_scope"),
    ({"scope": "openid " + "x" * 5000}, "invalid_request"),
    ({"scope": "openid\x00profile"}, "invalid_request"),
    ({"nonce": "n" * 3000}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge": "я" * 43}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "create"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "1e9"}, "invalid_request"),
    ({"max_age": "٣"}, "invalid_request"),
    ({"max_age": "9" * 30}, "invalid_request"),
    ({"claims": "{"}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": "null" * 2}, "invalid_request"),
    ({"claims": "[" * 2500}, "invalid_request"),
    ({"claims": '{"a":' * 1100}, "invalid_request"),
    ({"claims": '{"userinfo":7}'}, "invalid_request"),
    ({"claims": json.dumps({"userinfo": {f"c{number}": None for number in range(200)}})}, "invalid_request"),
    ({"claims": '{"id_token":{"sub":{"value":"\\ud800"}}}'}, "invalid_request"),
    ({"claims": '{"userinfo":{"\\udfff":null}}'}, "invalid_request"),
    ({"claims": '{"id_token":{"auth_time":{"value":' + "9" * 5000 + "}}}"}, "invalid_request"),
    ({"claims": "x" * 9000}, "invalid_request"),
    ({"claims": '{"id_token":{"acr":{"essential":true,"value":"urn:nobody"}}}'}, "unmet_authentication_requirements"),
    ({"id_token_hint": "x" * 9000}, "invalid_request"),
    ({"id_token_hint": "x.y.z", "prompt": "none"}, "login_required"),
    ({"id_token_hint": f"{_b64('[' * 4000)}.e30.AA", "prompt": "none"}, "login_required"),
    ({"prompt": "none"}, "login_required"),
    ({"request": "x.y.z"}, "invalid_request_object"),
    ({"request_uri": "http://169.254.169.254/latest"}, "invalid_request_uri"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"ui_locales": "ru\x07"}, "invalid_request"),
)  # fmt: skip


@pytest.mark.parametrize(("change", "error"), ERRORS, ids=lambda value: str(value)[:50])
def test_the_client_is_told_in_the_words_of_the_standard(sqlite_town: Town, change: dict[str, str | None], error: str) -> None:
    fields = {name: value for name, value in (_sound(sqlite_town) | change).items() if value is not None}
    answer = _ask(sqlite_town, fields)
    assert (answer.location or "").startswith(f"{REGISTERED}?"), answer
    told = parse_qsl(urlsplit(answer.location or "").query, strict_parsing=True)
    assert (error, fields["state"], sqlite_town.issuer) == tuple(dict(told)[name] for name in ("error", "state", "iss"))
    assert {"error", "error_description", "state", "iss"} >= {name for name, _ in told}
    assert len(told) == len(dict(told))
    assert dict(told).get("error_description", "").isascii()
    assert 200 >= len(dict(told).get("error_description", ""))


@pytest.mark.parametrize("name", ["response_type", "scope", "nonce", "prompt", "code_challenge", "max_age", "claims", "region"])
def test_no_parameter_comes_twice(sqlite_town: Town, name: str) -> None:
    fields = {"prompt": "login", "max_age": "9", "claims": "{}"} | _sound(sqlite_town)
    told = dict(parse_qsl(urlsplit(_ask(sqlite_town, [*fields.items(), (name, fields[name])]).location or "").query))
    assert ("invalid_request", fields["state"]) == (told["error"], told["state"])


@pytest.mark.parametrize("state", ['"><script>x</script>', "x&code=stolen", "x#y", "%00", "я" * 300, "a\u202eb"])
def test_the_state_comes_back_as_it_was_and_adds_nothing(sqlite_town: Town, state: str) -> None:
    for mode in ("query", "form_post"):
        answer = _ask(sqlite_town, _sound(sqlite_town) | {"state": state, "prompt": "none", "response_mode": mode})
        if mode == "query":
            told = parse_qsl(urlsplit(answer.location or "").query)
            assert [("error", "login_required"), ("state", state)] == [
                pair for pair in told if pair[0] in ("error", "state", "code")
            ]
        else:
            assert (200, False) == (answer.status, "<script>x" in answer.body)


def test_parameters_of_a_post_are_those_of_its_body(sqlite_town: Town) -> None:
    """What stands in the address of a POST does not count, so the two cannot be mixed."""
    body = urlencode(_sound(sqlite_town) | {"redirect_uri": "http://evil.example/"})
    parked = form(sqlite_town.issuer, f"/authorize?redirect_uri={quote(REGISTERED, safe='')}", body)
    _require_our_page(send(sqlite_town.issuer, "GET", parked.location or "", {"Accept-Language": "ru"}), 7002)
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        _require_our_page(form(sqlite_town.issuer, "/authorize", body, {"Content-Type": kind, "Accept-Language": "ru"}), 7004)

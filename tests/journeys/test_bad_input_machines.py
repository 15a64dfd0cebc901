"""The endpoints for programs: every mistake is an error of RFC 6749 5.2 or RFC 6750 3.1 in JSON, and costs nobody anything."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import pytest

from tests.support.browser import Browser
from tests.support.relying_party import RelyingParty, Request
from tests.support.town import Town
from tests.support.wire import Answer, form, send

pytestmark = pytest.mark.xdist_group("bad-input-machines")

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def _b64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


@dataclass(frozen=True)
class SignedIn:
    """Somebody with a live session, and the tools of the service they came from."""

    browser: Browser
    party: RelyingParty

    def code(self) -> tuple[str, Request]:
        request = self.party.begin(region="29")
        page = self.browser.open(request.url, follow=False)
        return self.party.answer(page.headers["location"], request)["code"], request


@pytest.fixture(scope="module")
def signed_in(sqlite_town: Town) -> Iterator[SignedIn]:
    party = sqlite_town.relying_party()
    with Browser() as browser:
        login = next(login for login, person in sqlite_town.people.items() if person["expect"]["outcome"] == "signed_in")
        assert 302 <= sqlite_town.sign_in(browser, login, party.begin(region="29").url).status <= 303
        yield SignedIn(browser, party)


def _require_error(answer: Answer, status: int, error: str) -> None:
    assert (status, error) == (answer.status, json.loads(answer.body)["error"]), answer.body
    assert {"error", "error_description"} >= set(json.loads(answer.body))
    assert "no-store" == answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("application/json")
    assert (401 == status) == ("www-authenticate" in answer.headers)


TOKEN_ERRORS = (
    ("", 400, "invalid_request"),
    ("grant_type=", 400, "invalid_request"),
    ("grant_type=password&username=a&password=b", 400, "unsupported_grant_type"),
    ("grant_type=client_credentials", 400, "unauthorized_client"),
    ("grant_type=implicit", 400, "unsupported_grant_type"),
    ("grant_type=authorization_code", 400, "invalid_request"),
    ("grant_type=authorization_code&code=", 400, "invalid_request"),
    ("grant_type=authorization_code&code=nothing&redirect_uri=x&code_verifier=" + "v" * 43, 400, "invalid_grant"),
    ("grant_type=authorization_code&code=" + "c" * 3000, 400, "invalid_request"),
    ("grant_type=authorization_code&code=%ED%A0%80", 400, "invalid_request"),
    ("grant_type=authorization_code&code=%00", 400, "invalid_request"),
    ("grant_type=authorization_code&code=%FF", 400, "invalid_request"),
    ("grant_type=authorization_code&code=a&code=b", 400, "invalid_request"),
    ("grant_type=refresh_token", 400, "invalid_request"),
    ("grant_type=refresh_token&refresh_token=nothing", 400, "invalid_grant"),
    ("grant_type=refresh_token&refresh_token=" + "r" * 92, 400, "invalid_grant"),
    ("grant_type=refresh_token&refresh_token=%F0%9F%98%80", 400, "invalid_grant"),
    ("grant_type=refresh_token&grant_type=refresh_token", 400, "invalid_request"),
    ("&".join(f"a{number}=1" for number in range(500)), 400, "invalid_request"),
    ("grant_type=" + "x" * 20_000, 400, "invalid_request"),
)


@pytest.mark.parametrize(("body", "status", "error"), TOKEN_ERRORS, ids=lambda value: str(value)[:50])
def test_mistakes_at_the_token_endpoint(sqlite_town: Town, body: str, status: int, error: str) -> None:
    headers = _basic("diary", sqlite_town.secrets["diary"])
    _require_error(form(sqlite_town.issuer, "/token", body, headers), status, error)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "\xff"])
@pytest.mark.parametrize("target", ["/token", "/revoke"])
def test_only_forms_are_read(sqlite_town: Town, kind: str, target: str) -> None:
    headers = _basic("diary", sqlite_town.secrets["diary"]) | {"Content-Type": kind}
    _require_error(
        form(sqlite_town.issuer, target, '{"grant_type":"refresh_token","token":"x"}', headers), 400, "invalid_request"
    )


def test_the_address_of_a_token_request_does_not_count(sqlite_town: Town) -> None:
    headers = _basic("diary", sqlite_town.secrets["diary"])
    answer = form(sqlite_town.issuer, "/token?grant_type=refresh_token&refresh_token=x", "", headers)
    _require_error(answer, 400, "invalid_request")


BAD_BASIC = (
    "Basic", "Basic ", "Basic !!!", "Basic =",
    "Basic " + base64.b64encode(b"diary").decode(), "Basic " + base64.b64encode(b":").decode(),
    "Basic " + base64.b64encode(b"diary:").decode(), "Basic " + base64.b64encode(b":secret").decode(), "Bearer x",
    "Digest x", "x",
    "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(), "Basic " + base64.b64encode(b"a\x00b:c").decode(),
    "Basic " + base64.b64encode(b"a%00b:c").decode(), "Basic " + base64.b64encode(b"%ED%A0%80:c").decode(),
    "Basic " + base64.b64encode(b"nobody:secret").decode(), "Basic " + base64.b64encode(b"kiosk:secret").decode(),
    "Basic " + base64.b64encode(b"diary:" + b"x" * 4000).decode(), "Basic " + base64.b64encode("diary:я".encode()).decode(),
)  # fmt: skip


@pytest.mark.parametrize("header", BAD_BASIC, ids=lambda header: header[:40])
@pytest.mark.parametrize("target", ["/token", "/revoke"])
def test_client_authentication_that_fails_says_nothing_more(any_town: Town, header: str, target: str) -> None:
    body = "grant_type=refresh_token&refresh_token=x&token=x"
    _require_error(form(any_town.issuer, target, body, {"Authorization": header}), 401, "invalid_client")


HEAD = _b64('{"alg":"RS256"}')
NESTED, OF_DIARY = '{"a":' * 1100, '{"sub":"diary"}'
BAD_ASSERTIONS = (
    "x", "..", "a.b.c", f"{HEAD}.{_b64('{}')}.AA", f"{HEAD}.{_b64('[]')}.AA", f"{HEAD}.{_b64('null')}.AA", f"{HEAD}.%%%.AA",
    f"{HEAD}.{_b64('[' * 5000)}.AA", f"{_b64('[' * 5000)}.{_b64('{}')}.AA", f"{HEAD}.{_b64(NESTED)}.AA",
    *(f"{HEAD}.{_b64(claims)}.AA" for claims in (
        '{"sub":"\\ud800"}', '{"sub":"a\\u0000b"}', '{"sub":[]}', '{"sub":{}}', '{"sub":7}', '{"sub":"diary","exp":1e999}',
        '{"sub":"diary","exp":NaN}', '{"sub":"' + "x" * 3000 + '"}', '{"sub":' + "9" * 4500 + "}",
    )),
    *(f"{_b64(header)}.{_b64(OF_DIARY)}.AA" for header in (
        '{"alg":"none"}', '{"alg":["RS256"]}', '{"alg":null}', "{}", '{"alg":"HS256"}', '{"alg":"RS256","kid":[1]}',
        '{"alg":"RS256","crit":["x"]}', '{"alg":"RS256","b64":false}', '{"alg":"RS256","jwk":{"kty":"RSA"}}', '{"alg":"\\ud800"}',
    )),
)  # fmt: skip


@pytest.mark.parametrize("assertion", BAD_ASSERTIONS, ids=[str(number) for number in range(len(BAD_ASSERTIONS))])
def test_assertions_that_prove_nothing(any_town: Town, assertion: str) -> None:
    fields = {
        "grant_type": "refresh_token",
        "refresh_token": "x",
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion,
    }
    _require_error(form(any_town.issuer, "/token", urlencode(fields)), 401, "invalid_client")


@pytest.mark.parametrize(
    ("header", "more"),
    [
        (True, {"client_id": "diary", "client_secret": "SECRET"}),
        (True, {"client_assertion": "x", "client_assertion_type": ASSERTION}),
        (False, {"client_id": "diary", "client_secret": "SECRET", "client_assertion": "x"}),
        (True, {"client_id": "olymp"}),
    ],
)
def test_one_way_of_authentication_and_one_client(sqlite_town: Town, header: bool, more: dict[str, str]) -> None:
    secret = sqlite_town.secrets["diary"]
    fields = {"grant_type": "refresh_token", "refresh_token": "x"}
    fields |= {name: value.replace("SECRET", secret) for name, value in more.items()}
    answer = form(sqlite_town.issuer, "/token", urlencode(fields), _basic("diary", secret) if header else {})
    _require_error(answer, 400, "invalid_request")


@pytest.mark.parametrize("spoil", ["code_verifier", "redirect_uri", "client"])
def test_a_code_is_spent_by_a_wrong_attempt_and_bound_to_all_it_was_made_for(
    signed_in: SignedIn, sqlite_town: Town, spoil: str
) -> None:
    code, request = signed_in.code()
    sound = {"grant_type": "authorization_code", "code": code, "redirect_uri": signed_in.party.redirect_uri}
    sound |= {"code_verifier": request.verifier}
    caller = "olymp" if spoil == "client" else "diary"
    wrong = sound | {"code_verifier": {"code_verifier": "w" * 43}, "redirect_uri": {"redirect_uri": "http://evil.example/"}}.get(
        spoil, {}
    )
    answer = form(sqlite_town.issuer, "/token", urlencode(wrong), _basic(caller, sqlite_town.secrets[caller]))
    assert (400, "invalid_grant") == (answer.status, json.loads(answer.body)["error"]), answer.body
    assert "invalid_grant" == signed_in.party.token(**sound).json()["error"]


def test_no_shorter_or_longer_token_is_a_token(signed_in: SignedIn, sqlite_town: Town) -> None:
    code, request = signed_in.code()
    tokens = signed_in.party.redeem(code, request).json()
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    for wrong in {
        access[:-1],
        access[:-4],
        access[1:],
        access + "A",
        access + "=",
        access + "%3D",
        refresh,
        tokens["id_token"],
        "A",
    }:
        answer = send(sqlite_town.issuer, "GET", "/userinfo", {"Authorization": f"Bearer {wrong}"})
        assert (True, 401 if "%" not in wrong else 400) == ("www-authenticate" in answer.headers, answer.status), wrong
    for wrong in {refresh[:-1], refresh[:-4], refresh + "A", refresh + "=", access, quote(refresh + " ")}:
        assert "invalid_grant" == signed_in.party.token(grant_type="refresh_token", refresh_token=wrong).json()["error"]
    # None of it has ended anything.
    assert 200 == signed_in.party.userinfo(access).status_code
    assert 200 == signed_in.party.token(grant_type="refresh_token", refresh_token=refresh).status_code


@pytest.mark.parametrize(
    ("method", "headers", "body", "status", "error"),
    [
        ("GET", {}, "", 401, None),
        ("GET", {"Authorization": "Basic eDp5"}, "", 401, None),
        ("GET", {"Authorization": "Bearer"}, "", 400, "invalid_request"),
        ("GET", {"Authorization": "Bearer a b"}, "", 400, "invalid_request"),
        ("GET", {"Authorization": "Bearer \xff"}, "", 400, "invalid_request"),
        ("GET", {"Authorization": "Bearer " + "x" * 6000}, "", 401, "invalid_token"),
        ("POST", {}, "access_token=x", 401, "invalid_token"),
        ("POST", {"Authorization": "Bearer x"}, "access_token=x", 400, "invalid_request"),
        ("POST", {}, "access_token=x&access_token=x", 400, "invalid_request"),
        ("POST", {}, "access_token=%00", 400, "invalid_request"),
        ("POST", {"Content-Type": "application/json"}, "{}", 400, "invalid_request"),
    ],
)
def test_mistakes_at_the_userinfo_endpoint(
    sqlite_town: Town, method: str, headers: dict[str, str], body: str, status: int, error: str | None
) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    answer = send(sqlite_town.issuer, method, "/userinfo", kind | headers, body.encode())
    assert (status, error) == (answer.status, json.loads(answer.body).get("error"))
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (f'error="{error}"' in answer.headers["www-authenticate"]) == (error is not None)


def test_a_token_in_the_address_is_no_token(signed_in: SignedIn, sqlite_town: Town) -> None:
    code, request = signed_in.code()
    access = signed_in.party.redeem(code, request).json()["access_token"]
    assert 401 == send(sqlite_town.issuer, "GET", f"/userinfo?access_token={access}").status


def test_revoking_nothing_is_fine_and_revoking_for_others_does_nothing(signed_in: SignedIn, sqlite_town: Town) -> None:
    code, request = signed_in.code()
    tokens = signed_in.party.redeem(code, request).json()
    own, other = (_basic(name, sqlite_town.secrets[name]) for name in ("diary", "olymp"))
    for token in ("x", "%00", "x" * 9000, "", "a&token=b"):
        answer = form(sqlite_town.issuer, "/revoke", f"token={token}", own)
        if token == "x":
            assert (200, "") == (answer.status, answer.body.strip("{}\n"))
        else:
            _require_error(answer, 400, "invalid_request")
    form(sqlite_town.issuer, "/revoke", f"token={tokens['refresh_token']}&token_type_hint=nonsense", other)
    assert 200 == signed_in.party.userinfo(tokens["access_token"]).status_code
    form(sqlite_town.issuer, "/revoke", f"token={tokens['refresh_token']}&token_type_hint=nonsense", own)
    assert 401 == signed_in.party.userinfo(tokens["access_token"]).status_code

"""What a request says about its own address counts for nothing: every link is made from the configured issuer."""

from __future__ import annotations

import json
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.browser import Browser
from tests.support.town import Town
from tests.support.wire import Answer, send

pytestmark = pytest.mark.xdist_group("bad-input-hosts")

EVIL = "evil.example"
LIES = (
    {"Host": EVIL},
    {"Host": f"{EVIL}:443"},
    {"Host": f"user@{EVIL}"},
    {"Host": f"{EVIL}/path?x"},
    {"Host": ""},
    {"Host": "[::1"},
    {"Host": f"29.dnevnik.ru.{EVIL}"},
    {"Host": "\xff" + EVIL},
    {"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https", "X-Forwarded-Port": "444", "X-Forwarded-For": "1.2.3.4"},
    {"X-Forwarded-Prefix": f"//{EVIL}", "X-Script-Name": f"//{EVIL}", "X-Original-Host": EVIL, "X-Host": EVIL},
    {"Forwarded": f'for=1.2.3.4;host="{EVIL}";proto=https'},
)
TARGETS = (
    "/login", "/login/esia/irkutsk", "/me", "/me/permissions", "/regions", "/help", "/status", "/end_session",
    "/end_session/done",
    "/authorize", "/authorize/resume", "/.well-known/openid-configuration", "/jwks", "/nowhere", "/view?size=150",
    "//login", "//me", "/me//permissions", "/login//x", "/login/", f"//{EVIL}/login", f"/\\{EVIL}", f"/%2f{EVIL}",
    f"http://{EVIL}/login",
)  # fmt: skip


def _require_no_trace(answer: Answer, what: str) -> None:
    assert answer.status < 500, what
    assert EVIL not in answer.everything(), what
    assert not (answer.location or "").startswith(("http:", "https:", "//")), f"{what}: {answer.location}"


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: ",".join(f"{name}={value}" for name, value in lie.items())[:60])
def test_links_and_redirects_never_follow_the_request(sqlite_town: Town, lie: dict[str, str]) -> None:
    for target in TARGETS:
        _require_no_trace(send(sqlite_town.issuer, "GET", target, {"Accept-Language": "ru", **lie}), f"{target} with {lie}")


@pytest.mark.parametrize("lie", LIES[:1] + LIES[-3:], ids=lambda lie: next(iter(lie)))
def test_discovery_names_the_issuer_only(sqlite_town: Town, lie: dict[str, str]) -> None:
    found = json.loads(send(sqlite_town.issuer, "GET", "/.well-known/openid-configuration", lie).body)
    addresses = [value for value in found.values() if isinstance(value, str) and "://" in value]
    assert addresses
    assert all(address == sqlite_town.issuer or address.startswith(f"{sqlite_town.issuer}/") for address in addresses)


def test_a_whole_sign_in_under_a_false_host_leads_back_to_the_issuer(sqlite_town: Town, browser: Browser) -> None:
    """Also the address that ESIA sends the browser back to is the configured one."""
    browser.session.headers.update({"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https", "Forwarded": f"host={EVIL}"})
    party = sqlite_town.relying_party()
    request = party.begin(region="29")
    login = next(login for login, person in sqlite_town.people.items() if person["expect"]["outcome"] == "signed_in")
    page = sqlite_town.sign_in(browser, login, request.url)
    tokens = party.redeem(party.answer(page.headers["location"], request)["code"], request).json()
    assert sqlite_town.issuer == party.id_claims(tokens, request.nonce)["iss"]
    assert all(EVIL not in json.dumps(dict(cookie.__dict__), default=str) for cookie in browser.session.cookies)


def test_a_false_scheme_makes_no_cookie_insecure_or_secure(sqlite_town: Town) -> None:
    answer = send(sqlite_town.issuer, "GET", f"/login?{urlencode({'region': '29'})}", {"X-Forwarded-Proto": "https"})
    assert "Secure" not in answer.headers["set-cookie"]
    assert f"browser-{urlsplit(sqlite_town.issuer).port}=" in answer.headers["set-cookie"]

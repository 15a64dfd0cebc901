"""What a service may ask of a sign-in: prompt, max_age, hints, levels, languages, response modes; and its words come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urljoin, urlsplit

import pytest

from tests.support.browser import Browser
from tests.support.relying_party import RelyingParty
from tests.support.serving import address_of, bound, serving
from tests.support.town import Town
from tests.support.visits import came_to, decide, leave_esia, open_straight, register, signed_in, tokens_of, visit, way_on

CHILD, CONFIRMED = "urn:school-signin:esia:child", "urn:school-signin:esia:confirmed"


@pytest.fixture
def diary(any_town: Town) -> RelyingParty:
    return any_town.relying_party(scope="openid profile")


@pytest.fixture
def insider(any_town: Town, diary: RelyingParty) -> Iterator[Browser]:
    """Orlova, signed in at the diary ten minutes ago. For journeys that end or renew her session."""
    with Browser() as browser:
        signed_in(any_town, browser, diary, "orlova")
        any_town.clock.advance(timedelta(minutes=10))
        browser.visited.clear()
        yield browser


@pytest.fixture(scope="module")
def at_home(any_town: Town) -> Iterator[Browser]:
    """Andreeva, signed in once for all journeys that only use her session."""
    with Browser() as browser:
        signed_in(any_town, browser, any_town.relying_party(), "andreeva")
        any_town.clock.advance(timedelta(minutes=10))
        yield browser


def _was_at_esia(town: Town, browser: Browser) -> bool:
    return any(address.startswith(town.esia) for address in browser.visited)


def _auth_time(party: RelyingParty, request: Any, answer: dict[str, str]) -> int:
    tokens = party.redeem(answer["code"], request).json()
    return int(party.id_claims(tokens, request.nonce)["auth_time"])


def test_prompt_none_without_a_session(any_town: Town, browser: Browser, diary: RelyingParty) -> None:
    _, answer = open_straight(browser, diary, prompt="none")

    assert "login_required" == answer["error"]
    assert "code" not in answer


def test_prompt_none_with_a_session(any_town: Town, at_home: Browser, diary: RelyingParty) -> None:
    request, answer = open_straight(at_home, diary, prompt="none")
    assert int(any_town.clock.now().timestamp()) - 600 >= _auth_time(diary, request, answer)

    _, refused = open_straight(at_home, any_town.relying_party("olymp"), prompt="none")
    assert "consent_required" == refused["error"]

    _, contradicts = open_straight(at_home, diary, prompt="none login")
    assert "invalid_request" == contradicts["error"]


def test_prompt_login_visits_gosuslugi_again(any_town: Town, insider: Browser, diary: RelyingParty) -> None:
    arrived = visit(any_town, insider, diary, "orlova", prompt="login")

    assert _was_at_esia(any_town, insider)
    assert int(any_town.clock.now().timestamp()) == _auth_time(diary, arrived.request, arrived.answer)


@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"prompt": "login select_account"}, {"max_age": "60"}])
def test_a_typed_address_is_no_way_round_a_fresh_sign_in(any_town: Town, at_home: Browser, asked: dict[str, str]) -> None:
    page = at_home.open(any_town.relying_party().begin(**asked).url)

    after = at_home.open(f"{page.url}/continue", follow=False)

    for _ in range(5):
        if after.status == 200:
            break
        assert "code=" not in came_to(after)
        after = at_home.open(urljoin(after.url, came_to(after)), follow=False)
    assert after.has_link("Войти через Госуслуги")


def test_prompt_consent_asks_a_third_party_again_and_only_once(any_town: Town, insider: Browser) -> None:
    olymp = any_town.relying_party("olymp")
    signed_in(any_town, insider, olymp, "orlova")
    request = olymp.begin(prompt="consent")

    page = any_town.sign_in(insider, "orlova", request.url)

    assert page.forms_with("decision")
    assert "code" in olymp.answer(came_to(decide(any_town, insider, page, "allow")), request)


def test_prompt_select_account_asks_who(any_town: Town, at_home: Browser, diary: RelyingParty) -> None:
    request = diary.begin(prompt="select_account")
    at_home.visited.clear()
    page = at_home.open(request.url)
    assert "Ольга А" in page.text
    assert "Андреева" not in page.text

    back = any_town.sign_in(at_home, "andreeva", way_on(page, "/continue"))

    answer = diary.answer(came_to(back), request)
    assert int(any_town.clock.now().timestamp()) - 600 >= _auth_time(diary, request, answer)
    assert not _was_at_esia(any_town, at_home)


def test_select_account_lets_somebody_else_in(any_town: Town, insider: Browser, diary: RelyingParty) -> None:
    leave_esia(any_town, insider)
    request = diary.begin(prompt="select_account")
    page = insider.open(request.url)

    back = any_town.sign_in(insider, "dorofeev", way_on(page, "/other"))

    tokens = diary.redeem(diary.answer(came_to(back), request)["code"], request).json()
    assert "Дорофеев" == diary.userinfo(tokens["access_token"]).json()["family_name"]


def test_max_age_is_counted_to_the_second(any_town: Town, insider: Browser, diary: RelyingParty) -> None:
    for max_age in ("600", "86400", "599", "0"):
        insider.visited.clear()
        before = int(any_town.clock.now().timestamp())
        arrived = visit(any_town, insider, diary, "orlova", max_age=max_age)
        is_silent = max_age in ("600", "86400")
        assert is_silent is not _was_at_esia(any_town, insider), max_age
        assert before - (600 if is_silent else 0) == _auth_time(diary, arrived.request, arrived.answer), max_age
        any_town.clock.advance(timedelta(seconds=0 if is_silent else 1))


def test_too_old_a_sign_in_is_said_silently_too(any_town: Town, at_home: Browser, diary: RelyingParty) -> None:
    _, answer = open_straight(at_home, diary, prompt="none", max_age="599")

    assert "login_required" == answer["error"]


def test_a_hint_of_the_same_person_is_silent(any_town: Town, at_home: Browser, diary: RelyingParty) -> None:
    request, answer = open_straight(at_home, diary)
    hint = diary.redeem(answer["code"], request).json()["id_token"]
    any_town.clock.advance(timedelta(hours=1))

    # Expired long ago, and good enough to say who is meant.
    _, answer = open_straight(at_home, diary, id_token_hint=hint, prompt="none")

    assert "code" in answer


def test_a_hint_of_somebody_else(any_town: Town, insider: Browser, diary: RelyingParty) -> None:
    with Browser() as other:
        tokens, _ = signed_in(any_town, other, diary, "dorofeev")
    hint = tokens["id_token"]

    _, silent = open_straight(insider, diary, id_token_hint=hint, prompt="none")
    wrong = visit(any_town, insider, diary, "orlova", id_token_hint=hint)
    leave_esia(any_town, insider)
    right = visit(any_town, insider, diary, "dorofeev", id_token_hint=hint)

    assert "login_required" == silent["error"]
    assert ("login_required", False) == (wrong.answer.get("error"), "code" in wrong.answer)
    assert "code" in right.answer


@pytest.mark.parametrize("hint", ["rubbish", "a.b.c"])
def test_a_hint_that_is_no_token(any_town: Town, at_home: Browser, diary: RelyingParty, hint: str) -> None:
    _, silent = open_straight(at_home, diary, id_token_hint=hint, prompt="none")

    assert "login_required" == silent["error"]


def test_subject_of_the_claims_parameter_is_a_hint_too(any_town: Town, at_home: Browser, diary: RelyingParty) -> None:
    request, answer = open_straight(at_home, diary)
    own = diary.id_claims(diary.redeem(answer["code"], request).json(), request.nonce)["sub"]

    for subject, expected in ((own, "code"), ("somebody", "error")):
        _, answer = open_straight(at_home, diary, prompt="none", claims=json.dumps({"id_token": {"sub": {"value": subject}}}))
        assert expected in answer


def test_a_wished_level_is_a_wish_and_an_essential_one_is_not(any_town: Town, insider: Browser, diary: RelyingParty) -> None:
    wished = {"id_token": {"acr": {"values": [CHILD]}}}
    needed = {"id_token": {"acr": {"essential": True, "values": [CHILD]}}}
    unknown = {"id_token": {"acr": {"essential": True, "values": ["urn:example:gold"]}}}
    met = {"id_token": {"acr": {"essential": True, "values": [CONFIRMED, CHILD]}}}

    request, answer = open_straight(insider, diary, acr_values=f"{CHILD} urn:example:gold")
    assert CONFIRMED == diary.id_claims(diary.redeem(answer["code"], request).json(), request.nonce)["acr"]
    assert "code" in open_straight(insider, diary, claims=json.dumps(wished))[1]
    assert "code" in open_straight(insider, diary, claims=json.dumps(met), prompt="none")[1]
    assert "login_required" == open_straight(insider, diary, claims=json.dumps(needed), prompt="none")[1]["error"]
    assert "unmet_authentication_requirements" == open_straight(insider, diary, claims=json.dumps(unknown))[1]["error"]
    arrived = visit(any_town, insider, diary, "orlova", claims=json.dumps(needed))
    assert ("unmet_authentication_requirements", False) == (arrived.answer["error"], "code" in arrived.answer)


@pytest.mark.parametrize(("locales", "language"), [("en", "en"), ("fr en ru", "en"), ("ru", "ru"), ("fr", "ru"), ("en-GB", "en")])
def test_ui_locales(sqlite_town: Town, browser: Browser, locales: str, language: str) -> None:
    page = browser.open(sqlite_town.relying_party().begin(ui_locales=locales).url)

    words = {"en": "Sign in to the school diary", "ru": "Вход в электронный дневник"}
    assert words[language] == page.heading.strip()
    regions = {"en": "Choose your region", "ru": "Выберите свой регион"}
    assert regions[language] == browser.open(f"{page.url}/regions").heading.strip()


@pytest.mark.parametrize("hint", ["orlova@example.org", '"><script>alert(1)</script>', "+7 900 000-01-01", "x" * 1500])
def test_login_hint_is_carried_by_nobody(sqlite_town: Town, browser: Browser, hint: str) -> None:
    party = sqlite_town.relying_party()

    page = browser.open(party.begin(login_hint=hint).url)

    assert 200 == page.status
    assert hint not in page.body
    assert "<script>alert" not in page.body
    assert not any(hint in part for address in browser.trail[1:] for part in parse_qs(urlsplit(address).query))


@pytest.mark.parametrize("state", ["", "a b+c&d=é%25/?#я", "0", "s" * 512, "%00%0A", '"><b>'])
def test_state_comes_back_letter_by_letter(any_town: Town, at_home: Browser, diary: RelyingParty, state: str) -> None:
    for asked, expected in (({}, "code"), ({"prompt": "none", "max_age": "1"}, "error"), ({"scope": "profile"}, "error")):
        page = at_home.open(diary.begin(state=state, **asked).url, follow=False)

        address = urlsplit(came_to(page))
        answer = dict(parse_qsl(address.query, keep_blank_values=True))
        # A parameter without a value counts as left out (RFC 6749 3.1).
        assert (state or None, any_town.issuer) == (answer.get("state"), answer["iss"])
        assert expected in answer
        assert "" == address.fragment


def test_state_survives_a_whole_sign_in(any_town: Town, browser: Browser, diary: RelyingParty) -> None:
    request = diary.begin(state="я & <b> ü")

    back = any_town.sign_in(browser, "orlova", request.url)

    assert ["я & <b> ü"] == parse_qs(urlsplit(came_to(back)).query)["state"]


def test_form_post_delivers_code_and_error_by_a_form(any_town: Town, browser: Browser) -> None:
    got: list[dict[str, str]] = []

    def postbox(environ: dict[str, Any], start: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        got.append({"method": environ["REQUEST_METHOD"], "query": environ["QUERY_STRING"], **dict(parse_qsl(body))})
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"thanks"]

    listener = bound()
    address = f"{address_of(listener)}/answers"
    with serving(listener, postbox):
        party = register(any_town, "postbox", "openid", first_party=True, redirect_uris=(address,))
        request = party.begin(response_mode="form_post")
        for asked in (request, party.begin(response_mode="form_post", prompt="none", max_age="0", acr_values="x")):
            any_town.clock.advance(timedelta(seconds=1))
            page = any_town.sign_in(browser, "orlova", asked.url)
            assert (200, "no-store") == (page.status, page.headers["cache-control"])
            assert address_of(listener) in page.headers["content-security-policy"]
            assert "code=" not in page.url
            browser.submit(page.form("state"))

    assert ["POST", "POST"] == [answer.pop("method") for answer in got]
    assert ["", ""] == [answer.pop("query") for answer in got]
    assert [any_town.issuer] * 2 == [answer["iss"] for answer in got]
    assert (request.state, {"code", "state", "iss", "session_state"}) == (got[0]["state"], set(got[0]))
    assert "login_required" == got[1]["error"]
    assert 200 == party.redeem(got[0]["code"], request).status_code


@pytest.mark.parametrize(("asked", "error"), [
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"scope": "profile"}, "invalid_scope"),
    ({"prompt": "maybe"}, "invalid_request"),
    ({"max_age": "soon"}, "invalid_request"),
    ({"claims": "{"}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"request": "x.y.z"}, "invalid_request_object"),
    ({"request_uri": "https://example.org/r"}, "invalid_request_uri"),
])  # fmt: skip
def test_errors_go_home_with_state_and_issuer(sqlite_town: Town, browser: Browser, asked: dict[str, str], error: str) -> None:
    _, answer = open_straight(browser, sqlite_town.relying_party(), **asked)

    assert error == answer["error"]


def test_a_long_request_may_come_by_post(any_town: Town, at_home: Browser, diary: RelyingParty) -> None:
    """OpenID Connect Core 3.1.2.1: GET and POST. A cross-site POST brings no cookie, so the session is found by a detour."""
    request = diary.begin()
    endpoint, _, query = request.url.partition("?")
    answer = at_home.session.post(endpoint, data=dict(parse_qsl(query)), allow_redirects=False, timeout=30)
    with Browser() as cookieless:
        detour = cookieless.session.post(endpoint, data=dict(parse_qsl(query)), allow_redirects=False, timeout=30)

    assert "code" in diary.answer(answer.headers["location"], request)
    back = at_home.open(f"{any_town.issuer}{detour.headers['location']}", follow=False)
    assert "code" in diary.answer(came_to(back), request)


def test_two_grants_of_one_session_are_two(any_town: Town, at_home: Browser, diary: RelyingParty) -> None:
    first = tokens_of(diary, visit(any_town, at_home, diary, "andreeva"))
    second = tokens_of(diary, visit(any_town, at_home, diary, "andreeva"))

    assert first["access_token"] != second["access_token"]
    assert 200 == diary.userinfo(first["access_token"]).status_code

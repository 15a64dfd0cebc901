"""What is wrong with an authorization request: above the line it stays on our page, below it goes back with `iss` and `state`."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.provider.request.checks import ABOVE, BELOW
from tests.rooms.provider.stand import ISSUER, OLYMP, Browser, RelyingParty, Stand, answer_of

CB = "https://diary.example.ru/cb"

# Addresses that look like the registered one (advisories on redirect comparison).
LOOK_ALIKES = [
    "https://diary.example.ru/cb/", "https://diary.example.ru/CB", "https://DIARY.example.ru/cb", "http://diary.example.ru/cb",
    "https://diary.example.ru/cb?x=1", "https://diary.example.ru/cb#x", "https://diary.example.ru:443/cb",
    "https://diary.example.ru.evil.example/cb", "https://diary.example.ru@evil.example/cb", "https://evil.example/cb",
    "https://diary.example.ru\\@evil.example/cb", "https://diary.example.ru/..;/cb", "https://diary.example.ru/%63b",
    "https://diaryaexample.ru/cb", "//diary.example.ru/cb", "javascript:alert(1)", "data:text/html,x",
    "https://diary.example.ru/cb ", " https://diary.example.ru/cb",
    "https://diary.example.ru/cb\u200b", "https://diary.example.ru/cb?", "/cb", "cb",
]  # fmt: skip

ON_OUR_PAGE: list[tuple[dict[str, str | None], int, str]] = [
    ({"client_id": None}, 400, "7001"),
    ({"client_id": "nobody"}, 400, "7001"),
    ({"client_id": "x" * 3000}, 400, "7004"),
    ({"redirect_uri": None}, 400, "7002"),
    *[({"redirect_uri": address}, 400, "7002") for address in LOOK_ALIKES],
]

TO_THE_CLIENT: list[tuple[dict[str, str | None], str]] = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": "profile"}, "invalid_scope"),
    ({"scope": "openid " + " ".join(f"s{n}" for n in range(30))}, "invalid_scope"),
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge": "x" * 42}, "invalid_request"),
    ({"code_challenge": "x" * 43 + "="}, "invalid_request"),
    ({"code_challenge": "ё" * 43}, "invalid_request"),
    ({"prompt": "create"}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "soon"}, "invalid_request"),
    ({"max_age": "9" * 40}, "invalid_request"),
    ({"max_age": "٣"}, "invalid_request"),
    ({"request": "x"}, "invalid_request_object"),
    ({"request_uri": "https://evil.example/"}, "invalid_request_uri"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"claims": "{"}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": '{"userinfo": []}'}, "invalid_request"),
    ({"claims": '{"id_token": {"acr": 1}}'}, "invalid_request"),
    ({"claims": "[" * 5000}, "invalid_request"),
    ({"claims": '{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}'}, "invalid_request"),
    ({"claims": '{"id_token":{"acr":{"essential":true,"value":"gold"}}}'}, "unmet_authentication_requirements"),
    ({"claims": '{"id_token":{"acr":{"essential":true,"value":"gold","values":[]}}}'}, "unmet_authentication_requirements"),
    ({"nonce": "x" * 3000}, "invalid_request"),
    ({"nonce": "a\x00b"}, "invalid_request"),
    ({"login_hint": "a\nb"}, "invalid_request"),
]


@pytest.mark.parametrize(("changes", "status", "cause"), ON_OUR_PAGE)
def test_what_cannot_be_trusted_stays_on_our_page(
    browser: Browser, diary: RelyingParty, changes: dict[str, str | None], status: int, cause: str
) -> None:
    # `state` is as wrong as can be, so that a leak through a redirect would be seen.
    answer = diary.authorize(browser, **changes)

    assert (status, None) == (answer.status_code, answer.headers.get("Location"))
    assert cause in answer.text
    given_address = changes.get("redirect_uri")
    assert given_address is None or len(given_address) < 5 or given_address not in answer.text


@pytest.mark.parametrize(("changes", "error"), TO_THE_CLIENT)
def test_a_mistake_goes_back_to_the_client(
    browser: Browser, diary: RelyingParty, changes: dict[str, str | None], error: str
) -> None:
    answer = diary.authorize(browser, **changes)

    assert answer.headers["Location"].startswith(CB + "?")
    found = answer_of(answer)
    assert (error, "st-1", ISSUER) == (found["error"], found["state"], found["iss"])
    assert "code" not in found
    assert found["error_description"].isascii()


@pytest.mark.parametrize("claim", ["sub", "acr"])
@pytest.mark.parametrize("asked", [
    {"value": 5}, {"value": ["x"]}, {"values": [5]}, {"values": ["x", None]}, {"values": "x"}, {"values": []}, {"value": {}},
    {"essential": "true", "value": "x"}, {"essential": 1},
], ids=str)  # fmt: skip
def test_a_person_or_level_that_nobody_could_be_is_not_passed_over(
    browser: Browser, diary: RelyingParty, claim: str, asked: dict[str, Any]
) -> None:
    """Otherwise whoever is signed in would be the answer (OpenID Connect Core 5.5.1)."""
    assert "invalid_request" == answer_of(diary.authorize(browser, claims=json.dumps({"id_token": {claim: asked}})))["error"]


@pytest.mark.parametrize("name", ["response_type", "scope", "state", "nonce", "code_challenge", "prompt", "claims"])
def test_no_parameter_counts_twice(browser: Browser, diary: RelyingParty, name: str) -> None:
    query = urlencode(diary.parameters()) + f"&{name}=x&{name}=y"
    found = answer_of(browser.get(f"/authorize?{query}"))

    assert ("invalid_request", f"{name} is repeated") == (found["error"], found["error_description"])


@pytest.mark.parametrize(("name", "cause"), [("client_id", "7004"), ("redirect_uri", "7002")])
def test_the_two_that_decide_where_to_answer_stop_it_all(browser: Browser, diary: RelyingParty, name: str, cause: str) -> None:
    query = urlencode(diary.parameters()) + f"&{name}={diary.parameters()[name]}"
    answer = browser.get(f"/authorize?{query}")

    assert (400, True) == (answer.status_code, cause in answer.text)


def test_bytes_that_are_not_utf8_are_refused(browser: Browser, diary: RelyingParty) -> None:
    answer = browser.get(f"/authorize?{urlencode(diary.parameters(nonce=None))}&nonce=%ff%fe")

    assert "invalid_request" == answer_of(answer)["error"]


def test_a_scope_of_another_client_is_refused_and_an_unknown_one_ignored(stand: Stand, browser: Browser) -> None:
    stand.change("diary", scopes=("openid", "profile"))
    diary = stand.relying_party()

    assert "invalid_scope" == answer_of(diary.authorize(browser, scope="openid snils"))["error"]
    assert "openid profile" == diary.tokens(browser, scope="openid unknown profile")["scope"]


def test_offline_access_is_ignored_for_a_client_that_may_not_refresh(stand: Stand, browser: Browser) -> None:
    stand.change("diary", grant_types=("authorization_code",))
    tokens = stand.relying_party().tokens(browser)

    assert ("openid profile", False) == (tokens["scope"], "refresh_token" in tokens)


def test_a_paused_client_has_a_page_of_its_own(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    with stand.app.app_context():
        stand.rooms.clients.set_enabled("diary", False)
    answer = diary.authorize(browser)

    assert (403, True) == (answer.status_code, "7003" in answer.text)


def test_an_essential_level_is_not_lowered(browser: Browser, diary: RelyingParty) -> None:
    wanted = {"id_token": {"acr": {"essential": True, "values": ["urn:school-signin:esia:child"]}}}
    answer = diary.authorize(browser, claims=json.dumps(wanted), prompt="none")

    assert "login_required" == answer_of(answer)["error"]


def test_a_body_that_is_no_form_is_refused(browser: Browser) -> None:
    assert 400 == browser.post("/authorize", json={"client_id": "diary"}).status_code
    assert 400 == browser.post("/authorize", {"client_id": "x" * 20_000}).status_code


def test_nothing_of_the_request_is_repeated_on_a_page(browser: Browser, diary: RelyingParty) -> None:
    answer = diary.authorize(browser, client_id="<canary>", state="canary2", redirect_uri="https://canary3.example/")

    assert not any(word in answer.text for word in ("canary", "&lt;canary"))


def test_a_state_comes_back_letter_by_letter(browser: Browser, diary: RelyingParty) -> None:
    state = "a b+c&d=e%41?#/ключ\"'<>"

    assert state == answer_of(diary.authorize(browser, state=state))["state"]
    assert state == answer_of(diary.authorize(browser, state=state, prompt="none login"))["state"]


def test_the_line_is_where_it_must_be() -> None:
    """Only a known client and its registered address come before the line; everything else may be told to the client."""
    assert ["require_known_client", "resolve_request", "require_registered_redirect"] == [check.__name__ for check in ABOVE]
    assert ["require_resolved_request", "require_sound_parameters"] == [check.__name__ for check in BELOW[:2]]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["response_type", "scope", "prompt", "claims", "max_age", "id_token_hint", "acr_values", "ui_locales"]),
        st.text(max_size=60),
    )
)
def test_whatever_is_sent_gets_an_answer_and_never_a_crash(stand: Stand, browser: Browser, changes: dict[str, str]) -> None:
    answer = stand.relying_party(OLYMP).authorize(browser, **changes)

    assert answer.status_code in (302, 303)
    assert answer.headers["Location"].startswith((OLYMP.redirect_uris[0], "/login/"))

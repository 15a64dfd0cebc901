"""Pushed authorization requests (RFC 9126): who may push what, and who may come with the address, how often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from broker.provider.request.pushed import PREFIX
from tests.rooms.provider.signing import STRANGER, signed, signer
from tests.rooms.provider.stand import ISSUER, KIOSK, Browser, RelyingParty, Stand, answer_of
from tests.support.dpop import Holder


def push(party: RelyingParty, **changes: str | None) -> TestResponse:
    return party.post("/par", party.parameters(**changes))


def pushed(party: RelyingParty, **changes: str | None) -> str:
    answer = push(party, **changes)
    assert 201 == answer.status_code, answer.text
    return str(answer.json["request_uri"])


def bring(browser: Browser, uri: str, client_id: str = "diary", **around: str) -> TestResponse:
    return browser.get("/authorize?" + urlencode({"client_id": client_id, "request_uri": uri} | around))


def test_a_pushed_request_answers_as_the_standard_says(diary: RelyingParty) -> None:
    answer = push(diary)

    assert (201, "application/json", "no-store") == (answer.status_code, answer.mimetype, answer.headers["Cache-Control"])
    assert {"request_uri", "expires_in"} == set(answer.json)
    assert answer.json["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert 43 <= len(answer.json["request_uri"].rpartition(":")[2])
    assert 90 == answer.json["expires_in"]


def test_a_pushed_request_leads_to_tokens_and_nothing_around_it_counts(browser: Browser, diary: RelyingParty) -> None:
    uri = pushed(diary, state="inside")
    answer = answer_of(bring(browser, uri, state="outside", scope="openid snils", redirect_uri="https://evil.example/"))

    assert ("inside", ISSUER) == (answer["state"], answer["iss"])
    assert "openid profile offline_access" == diary.redeem(answer["code"]).json["scope"]


def test_a_request_uri_serves_once(browser: Browser, diary: RelyingParty) -> None:
    uri = pushed(diary)

    assert "code" in answer_of(bring(browser, uri))
    again = bring(browser, uri)
    assert (410, None) == (again.status_code, again.headers.get("Location"))
    assert "1002" in again.text


def test_a_reload_leads_back_to_the_same_attempt_and_opens_no_other(stand: Stand, diary: RelyingParty) -> None:
    somebody, stranger = stand.browser(), stand.browser()
    uri = pushed(diary)

    first = bring(somebody, uri)
    assert first.headers["Location"].startswith("/login/")
    assert first.headers["Location"] == bring(somebody, uri).headers["Location"] == bring(stranger, uri).headers["Location"]
    assert 200 == somebody.get(first.headers["Location"]).status_code
    # The address alone is worth nothing in another browser.
    assert 400 <= stranger.get(first.headers["Location"]).status_code < 500
    assert 1 == stand.events().count("login.started")


def test_of_many_at_once_one_gets_the_request(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    uri = pushed(diary)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: bring(_signed_in_twin(stand, browser), uri).status_code, range(24)))

    assert 1 == sum(status in (302, 303) for status in answers), answers


def _signed_in_twin(stand: Stand, browser: Browser) -> Browser:
    twin = stand.browser()
    for cookie in browser.client._cookies.values():
        twin.client.set_cookie(cookie.key, cookie.value, domain="127.0.0.1")
    return twin


@pytest.mark.parametrize("client_id", ["olymp", "kiosk", "nobody"])
def test_a_request_uri_is_of_its_client_alone(stand: Stand, browser: Browser, diary: RelyingParty, client_id: str) -> None:
    uri = pushed(diary)
    refused = bring(browser, uri, client_id)

    assert (True, None) == (400 <= refused.status_code < 500, refused.headers.get("Location"))
    # The stranger has not used it up either.
    assert "code" in answer_of(bring(browser, uri))


@pytest.mark.parametrize("uri", [PREFIX, f"{PREFIX}x", f"{PREFIX}{'x' * 1500}", "urn:x", "urn:" + "x" * 2000])
def test_an_unknown_request_uri_stays_on_our_page(browser: Browser, uri: str) -> None:
    refused = bring(browser, uri)

    assert (True, None) == (400 <= refused.status_code < 500, refused.headers.get("Location"))


def test_a_request_uri_ends(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    uri = pushed(diary)
    stand.clock.advance(timedelta(seconds=91))

    assert 410 == bring(browser, uri).status_code


def test_what_has_changed_since_the_push_is_asked_again(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    uri, gone = pushed(diary), pushed(diary)
    stand.change("diary", scopes=("openid",))
    assert "invalid_scope" == answer_of(bring(browser, uri))["error"]

    stand.change("diary", redirect_uris=("https://diary.example.ru/other",))
    refused = bring(browser, gone)
    assert (400, None) == (refused.status_code, refused.headers.get("Location"))


REFUSED: list[tuple[dict[str, str | None], str]] = [
    ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
    ({"request_uri": "https://diary.example.ru/object"}, "invalid_request"),
    ({"request": "x"}, "invalid_request_object"),
    ({"redirect_uri": "https://evil.example/cb"}, "invalid_request"),
    ({"redirect_uri": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": None}, "invalid_request"),
    ({"scope": "profile"}, "invalid_scope"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"resource": "https://api.example.ru/"}, "invalid_target"),
    ({"authorization_details": "[]"}, "invalid_authorization_details"),
    ({"client_id": "olymp"}, "invalid_request"),
    ({"client_id": None}, "invalid_request"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"nonce": "x" * 3000}, "invalid_request"),
]


@pytest.mark.parametrize(("changes", "error"), REFUSED)
def test_what_would_be_refused_later_is_refused_at_the_push(
    diary: RelyingParty, changes: dict[str, str | None], error: str
) -> None:
    answer = push(diary, **changes)

    assert (400, error) == (answer.status_code, answer.json["error"])
    assert "request_uri" not in answer.json
    assert "evil" not in answer.text


def test_only_the_client_itself_pushes(stand: Stand, diary: RelyingParty) -> None:
    fields = diary.parameters()
    nobody = stand.browser().post("/par", fields)
    wrong = diary.post("/par", fields, headers={"Authorization": "Basic ZGlhcnk6d3Jvbmc="})
    twice = diary.post("/par", fields | {"client_secret": "x"})

    assert [(401, "invalid_client")] * 2 == [(each.status_code, each.json["error"]) for each in (nobody, wrong)]
    assert (400, "invalid_request") == (twice.status_code, twice.json["error"])
    with stand.app.app_context():
        stand.rooms.clients.set_enabled("diary", False)
    assert 401 == push(diary).status_code


def test_a_public_client_may_push_too(stand: Stand) -> None:
    kiosk = stand.relying_party(KIOSK)

    assert 201 == push(kiosk).status_code


def test_the_endpoint_takes_forms_by_post_only(stand: Stand, diary: RelyingParty) -> None:
    browser = stand.browser()

    assert 405 == browser.get("/par?" + urlencode(diary.parameters())).status_code
    assert 400 == browser.client.post("/par", base_url=ISSUER, json=diary.parameters()).status_code
    repeated = urlencode([*diary.parameters().items(), ("scope", "openid")])
    answer = browser.client.post("/par", base_url=ISSUER, data=repeated, content_type="application/x-www-form-urlencoded")
    assert (400, "invalid_request") == (answer.status_code, answer.json["error"])
    assert 400 == diary.post("/par", diary.parameters(state="x" * 20_000)).status_code


def test_a_client_that_must_push_cannot_do_without(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    stand.change("diary", require_pushed_authorization_requests=True)

    assert "invalid_request" == answer_of(diary.authorize(browser))["error"]
    assert "code" in answer_of(bring(browser, pushed(diary)))


def test_a_signed_request_may_be_pushed(stand: Stand, browser: Browser) -> None:
    party = signer(stand, require_signed_request_object=True)
    fields = {"client_id": "signer", "request": signed(party)}
    answer = party.post("/par", fields)

    assert 201 == answer.status_code, answer.text
    assert "st-1" == answer_of(bring(browser, answer.json["request_uri"], "signer"))["state"]
    # The same object once more, one that somebody else has signed, and none.
    assert "invalid_request_object" == party.post("/par", fields).json["error"]
    foreign = party.post("/par", {"client_id": "signer", "request": signed(party, key=STRANGER, jti="other")})
    assert "invalid_request_object" == foreign.json["error"]
    assert "invalid_request" == party.post("/par", party.parameters()).json["error"]


def test_a_key_named_at_the_push_binds_the_code(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    thumbprint = "x" * 43
    code = answer_of(bring(browser, pushed(diary, dpop_jkt=thumbprint)))["code"]

    assert "invalid_request" == push(diary, dpop_jkt="short").json["error"]
    with stand.app.app_context():
        authorization = stand.rooms.codes.take(code)
    assert authorization is not None
    assert f"jkt:{thumbprint}" == authorization.confirmation


def test_a_proof_shown_at_the_push_binds_the_code_too(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    """RFC 9449 10.1: as if its key had been named; a key named besides must be the same."""
    key = Holder(ISSUER, stand.clock.now)

    def with_proof(**changes: str | None) -> TestResponse:
        return diary.post("/par", diary.parameters(**changes), headers={"DPoP": key.proof("POST", "/par")})

    for changes in ({}, {"dpop_jkt": key.thumbprint}):
        code = answer_of(bring(browser, with_proof(**changes).json["request_uri"]))["code"]
        with stand.app.app_context():
            authorization = stand.rooms.codes.take(code)
        assert authorization is not None and f"jkt:{key.thumbprint}" == authorization.confirmation
    assert "invalid_dpop_proof" == with_proof(dpop_jkt="x" * 43).json["error"]
    wrong = diary.post("/par", diary.parameters(), headers={"DPoP": key.proof("POST", "/token")})
    assert "invalid_dpop_proof" == wrong.json["error"]


def test_a_pushed_request_by_post_from_another_site(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    fields = {"client_id": "diary", "request_uri": pushed(diary)}
    away = stand.browser().post("/authorize", fields)
    parked = browser.get(away.headers["Location"])

    assert "code" in answer_of(parked)


def test_discovery_names_the_endpoint(stand: Stand) -> None:
    found: dict[str, Any] = stand.browser().get("/.well-known/openid-configuration").json

    assert f"{ISSUER}/par" == found["pushed_authorization_request_endpoint"]
    assert found["require_pushed_authorization_requests"] is False


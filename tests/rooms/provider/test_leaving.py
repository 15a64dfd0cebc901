"""Signing out and taking tokens back: only what is proven happens without a question, and nothing survives it."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.rooms.provider.stand import OLYMP, Browser, RelyingParty, Stand

BYE = "https://diary.example.ru/bye"


def leave(browser: Browser, **parameters: str) -> object:
    return browser.get("/end_session?" + urlencode(parameters))


def test_a_proven_request_signs_out_at_once_and_goes_back(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    tokens = diary.tokens(browser)
    stand.clock.advance(timedelta(minutes=30))  # an expired hint is as good (RP-Initiated Logout 1.0, 2)
    answer = leave(browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE, state="s t")

    assert (302, f"{BYE}?state=s+t") == (answer.status_code, answer.headers["Location"])
    assert "session-8000=;" in answer.headers["Set-Cookie"]
    assert 400 == diary.refresh(tokens["refresh_token"]).status_code
    assert "login_required" in diary.authorize(browser, prompt="none").headers["Location"]


def test_without_a_way_back_there_is_a_page_with_the_upstreams_sign_out(browser: Browser, diary: RelyingParty) -> None:
    answer = leave(browser, id_token_hint=diary.tokens(browser)["id_token"])

    assert 200 == answer.status_code
    assert "https://esia.example.ru/out" in answer.text
    assert "Соколова" not in answer.text


UNPROVEN: dict[str, dict[str, str]] = {
    "nothing": {},
    "only a name": {"client_id": "diary", "post_logout_redirect_uri": BYE},
    "an address without a name": {"post_logout_redirect_uri": BYE},
    "an invented hint": {"id_token_hint": "x.y.z", "client_id": "diary", "post_logout_redirect_uri": BYE},
}


@pytest.mark.parametrize("how", UNPROVEN)
def test_an_unproven_request_asks_first(stand: Stand, browser: Browser, diary: RelyingParty, how: str) -> None:
    tokens = diary.tokens(browser)
    page = leave(browser, **UNPROVEN[how])
    assert (200, True) == (page.status_code, 'name="form_key"' in page.text)
    # Nothing has happened yet.
    assert 200 == diary.userinfo(tokens["access_token"]).status_code
    action = html.unescape(re.search(r'action="([^"]*confirm[^"]*)"', page.text).group(1))
    key = re.search(r'name="form_key" value="([^"]*)"', page.text).group(1)
    assert 403 == browser.post(action, {"form_key": "x"}).status_code
    assert 403 == browser.post(action.replace("leaving=", "leaving=x"), {"form_key": key}).status_code
    assert 200 == diary.userinfo(tokens["access_token"]).status_code

    done = browser.post(action, {"form_key": key})
    assert 303 == done.status_code
    shown = browser.get(done.headers["Location"])
    assert 200 == shown.status_code
    # The way back is a link, never a redirect, and only to an address registered for a named client.
    assert (how == "only a name") == (BYE in shown.text)
    assert 400 == diary.refresh(tokens["refresh_token"]).status_code
    again = browser.post(action, {"form_key": key})
    assert 303 == again.status_code
    assert 1 == stand.events().count("session.ended")


def test_somebody_elses_hint_asks_first(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    hint = diary.tokens(browser)["id_token"]
    boris = stand.browser()
    boris.sign_in("boris")

    assert 'name="form_key"' in leave(boris, id_token_hint=hint, post_logout_redirect_uri=BYE).text


@pytest.mark.parametrize(
    "address", [BYE + "/", BYE + "?x=1", "https://evil.example/", "javascript:alert(1)", "https://diary.example.ru/cb", ""]
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(browser: Browser, diary: RelyingParty, address: str) -> None:
    answer = leave(browser, id_token_hint=diary.tokens(browser)["id_token"], post_logout_redirect_uri=address)

    assert (200, None) == (answer.status_code, answer.headers.get("Location"))
    assert not address or address not in answer.text


def test_a_hint_of_one_client_does_not_speak_for_another(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    hint = diary.tokens(browser)["id_token"]
    answer = leave(browser, id_token_hint=hint, client_id="olymp", post_logout_redirect_uri=BYE)

    assert 'name="form_key"' in answer.text


def test_whoever_is_out_already_just_goes_back(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    hint = diary.tokens(browser)["id_token"]

    assert BYE == leave(stand.browser(), id_token_hint=hint, post_logout_redirect_uri=BYE).headers["Location"]
    assert 200 == leave(stand.browser()).status_code


def test_a_form_from_another_site_signs_out_too(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    """Its cookies do not come with the POST; without the detour the person would be told they are out, and still be in."""
    tokens = diary.tokens(browser)
    fields = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE}
    detour = stand.browser().post("/end_session", fields)
    answer = browser.get(detour.headers["Location"])

    assert BYE == answer.headers["Location"]
    assert 400 == diary.refresh(tokens["refresh_token"]).status_code


def test_revoking_an_access_token_leaves_the_refresh_token(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    tokens = diary.tokens(browser)
    answer = diary.post("/revoke", {"token": tokens["access_token"]})
    assert (200, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    assert 401 == diary.userinfo(tokens["access_token"]).status_code
    stand.clock.advance(timedelta(microseconds=1))

    renewed = diary.refresh(tokens["refresh_token"]).json
    assert 200 == diary.userinfo(renewed["access_token"]).status_code


@pytest.mark.parametrize("hint", [None, "refresh_token", "access_token", "nonsense"])
def test_revoking_a_refresh_token_ends_everything(browser: Browser, diary: RelyingParty, hint: str | None) -> None:
    tokens = diary.tokens(browser)
    fields = {"token": tokens["refresh_token"]} | ({"token_type_hint": hint} if hint else {})

    assert 200 == diary.post("/revoke", fields).status_code
    assert 400 == diary.refresh(tokens["refresh_token"]).status_code
    assert 401 == diary.userinfo(tokens["access_token"]).status_code
    assert 200 == diary.post("/revoke", fields).status_code


def test_only_its_own_client_revokes_a_token(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    tokens = diary.tokens(browser)
    assert 400 == stand.relying_party(OLYMP).post("/revoke", {"token": tokens["refresh_token"]}).status_code
    assert 401 == stand.app.test_client().post("/revoke", data={"token": tokens["refresh_token"]}).status_code

    assert 200 == diary.refresh(tokens["refresh_token"]).status_code


def test_an_unknown_token_is_revoked_already(diary: RelyingParty) -> None:
    assert 200 == diary.post("/revoke", {"token": "nonsense"}).status_code
    assert 400 == diary.post("/revoke", {}).status_code


def test_a_logout_hint_words_the_question_and_proves_nothing(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    mint, session = stand.rooms.mint, browser.sign_in()
    here = (mint.subject(diary.client, "anna"), mint.session_word("diary", session.id))
    elsewhere = (mint.subject(diary.client, "boris"), mint.session_word("olymp", session.id))

    def asked(hint: str, client_id: str = "diary") -> tuple[bool, bool]:
        page = leave(browser, logout_hint=hint, client_id=client_id, post_logout_redirect_uri=BYE)
        return 'name="form_key"' in page.text, "о другом человеке" in page.text

    assert [(True, False)] * 2 == [asked(hint) for hint in here]
    assert [(True, True)] * 2 == [asked(hint) for hint in elsewhere]
    # What is no name of ours says nothing, and nothing is printed.
    assert [(True, False)] * 3 == [asked("anna@example.org"), asked("<b>"), asked(here[0], "nobody")]
    assert 200 == diary.userinfo(diary.tokens(browser)["access_token"]).status_code

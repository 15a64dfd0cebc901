"""What a service can find out without asking: whether the browser is still where its sign-in left it."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlencode

import pytest
from werkzeug.wrappers import Response

from broker.provider.logout.browser_state import BrowserState
from broker.sessions.cookie import Cookies
from tests.rooms.provider.stand import DIARY, OLYMP, Browser, RelyingParty, Stand, answer_of
from tests.rooms.provider.test_leaving import BYE, leave

ORIGIN = "https://diary.example.ru"


def state_cookie(browser: Browser) -> str:
    found = browser.client.get_cookie("state-8000", domain="127.0.0.1")
    return found.value if found else ""


def says(browser: Browser, session_state: str, client_id: str = "diary", origin: str = ORIGIN) -> str:
    """What check_session.js answers to a page of this origin."""
    hashed, salt = session_state.split(".")
    text = f"{client_id} {origin} {state_cookie(browser)} {salt}"
    return "unchanged" if hashlib.sha256(text.encode()).hexdigest() == hashed else "changed"


def test_unchanged_until_the_person_leaves(browser: Browser, diary: RelyingParty) -> None:
    state = answer_of(diary.authorize(browser))["session_state"]
    hint = diary.tokens(browser)["id_token"]
    assert "unchanged" == says(browser, state)
    # A repeat sign-in of the same person changes nothing.
    assert "unchanged" == says(browser, answer_of(diary.authorize(browser))["session_state"])
    assert "unchanged" == says(browser, state)

    leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE)

    assert "" == state_cookie(browser)
    assert "changed" == says(browser, state)


def test_somebody_else_in_the_same_browser_is_a_change(browser: Browser, diary: RelyingParty) -> None:
    state = answer_of(diary.authorize(browser))["session_state"]
    browser.sign_in()
    answer_of(diary.authorize(browser))

    assert "changed" == says(browser, state)


def test_a_state_is_of_one_client_and_one_origin(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    state = answer_of(diary.authorize(browser))["session_state"]
    olymp = stand.relying_party(OLYMP)
    olymp.consent()
    other = answer_of(olymp.authorize(browser))["session_state"]

    assert "changed" == says(browser, state, origin="https://evil.example")
    assert "changed" == says(browser, state, client_id=OLYMP.client_id)
    assert "unchanged" == says(browser, other, OLYMP.client_id, "https://olymp.example.ru")
    assert not set(state.split(".")) & set(other.split("."))


@pytest.mark.parametrize(("place", "origin"), [
    # A browser leaves out the port that the scheme has anyway (RFC 6454 6.2).
    ("https://diary.example.ru:443", ORIGIN),
    ("https://diary.example.ru:", ORIGIN),
    ("https://diary.example.ru:08443", f"{ORIGIN}:8443"),
    ("http://127.0.0.1:80", "http://127.0.0.1"),
    ("http://[::1]:5000", "http://[::1]:5000"),
])  # fmt: skip
def test_an_origin_is_what_a_browser_calls_it(
    stand: Stand, browser: Browser, diary: RelyingParty, place: str, origin: str
) -> None:
    stand.change(DIARY.client_id, redirect_uris=(f"{place}/cb",), environment="sandbox")

    state = answer_of(diary.authorize(browser, redirect_uri=f"{place}/cb"))["session_state"]

    assert "unchanged" == says(browser, state, origin=origin)


def test_the_cookie_opens_nothing_and_tells_nothing(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    answer = diary.authorize(browser)
    [line] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("state-8000=")]
    assert "HttpOnly" not in line
    thief = stand.browser()
    thief.set_cookie("session", state_cookie(browser))

    assert "login_required" in diary.authorize(thief, prompt="none").headers["Location"]


@pytest.mark.parametrize(("issuer", "line"), [
    ("https://id.example.ru", "__Host-state=a-_9; Secure; Path=/; SameSite=None"),
    ("http://127.0.0.1:8000", "state-8000=a-_9; Path=/; SameSite=Lax"),
])  # fmt: skip
def test_a_frame_in_another_site_is_sent_the_cookie_where_there_is_tls(stand: Stand, issuer: str, line: str) -> None:
    kept = Response()
    BrowserState(Cookies(issuer), stand.rooms.vault.fingerprints).keep(kept, "a-_9")

    assert [line] == kept.headers.getlist("Set-Cookie")


def test_the_page_may_be_shown_anywhere_and_does_nothing_else(stand: Stand) -> None:
    page = stand.browser().get("/check_session")

    assert 200 == page.status_code
    assert "X-Frame-Options" not in page.headers
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors" not in policy and "default-src 'none'" in policy and "script-src 'self'" in policy
    assert 'data-cookie="state-8000"' in page.text
    assert 1 == len(re.findall(r"<script src=\"/static/check_session\.js\?v=[0-9a-f]+\"></script>", page.text))
    assert 0 == len(page.headers.getlist("Set-Cookie"))
    # Every other page may be shown nowhere.
    assert "frame-ancestors 'none'" in stand.browser().get("/end_session").headers["Content-Security-Policy"]


def signed_out_page(stand: Stand, browser: Browser, diary: RelyingParty, **asked: str) -> str:
    tokens = diary.tokens(browser)
    answer = leave(browser, id_token_hint=tokens["id_token"], **asked)
    assert 303 == answer.status_code
    page = browser.get(answer.headers["Location"])
    assert 200 == page.status_code
    found: str = page.headers["Content-Security-Policy"]
    framed = re.search(r"frame-src ([^;]*);", found)
    return (framed[1] if framed else "") + "\n" + page.text


@pytest.mark.parametrize("address", ["https://diary.example.ru/out", "https://diary.example.ru/out?a=1&b=2"])
def test_a_service_is_told_in_a_frame(stand: Stand, browser: Browser, diary: RelyingParty, address: str) -> None:
    stand.change(DIARY.client_id, frontchannel_logout_uri=address)
    session = browser.sign_in()
    sid = stand.rooms.mint.session_word(DIARY.client_id, session.id)

    shown = signed_out_page(stand, browser, diary)

    about = urlencode({"iss": "http://127.0.0.1:8000", "sid": sid})
    expected = f"{address}{'&' if '?' in address else '?'}{about}".replace("&", "&amp;")
    assert f'<iframe src="{expected}"' in shown
    assert "https://diary.example.ru" == shown.partition("\n")[0]
    assert 1 == shown.count("<iframe")


def test_frames_first_and_then_back(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    stand.change(DIARY.client_id, frontchannel_logout_uri="https://diary.example.ru/out")

    shown = signed_out_page(stand, browser, diary, post_logout_redirect_uri=BYE, state="s")

    assert "<iframe" in shown
    assert f'<meta http-equiv="refresh" content="2; url={BYE}?state=s">' in shown


def test_services_of_other_sessions_get_no_frame(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    stand.change(DIARY.client_id, frontchannel_logout_uri="https://diary.example.ru/out")
    stand.change(OLYMP.client_id, frontchannel_logout_uri="https://olymp.example.ru/out")

    assert "olymp" not in signed_out_page(stand, browser, diary)
    # And whoever has no word of a sign-out sees nobody's frames.
    assert "<iframe" not in stand.browser().get("/end_session/done?leaving=x").text


def test_a_hint_of_another_session_is_suspect(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    """The same person, elsewhere: the ID token of a lost telephone signs nobody out here."""
    elsewhere = stand.browser()
    elsewhere.sign_in()
    hint = diary.tokens(elsewhere)["id_token"]

    assert 'name="form_key"' in leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE).text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_question_is_in_the_language_of_the_service(browser: Browser, language: str) -> None:
    assert f'<html lang="{language}"' in leave(browser, ui_locales=f"{language}-XX de").text

"""Attacks of RFC 9700 that begin with somebody else's code or a request with something left out."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.rooms.provider.stand import ISSUER, OLYMP, Browser, RelyingParty, Stand, answer_of


def test_a_code_of_another_sign_in_is_of_no_use(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    """RFC 9700 4.5: a stolen code is brought into the attacker's own sign-in at the same service, whose verifier is another."""
    victims = diary.code(browser)
    attackers = stand.relying_party()
    own = attackers.code(browser)

    refused = attackers.redeem(victims)
    assert (400, "invalid_grant") == (refused.status_code, refused.get_json()["error"])
    assert 200 == attackers.redeem(own).status_code
    # What was stolen is spent: nobody who has the verifier can use it later either.
    assert 400 == diary.redeem(victims).status_code


def test_pkce_cannot_be_taken_away(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    """RFC 9700 4.8: neither at the one end nor at the other, nor for a client that may do without."""
    assert "invalid_request" == answer_of(diary.authorize(browser, code_challenge=None, code_challenge_method=None))["error"]
    assert "invalid_request" == answer_of(diary.authorize(browser, code_challenge_method="plain"))["error"]
    assert "invalid_request" == answer_of(diary.authorize(browser, code_challenge_method=None))["error"]
    stand.change("diary", require_pkce=False)
    # With a challenge the verifier is needed; without one there must be none.
    assert 400 == diary.redeem(diary.code(browser), code_verifier=None).status_code
    assert 400 == diary.redeem(diary.code(browser, code_challenge=None, code_challenge_method=None)).status_code
    plain = diary.code(browser, code_challenge=None, code_challenge_method=None)
    assert 200 == diary.redeem(plain, code_verifier=None).status_code


@pytest.mark.parametrize("mode", ["query", "form_post", "jwt"])
@pytest.mark.parametrize("prompt", [None, "none login"], ids=["code", "error"])
def test_every_response_names_us(browser: Browser, diary: RelyingParty, mode: str, prompt: str | None) -> None:
    """RFC 9700 4.4, RFC 9207 2: a client of several providers sees from whom a response is, be it a code or an error."""
    answer = diary.authorize(browser, response_mode=mode, prompt=prompt)

    if mode == "form_post":
        assert f'name="iss" value="{ISSUER}"' in answer.text
    elif mode == "query":
        assert [ISSUER] == parse_qs(urlsplit(answer.headers["Location"]).query)["iss"]
    else:
        assert ["response"] == list(parse_qs(urlsplit(answer.headers["Location"]).query))


def test_no_page_of_ours_sends_a_form_on(stand: Stand, browser: Browser) -> None:
    """RFC 9700 4.12: after 307 a browser would post what it was given here, a password perhaps, to the service."""
    olymp = stand.relying_party(OLYMP)
    olymp.consent()
    posted = browser.post("/authorize", olymp.parameters())

    assert posted.status_code in (302, 303)
    assert re.match(r"https://olymp\.example\.ru/cb\?", posted.headers["Location"])


def test_a_token_of_one_client_is_not_for_another(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    """RFC 9700 4.9.1, 4.10: a service that was given somebody's code or token cannot pass for them elsewhere."""
    tokens = diary.tokens(browser)
    olymp = stand.relying_party(OLYMP)
    olymp.consent()

    assert 400 == olymp.refresh(tokens["refresh_token"]).status_code
    assert 400 == olymp.redeem(diary.code(browser)).status_code
    about = olymp.post("/introspect", {"token": tokens["access_token"]}).get_json()
    assert {"active": False} == about
    hint = olymp.authorize(browser, prompt="none", id_token_hint=tokens["id_token"])
    assert "login_required" == answer_of(hint)["error"]

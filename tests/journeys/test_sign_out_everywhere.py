"""Signing out: asked for or proven, everywhere at once, and never to an address that nobody registered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.support.browser import Browser
from tests.support.page import Page
from tests.support.relying_party import RelyingParty
from tests.support.town import RP_HOST, Town
from tests.support.visits import came_to, cookie_of, open_straight, register, signed_in

BYE = f"{RP_HOST}diary/bye"


@dataclass
class Insider:
    """Somebody in at two services."""

    town: Town
    browser: Browser
    diary: RelyingParty
    olymp: RelyingParty
    diary_tokens: dict[str, Any]
    olymp_tokens: dict[str, Any]

    def leave(self, **asked: str) -> Page:
        query = urlencode(asked)
        return self.browser.open(f"{self.diary.discovery()['end_session_endpoint']}?{query}", follow=False)

    def is_in(self) -> bool:
        """Whether a service is answered without a page."""
        return "code" in open_straight(self.browser, self.diary, prompt="none")[1]

    def require_out(self) -> None:
        """Session, access tokens and refresh tokens are over at every service."""
        assert not self.is_in()
        for party, tokens in ((self.diary, self.diary_tokens), (self.olymp, self.olymp_tokens)):
            assert 401 == party.userinfo(tokens["access_token"]).status_code, party.client_id
            refused = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
            assert (400, "invalid_grant") == (refused.status_code, refused.json()["error"])


@contextmanager
def _insider(town: Town) -> Iterator[Insider]:
    diary, olymp = town.relying_party(), town.relying_party("olymp")
    with Browser() as browser:
        first, _ = signed_in(town, browser, diary, "orlova")
        second, _ = signed_in(town, browser, olymp, "orlova")
        yield Insider(town, browser, diary, olymp, first, second)


@pytest.fixture
def insider(any_town: Town) -> Iterator[Insider]:
    """For what the stores must get right, on both kinds."""
    with _insider(any_town) as found:
        yield found


@pytest.fixture
def guest(sqlite_town: Town) -> Iterator[Insider]:
    """For what is the same on every store."""
    with _insider(sqlite_town) as found:
        yield found


def test_with_a_hint_at_once_and_back_with_state(insider: Insider) -> None:
    page = insider.leave(id_token_hint=insider.diary_tokens["id_token"], post_logout_redirect_uri=BYE, state="a b&я")

    assert (302, BYE) == (page.status, came_to(page).partition("?")[0])
    assert {"state": ["a b&я"]} == parse_qs(urlsplit(came_to(page)).query)
    assert "" == cookie_of(insider.browser, "session")
    insider.require_out()


def test_without_a_hint_the_person_is_asked(insider: Insider) -> None:
    page = insider.leave(client_id="diary", post_logout_redirect_uri=BYE)
    assert 200 == page.status
    assert "Выйти из Школьного входа?" in page.heading
    assert insider.is_in()

    after = insider.browser.submit(page.form("form_key"), decision="sign_out")

    assert "Вы вышли" in after.heading
    # A link, because nothing proves that the service meant this person.
    assert BYE == after.link("Дневник").url
    assert after.link("на Госуслугах").url.startswith(f"{insider.town.esia}/idp/ext/Logout")
    insider.require_out()
    out = insider.browser.open(after.link("на Госуслугах").url)
    assert 200 == out.status, out.text
    assert "Вы вышли" in out.heading


def test_the_way_back_is_there_in_the_other_language_too(insider: Insider) -> None:
    page = insider.leave(client_id="diary", post_logout_redirect_uri=BYE)

    asked = insider.browser.press(page, "English")
    assert "Sign out of School Sign-in?" in asked.heading
    assert insider.is_in()
    after = insider.browser.submit(asked.form("form_key"), decision="sign_out")
    assert BYE == after.link("Diary").url
    assert BYE == insider.browser.press(after, "Русский").link("Дневник").url
    # Who is out already is shown the same page at once.
    out = insider.leave(client_id="diary", post_logout_redirect_uri=BYE)
    assert BYE == insider.browser.press(out, "English").link("Diary").url
    # The question of somebody who has left meanwhile is over.
    assert "You are signed out" in insider.browser.open(asked.url).heading


def test_leaving_gosuslugi_too_means_a_password_next_time(guest: Insider) -> None:
    page = guest.leave()
    after = guest.browser.submit(page.form("form_key"), decision="sign_out")
    guest.browser.open(after.link("на Госуслугах").url)
    guest.browser.visited.clear()

    tokens, _ = signed_in(guest.town, guest.browser, guest.diary, "dorofeev")
    assert "Дорофеев" == guest.diary.userinfo(tokens["access_token"]).json()["family_name"]


def test_the_person_may_stay(guest: Insider) -> None:
    page = guest.leave()

    guest.browser.press(page, "остаться")

    assert guest.is_in()


@pytest.mark.parametrize("address", ["https://evil.example/", f"{BYE}/", f"{BYE}?x=1", "javascript:alert(1)", "//evil.example",
                                     f"{RP_HOST}olymp/bye"])  # fmt: skip
def test_an_unregistered_address_is_never_followed(guest: Insider, address: str) -> None:
    page = guest.leave(id_token_hint=guest.diary_tokens["id_token"], post_logout_redirect_uri=address)
    for _ in range(3):
        assert "location" not in page.headers or page.headers["location"].startswith("/end_session")
        assert address not in {link.url for link in page.links}
        if page.status == 200 and page.forms_with("form_key"):
            page = guest.browser.submit(page.form("form_key"), decision="sign_out")

    assert "evil" not in page.body


def test_a_hint_of_somebody_else_does_not_sign_me_out(guest: Insider) -> None:
    with Browser() as other:
        theirs, _ = signed_in(guest.town, other, guest.diary, "dorofeev")

    page = guest.leave(id_token_hint=theirs["id_token"], post_logout_redirect_uri=BYE)

    assert 200 == page.status
    assert page.forms_with("form_key")
    assert guest.is_in()


def test_pressing_twice_is_harmless(insider: Insider) -> None:
    page = insider.leave()
    form = page.form("form_key")

    first = insider.browser.submit(form, decision="sign_out")
    second = insider.browser.submit(form, decision="sign_out")
    third = insider.leave(id_token_hint=insider.diary_tokens["id_token"], post_logout_redirect_uri=BYE)

    assert (200, 200) == (first.status, second.status)
    assert "Вы вышли" in second.heading
    assert came_to(third).startswith(BYE)
    insider.require_out()


def test_another_page_cannot_press_for_me(guest: Insider) -> None:
    page = guest.leave()
    form = page.form("form_key")
    form.fields["form_key"] = "forged"

    refused = guest.browser.submit(form, decision="sign_out")

    assert "1009" in refused.text
    assert guest.is_in()


def test_other_browsers_of_the_person_stay_in(guest: Insider) -> None:
    with Browser() as at_home:
        kept, _ = signed_in(guest.town, at_home, guest.diary, "orlova")
        guest.leave(id_token_hint=guest.diary_tokens["id_token"])

        guest.require_out()
        assert 200 == guest.diary.userinfo(kept["access_token"]).status_code
        assert "code" in open_straight(at_home, guest.diary, prompt="none")[1]


def test_a_code_on_its_way_dies_with_the_session(insider: Insider) -> None:
    request, answer = open_straight(insider.browser, insider.diary)
    insider.leave(id_token_hint=insider.diary_tokens["id_token"])

    late = insider.diary.redeem(answer["code"], request)

    assert (400, "invalid_grant") == (late.status_code, late.json()["error"])


def test_from_the_profile(guest: Insider) -> None:
    profile = guest.browser.open(f"{guest.town.issuer}/me")

    page = guest.browser.press(profile, "Выйти")
    guest.browser.submit(page.form("form_key"), decision="sign_out")

    guest.require_out()
    assert "/login/" in guest.browser.open(f"{guest.town.issuer}/me").url


def test_a_hint_long_expired_still_proves_it(sqlite_town: Town, browser: Browser) -> None:
    party = register(sqlite_town, "patient", first_party=True, post_logout_redirect_uris=(f"{RP_HOST}patient/bye",))
    tokens, _ = signed_in(sqlite_town, browser, party, "orlova")
    sqlite_town.clock.advance(timedelta(hours=5))
    query = urlencode({"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": f"{RP_HOST}patient/bye"})

    page = browser.open(f"{party.discovery()['end_session_endpoint']}?{query}", follow=False)

    assert f"{RP_HOST}patient/bye" == came_to(page)
    assert "login_required" == open_straight(browser, party, prompt="none")[1]["error"]

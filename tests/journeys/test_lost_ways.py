"""Back, reload, double click, second tab, expiry, another browser, no cookies, a restart: each lands somewhere sensible."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.browser import Browser
from tests.support.page import Form, Page
from tests.support.relying_party import RelyingParty
from tests.support.town import Town
from tests.support.visits import (
    came_to,
    cause_of,
    cookie_of,
    leave_esia,
    open_straight,
    register,
    signed_in,
    visit,
    way_on,
)


@pytest.fixture
def diary(any_town: Town) -> RelyingParty:
    return any_town.relying_party(scope="openid profile")


@dataclass
class Impatient:
    """A browser whose person reloads every page, and which brings Gosuslugi's answers twice."""

    browser: Browser
    addresses: list[str] = field(default_factory=list)

    def open(self, url: str, *, follow: bool = True) -> Page:
        self.addresses.append(url)
        page = self.browser.open(url, follow=follow)
        # Nobody can reload an address that only sends on; a delivery can be repeated by the network.
        return self.browser.open(url, follow=follow) if page.status == 200 or "/login/return/" in url else page

    def submit(self, form: Form, *, follow: bool = True, **typed: str) -> Page:
        return self.browser.submit(form, follow=follow, **typed)

    def press(self, page: Page, link: str, *, follow: bool = True) -> Page:
        return self.open(page.link(link).url, follow=follow)


@dataclass
class Unlucky:
    """A browser whose broker is started anew before every single request."""

    town: Town
    browser: Browser

    def open(self, url: str, *, follow: bool = True) -> Page:
        self.town.restart_broker()
        return self.browser.open(url, follow=follow)

    def submit(self, form: Form, *, follow: bool = True, **typed: str) -> Page:
        self.town.restart_broker()
        return self.browser.submit(form, follow=follow, **typed)


def _until_return(town: Town, browser: Browser, login: str, url: str) -> str:
    """Go as far as Gosuslugi's answer; returns the address it sends the browser to, not yet opened."""
    page = browser.open(url, follow=False)
    for _ in range(20):
        location = page.headers.get("location", "")
        if "/login/return/" in location:
            return location
        following = town._press(browser, page, town.people[login], "")
        assert following is not None, page.text
        page = following
    raise AssertionError("never came back")


def _attempt_of(browser: Browser) -> str:
    """The address of the last attempt this browser has been at."""
    found = [url for url in browser.visited if urlsplit(url).path.startswith("/login/") and urlsplit(url).path.count("/") == 2]
    return found[-1].partition("?")[0]


def test_reloading_every_page_changes_nothing(any_town: Town, browser: Browser) -> None:
    olymp, impatient = register(any_town, "reloaded"), Impatient(browser)
    request = olymp.begin()

    page = any_town.sign_in(impatient, "orlova", request.url)  # type: ignore[arg-type]
    assert page.forms_with("decision"), page.text
    sent = browser.submit(page.form("decision"), follow=False, decision="allow")
    back = any_town.sign_in(impatient, "orlova", sent.refresh)  # type: ignore[arg-type]

    answer = olymp.answer(came_to(back), request)
    assert 200 == olymp.redeem(answer["code"], request).status_code
    assert any("/login/return/" in address for address in impatient.addresses)


def test_a_broker_restarted_before_every_step(any_town: Town, browser: Browser) -> None:
    olymp, unlucky = register(any_town, "restarted"), Unlucky(any_town, browser)
    request = olymp.begin()

    page = any_town.sign_in(unlucky, "orlova", request.url)  # type: ignore[arg-type]
    sent = unlucky.submit(page.form("decision"), follow=False, decision="allow")
    back = any_town.sign_in(unlucky, "orlova", sent.refresh)  # type: ignore[arg-type]

    any_town.restart_broker()
    answer = olymp.answer(came_to(back), request)
    tokens = olymp.redeem(answer["code"], request).json()
    any_town.restart_broker()
    assert "Орлова" == olymp.userinfo(tokens["access_token"]).json()["family_name"]
    assert "code" in open_straight(browser, olymp, prompt="none")[1]


def test_back_button_after_the_end(any_town: Town, browser: Browser, diary: RelyingParty) -> None:
    arrived = visit(any_town, browser, diary, "orlova")
    attempt, resumed = _attempt_of(browser), next(url for url in browser.visited if "/authorize/resume" in url)

    page = browser.open(attempt)
    late = browser.open(resumed)

    # Somebody who is in is offered to go on, as the person they are.
    assert 200 == page.status
    assert "Анна О" in page.text
    onward = any_town.sign_in(browser, "orlova", page.link("Продолжить").url)
    assert arrived.request.state in came_to(onward)
    assert "1003" == cause_of(late)
    assert "code=" not in late.body


def test_two_presses_of_allow_give_one_answer(any_town: Town, browser: Browser) -> None:
    olymp = register(any_town, "pressed")
    request = olymp.begin()
    page = any_town.sign_in(browser, "orlova", request.url)
    form, pages = page.form("decision"), []
    start = threading.Barrier(2)

    def press() -> None:
        with Browser() as twin:
            twin.session.cookies.update(browser.session.cookies)
            start.wait(10)
            pages.append(twin.submit(form, follow=False, decision="allow"))

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [200, 200] == [one.status for one in pages]
    assert 1 == len({one.refresh for one in pages})
    answer = olymp.answer(came_to(any_town.sign_in(browser, "orlova", pages[0].refresh)), request)
    assert 200 == olymp.redeem(answer["code"], request).status_code
    again = browser.open(pages[1].refresh)
    assert (200, "") == (again.status, again.headers.get("location", ""))
    with any_town.house.app.app_context():
        given = [entry for entry in any_town.house.journal.tail(500) if entry.record.name == "consent.given"]
    assert 1 == sum(entry.record.fields["client_id"] == "pressed" for entry in given)


def test_two_tabs_both_end_well(any_town: Town, browser: Browser, diary: RelyingParty) -> None:
    first, second = diary.begin(), diary.begin()
    back_of_first = _until_return(any_town, browser, "orlova", first.url)
    back_of_second = _until_return(any_town, browser, "orlova", second.url)

    for request, back in ((second, back_of_second), (first, back_of_first)):
        page = any_town.sign_in(browser, "orlova", back)
        answer = diary.answer(came_to(page), request)
        assert 200 == diary.redeem(answer["code"], request).status_code
    assert "code" in open_straight(browser, diary, prompt="none")[1]


def test_an_attempt_belongs_to_its_browser(any_town: Town, browser: Browser, diary: RelyingParty) -> None:
    back = _until_return(any_town, browser, "orlova", diary.begin().url)
    attempt = _attempt_of(browser)
    with Browser() as thief, Browser() as stranger:
        stranger.open(diary.begin().url)
        for address in (attempt, back, f"{attempt}/again", f"{attempt}/to/esia", f"{attempt}/continue"):
            assert "1005" == cause_of(stranger.open(address)), address
        # A browser without any cookie of ours.
        assert "1005" == cause_of(thief.open(back))
        assert "1001" == cause_of(thief.open(attempt))
        assert "" == cookie_of(thief, "session")

    # Nothing was lost for the one it belongs to.
    assert came_to(any_town.sign_in(browser, "orlova", back)).startswith(diary.redirect_uri)


def test_cookies_off(any_town: Town, browser: Browser, diary: RelyingParty) -> None:
    page = browser.open(diary.begin().url, follow=False)
    browser.session.cookies.clear()

    page = browser.open(f"{any_town.issuer}{came_to(page)}")

    assert "1001" == cause_of(page)


@pytest.mark.parametrize("minutes", [16, 59])
def test_an_expired_attempt_starts_again_for_the_same_service(
    any_town: Town, browser: Browser, diary: RelyingParty, minutes: int
) -> None:
    request = diary.begin()
    attempt = browser.open(request.url).url
    any_town.clock.advance(timedelta(minutes=minutes))
    page = browser.open(f"{attempt}/to/esia")
    assert "1002" == cause_of(page)

    back = any_town.sign_in(browser, "orlova", way_on(page, "/again"))

    answer = diary.answer(came_to(back), request)
    assert 200 == diary.redeem(answer["code"], request).status_code


def test_an_attempt_forgotten_for_hours_still_says_what_to_do(sqlite_town: Town, browser: Browser) -> None:
    attempt = browser.open(sqlite_town.relying_party().begin().url).url
    sqlite_town.clock.advance(timedelta(hours=3))

    page = browser.open(attempt)

    assert "1002" == cause_of(page)
    assert way_on(page, "/login")


def test_an_answer_of_gosuslugi_works_once(any_town: Town, browser: Browser, diary: RelyingParty) -> None:
    request = diary.begin()
    back = _until_return(any_town, browser, "orlova", request.url)
    assert came_to(any_town.sign_in(browser, "orlova", back)).startswith(diary.redirect_uri)
    session = cookie_of(browser, "session")

    again = browser.open(back)
    changed = browser.open(back.replace("state=", "state=0"))

    assert (200, session) == (again.status, cookie_of(browser, "session"))
    assert "code=" not in again.url
    assert "2106" == cause_of(changed)


@pytest.mark.parametrize(("endpoint", "fault", "cause", "ending"), [
    ("te", "error_503", "2101", "/to/esia"),
    ("te", "html", None, None),
    ("rs", "error_503", "2101", "/to/esia"),
    ("te", "bad_signature", "2106", "/again"),
    ("te", "wrong_issuer", "2106", "/again"),
    ("te", "wrong_audience", "2106", "/again"),
    ("te", "expired", "2106", "/again"),
])  # fmt: skip
def test_gosuslugi_in_trouble_and_well_again(
    sqlite_town: Town, browser: Browser, endpoint: str, fault: str, cause: str | None, ending: str | None
) -> None:
    party = sqlite_town.relying_party(scope="openid")
    request = party.begin()
    # A question that spends nothing is asked once more, so twice is what a person meets.
    sqlite_town.arm(endpoint, fault, times=2 if endpoint == "rs" else 1)

    page = sqlite_town.sign_in(browser, "orlova", request.url)

    assert cause_of(page) in ({cause} if cause else {"2101", "2106", "2102"}), page.text
    assert "" == cookie_of(browser, "session")
    assert "location" not in page.headers
    onward = next(link.url for link in page.links if link.url.endswith(ending or ("/again", "/to/esia")))
    back = sqlite_town.sign_in(browser, "orlova", onward)
    assert 200 == party.redeem(party.answer(came_to(back), request)["code"], request).status_code


def test_gosuslugi_does_not_answer_the_browser(sqlite_town: Town, browser: Browser) -> None:
    """The person sees Gosuslugi's own error, presses "Back" and the button once more."""
    party = sqlite_town.relying_party(scope="openid")
    request = party.begin()
    page = browser.open(request.url)
    sqlite_town.arm("ac", "error_503")
    assert 503 == browser.open(way_on(page, "/to/esia")).status

    back = sqlite_town.sign_in(browser, "orlova", page.url)

    assert "code" in party.answer(came_to(back), request)


def test_consent_refused_at_gosuslugi_and_granted_after_all(any_town: Town, browser: Browser, diary: RelyingParty) -> None:
    request = diary.begin()
    page = any_town.sign_in(browser, "vlasova", request.url + "&region=38")
    assert "2103" == cause_of(page)
    page = browser.open(way_on(page, "/again"))
    page = browser.open(way_on(page, "/to/esia"))
    if page.forms_with("login", "password"):
        person = any_town.people["vlasova"]
        page = browser.submit(page.form("login", "password"), login=person["login"], password=person["password"])

    sent = browser.submit(page.form("decision"), follow=False, decision="allow")

    assert "code" in diary.answer(came_to(any_town.sign_in(browser, "vlasova", came_to(sent))), request)


def test_somebody_else_in_the_same_browser(any_town: Town, browser: Browser, diary: RelyingParty) -> None:
    signed_in(any_town, browser, diary, "orlova")
    first = cookie_of(browser, "session")
    leave_esia(any_town, browser)

    tokens, _ = signed_in(any_town, browser, diary, "dorofeev", prompt="login")

    assert cookie_of(browser, "session") not in ("", first)
    assert "Дорофеев" == diary.userinfo(tokens["access_token"]).json()["family_name"]
    with Browser() as old:
        name = next(cookie.name for cookie in browser.session.cookies if cookie.name.startswith("session-"))
        old.session.cookies.set(name, first)
        assert "login_required" == open_straight(old, diary, prompt="none")[1]["error"]


def test_the_same_person_again_gets_another_cookie(any_town: Town, browser: Browser, diary: RelyingParty) -> None:
    signed_in(any_town, browser, diary, "orlova")
    with Browser() as copied:
        copied.session.cookies.update(browser.session.cookies)
        first = cookie_of(copied, "session")

        signed_in(any_town, browser, diary, "orlova", prompt="login")

        assert cookie_of(browser, "session") not in ("", first)
        assert "code" in open_straight(browser, diary, prompt="none")[1]
        assert "login_required" == open_straight(copied, diary, prompt="none")[1]["error"]


def test_a_planted_session_cookie_is_not_kept(any_town: Town, browser: Browser, diary: RelyingParty) -> None:
    with Browser() as villain:
        signed_in(any_town, villain, diary, "dorofeev")
        name = next(cookie.name for cookie in villain.session.cookies if cookie.name.startswith("session-"))
        planted = cookie_of(villain, "session")
        browser.session.cookies.set(name, planted, domain="127.0.0.1", path="/")

        signed_in(any_town, browser, diary, "orlova", prompt="login")

        assert planted != cookie_of(browser, "session")
        # The villain's own session is over; in no case is it Orlova's.
        assert "login_required" == open_straight(villain, diary, prompt="none")[1]["error"]


def test_a_paused_service_stops_in_the_middle(any_town: Town, browser: Browser) -> None:
    party = register(any_town, "paused", first_party=True)
    back = _until_return(any_town, browser, "orlova", party.begin().url)
    house = any_town.house
    with house.app.app_context():
        house.clients.set_enabled("paused", False)

    page = any_town.sign_in(browser, "orlova", back)

    assert "7003" == cause_of(page), page.text
    assert "location" not in page.headers


def test_a_visit_without_a_service(any_town: Town, browser: Browser) -> None:
    page = browser.open(f"{any_town.issuer}/login/esia/dvinaland")
    assert "Архангельская область" in page.text

    for _ in range(12):
        if urlsplit(page.url).path == "/me":
            break
        following = any_town._press(browser, page, any_town.people["orlova"], "")
        assert following is not None, page.text
        page = following

    assert "/me" == urlsplit(page.url).path
    assert "Анна" in page.text


def test_unreachable_gosuslugi_is_said_within_the_page(sqlite_town: Town, browser: Browser) -> None:
    """Nothing of a failing answer reaches the person or the address bar."""
    sqlite_town.arm("te", "truncated")

    page = sqlite_town.sign_in(browser, "orlova", sqlite_town.relying_party().begin().url)

    assert cause_of(page) in ("2101", "2106")
    assert "?" not in page.url
    assert 0 == len(requests.get(f"{sqlite_town.esia}/faults", timeout=30).json()["faults"])



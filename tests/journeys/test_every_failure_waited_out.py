"""Failures that no school mends: a clock, an old browser, planned work, a silent diary. What the person does next works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
import requests

from tests.journeys.failures.browser_walks import EXPLORER, clock_address
from tests.journeys.failures.other_times import AT_WORK, SHORT_OF_PATIENCE
from tests.journeys.failures.stage import code_on, returned
from tests.support.browser import Browser
from tests.support.clock import FIRST_BELL, Clock
from tests.support.held import held
from tests.support.own import FIREFOX, at
from tests.support.page import Page
from tests.support.relying_party import RelyingParty
from tests.support.town import Town, town
from tests.support.visits import came_to, open_straight, tokens_of, visit

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def start_at(place: Town, browser: Browser, region: str = "29") -> Page:
    return browser.open(place.relying_party().begin(region=region).url)


def require_in(place: Town, browser: Browser, page: Page, login: str = "orlova") -> None:
    """From this page through Gosuslugi to the diary."""
    assert "code=" in came_to(place.sign_in(browser, login, page.url)), page.text


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Work is planned for the hour before the first bell and the hour after it."""
    with town(tmp_path_factory.mktemp("work"), Clock(), AT_WORK) as built:
        yield built


@pytest.fixture(scope="module", params=["sqlite", pytest.param("servers", marks=[pytest.mark.postgres, pytest.mark.redis])])
def impatient(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A house that waits for its database for a moment only."""
    changes: Mapping[str, str] = SHORT_OF_PATIENCE
    if request.param == "servers":
        url, shelf = request.getfixturevalue("postgres_url"), request.getfixturevalue("redis_url")
        changes = SHORT_OF_PATIENCE | {"BROKER_STORAGE__URL": url, "BROKER_SHELF__BACKEND": "redis", "BROKER_SHELF__URL": shelf}
    with town(tmp_path_factory.mktemp("impatient"), Clock(), changes) as built:
        yield built


class TestClock:
    def test_both_times_are_told_and_the_way_on_signs_in(self, sqlite_town: Town, browser: Browser) -> None:
        start, now = start_at(sqlite_town, browser), sqlite_town.clock.now()

        page = browser.open(clock_address(start.url, now + 2 * HOUR))

        local = now + 3 * HOUR
        assert ("1008", 400) == (code_on(page), page.status)
        assert f"Ваши часы показывают {local + 2 * HOUR:%H:%M} (Москва), а сейчас {local:%H:%M} (Москва)." in page.text
        assert not [code for code in page.text.split() if code == str(int(now.timestamp() * 1000))]
        again = browser.press(page, "Войти снова")
        # Whoever cannot set the clock is told once.
        assert "data-wrong" in start.body and "data-wrong" not in again.body
        require_in(sqlite_town, browser, again)

    def test_another_day_is_told_with_its_day(self, sqlite_town: Town, browser: Browser) -> None:
        start = start_at(sqlite_town, browser)

        page = browser.open(clock_address(start.url, FIRST_BELL.replace(year=2010)))

        assert "Ваши часы показывают 1 сентября 2010, " in page.text

    @pytest.mark.parametrize(("ahead", "off", "told"), [
        # Hands set right by hand in a zone of another place; the same in one whose name is that of UTC.
        (8 * 60, -5 * HOUR, "Часы показывают верное время, но пояс на устройстве не ваш."),
        (0, 3 * HOUR, "Часы показывают верное время, но пояс на устройстве не ваш."),
        # In another zone and wrong: what the device shows, not what that would be here.
        (8 * 60, 2 * HOUR, "Ваши часы показывают 15:00, а сейчас 08:00 (Москва)."),
        (3 * 60, 2 * HOUR, "Ваши часы показывают 10:00 (Москва), а сейчас 08:00 (Москва)."),
        (-10 * 60, -HOUR, "Ваши часы показывают 31 августа 2026, 18:00, а сейчас 1 сентября 2026, 08:00 (Москва)."),
    ])  # fmt: skip
    def test_what_the_device_shows_is_what_is_told(
        self, sqlite_town: Town, browser: Browser, ahead: int, off: timedelta, told: str
    ) -> None:
        sqlite_town.clock.at = FIRST_BELL
        start = start_at(sqlite_town, browser)

        page = browser.open(f"{clock_address(start.url, FIRST_BELL + off)}z{ahead}")

        assert "1008" == code_on(page)
        assert told in page.text

    @pytest.mark.parametrize("off", [-5 * MINUTE, timedelta(0), 5 * MINUTE])
    def test_five_minutes_are_nothing(self, sqlite_town: Town, browser: Browser, off: timedelta) -> None:
        start = start_at(sqlite_town, browser)

        assert start.url == browser.open(clock_address(start.url, sqlite_town.clock.now() + off)).url

    @pytest.mark.parametrize("word", ["now", "-1", "1" * 15, "%D9%A1", "1e12", "<b>"])
    def test_what_is_no_time_leads_back(self, sqlite_town: Town, browser: Browser, word: str) -> None:
        start = start_at(sqlite_town, browser)

        assert start.url == browser.open(f"{start.url}/clock/{word}").url

    def test_it_opens_in_its_own_browser_only(self, sqlite_town: Town, browser: Browser) -> None:
        with Browser() as other:
            theirs = start_at(sqlite_town, other)
        start_at(sqlite_town, browser)

        assert "1005" == code_on(browser.open(clock_address(theirs.url, FIRST_BELL + 2 * HOUR)))

    def test_anybody_may_ask_what_time_it_is(self, sqlite_town: Town) -> None:
        answer = requests.get(f"{sqlite_town.issuer}/login/clock", timeout=30)

        assert str(int(sqlite_town.clock.now().timestamp() * 1000)) == answer.text
        assert ("no-store", {}) == (answer.headers["Cache-Control"], answer.cookies.get_dict())


class TestOldBrowser:
    def test_the_help_opens_in_it_and_the_new_browser_signs_in(self, sqlite_town: Town, browser: Browser) -> None:
        browser.session.headers["User-Agent"] = EXPLORER
        page = start_at(sqlite_town, browser)
        assert ("1012", 400) == (code_on(page), page.status)
        for path in ("/login", "/first", "/login/esia/dvinaland"):
            assert "1012" == code_on(at(sqlite_town, browser, path)), path

        assert "Как обновить браузер" == browser.press(page, "Как обновить").heading
        browser.session.headers["User-Agent"] = FIREFOX
        require_in(sqlite_town, browser, browser.open(page.url))

    def test_programs_and_who_is_in_already_are_left_alone(self, sqlite_town: Town, browser: Browser) -> None:
        party = sqlite_town.relying_party(scope="openid")
        visit(sqlite_town, browser, party, "orlova", region="29")
        browser.session.headers["User-Agent"] = EXPLORER

        assert "code" in open_straight(browser, party)[1]
        answer = requests.post(f"{sqlite_town.issuer}/token", headers={"User-Agent": EXPLORER}, timeout=30)
        assert "application/json" in answer.headers["Content-Type"]


class TestPlannedWork:
    """The clock of this town only goes forward, so the day is told in order."""

    def test_who_is_in_works_on_and_nobody_begins(self, working: Town, browser: Browser) -> None:
        clock, party = working.clock, working.relying_party()
        clock.at = FIRST_BELL - HOUR - SECOND
        arrived = visit(working, browser, party, "orlova", region="29")
        tokens = tokens_of(party, arrived)
        with Browser() as at_gosuslugi, Browser() as other:
            start = start_at(working, at_gosuslugi)
            back = returned(working, at_gosuslugi, "belova", start)
            before = start_at(working, other)
            assert (200, "") == (before.status, code_on(before))

            clock.advance(SECOND)
            self._nobody_begins(working, other, before)
            # Whoever was at Gosuslugi when it began comes in; by the back button nobody begins anew.
            assert "8003" == code_on(at_gosuslugi.open(start.url))
            assert "code=" in came_to(working.sign_in(at_gosuslugi, "belova", back))
        self._who_is_in_works_on(working, browser, party, tokens)

    def _nobody_begins(self, working: Town, other: Browser, before: Page) -> None:
        begun = (start_at(working, other), other.open(before.url), other.open(f"{before.url}/to/esia"))
        for page in (*begun, at(working, other, "/me")):
            assert ("8003", 503) == (code_on(page), page.status)
            assert str(2 * 3600) == page.headers["retry-after"]
            assert "Войти можно будет с 09:00 (Москва)." in page.text
        assert "8003" == code_on(at(working, other, "/first"))
        assert "Войти можно будет с 14:00 (Иркутск)." in start_at(working, other, "38").text
        # A service that allows no page gets its ordinary answer (OpenID Connect Core 3.1.2.6).
        silent = working.relying_party(scope="openid").begin(prompt="none", region="29")
        assert "error=login_required" in came_to(other.open(silent.url, follow=False))

    def _who_is_in_works_on(self, working: Town, browser: Browser, party: RelyingParty, tokens: Mapping[str, str]) -> None:
        assert "code" in open_straight(browser, party)[1]
        assert browser.open(party.begin(prompt="select_account", region="29").url).has_link("Продолжить")
        assert "/me" == at(working, browser, "/me").url.removeprefix(working.issuer)
        assert 200 == party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code
        assert 200 == party.userinfo(tokens["access_token"]).status_code
        for path in ("/.well-known/openid-configuration", "/status", "/healthz"):
            assert 200 == at(working, browser, path).status, path

    def test_when_it_is_over_the_button_of_the_page_signs_in(self, working: Town, browser: Browser) -> None:
        working.clock.at = FIRST_BELL + HOUR - SECOND
        page = start_at(working, browser)
        assert ("8003", "1") == (code_on(page), page.headers["retry-after"])
        assert "8003" == code_on(browser.press(page, "Понятно"))

        working.clock.advance(SECOND)
        start = browser.press(page, "Понятно")

        assert (200, "") == (start.status, code_on(start))
        require_in(working, browser, start, "belova")


class TestSilentDiary:
    def test_the_button_leads_on_without_gosuslugi(self, impatient: Town, browser: Browser) -> None:
        start = start_at(impatient, browser)
        impatient.clock.advance(14 * MINUTE)
        back = returned(impatient, browser, "orlova", start)
        with held(impatient.house.settings.storage.url, "person"):
            page = browser.open(back)
            assert ("8004", 504) == (code_on(page), page.status)
            assert "8004" == code_on(browser.press(page, "Попробовать снова"))
        # As long as the page says, although the attempt was almost over.
        impatient.clock.advance(10 * MINUTE)
        visited = len(browser.visited)

        assert "code=" in came_to(impatient.sign_in(browser, "orlova", page.link("Попробовать снова").url))

        assert not [url for url in browser.visited[visited:] if url.startswith(impatient.esia)]
        with impatient.house.app.app_context():
            told = [entry.record.name for entry in impatient.house.journal.tail(100)]
        assert 1 == told.count("upstream.returned"), told

    def test_three_of_them_are_told_to_everybody(self, impatient: Town) -> None:
        waiting = [Browser() for _ in range(3)]
        backs = [(one, returned(impatient, one, "orlova", start_at(impatient, one))) for one in waiting]
        with held(impatient.house.settings.storage.url, "person"):
            assert ["8004"] * 3 == [code_on(one.open(back)) for one, back in backs]
        impatient.clock.advance(timedelta(seconds=11))

        with Browser() as other:
            assert "Дневник сейчас отвечает не всем." in start_at(impatient, other).text
        one, back = backs[0]
        assert "code=" in came_to(impatient.sign_in(one, "orlova", back))
        impatient.clock.advance(timedelta(seconds=11))
        with Browser() as other:
            assert "Дневник сейчас отвечает" not in start_at(impatient, other).text

    def test_before_gosuslugi_it_is_only_very_many_people(self, impatient: Town, browser: Browser) -> None:
        """Nobody has been recognised yet: cause 8002."""
        url = impatient.house.settings.storage.url
        with held(url, "audit_entry"):
            page = start_at(impatient, browser)

        assert ("8002", 503) == (code_on(page), page.status)
        assert 200 == start_at(impatient, browser).status

    def test_a_program_is_told_to_come_again(self, impatient: Town, browser: Browser) -> None:
        party = impatient.relying_party()
        tokens = tokens_of(party, visit(impatient, browser, party, "belova", region="29"))

        # Silent before the token is looked at, when the person is asked about, and when all is to be written down.
        for table in ("oauth_grant", "person", "session", "audit_entry"):
            with held(impatient.house.settings.storage.url, table):
                answer = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
            assert (503, "temporarily_unavailable") == (answer.status_code, answer.json()["error"]), table

        assert 200 == party.userinfo(tokens["access_token"]).status_code
        # Coming again with the same token is honest, once.
        assert 200 == party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code
        again = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert (400, "invalid_grant") == (again.status_code, again.json()["error"])

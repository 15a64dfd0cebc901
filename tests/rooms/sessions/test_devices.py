"""A device is a word of a closed list; a person's own history is theirs alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.foundation.outside import Outside
from broker.sessions.device import BROWSERS, OTHER, SYSTEMS, device_of
from broker.sessions.opening import Opening
from broker.sessions.settings import SessionSettings
from broker.sessions.store import Sessions
from broker.storage.database import Database
from tests.rooms.sessions.test_sessions import Notebook
from tests.support.clock import Clock

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"
HEADERS = {
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36": "chrome/windows",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} YaBrowser/25.2 Safari/537.36": "yandex/windows",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/131.0": "edge/windows",
    f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36 OPR/115.0": "opera/linux",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36": "chrome/chromeos",
    f"Mozilla/5.0 (Linux; Android 14; SM-A546E) {CHROME} Mobile Safari/537.36": "chrome/android",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36": "samsung/android",
    "Mozilla/5.0 (Windows NT 10.0; rv:133.0) Gecko/20100101 Firefox/133.0": "firefox/windows",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15": "safari/macos",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605 Version/18.1 Mobile Safari/604.1": "safari/ios",
    "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605 CriOS/131.0 Mobile Safari/604.1": "chrome/ios",
    "SomeApp/3 (Android 12)": "other/android",
    "curl/8.5.0": OTHER,
    "": OTHER,
}


@pytest.mark.parametrize("header", HEADERS)
def test_browsers_in_use_are_told_apart(header: str) -> None:
    assert HEADERS[header] == device_of(header)


def test_no_header_is_some_other_device() -> None:
    assert OTHER == device_of(None)


@given(st.text(max_size=600))
def test_whatever_the_header_holds_the_answer_is_of_the_list(header: str) -> None:
    browser, _, system = device_of(header).partition("/")

    assert browser in (*BROWSERS, OTHER)
    assert system in (*SYSTEMS, OTHER, "")


def opening(device: str, person_id: str = "anna", cookie: str | None = None) -> Opening:
    return Opening(person_id, "esia", "confirmed", ("pwd",), "29", unverified_cookie=cookie, device=device)


@pytest.fixture
def sessions(database: Database, outside: Outside) -> Sessions:
    return Sessions(database, outside, SessionSettings())


def test_a_device_is_known_once_it_was_used_and_stays_known(sessions: Sessions, database: Database) -> None:
    assert not sessions.knows_device("anna", "firefox/windows")
    session, _ = sessions.open(opening("firefox/windows"))
    sessions.end(session.id, Notebook(database), "sign_out")

    assert sessions.knows_device("anna", "firefox/windows")
    assert not sessions.knows_device("anna", "chrome/windows")
    assert not sessions.knows_device("boris", "firefox/windows")


def test_the_history_is_one_persons_own_and_goes_back_as_far_as_asked(
    sessions: Sessions, database: Database, clock: Clock
) -> None:
    long_ago, _ = sessions.open(opening("other"))
    clock.advance(timedelta(days=1))
    over, _ = sessions.open(opening("firefox/windows"))
    sessions.open(opening("safari/ios", "boris"))
    clock.advance(timedelta(days=90))
    sessions.end(over.id, Notebook(database), "other_device")
    alive, _ = sessions.open(opening("chrome/android"))

    found = sessions.history("anna", clock.at - timedelta(days=90))

    assert [alive.id, over.id] == [past.session.id for past in found]
    assert [(None, ""), (clock.at, "other_device")] == [(past.ended_at, past.ended_cause) for past in found]
    assert ["chrome/android", "firefox/windows"] == [past.session.device for past in found]
    assert [alive.id] == [past.session.id for past in sessions.history("anna", clock.at - timedelta(days=365), 1)]
    assert long_ago.id in {past.session.id for past in sessions.history("anna", clock.at - timedelta(days=365))}


def test_a_cookie_tells_why_its_session_was_ended_and_nothing_else(sessions: Sessions, database: Database, clock: Clock) -> None:
    session, cookie = sessions.open(opening("other"))
    late, late_cookie = sessions.open(opening("other"))
    assert "" == sessions.ended_cause(cookie)
    sessions.end(session.id, Notebook(database), "other_device")
    clock.advance(timedelta(days=2))

    assert "other_device" == sessions.ended_cause(cookie)
    assert "" == sessions.ended_cause(late_cookie)
    for unverified in (None, "", "x" * 200, session.id, late.id):
        assert "" == sessions.ended_cause(unverified)


def test_the_last_use_of_a_client_is_the_newest_of_all_sessions(sessions: Sessions, clock: Clock) -> None:
    first, _ = sessions.open(opening("other"))
    foreign, _ = sessions.open(opening("other", "boris"))
    sessions.note_client(first.id, "diary")
    sessions.note_client(first.id, "olymp")
    clock.advance(timedelta(hours=1))
    second, _ = sessions.open(opening("other"))
    sessions.note_client(second.id, "diary")
    sessions.note_client(foreign.id, "club")

    assert {"diary": clock.at, "olymp": clock.at - timedelta(hours=1)} == sessions.last_use_of_clients("anna")
    assert {} == sessions.last_use_of_clients("nobody")

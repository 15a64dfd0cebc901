"""Sessions open with a fresh secret, end by sign-out, idleness or age, and never come back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from broker.audit.event import Actor, Event
from broker.foundation.outside import Outside
from broker.sessions.cookie import Cookies
from broker.sessions.opening import Opening
from broker.sessions.settings import SessionSettings
from broker.sessions.store import Sessions
from broker.sessions.tables import SessionRow
from broker.storage.database import Database
from tests.support.clock import Clock

PERSON, OTHER = "person-1", "person-2"


class Notebook:
    """Collects events; insists on a unit of work, as the journal does."""

    def __init__(self, database: Database):
        self.database = database
        self.events: list[tuple[Event, Actor]] = []

    def append(self, event: Event, actor: Actor) -> None:
        assert self.database.at_work
        self.events.append((event, actor))


def opening(person_id: str = PERSON, cookie: str | None = None) -> Opening:
    return Opening(person_id, "esia", "confirmed", ("pwd", "mfa"), "29", unverified_cookie=cookie)


@pytest.fixture
def settings() -> SessionSettings:
    return SessionSettings()


@pytest.fixture
def sessions(database: Database, outside: Outside, settings: SessionSettings) -> Sessions:
    return Sessions(database, outside, settings)


def test_an_opened_session_is_found_by_its_cookie(sessions: Sessions, clock: Clock) -> None:
    session, cookie = sessions.open(opening())

    assert session == sessions.current(cookie) == sessions.find(session.id)
    assert (PERSON, ("pwd", "mfa"), clock.at) == (session.person_id, session.methods, session.authenticated_at)


def test_the_cookie_is_kept_as_a_digest_only(sessions: Sessions, database: Database) -> None:
    session, cookie = sessions.open(opening())
    kept = database.session.execute(select(SessionRow.__table__)).one()

    assert not any(cookie in str(value) or session.id == cookie for value in kept)
    assert sessions.current(kept.secret_hash) is None
    assert sessions.current(session.id) is None


def test_signing_in_again_changes_the_cookie_and_keeps_what_hangs_on_the_session(sessions: Sessions, clock: Clock) -> None:
    first, planted = sessions.open(opening())
    clock.advance(timedelta(hours=1))
    second, cookie = sessions.open(opening(cookie=planted))

    assert sessions.current(planted) is None
    assert (first.id, clock.at, clock.at + timedelta(hours=24)) == (second.id, second.authenticated_at, second.ends_at)
    assert second == sessions.current(cookie)


def test_somebody_else_in_the_same_browser_gets_another_session(sessions: Sessions) -> None:
    first, planted = sessions.open(opening())
    second, _ = sessions.open(opening(OTHER, cookie=planted))

    assert first.id != second.id
    assert sessions.find(first.id) is None


def test_a_session_ends_when_idle(sessions: Sessions, clock: Clock, settings: SessionSettings) -> None:
    _, cookie = sessions.open(opening())
    clock.advance(settings.idle - timedelta(microseconds=1))
    assert sessions.current(cookie) is not None
    clock.advance(settings.idle)

    assert sessions.current(cookie) is None


def test_a_busy_session_ends_after_a_day(sessions: Sessions, clock: Clock) -> None:
    session, cookie = sessions.open(opening())
    for _ in range(5):
        clock.advance(timedelta(hours=4))
        assert sessions.current(cookie) is not None
    clock.advance(timedelta(hours=4))

    assert sessions.current(cookie) is None
    assert () == sessions.of_person(session.person_id)


def test_being_seen_is_written_once_a_minute(sqlite_database: Database, outside: Outside, clock: Clock) -> None:
    sessions = Sessions(sqlite_database, outside, SessionSettings())
    _, cookie = sessions.open(opening())
    begun: list[object] = []
    event.listen(sqlite_database.engine, "begin", begun.append)
    for _ in range(5):
        clock.advance(timedelta(seconds=11))
        assert sessions.current(cookie) is not None
    assert 0 == len(begun)
    clock.advance(timedelta(seconds=5))
    assert sessions.current(cookie) is not None

    assert 1 == len(begun)
    found = sessions.current(cookie)
    assert found is not None
    assert clock.at == found.seen_at


def test_an_ended_session_stays_ended_and_is_told_once(sessions: Sessions, database: Database) -> None:
    session, cookie = sessions.open(opening())
    notebook = Notebook(database)

    assert sessions.end(session.id, notebook, "sign_out", Actor("person", PERSON))
    assert not sessions.end(session.id, notebook, "sign_out", Actor("person", PERSON))
    assert sessions.current(cookie) is None
    assert ["session.ended"] == [event.name for event, _ in notebook.events]


def test_only_an_ended_session_is_not_held(sessions: Sessions, database: Database, clock: Clock) -> None:
    session, _ = sessions.open(opening())
    clock.advance(timedelta(days=3))
    with database.work():
        assert sessions.hold_unended(session.id)
        sessions.end(session.id, Notebook(database), "sign_out")
        assert not sessions.hold_unended(session.id)
        assert not sessions.hold_unended("nobody")
    with pytest.raises(RuntimeError):
        sessions.hold_unended(session.id)


def test_clients_are_noted_once_in_order(sessions: Sessions, clock: Clock) -> None:
    session, _ = sessions.open(opening())
    for client_id in ("diary", "olymp", "diary"):
        sessions.note_client(session.id, client_id)
        clock.advance(timedelta(seconds=1))

    assert ("diary", "olymp") == sessions.clients_of(session.id)


def test_another_process_notes_a_client_again_without_harm(
    sessions: Sessions, database: Database, outside: Outside, settings: SessionSettings
) -> None:
    session, _ = sessions.open(opening())
    sessions.note_client(session.id, "diary")
    Sessions(database, outside, settings).note_client(session.id, "diary")

    assert ("diary",) == sessions.clients_of(session.id)


@pytest.mark.parametrize("cookie", [None, "", "x", "x" * 10_000, "\x00", "ключ"])
def test_a_strange_cookie_opens_nothing(sessions: Sessions, cookie: str | None) -> None:
    sessions.open(opening())

    assert sessions.current(cookie) is None


@given(port=st.integers(1, 65535))
def test_two_demonstrations_on_one_host_have_different_cookies(port: int) -> None:
    one, two = Cookies(f"http://127.0.0.1:{port}"), Cookies(f"http://127.0.0.1:{port % 65535 + 1}")

    assert one.name_of("session") != two.name_of("session")
    assert not one.flags()["secure"]


def test_over_https_the_browser_itself_guards_the_cookie() -> None:
    cookies = Cookies("https://login.example.ru")

    assert "__Host-session" == cookies.name_of("session")
    assert {"path": "/", "secure": True, "httponly": True, "samesite": "Lax"} == cookies.flags()


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"idle": timedelta(0)}, "sessions.idle"),
        ({"idle": timedelta(hours=25)}, "sessions.idle"),
        ({"absolute": timedelta(days=31)}, "sessions.absolute"),
        ({"seen_every": timedelta(hours=8)}, "sessions.seen_every"),
    ],
)
def test_contradictory_settings_are_refused(wrong: dict[str, timedelta], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        SessionSettings(**wrong)

"""Sessions that merely run out: services hear of it, each once, whoever looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from broker.clients.client import Client
from broker.deliveries.queue import Delivery
from broker.sessions.opening import Opening
from broker.sessions.run_out_store import TOLD_WITHIN, RunOutSessions
from broker.sessions.settings import SessionSettings
from broker.signals.announce import SignalAnnouncer
from broker.signals.events import SESSION_REVOKED
from broker.signout.announce import Announcer
from broker.signout.run_out import EVERY, RunOut
from broker.storage.memory_shelf import MemoryShelf
from broker.tokens.going_on_store import GoingOn
from tests.rooms.signout.test_untie import Place, place  # noqa: F401 -- a fixture
from tests.support.clock import Clock

SETTINGS = SessionSettings()
IDLE, SECOND = SETTINGS.idle, timedelta(seconds=1)
Worker = Callable[[], RunOut]


class Told:
    """Stands for the queue."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []

    def put(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)

    def clients(self, kind: str = "logout") -> list[str]:
        return sorted(one.client_id for one in self.deliveries if one.kind == kind)


@pytest.fixture
def told(place: Place, clock: Clock) -> Told:  # noqa: F811
    found: Any = Told()

    def find_client(client_id: str) -> Client:
        return Client(
            client_id=client_id,
            client_name="Дневник",
            client_name_en="Diary",
            organisation="Школа",
            redirect_uris=("https://x.example/cb",),
            backchannel_logout_uri="https://x.example/out",
            first_party=True,
            scopes=("openid", "ssf.read"),
        )

    stream = SimpleNamespace(id="s", client_id="diary", delivery="push", status="enabled", requested=(SESSION_REVOKED,))
    streams = SimpleNamespace(of_client=lambda client_id: stream, is_left_out=lambda *_: False)
    names = SimpleNamespace(subject=lambda *_: "sub")
    knowing: Any = SimpleNamespace(
        sessions=place.sessions, consents=None, streams=streams, names=names, find_client=find_client
    )
    place.journal.listen(Announcer(place.sessions, find_client, found).hear)
    place.journal.listen(SignalAnnouncer(knowing, found, clock.now).hear)
    return found  # type: ignore[no-any-return]


@pytest.fixture
def worker(place: Place, clock: Clock) -> Worker:  # noqa: F811
    shelf = MemoryShelf(clock.now)
    lost = RunOutSessions(place.database, clock.now, SETTINGS)
    return lambda: RunOut(lost, place.sessions, GoingOn(place.database, clock.now), place.journal, shelf)


def visit(place: Place, *clients: str) -> str:  # noqa: F811
    session, grant = place.sign_in()
    place.grants.end(grant, "test")
    for client in clients:
        place.sessions.note_client(session.id, client)
    return session.id


def test_services_are_told_once_by_however_many_workers(place: Place, told: Told, worker: Worker, clock: Clock) -> None:  # noqa: F811
    visit(place, "diary", "meals")
    first, second = worker(), worker()

    clock.advance(IDLE - SECOND)
    assert [False, False] == [first.step(), second.step()]
    assert [] == told.clients()
    clock.advance(EVERY)
    for _ in range(2):
        assert [False, False] == [first.step(), second.step()]
        clock.advance(EVERY)
    assert ["diary", "meals"] == told.clients()
    assert ["diary", "meals"] == told.clients("push")
    assert {SESSION_REVOKED} == {one.about["event"] for one in told.deliveries if one.kind == "push"}
    assert 1 == [entry.record.name for entry in place.journal.tail(20)].count("session.ran_out")


def test_who_may_go_on_without_the_session_is_not_told(place: Place, told: Told, worker: Worker, clock: Clock) -> None:  # noqa: F811
    session, _ = place.sign_in()
    for client in ("diary", "meals"):
        place.sessions.note_client(session.id, client)
    clock.advance(IDLE)
    worker().step()

    assert ["meals"] == told.clients()


def test_a_busy_session_ends_with_the_day_and_an_ended_one_is_told_of_no_more(
    place: Place, told: Told, worker: Worker, clock: Clock  # noqa: F811
) -> None:
    cookie = place.sessions.open(_opening())[1]
    session = place.sessions.current(cookie)
    assert session is not None
    place.sessions.note_client(session.id, "diary")
    ended = visit(place, "meals")
    place.sessions.end(ended, place.journal, "sign_out")
    told.deliveries.clear()
    for _ in range(5):
        clock.advance(IDLE - SECOND)
        place.sessions.current(cookie)
        worker().step()

    assert ["diary"] == told.clients()


def test_what_ran_out_long_ago_is_told_of_no_more(place: Place, told: Told, worker: Worker, clock: Clock) -> None:  # noqa: F811
    visit(place, "diary")
    clock.advance(SETTINGS.absolute + TOLD_WITHIN)
    worker().step()

    assert [] == told.clients()


def test_many_are_told_of_in_small_steps(place: Place, told: Told, worker: Worker, clock: Clock) -> None:  # noqa: F811
    for _ in range(51):
        place.sessions.note_client(place.sessions.open(_opening())[0].id, "diary")
    clock.advance(IDLE)
    one = worker()

    assert [True, False, False] == [one.step() for _ in range(3)]
    assert 51 == len(told.clients())


def test_somebody_who_came_back_is_not_told_of(place: Place, clock: Clock) -> None:  # noqa: F811
    session, cookie = place.sessions.open(_opening())
    lost = RunOutSessions(place.database, clock.now, SETTINGS)
    clock.advance(IDLE)
    assert (session.id,) == lost.some(10)
    clock.advance(-SECOND)
    place.sessions.current(cookie)
    clock.advance(SECOND)

    assert None is lost.mark(session.id)
    clock.advance(IDLE)
    # Of any number of workers one gets the person.
    assert ("p-1", None) == (lost.mark(session.id), lost.mark(session.id))


def _opening() -> Opening:
    return Opening("p-1", "esia", "confirmed", ("pwd",), "29")

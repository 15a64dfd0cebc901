"""Two officers remove each other at the same moment: one of them stays, whatever the database lets happen at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import text

from broker.audit.event import Actor
from broker.console.refused import Refused
from broker.console.staff_actions import OFFICER, StaffDesk
from broker.console.staff_by_two import StaffByTwo
from broker.custody.two_people import TwoPeople
from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.rooms.console.conftest import Office, office_at
from tests.rooms.console.test_staff_actions import AT_THE_MACHINE, desk_of, with_passkey
from tests.support.databases import database_at

pytestmark = pytest.mark.postgres

NAMES = ANNA, BORIS = ("p-anna", "p-boris")
_PATIENCE = 20.0
_WAITS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
Act = Callable[[], Any]


@pytest.fixture
def postgres_office(postgres_url: str, outside: Outside, tmp_path: Path) -> Iterator[Office]:
    with database_at(postgres_url) as database:
        yield office_at(database, outside, tmp_path)


def by_the_machine(desk: StaffDesk) -> tuple[Act, Act]:
    """Two commands, `broker staff remove`."""
    return (
        lambda: desk.remove(BORIS, "", AT_THE_MACHINE, officers_too=True),
        lambda: desk.remove(ANNA, "", AT_THE_MACHINE, officers_too=True),
    )


def by_each_other(desk: StaffDesk) -> tuple[Act, Act]:
    """Each has asked for the other to go, and each agrees to go."""
    by_two = StaffByTwo(desk)
    boris, anna = by_two.remove(BORIS, "", Actor("staff", ANNA)), by_two.remove(ANNA, "", Actor("staff", BORIS))
    return (
        lambda: by_two.agree(boris["request"], Actor("staff", BORIS)),
        lambda: by_two.agree(anna["request"], Actor("staff", ANNA)),
    )


@pytest.mark.parametrize("acts_of", [by_the_machine, by_each_other])
def test_of_two_who_remove_each_other_one_stays(
    postgres_office: Office, monkeypatch: pytest.MonkeyPatch, acts_of: Callable[[StaffDesk], tuple[Act, Act]]
) -> None:
    desk = desk_of(postgres_office)
    for name in NAMES:
        desk.add(name, OFFICER, AT_THE_MACHINE)
        with_passkey(desk, name)
    first, second = acts_of(desk)

    inside, second_is_over = Event(), Event()
    _pause_within(monkeypatch, desk.database, inside, second_is_over)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with ThreadPoolExecutor(2) as hands:
        done = [hands.submit(_outcome, app, first)]
        assert inside.wait(_PATIENCE)
        done.append(hands.submit(_outcome, app, second))
        done[1].add_done_callback(lambda _: second_is_over.set())

    assert [{"person_id": BORIS, "removed": [OFFICER]}, Refused] == [one.result() for one in done]
    assert ((ANNA, OFFICER),) == desk.roles.all()
    assert {ANNA} == desk.passkeys.owners()
    assert postgres_office.journal.verify().is_whole


def _pause_within(monkeypatch: pytest.MonkeyPatch, database: Database, inside: Event, second_is_over: Event) -> None:
    """The first who has taken the role goes on when the other waits for a lock, or has ended without waiting."""
    void = TwoPeople.void

    def paused(two_people: TwoPeople, person_id: str, actor: Actor) -> None:
        if not inside.is_set():
            inside.set()
            _until_it_waits(database, second_is_over)
        void(two_people, person_id, actor)

    monkeypatch.setattr(TwoPeople, "void", paused)


def _until_it_waits(database: Database, second_is_over: Event) -> None:
    end = time.monotonic() + _PATIENCE
    while not second_is_over.wait(0.01) and time.monotonic() < end:
        with database.engine.connect() as connection:
            if connection.execute(_WAITS).scalar():
                return


def _outcome(app: Flask, act: Act) -> Any:
    with app.app_context():
        try:
            return act()
        except Exception as raised:
            return type(raised)

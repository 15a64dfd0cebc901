"""A school's list on its way: kept sealed, looked at, written once; by a thread that here runs when it is told to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from broker.audit.journal import Journal
from broker.console import school_rosters
from broker.console.school_rosters import RosterDesk
from broker.directory.roster_import import Rosters
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.memory_shelf import MemoryShelf
from keys.vault import Vault
from tests.rooms.directory.school_house import STAFF, SchoolHouse, pupil, school_house, typed
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

HEAD = "Фамилия;Имя;Отчество;Дата рождения;Класс\n"
ONE = HEAD + "Веткин;Лев;Олегович;05.03.2014;6А\n"


class Stand:
    """The desk, and its tasks waiting to be run."""

    def __init__(self, database: Database, outside: Outside):
        self.vault: Vault = sealing_vault(database, outside)
        journal = Journal(database, self.vault.fingerprints, outside)
        self.house: SchoolHouse = school_house(database, self.vault, journal, outside)
        self.shelf = MemoryShelf(outside.now)
        self.tasks: list[Callable[[], None]] = []
        rosters = Rosters(database, self.house.directory, self.house.schools.changes, journal, outside)
        self.desk = RosterDesk(database, self.shelf, self.vault.sealer, outside, rosters, self.tasks.append)

    def run(self) -> None:
        while self.tasks:
            self.tasks.pop(0)()

    def ready(self, text: str = ONE) -> str:
        job_id = self.desk.begin(self.house.cards(), text.encode())
        self.run()
        return job_id

    def state(self, job_id: str) -> str:
        job = self.desk.find(self.house.cards(), job_id)
        return job.state if job else ""

    def write(self, job_id: str) -> None:
        job = self.desk.find(self.house.cards(), job_id)
        assert job is not None
        self.desk.write(self.house.cards(), job, STAFF)


@pytest.fixture
def stand(sqlite_database: Database, outside: Outside) -> Stand:
    built = Stand(sqlite_database, outside)
    built.house.furnish(pupil())
    return built


def test_looked_at_then_written_once(stand: Stand) -> None:
    job_id = stand.desk.begin(stand.house.cards(), ONE.encode())
    assert "looking" == stand.state(job_id)
    stand.run()
    assert "ready" == stand.state(job_id)
    stand.write(job_id)
    stand.write(job_id)
    assert 1 == len(stand.tasks)
    stand.run()

    assert "done" == stand.state(job_id)
    assert 2 == len(stand.house.cards().people())
    stand.write(job_id)
    assert [] == stand.tasks


def test_two_presses_at_once_begin_one_writing(stand: Stand) -> None:
    job_id = stand.ready()
    job = stand.desk.find(stand.house.cards(), job_id)
    assert job is not None

    for _ in range(2):
        stand.desk.write(stand.house.cards(), job, STAFF)

    assert 1 == len(stand.tasks)


def test_what_lies_on_the_shelf_is_sealed(stand: Stand) -> None:
    job_id = stand.ready()

    kept = [stand.shelf.get(kind, key) for kind, key in stand.shelf._kept]
    assert len(kept) >= 2
    job = stand.desk.find(stand.house.cards(), job_id)
    assert job is not None
    assert ((2, "Веткин Лев Олегович"),) == job.added
    assert not [value for value in kept if value and "Веткин".encode() in value]
    assert not [value for value in kept if value and value.startswith(b"\x1f\x8b")]


def test_what_was_shown_is_what_is_written(stand: Stand) -> None:
    """Somebody changes a card between the preview and the press: nothing is written, the page says so."""
    job_id = stand.ready(HEAD + "Грачёв;Тимур;Олегович;05.03.2014;6А\n" + ONE.partition("\n")[2])
    found = stand.house.cards().get("p-pupil")
    stand.house.desk().correct("p-pupil", typed(found, class_name="7А"), found.version)
    stand.write(job_id)
    stand.run()

    assert "moved" == stand.state(job_id)
    assert 1 == len(stand.house.cards().people())


def test_a_thread_that_died_is_noticed(stand: Stand, clock: Clock) -> None:
    job_id = stand.desk.begin(stand.house.cards(), ONE.encode())
    clock.advance(timedelta(minutes=2))
    assert "looking" == stand.state(job_id)
    clock.advance(timedelta(seconds=1))

    assert "stopped" == stand.state(job_id)


def test_what_goes_wrong_in_the_thread_is_said_and_not_quoted(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("Веткин")

    monkeypatch.setattr(school_rosters, "rows_of", broken)
    job_id = stand.ready()

    assert "stopped" == stand.state(job_id)
    assert "Веткин" not in caplog.text
    assert "a list was given up" in caplog.text


def test_a_job_of_another_school_is_not_there_and_half_an_hour_is_enough(stand: Stand, clock: Clock) -> None:
    job_id = stand.ready()
    assert stand.desk.find(stand.house.cards("29-002"), job_id) is None
    assert stand.desk.find(stand.house.cards(), "x" * 400) is None
    clock.advance(timedelta(minutes=31))

    assert "" == stand.state(job_id)


def test_a_list_too_long_for_a_page_belongs_to_the_command_line(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(school_rosters, "MOST_PEOPLE", 1)
    job_id = stand.ready(ONE + "Орлов;Лев;;05.03.2014;6А\n")

    job = stand.desk.find(stand.house.cards(), job_id)
    assert job is not None
    assert ("unreadable", "too_long") == (job.state, job.message)

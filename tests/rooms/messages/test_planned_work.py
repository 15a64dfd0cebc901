"""Planned work: told from a week before until it is over, by every process within ten seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broker.foundation.outside import Outside
from broker.messages.planned_store import ANNOUNCED, PlannedWorks
from broker.storage.database import Database
from broker.storage.silence import DatabaseSilent
from tests.support.clock import Clock

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.mark.parametrize("by_settings", [True, False])
@pytest.mark.parametrize(
    ("now", "is_told", "is_on"),
    [
        (-ANNOUNCED - SECOND, False, False),
        (-ANNOUNCED, True, False),
        (-SECOND, True, False),
        (timedelta(0), True, True),
        (HOUR - SECOND, True, True),
        (HOUR, False, False),
    ],
)
def test_it_is_told_from_a_week_before_until_it_is_over(
    database: Database, outside: Outside, clock: Clock, by_settings: bool, now: timedelta, is_told: bool, is_on: bool
) -> None:
    begin = datetime(2026, 12, 1, 2, tzinfo=UTC)
    clock.advance(begin + now - clock.now())
    works = PlannedWorks(database, outside, (begin, begin + HOUR) if by_settings else None)
    if not by_settings:
        with database.work():
            works.plan(begin, begin + HOUR)

    assert ((begin, begin + HOUR) if is_told else None) == works.announced(clock.now())
    assert (begin + HOUR if is_on else None) == works.end(clock.now())


def test_the_nearest_is_told_and_the_longest_keeps_the_door_shut(database: Database, outside: Outside, clock: Clock) -> None:
    now = clock.now()
    works = PlannedWorks(database, outside, (now - HOUR, now + HOUR))
    with database.work():
        later = works.plan(now + 5 * HOUR, now + 6 * HOUR)
        running = works.plan(now, now + 2 * HOUR)

    assert (now - HOUR, now + HOUR) == works.announced(now)
    assert now + 2 * HOUR == works.end(now)
    assert ["", running.id, later.id] == [one.id for one in works.ahead(now)]


def test_other_processes_hear_of_it_within_ten_seconds(database: Database, outside: Outside, clock: Clock) -> None:
    here, there = PlannedWorks(database, outside, None), PlannedWorks(database, outside, None)
    now = clock.now()
    assert there.end(now) is None
    with database.work():
        planned = here.plan(now, now + HOUR)
    assert now + HOUR == here.end(now)
    assert now + HOUR == there.end(now + timedelta(seconds=10))

    with database.work():
        assert [True, False, False] == [here.withdraw(planned.id), there.withdraw(planned.id), here.withdraw("nobody")]
    assert here.end(now) is None
    assert there.end(now + timedelta(seconds=20)) is None


def test_what_is_over_cannot_be_taken_back(database: Database, outside: Outside, clock: Clock) -> None:
    works, now = PlannedWorks(database, outside, None), clock.now()
    with database.work():
        planned = works.plan(now, now + HOUR)
    clock.advance(HOUR)
    with database.work():
        assert not works.withdraw(planned.id)


def test_a_silent_database_changes_nothing(
    database: Database, outside: Outside, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    works, now = PlannedWorks(database, outside, None), clock.now()
    with database.work():
        works.plan(now, now + HOUR)
    assert now + HOUR == works.end(now)

    def silent(*_asked: object) -> None:
        raise DatabaseSilent("the database did not answer in time")

    monkeypatch.setattr(type(database.session), "execute", silent)
    assert now + HOUR == works.end(now + timedelta(minutes=5))

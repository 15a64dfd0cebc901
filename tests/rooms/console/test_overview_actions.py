"""What needs attention: counted from the journal, kept for a minute, marked when it is old."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from unittest.mock import Mock

import pytest

from broker.audit.catalogue import LoginFinished, LoginRefused
from broker.audit.catalogue_staff import PasskeyRejected
from broker.audit.event import SYSTEM, Event
from broker.console.overview_actions import OverviewDesk, Pulse, pulse_of, worst
from broker.storage.memory_shelf import MemoryShelf
from broker.storage.silence import DatabaseSilent
from tests.rooms.console.conftest import Office
from tests.support.clock import Clock


@pytest.fixture
def desk(office: Office, clock: Clock) -> OverviewDesk:
    change = clock.now() + timedelta(days=20)
    return OverviewDesk(office.journal, MemoryShelf(clock.now), office.outside, lambda: 0, lambda: None, lambda: change)


def happened(office: Office, *events: Event) -> None:
    with office.database.work():
        for event in events:
            office.journal.append(event, SYSTEM)


def test_a_quiet_hour_needs_nothing(desk: OverviewDesk, office: Office, clock: Clock) -> None:
    happened(office, *[LoginFinished("p-1", "s-1", "diary", "29", "confirmed")] * 3, LoginRefused("diary", 3102, "29"))

    found = desk.look()

    assert (3, ((3, 1),), (), ()) == (found.sign_ins, found.failures, found.unusual, found.needs_attention(clock.now()))


def test_what_is_unusual_counts_for_a_day_and_failures_for_an_hour(desk: OverviewDesk, office: Office, clock: Clock) -> None:
    happened(office, PasskeyRejected("p-1", "counter"), *[LoginRefused("diary", 2101, "29")] * 11)
    assert ("failures", "unusual") == desk.look().needs_attention(clock.now())

    clock.advance(timedelta(hours=2))
    assert ("unusual",) == desk.look().needs_attention(clock.now())
    clock.advance(timedelta(days=10))
    assert ("keys",) == desk.look().needs_attention(clock.now())
    clock.advance(timedelta(days=10))
    assert ("keys_overdue",) == desk.look().needs_attention(clock.now())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (("closed", None, 0.4), Pulse("answers", 0.4)),
        (("closed", None, None), Pulse("answers")),
        (("closed", None, 3.5), Pulse("slow", 3.5)),
        (("closed", "2026-09-01T05:00:00+00:00", 3.5), Pulse("trouble", 3.5)),
        (("half_open", None, 0.4), Pulse("trouble", 0.4)),
        (("open", None, 0.4), Pulse("silent", 0.4)),
    ],
)
def test_the_pulse_of_an_upstream(told: tuple[str, str | None, float | None], expected: Pulse) -> None:
    assert expected == pulse_of(dict(zip(("state", "trouble_since", "p95_seconds"), told, strict=True)))


def test_the_worst_upstream_and_the_dates_of_the_calendar_need_attention(desk: OverviewDesk, clock: Clock) -> None:
    pulses = (Pulse("slow", 4.0), Pulse("silent"), Pulse("answers", 9.0))
    worried = replace(desk, upstream=lambda: worst(pulses), dates=lambda: (2, 1))
    found = worried.look()
    assert found == worried.look(), "as it was kept"
    assert (Pulse("silent"), ("upstream", "expired", "expiry")) == (found.upstream, found.needs_attention(clock.now()))
    assert Pulse() == worst(())

    clock.advance(timedelta(minutes=1))
    slow = replace(worried, upstream=lambda: pulses[0], dates=lambda: (0, 0)).look()
    assert ("upstream_slow",) == slow.needs_attention(clock.now())
    assert ("stale", "upstream_slow") == slow.needs_attention(clock.now() + timedelta(minutes=6))


def test_it_is_counted_once_a_minute_and_old_numbers_say_so(
    desk: OverviewDesk, office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.look()
    happened(office, LoginFinished("p-1", "s-1", "diary", "29", "confirmed"))
    assert first == desk.look()
    monkeypatch.setattr(office.journal, "tail", Mock(side_effect=DatabaseSilent))
    clock.advance(timedelta(minutes=5, seconds=1))

    old = desk.look()

    assert (first, True) == (old, old.is_stale(clock.now()))
    assert desk.described()["is_stale"]

"""The switch "planned work": what may be planned, how a time is read, what the journal keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broker.console.planned_actions import FURTHEST, LONGEST, PlannedDesk
from broker.console.refused import Refused
from broker.messages.planned_store import PlannedWorks
from tests.rooms.console.conftest import STAFF, Office
from tests.support.clock import Clock

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(office: Office) -> PlannedDesk:
    works = PlannedWorks(office.database, office.outside, None)
    return PlannedDesk(office.database, office.journal, office.outside, works, "Asia/Irkutsk")


def test_planned_seen_and_taken_back(desk: PlannedDesk, office: Office, clock: Clock) -> None:
    now = clock.now()
    made = desk.plan("", (now + HOUR).isoformat(), STAFF)

    assert {"planned": [made]} == desk.all()
    assert now + HOUR == desk.works.end(now)
    assert {"withdrawn": made["id"]} == desk.withdraw(made["id"], STAFF)
    assert {"planned": []} == desk.all()
    with pytest.raises(Refused, match="no such planned work"):
        desk.withdraw(made["id"], STAFF)
    span = {name: datetime.fromisoformat(made[name]).isoformat(timespec="seconds") for name in ("starts_at", "ends_at")}
    planned = ("work.planned", {"planned_id": made["id"], **span})
    assert [planned, ("work.withdrawn", {"planned_id": made["id"]})] == office.events()


def test_a_time_without_a_zone_is_that_of_the_house(desk: PlannedDesk, clock: Clock) -> None:
    day = (clock.now() + timedelta(days=30)).date()
    made = desk.plan(f" {day:%d.%m.%Y} 02:00", f"{day:%Y-%m-%d}T05:30+09:00 ", STAFF)

    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert (midnight - 6 * HOUR).isoformat() == made["starts_at"]
    assert (midnight - 3.5 * HOUR).isoformat() == made["ends_at"]


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [
        (-timedelta(hours=1), HOUR, "starts_at"),
        (FURTHEST + HOUR, FURTHEST + 2 * HOUR, "starts_at"),
        (HOUR, HOUR, "ends_at"),
        (HOUR, timedelta(0), "ends_at"),
        (HOUR, HOUR + LONGEST + timedelta(seconds=1), "ends_at"),
    ],
)
def test_a_span_that_may_not_be(desk: PlannedDesk, clock: Clock, starts: timedelta, ends: timedelta, field: str) -> None:
    now = clock.now()
    with pytest.raises(Refused) as wrong:
        desk.plan((now + starts).isoformat(), (now + ends).isoformat(), STAFF)
    assert field == wrong.value.field
    assert {"planned": []} == desk.all()


@pytest.mark.parametrize("text", ["завтра", "01.12.2026", "2026-12-01T02:00", "", "9" * 60, "31.02.2027 02:00"])
def test_a_time_that_cannot_be_read(desk: PlannedDesk, text: str) -> None:
    with pytest.raises(Refused) as wrong:
        desk.plan("", text, STAFF)
    assert "ends_at" == wrong.value.field

"""A rule begins at midnight: whoever may not be here any more is signed out, and the service is told without anybody's click."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from broker.deliveries.postman import Walk
from broker.doors import besides_letters
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.receiver import Receiver, receivers
from tests.support.town import Town, town
from tests.support.visits import leave_esia, open_straight, register, signed_in

MOSCOW = ZoneInfo("Europe/Moscow")
FIRST_DAY = datetime(2024, 7, 1, tzinfo=MOSCOW).astimezone(UTC)
Built = tuple[Town, Receiver]


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    with receivers(1) as (receiver,):
        # Demo people are as old as people.toml says on the day a town is built.
        clock = Clock(datetime(2018, 6, 1, 9, tzinfo=MOSCOW).astimezone(UTC))
        with town(tmp_path_factory.mktemp("town"), clock, {"BROKER_HTTP__FETCH_ALLOWED": receiver.place}) as built:
            yield built, receiver


def _to_the_end(step: Callable[[], bool]) -> None:
    assert any(not step() for _ in range(100))


def test_the_service_hears_at_midnight(place: Built, browser: Browser) -> None:
    built, receiver = place
    built.clock.at = FIRST_DAY - timedelta(minutes=30)
    diary = register(built, "day", first_party=True, backchannel_logout_uri=f"{receiver.url}/logout")
    signed_in(built, browser, diary, "belova.d")
    with Browser() as grown_up:
        leave_esia(built, grown_up)
        signed_in(built, grown_up, diary, "orlova")
        house = built.house
        with house.app.app_context():
            first, second = besides_letters(house), besides_letters(house)
            # Nothing begins at half past eleven.
            _to_the_end(first)
            assert Walk() == house.new_postman().send_due()

            built.clock.at = FIRST_DAY + timedelta(minutes=1)
            _to_the_end(first)
            # Another worker does not do it again.
            _to_the_end(second)
            assert Walk(tried=1, sent=1) == house.new_postman().send_due()
            ended = [entry.record.fields for entry in house.journal.tail(50) if entry.record.name == "session.ended"]

        assert 1 == len(receiver.tokens())
        assert [("demo-belova-d", "policy")] == [(found["person_id"], found["cause"]) for found in ended]
        assert "error" in open_straight(browser, diary, prompt="none")[1]
        assert "code" in open_straight(grown_up, diary, prompt="none")[1]

        # Whoever stays is told of, too, when the session merely runs out: once, whichever worker looks.
        built.clock.advance(timedelta(hours=8))
        with house.app.app_context():
            _to_the_end(first)
            _to_the_end(second)
            assert Walk(tried=1, sent=1) == house.new_postman().send_due()
        assert 2 == len(receiver.tokens())

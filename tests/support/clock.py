"""A clock that stands still until the test moves it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse, Outside

# The first of September, eight in the morning in Moscow: the busiest minute of the year.
FIRST_BELL = datetime(2026, 9, 1, 5, 0, tzinfo=UTC)


class Clock:
    """`now` fits everything that takes a clock."""

    def __init__(self, at: datetime = FIRST_BELL):
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> datetime:
        self.at += by
        return self.at


def nothing_answers(_request: HttpRequest) -> HttpResponse:
    """The network of a test that is not about the network."""
    raise HttpFailure("connection")


def outside_at(clock: Clock) -> Outside:
    """An outside with this clock, real randomness and no network."""
    return Outside(now=clock.now, random=secrets.token_bytes, send=nothing_answers)

"""The clock, randomness and their one value."""

from __future__ import annotations

import uuid
from datetime import UTC, timedelta

import pytest

from broker.foundation.outside import Outside, monotonic, real_outside, utc_now
from broker.foundation.settings import HttpSettings
from tests.support.clock import Clock, nothing_answers


def test_the_real_clock_is_aware_and_goes_on() -> None:
    first, second = utc_now(), utc_now()

    assert UTC is first.tzinfo
    assert first <= second
    assert monotonic() <= monotonic()


def test_real_tokens_and_identifiers_differ() -> None:
    outside = real_outside(nothing_answers)

    assert 100 == len({outside.token() for _ in range(100)})
    assert 100 == len({outside.uuid() for _ in range(100)})
    assert (43, 22) == (len(outside.token()), len(outside.token(16)))


def test_an_identifier_is_a_uuid_of_version_4(clock: Clock) -> None:
    made = uuid.UUID(Outside(now=clock.now, random=lambda size: b"\xff" * size, send=nothing_answers).uuid())

    assert (4, uuid.RFC_4122) == (made.version, made.variant)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"connect_timeout": timedelta(0)}, "http.connect_timeout"),
        ({"connect_timeout": timedelta(seconds=20)}, "http.connect_timeout"),
        ({"max_response_bytes": 100}, "http.max_response_bytes"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        HttpSettings(**wrong)

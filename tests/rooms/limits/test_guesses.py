"""Guessing: a stranger closes a name for their own place, a crowd for strange devices, nobody for its owner's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.foundation.outside import Outside
from broker.limits.guesses import Guesser, Guesses
from broker.limits.limits import Limits
from broker.limits.places import place_of
from broker.limits.settings import LimitSettings
from broker.storage.database import Database
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

NAME = "orlova.diary"
HERE, ELSEWHERE, OWN = Guesser("192.0.2.1"), Guesser("192.0.2.2"), Guesser("192.0.2.1", "her-telephone")


@pytest.fixture
def guesses(database: Database, outside: Outside) -> Guesses:
    limits = Limits(database, sealing_vault(database, outside).fingerprints, outside.now)
    return Guesses(limits, LimitSettings(password_tries=3, password_tries_in_all=5))


def closed(guesses: Guesses, guesser: Guesser, times: int) -> list[bool]:
    return [not guesses.spend(NAME, guesser).is_allowed for _ in range(times)]


def test_a_stranger_closes_it_only_where_they_are(guesses: Guesses) -> None:
    assert [False, False, False, True] == closed(guesses, HERE, 4)
    assert [False] == closed(guesses, ELSEWHERE, 1)


def test_many_places_close_it_for_strangers_and_not_for_its_owner(guesses: Guesses) -> None:
    for number in range(5):
        assert [False] == closed(guesses, Guesser(f"198.51.100.{number}"), 1)

    assert [True] == closed(guesses, ELSEWHERE, 1)
    assert [False, False, False, True] == closed(guesses, OWN, 4)


def test_the_tries_of_the_owners_device_close_nothing_for_others(guesses: Guesses) -> None:
    closed(guesses, OWN, 10)

    assert [False] == closed(guesses, HERE, 1)


def test_a_closed_place_costs_the_name_nothing_more(guesses: Guesses) -> None:
    closed(guesses, HERE, 50)

    assert [False, False] == closed(guesses, ELSEWHERE, 2)


def test_the_school_opens_it_for_everybody_at_once(guesses: Guesses, clock: Clock) -> None:
    closed(guesses, HERE, 4)
    assert clock.now() + timedelta(minutes=15) == guesses.closed_until(f" {NAME.upper()} ")
    for number in range(5):
        closed(guesses, Guesser(f"198.51.100.{number}"), 1)

    guesses.open_again(NAME)

    assert guesses.closed_until(NAME) is None
    assert [False] == closed(guesses, HERE, 1)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("no address", "no address ", False),
    ],
)
def test_a_place(one: str, other: str, is_same: bool) -> None:
    assert is_same == (place_of(one) == place_of(other))

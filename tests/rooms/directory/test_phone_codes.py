"""A code shows whose a phone is: five tries, fifteen minutes, once, and only the newest one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.directory.phone_codes import PhoneAnswer, PhoneCodes
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.memory_shelf import MemoryShelf
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

ANNA, BORIS, PHONE = "anna", "boris", "+79990001122"


@pytest.fixture
def codes(sqlite_database: Database, outside: Outside) -> PhoneCodes:
    vault = sealing_vault(sqlite_database, outside)
    return PhoneCodes(MemoryShelf(outside.now), vault.sealer, vault.fingerprints, outside)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_right_code_is_right_once_however_it_is_spaced(codes: PhoneCodes) -> None:
    code = codes.begin(ANNA, PHONE)
    assert (6, True, PHONE) == (len(code), code.isdecimal(), codes.phone_of(ANNA))

    assert PhoneAnswer("right", 4, PHONE) == codes.check(ANNA, f" {code[:3]} {code[3:]} ")
    assert PhoneAnswer("gone", 0) == codes.check(ANNA, code)
    assert codes.phone_of(ANNA) is None


def test_a_sixth_try_finds_nothing_even_with_the_right_code(codes: PhoneCodes) -> None:
    code = codes.begin(ANNA, PHONE)

    assert [("wrong", left) for left in (4, 3, 2, 1, 0)] == [
        (answer.state, answer.left) for answer in (codes.check(ANNA, wrong(code)) for _ in range(5))
    ]
    assert "gone" == codes.check(ANNA, code).state


def test_a_new_code_ends_the_old_one_and_brings_new_tries(codes: PhoneCodes) -> None:
    old = codes.begin(ANNA, PHONE)
    for _ in range(5):
        codes.check(ANNA, wrong(old))
    new = codes.begin(ANNA, "+79990003344")

    assert old == new or "wrong" == codes.check(ANNA, old).state
    assert "+79990003344" == codes.check(ANNA, new).phone


@pytest.mark.parametrize(("after", "state"), [(timedelta(seconds=899), "right"), (timedelta(minutes=15), "gone")])
def test_a_code_works_for_fifteen_minutes(codes: PhoneCodes, clock: Clock, after: timedelta, state: str) -> None:
    code = codes.begin(ANNA, PHONE)
    clock.advance(after)

    assert state == codes.check(ANNA, code).state


def test_a_code_is_one_persons_own(codes: PhoneCodes) -> None:
    code = codes.begin(ANNA, PHONE)

    assert "gone" == codes.check(BORIS, code).state
    other = codes.begin(BORIS, PHONE)
    assert code == other or "wrong" == codes.check(BORIS, code).state
    assert "right" == codes.check(ANNA, code).state


def test_nothing_shows_in_a_repr(codes: PhoneCodes) -> None:
    code = codes.begin(ANNA, PHONE)
    shown = repr(codes.check(ANNA, code))

    assert PHONE not in shown
    assert code not in shown

"""A device that was signed in on says so by a cookie that nobody else can make or move."""

from __future__ import annotations

import pytest

from broker.foundation.outside import Outside
from broker.sessions.known import KnownDevices
from broker.storage.database import Database
from tests.support.sealing import sealing_vault


@pytest.fixture
def known(sqlite_database: Database, outside: Outside) -> KnownDevices:
    return KnownDevices(sealing_vault(sqlite_database, outside).fingerprints, outside)


def test_only_logins_that_were_in_are_known(known: KnownDevices) -> None:
    cookie = known.with_login(None, "Orlova.Diary")

    assert known.device_of(cookie, " orlova.diary ") == known.device_of(cookie, "ORLOVA.diary") != ""
    assert "" == known.device_of(cookie, "belova.diary")
    assert cookie == known.with_login(cookie, "orlova.diary")
    assert "orlova" not in cookie.casefold()


def test_a_mark_is_of_one_device(known: KnownDevices) -> None:
    mine, theirs = known.with_login(None, "orlova.diary"), known.with_login(None, "orlova.diary")
    moved = f"{theirs.split('.')[0]}.{mine.split('.')[1]}"

    assert known.device_of(mine, "orlova.diary") != known.device_of(theirs, "orlova.diary")
    assert "" == known.device_of(moved, "orlova.diary")


def test_a_family_is_remembered_and_no_more_than_five(known: KnownDevices) -> None:
    cookie = None
    for number in range(6):
        cookie = known.with_login(cookie, f"login{number}")

    assert ["", *[known.device_of(cookie, "login5")] * 5] == [known.device_of(cookie, f"login{n}") for n in range(6)]


@pytest.mark.parametrize("unverified", [None, "", ".", "a", "a.", "a.b", "ж.ж", "x" * 300, "." * 90])
def test_what_is_not_ours_is_strange_and_can_be_replaced(known: KnownDevices, unverified: str | None) -> None:
    assert "" == known.device_of(unverified, "orlova.diary")
    assert known.device_of(known.with_login(unverified, "orlova.diary"), "orlova.diary")

"""Everything that ends is listed, and told of at 60, 30 and 7 days: once each, whatever the number of nodes."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.clients.client import ClientSecret
from broker.console.calendar_actions import dates, ics
from broker.custody.calendar import WARN_DAYS, WHATS, Calendar, DueDate, Source, in_order, nearest, stage
from broker.custody.calendar_sources import authorities_in, client_dates, opening_keys, pin_of, signing_keys
from broker.custody.calendar_store import WarningStore
from broker.custody.calendar_warnings import CalendarRounds, Voices
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.opening.opener import OpeningKeyInfo
from keys.settings import KeySettings
from keys.signing.key import KeyUse
from tests.rooms.custody.key_house import KeyHouse, key_house, service
from tests.rooms.keys.vaults import MASTER
from tests.support.client_certificates import make
from tests.support.clock import Clock

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def due(days: float, what: str = "esia_own", mark: str = "m", since: datetime | None = None) -> DueDate:
    return DueDate(what, "present", mark, NOW + days * DAY, since, ends=True)


@pytest.mark.parametrize(
    ("left", "expected"),
    [(60.01, None), (60, 60), (30.01, 60), (30, 30), (7.01, 30), (7, 7), (0, 7), (-5, 7)],
)
def test_the_latest_warning_that_has_come(left: float, expected: int | None) -> None:
    assert expected == stage(due(left), NOW)


@pytest.mark.parametrize(("life", "expected"), [(7, None), (8, 7), (30, 7), (31, 7)])
def test_a_short_life_is_not_warned_of_at_birth(life: int, expected: int | None) -> None:
    assert expected == stage(due(3, since=NOW + (3 - life) * DAY), NOW)


@given(st.lists(st.tuples(st.integers(-400, 400), st.sampled_from(WHATS)), max_size=20))
def test_the_list_is_in_order_and_the_nearest_of_a_kind_is_its_first(said: list[tuple[int, str]]) -> None:
    found = in_order([due(days, what) for days, what in said], NOW)

    assert sorted(one.at for one in found) == [one.at for one in found]
    assert all(one.at > NOW - 30 * DAY for one in found)
    for what, seconds in nearest(found, NOW).items():
        first = next((one for one in found if one.what == what), None)
        assert (float("inf") if first is None else (first.at - NOW).total_seconds()) == seconds


def test_a_source_that_cannot_be_read_hides_no_other() -> None:
    def broken() -> Iterator[DueDate]:
        raise ValueError("esia.certificate_file names a file that cannot be read")

    found = dates(Calendar({"esia": broken, "services": lambda: [due(5)]}, lambda: NOW))

    assert ["esia"] == found["unread"]
    assert [("esia_own", 5, 7)] == [(one["what"], one["days"], one["soon"]) for one in found["dates"]]


def test_of_services_what_will_end_is_listed_and_no_secret_is_shown() -> None:
    made = make(NOW)
    jwks = {"keys": [{"x5c": [base64.b64encode(made.der).decode()]}, {"x5c": ["!"]}, {"kty": "EC"}]}
    secrets = (ClientSecret("over", NOW - DAY), ClientSecret("old-hash", NOW + 3 * DAY), ClientSecret("new-hash", None))
    diary = replace(service("diary", jwks=jwks), secrets=secrets)

    found = tuple(client_dates([diary, replace(service("off"), secrets=secrets, is_enabled=False)], NOW))

    expected = [("client_secret", "diary", NOW + 3 * DAY), ("client_certificate", "diary", made.certificate.not_valid_after_utc)]
    assert expected == [(one.what, one.name, one.at) for one in found]
    assert "hash" not in repr(found)


def test_the_calendar_file_is_folded_and_escaped() -> None:
    lines = ics((replace(due(5), name="Школа №5, «Ромашка»; " + "я" * 60),), NOW).split("\r\n")

    assert ["BEGIN:VCALENDAR", "VERSION:2.0"] == lines[:2]
    assert "" == lines[-1]
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "DTSTART;VALUE=DATE:20260906" in lines
    whole = "\r\n".join(lines).replace("\r\n ", "")
    assert "SUMMARY:Ends: esia own Школа №5\\, «Ромашка»\\; " + "я" * 60 + "\r\n" in whole


@dataclass
class Node:
    """One process that warns, over a database that others share."""

    house: KeyHouse
    rounds: CalendarRounds
    mails: list[tuple[str, ...]] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    meters: dict[str, float] = field(default_factory=dict)


def node(database: Database, outside: Outside, source: Source, fails: Sequence[str] = ()) -> Node:
    house = key_house(database, outside)
    made: Node

    def staff(found: Sequence[DueDate], _now: datetime) -> int:
        if fails:
            raise OSError
        made.mails.append(tuple(one.mark for one in found))
        return 2

    def tell(date: DueDate, _now: datetime) -> int:
        made.services.append(date.mark)
        return 1

    voices = Voices(staff, tell, lambda what, seconds: made.meters.update({what: seconds}))
    made = Node(house, CalendarRounds(Calendar({"x": source}, outside.now), database, house.journal, voices))
    return made


def test_once_each_over_many_nodes(database: Database, outside: Outside, clock: Clock) -> None:
    end = clock.now() + 61 * DAY
    things = [
        DueDate("esia_own", "present", "certificate", end, ends=True),
        DueDate("client_secret", "diary", "secret", end + 31 * DAY, ends=True),
    ]
    one, other = node(database, outside, lambda: things), node(database, outside, lambda: things)
    for _ in range(95):
        one.rounds.step()
        other.rounds.step()
        clock.advance(DAY)

    told = [entry.fields for entry in one.house.journal.tail(500) if entry.name == "expiry.warned"]

    expected = {(mark, days) for mark in ("certificate", "secret") for days in WARN_DAYS}
    assert expected == {(row["mark_id"], row["days"]) for row in told}
    assert 6 == len(told) == sum(map(len, one.mails + other.mails))
    assert {2, 3} == {row["told"] for row in told}
    assert ["secret"] * 3 == one.services + other.services
    assert one.meters == other.meters
    assert one.meters["client_secret"] < 0 and one.meters["scim_token"] == float("inf")


def test_keys_that_services_encrypt_to_are_due_while_they_are_published() -> None:
    keys = (OpeningKeyInfo("k" * 43, "EC", NOW, None), OpeningKeyInfo("o" * 43, "EC", NOW, NOW + DAY))

    assert [("EC kkkkkkkk", NOW + 90 * DAY)] == [(one.name, one.at) for one in opening_keys(keys, 90 * DAY)]
    assert [] == list(opening_keys(keys, timedelta(0))), "they are off"


def test_authorities_and_the_pin_of_the_module_stand_in_files(tmp_path: Path) -> None:
    file, pin = tmp_path / "authorities.pem", tmp_path / "pin"
    file.write_text(make(NOW, subject="CN=Schools").pem + make(NOW, subject="CN=Diaries").pem)
    pin.write_text("1234")
    os.utime(pin, (NOW.timestamp(), NOW.timestamp()))

    found = list(authorities_in(file))
    assert [("CN=Schools", NOW + DAY), ("CN=Diaries", NOW + DAY)] == [(one.name, one.at) for one in found]
    assert {("mtls_authority", True)} == {(one.what, one.ends) for one in found}
    assert [(NOW + 365 * DAY, NOW)] == [(one.at, one.since) for one in pin_of(pin, 365 * DAY)]
    for broken in (lambda: list(authorities_in(pin)), lambda: list(pin_of(tmp_path / "none", DAY))):
        with pytest.raises(ValueError, match="cannot be"):
            broken()


def test_what_could_not_be_told_is_told_later(
    database: Database, outside: Outside, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    thing = DueDate("esia_own", "present", "certificate", clock.now() + 5 * DAY, ends=True)
    fails = ["no mail"]
    only = node(database, outside, lambda: [thing], fails)
    only.rounds.step()
    fails.clear()
    clock.advance(timedelta(minutes=9))
    only.rounds.step()
    assert [] == only.mails

    clock.advance(timedelta(minutes=1))
    only.rounds.step()

    assert [("certificate",)] == only.mails
    assert "a look at the calendar was not finished" in caplog.text


def test_signing_keys_are_due_when_they_have_signed_long_enough(database: Database, outside: Outside) -> None:
    keys = key_house(database, outside, keys=KeySettings(master_key=MASTER)).vault.keeper.all()

    found = tuple(signing_keys(keys, 90 * DAY))

    assert {key.kid for key in keys} == {one.mark for one in found}
    assert {"signing_key", "audit_key"} == {one.what for one in found}
    assert all(one.at == key.moved_at + 90 * DAY for one in found for key in keys if key.kid == one.mark)
    assert sum(key.use is KeyUse.AUDIT for key in keys) == sum(one.what == "audit_key" for one in found)


def test_of_two_who_saw_nothing_told_one_may_tell(database: Database, clock: Clock) -> None:
    store, key = WarningStore(database), ("esia_own", "certificate", 7)
    with database.work():
        claimed = [store.claim(key, clock.now()), store.claim(key, clock.now())]

    assert [True, False] == claimed
    assert {key} == store.told()

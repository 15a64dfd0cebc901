"""The same person on two sides of a midnight: rules begin on a local day, birthdays too, and no old token slips through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.linking import give_password, show, shown_code, to_the_service
from tests.support.town import Town, town
from tests.support.visits import cause_of, leave_esia, open_straight, rewrite_card, signed_in

SECOND = timedelta(seconds=1)
MOSCOW, IRKUTSK = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Irkutsk")


@contextmanager
def _town_on(folder: Path, at: datetime) -> Iterator[Town]:
    with town(folder, Clock(at.astimezone(UTC))) as built:
        yield built


@pytest.fixture(scope="module")
def town_of_2018(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Everybody is as old as people.toml says on 1 June 2018."""
    with _town_on(tmp_path_factory.mktemp("town"), datetime(2018, 6, 1, 9, tzinfo=MOSCOW)) as built:
        yield built


def _refused(town: Town, login: str, **asked: str) -> str:
    """The cause on the page of somebody who comes with a fresh browser; "" when they are let in."""
    with Browser() as browser:
        page = town.sign_in(browser, login, town.relying_party().begin(**asked).url)
        return "" if "location" in page.headers else cause_of(page) or page.text


def test_a_standard_account_opened_the_diary_until_the_last_second(town_of_2018: Town, browser: Browser) -> None:
    first_day = datetime(2024, 7, 1, tzinfo=MOSCOW)
    diary = town_of_2018.relying_party()

    _, claims = signed_in(town_of_2018, browser, diary, "belova.d")
    assert ("urn:school-signin:esia:not_confirmed", "29") == (claims["acr"], _region(town_of_2018, browser))
    town_of_2018.clock.at = (first_day - SECOND).astimezone(UTC)
    with Browser() as late:
        tokens, _ = signed_in(town_of_2018, late, diary, "belova.d")
        assert 200 == diary.userinfo(tokens["access_token"]).status_code
        town_of_2018.clock.at = first_day.astimezone(UTC)

        assert "2109" == _refused(town_of_2018, "belova.d")
        # One second older than the token, and over everywhere: what it opens, what it renews, the session itself.
        assert 401 == diary.userinfo(tokens["access_token"]).status_code
        assert 400 == diary.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code
        assert "error" in open_straight(late, diary, prompt="none")[1]
    assert "" == _refused(town_of_2018, "orlova")


def test_a_pupil_of_17_in_irkutsk_proves_once(town_of_2018: Town, browser: Browser) -> None:
    """Attached to a parent's account is enough then, and nothing ever matches by itself; what was proven lasts."""
    then, diary = town_of_2018.clock.at, town_of_2018.relying_party()
    give_password(town_of_2018, "demo-sokolov-a")
    town_of_2018.clock.at = datetime(2018, 6, 2, 9, tzinfo=MOSCOW).astimezone(UTC)
    request = diary.begin(region="38")

    page = town_of_2018.sign_in(browser, "sokolov.a", request.url)

    assert "3101" == shown_code(page), page.text
    claims = to_the_service(browser, show(browser, page, "sokolov.a.diary"), diary, request)
    assert "urn:school-signin:esia:confirmed" == claims["acr"]
    tokens, _ = signed_in(town_of_2018, browser, diary, "sokolov.a", region="38")
    assert 200 == diary.userinfo(tokens["access_token"]).status_code
    with Browser() as another:
        signed_in(town_of_2018, another, diary, "sokolov.a", region="38")
    town_of_2018.clock.at = then


def test_midnight_is_that_of_the_region(tmp_path: Path, browser: Browser) -> None:
    """Irkutsk is five hours ahead of Moscow: its first of July begins at 16:00 UTC."""
    with _town_on(tmp_path, datetime(2022, 6, 1, 9, tzinfo=MOSCOW)) as built:
        # A pupil of 16 with a standard account, who has moved to Irkutsk and is of age two years later.
        places = [{"school": "38-001", "role": "pupil", "class_name": "11А", "left_on": None}]
        rewrite_card(built, "demo-belova-d", memberships=places)
        midnight = datetime(2024, 7, 1, tzinfo=IRKUTSK)
        assert datetime(2024, 6, 30, 16, tzinfo=UTC) == midnight
        built.clock.at = (midnight - timedelta(hours=3)).astimezone(UTC)
        diary = built.relying_party()
        tokens, _ = signed_in(built, browser, diary, "belova.d", region="38")

        built.clock.at = (midnight - SECOND).astimezone(UTC)
        renewed = diary.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert 200 == renewed.status_code, renewed.text
        tokens = renewed.json()
        built.clock.at = midnight.astimezone(UTC)
        refused = diary.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

        assert (400, "invalid_grant") == (refused.status_code, refused.json()["error"])
        assert "2109" == _refused(built, "belova.d", region="38")
        # At that moment it is still June in Moscow.
        assert 6 == built.clock.now().astimezone(MOSCOW).month
        assert "" == _refused(built, "orlova")
        with built.house.app.app_context():
            last = [entry.record for entry in built.house.journal.tail(50) if entry.record.name == "policy.refused"][-1]
        assert ("demo-belova-d", 2109) == (last.fields["person_id"], last.fields["cause"])


def test_fourteenth_birthday_begins_at_local_midnight(sqlite_town: Town, browser: Browser) -> None:
    diary = sqlite_town.relying_party()
    born = date.fromisoformat(sqlite_town.people["belov.t"]["birth_date"])
    birthday = datetime(born.year + 14, born.month, born.day, tzinfo=MOSCOW)
    sqlite_town.clock.at = (birthday - SECOND).astimezone(UTC)
    tokens, claims = signed_in(sqlite_town, browser, diary, "belov.t")
    assert "urn:school-signin:esia:child" == claims["acr"]
    assert 200 == diary.userinfo(tokens["access_token"]).status_code

    sqlite_town.clock.at = birthday.astimezone(UTC)

    assert 401 == diary.userinfo(tokens["access_token"]).status_code
    assert 400 == diary.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code
    assert "2109" == _refused(sqlite_town, "belov.t")
    leave_esia(sqlite_town, browser)
    # The mother still sees the child: being her child has no age limit here.
    parent, _ = signed_in(sqlite_town, browser, diary, "belova", prompt="login")
    assert "Белов Тимофей Андреевич" in {one["name"] for one in diary.userinfo(parent["access_token"]).json()["children"]}


def _region(town: Town, browser: Browser) -> str:
    diary = town.relying_party()
    request, answer = open_straight(browser, diary)
    tokens = diary.redeem(answer["code"], request).json()
    return str(diary.userinfo(tokens["access_token"]).json()["region"])

"""A thief of an invitation sheet, and of a diary password: what they try, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from broker.audit.event import SYSTEM
from broker.directory.contacts import Kind
from tests.support.browser import Browser
from tests.support.invited import FINISHED, NEW_PASSWORD, Invited, finish, give_contacts, invited, say_right
from tests.support.linking import give_password, shown_code
from tests.support.own import Post, enter_by_password, town_with_post
from tests.support.page import Page

# A year in which region 38 lets people in by the diary password.
THEN = datetime(2018, 5, 14, 6, tzinfo=UTC)
PUPIL = "demo-semyonov"


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with town_with_post(tmp_path_factory.mktemp("thief"), THEN) as built:
        yield built


@pytest.fixture(autouse=True)
def later(post: Post) -> None:
    post.town.clock.advance(timedelta(hours=25))
    give_password(post.town, PUPIL)


def used(post: Post) -> Invited:
    """A sheet whose owner has been through the wizard."""
    sheet = invited(post.town, PUPIL)
    with Browser() as owner:
        assert finish(owner, sheet.open(owner)).heading in FINISHED
    return sheet


def try_(browser: Browser, sheet: Invited, password: str) -> Page:
    return browser.submit(sheet.ask(browser).form("login", "password"), login=sheet.login, password=password)


@pytest.mark.parametrize("state", ["used", "expired"])
def test_an_old_sheet_gives_no_new_tries_of_the_password(post: Post, browser: Browser, state: str) -> None:
    sheet = used(post) if state == "used" else invited(post.town, PUPIL, days=1)
    post.town.clock.advance(timedelta(days=2))
    for _ in range(9):
        assert 401 == try_(browser, sheet, "a guess").status

    told = shown_code(try_(browser, sheet, sheet.password))

    assert {"used": "4004", "expired": "4005"}[state] == told
    assert "4002" == shown_code(try_(browser, sheet, "a guess"))


def test_whoever_was_in_by_the_old_password_is_out_after_the_wizard(post: Post, browser: Browser) -> None:
    town = post.town
    with Browser() as thief:
        enter_by_password(town, thief, "semyonov.diary")
        assert f"{town.issuer}/me" == thief.open(f"{town.issuer}/me").url
        sheet = invited(town, PUPIL)
        assert f"{town.issuer}/me" == thief.open(f"{town.issuer}/me").url

        finish(browser, sheet.open(browser))

        assert "/login" in thief.open(f"{town.issuer}/me", follow=False).headers.get("location", "/login")
        with town.house.app.app_context():
            assert () == town.house.sessions.of_person(PUPIL)
    with Browser() as owner:
        enter_by_password(town, owner, "semyonov.diary", NEW_PASSWORD)
        assert f"{town.issuer}/me" == owner.open(f"{town.issuer}/me").url


def test_contacts_are_not_taken_away_in_silence(post: Post, browser: Browser) -> None:
    town, old = post.town, "before@example.org"
    with town.house.app.app_context():
        town.house.contacts.put(PUPIL, Kind.EMAIL, old, SYSTEM)
        town.house.contacts.confirm(PUPIL, Kind.EMAIL, old)
    told = len(post.mails(old))
    page = say_right(browser, invited(town, PUPIL).open(browser))

    give_contacts(browser, page, email="thief@example.org")

    assert told + 1 == len(post.mails(old))
    assert "thief" not in post.mails(old)[-1].text


def test_the_same_contacts_typed_again_are_no_news(post: Post, browser: Browser) -> None:
    town, old = post.town, "same@example.org"
    with town.house.app.app_context():
        town.house.contacts.put(PUPIL, Kind.EMAIL, old, SYSTEM)
        town.house.contacts.confirm(PUPIL, Kind.EMAIL, old)
        town.house.contacts.remove(PUPIL, Kind.PHONE, SYSTEM)
    told = len(post.mails(old))

    give_contacts(browser, say_right(browser, invited(town, PUPIL).open(browser)), email=" Same@Example.org ")

    assert told == len(post.mails(old))

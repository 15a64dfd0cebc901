"""Letters that come late: whoever waits for a code is told so, known or not, until the first one has left (cause 8005)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.journeys.failures.stage import holds, text_of
from tests.support.browser import Browser
from tests.support.mail_server import deliver
from tests.support.own import Post, at, code_in, enter, submit, town_with_post

ORLOVA = "orlova@example.org"
BUSY = ["451 4.3.0 later"] * 20


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with town_with_post(tmp_path_factory.mktemp("late")) as built:
        yield built


@pytest.fixture(autouse=True)
def another_day(here: Post) -> Iterator[None]:
    """Whatever is still under way goes first, so that every journey begins with a post office that works."""
    here.mail.answers.clear()
    here.phone.answers.clear()
    here.town.clock.advance(timedelta(hours=25))
    deliver(here.town)
    yield


def told(here: Post, browser: Browser, path: str = "/recover/code") -> bool:
    return "8005" in at(here.town, browser, path).text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_both_are_told_and_the_first_letter_ends_it(here: Post, language: str) -> None:
    with Browser(language) as known, Browser(language) as unknown:
        submit(here.town, known, "/recover/start", name="orlova.diary")
        submit(here.town, unknown, "/recover/start", name="nobody.diary")
        here.mail.answers[:] = BUSY
        deliver(here.town)
        here.town.clock.advance(timedelta(minutes=4))
        assert (False, False) == (told(here, known), told(here, unknown))

        here.town.clock.advance(timedelta(minutes=1))
        deliver(here.town)
        page = at(here.town, known, "/recover/code")
        assert holds(text_of("cause.8005.title", language), page.text), page.text
        assert told(here, unknown)

        here.mail.answers.clear()
        here.town.clock.advance(timedelta(minutes=4))
        code = code_in(here.mails(ORLOVA)[-1])
        assert (False, False) == (told(here, known), told(here, unknown))
        fields = {"code": code}
        assert "/recover/password" in submit(here.town, known, "/recover/code", **fields).url


def test_a_code_that_was_given_up_is_told_for_an_hour(here: Post, browser: Browser) -> None:
    submit(here.town, browser, "/recover/start", name="orlova.diary")
    here.mail.answers[:] = BUSY
    deliver(here.town)
    here.town.clock.advance(timedelta(minutes=20))
    deliver(here.town)
    here.town.clock.advance(timedelta(minutes=20))
    submit(here.town, browser, "/recover/start", name="nobody.diary")
    assert told(here, browser)
    here.town.clock.advance(timedelta(minutes=41))
    submit(here.town, browser, "/recover/start", name="nobody.diary")
    assert not told(here, browser)


def test_a_full_mailbox_is_nobody_elses_delay(here: Post, browser: Browser) -> None:
    submit(here.town, browser, "/recover/start", name="orlova.diary")
    here.mail.answers[:] = ["452 4.2.2 full"]
    deliver(here.town)
    here.town.clock.advance(timedelta(minutes=4))
    submit(here.town, browser, "/recover/start", name="belova@example.org")
    here.mail.answers[:] = []
    here.town.clock.advance(timedelta(minutes=2))
    here.mails("belova@example.org")

    assert not told(here, browser)


def test_letters_that_nobody_carries_are_late_too(here: Post, browser: Browser) -> None:
    """The couriers stand still: no letter was ever tried."""
    enter(here.town, browser, "orlova")
    submit(here.town, browser, "/me/email", email="orlova.new@example.org")
    assert "8005" not in at(here.town, browser, "/me/email/sent").text
    here.town.clock.advance(timedelta(minutes=6))

    assert "8005" in at(here.town, browser, "/me/email/sent").text
    deliver(here.town)
    assert "8005" not in at(here.town, browser, "/me/email/sent").text


def test_a_slow_gateway_of_sms_is_told_where_an_sms_is_waited_for(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "orlova")
    submit(here.town, browser, "/me/phone", phone="+7 900 123-45-67")
    submit(here.town, browser, "/me/email", email="orlova.newer@example.org")
    here.phone.answers[:] = [503] * 20
    deliver(here.town)
    here.town.clock.advance(timedelta(minutes=6))
    deliver(here.town)

    assert "8005" in at(here.town, browser, "/me/phone/sent").text
    assert "8005" not in at(here.town, browser, "/me/email/sent").text

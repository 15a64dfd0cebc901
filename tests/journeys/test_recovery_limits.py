"""Many different names from one browser or one address: guessing whom we know is stopped, a class is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.mail_server import changes_for, deliver, mail_server, sms_gateway
from tests.support.own import Post, submit
from tests.support.town import Town, town
from tests.support.visits import cause_of

LIMITS = {"BROKER_LIMITS__TRIES_PER_BROWSER": "3", "BROKER_LIMITS__TRIES_PER_ADDRESS": "5"}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), Clock(), LIMITS) as built:
        yield built


def asked(strict: Town, browser: Browser, path: str, count: int) -> list[str]:
    return [cause_of(submit(strict, browser, path, name=f"name{number}.diary")) for number in range(count)]


@pytest.mark.parametrize("path", ["/recover/start", "/recover/login"])
def test_a_browser_and_an_address_have_their_limits(strict: Town, path: str) -> None:
    strict.clock.advance(timedelta(hours=2))
    with Browser() as one, Browser() as other:
        assert ["", "", "", "1011"] == asked(strict, one, path, 4)
        assert ["", "", "1011"] == asked(strict, other, path, 3)
        strict.clock.advance(timedelta(minutes=15))

        assert [""] == asked(strict, other, path, 1)


def test_codes_are_counted_with_them(strict: Town) -> None:
    strict.clock.advance(timedelta(hours=2))
    with Browser() as browser:
        asked(strict, browser, "/recover/start", 1)
        told = [cause_of(submit(strict, browser, "/recover/code", code="000000")) for _ in range(3)]

    assert ["", "", "1011"] == told


@pytest.fixture(scope="module")
def thrifty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """An SMS costs money and wakes somebody up: two a day for one number."""
    with mail_server() as mail, sms_gateway() as phone:
        changes = changes_for(mail, phone) | {"BROKER_LIMITS__SMS_PER_NUMBER": "2"}
        with town(tmp_path_factory.mktemp("thrifty"), Clock(), changes) as built:
            yield Post(built, mail, phone)


def test_a_number_gets_so_many_sms_a_day_whoever_asks_by_whatever_name(thrifty: Post) -> None:
    """Silently: the page is the same to the byte, and letters by e-mail go on."""
    said = []
    for path, name in (
        ("/recover/start", "orlova.diary"),
        ("/recover/login", "8 900 000-00-01"),
        ("/recover/start", "+79000000001"),
        ("/recover/start", "orlova@example.org"),
        ("/recover/start", "nobody.diary"),
    ):
        with Browser() as stranger:
            page = submit(thrifty.town, stranger, path, name=name)
            if path == "/recover/start":
                said.append(re.sub(r'(form_key" value=")[^"]+', r"\1", page.body))
        deliver(thrifty.town)

    assert 2 == len(thrifty.phone.messages_to("+79000000001"))
    assert 2 == len([mail for mail in thrifty.mail.messages_to("orlova@example.org") if "Код" in mail.text])
    assert 1 == len(set(said))

    thrifty.town.clock.advance(timedelta(hours=24))
    with Browser() as later:
        submit(thrifty.town, later, "/recover/start", name="orlova.diary")
    assert 3 == len(thrifty.texts("+79000000001"))

"""Many different names from one browser or one address: guessing whom we know is stopped, a class is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.own import submit
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

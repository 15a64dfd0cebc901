"""Services that are told in frames, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Route

from examples.demo.house import DemoHouse
from tests.browser.newcomer import Newcomer
from tests.relying_parties.demo import RunningDemo

Arrive = Callable[..., Newcomer]


@pytest.fixture
def framed(demo: RunningDemo) -> Iterator[str]:
    """The diary signs people out by a page of its own as well."""
    address = f"{demo.house.diary}/framed"
    for value in (address, ""):
        done = demo.typed("clients", "set", "diary", "--set", f"frontchannel_logout_uri={value}")
        assert 0 == done.returncode, done.stderr
        if value:
            yield address


def test_a_service_that_does_not_answer_holds_nobody(newcomer: Arrive, house: DemoHouse, framed: str) -> None:
    person = newcomer()
    asked: list[Route] = []
    # Neither answered nor refused: the frame loads for as long as the browser is patient.
    person.page.route(f"{framed}?*", lambda route: asked.append(route))
    person.sign_in(house.diary, "belova")
    person.page.locator('form[action="/sign-out"] button').click()

    person.page.wait_for_url(f"{house.diary}/signed-out?*", wait_until="commit")

    assert 1 == len(asked)

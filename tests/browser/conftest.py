"""One demo and one browser program for all the tests of this folder; xdist keeps them on one worker through the group mark."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser

from examples.demo.house import DemoHouse
from tests.browser.chromium import open_chromium
from tests.browser.newcomer import Newcomer, arriving
from tests.relying_parties.demo import RunningDemo, running_demo


# Before xdist, which looks at the marks once: later they would be on the tests and without effect.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if item.path.name != "test_samples.py":
                item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def demo(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """Asked for after the browser: without one there is no need to start anything."""
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="session")
def house(demo: RunningDemo) -> DemoHouse:
    return demo.house


@pytest.fixture(scope="session")
def people(house: DemoHouse) -> list[dict[str, Any]]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{house.mock_esia}/people.json", timeout=30) as answer:
        found: list[dict[str, Any]] = json.load(answer)["people"]
    return found


@pytest.fixture
def newcomer(chromium: Browser, house: DemoHouse) -> Iterator[Callable[..., Newcomer]]:
    """Makes people with browsers of their own: language, window size and context options as `arriving` takes them."""
    with ExitStack() as stack:
        yield lambda language="ru", size=None, **options: stack.enter_context(
            arriving(chromium, house, language, size, **options)
        )

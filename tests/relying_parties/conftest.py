"""One demo and one strict house for all the tests of this folder; xdist keeps each on one worker through the group mark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.relying_parties.demo import RunningDemo, running_demo
from tests.relying_parties.strict_house import StrictHouse, strict_house


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictHouse]:
    """A broker behind TLS; the libraries have no clock but today's."""
    with strict_house(tmp_path_factory.mktemp("strict")) as built:
        yield built

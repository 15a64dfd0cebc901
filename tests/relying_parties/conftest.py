"""One demo for all the tests of this folder; xdist keeps them on one worker through the group mark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.relying_parties.demo import RunningDemo, running_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rooms.provider.stand import Browser, RelyingParty, Stand, build
from tests.support.clock import Clock


@pytest.fixture
def stand(tmp_path: Path, clock: Clock) -> Iterator[Stand]:
    made = build(tmp_path, clock)
    yield made
    made.rooms.database.close()


@pytest.fixture
def browser(stand: Stand) -> Browser:
    """Anna is signed in."""
    made = stand.browser()
    made.sign_in()
    return made


@pytest.fixture
def diary(stand: Stand) -> RelyingParty:
    return stand.relying_party()

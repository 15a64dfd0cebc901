"""One `Screens` for the whole room: it holds no state, and building it reads every file."""

from __future__ import annotations

import pytest

from broker.screens.render import Screens
from broker.screens.settings import ScreenSettings


@pytest.fixture(scope="session")
def screens() -> Screens:
    return Screens(ScreenSettings())

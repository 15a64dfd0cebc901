from __future__ import annotations

import pytest
from login_house import House


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.database.engine.dispose()


@pytest.fixture
def browser(house):
    return house.browser()

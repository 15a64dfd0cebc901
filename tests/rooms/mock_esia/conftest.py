from __future__ import annotations

import pytest

from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.settings import MockClient, MockSettings
from tests.rooms.mock_esia.mock_esia_driver import CERTIFICATE, CLIENT, Clock, Party

BASE = "http://127.0.0.1:8001"


@pytest.fixture(scope="session")
def var_dir(tmp_path_factory):
    """One RSA key for all tests of this room; making one is slow."""
    return tmp_path_factory.mktemp("stand") / "state"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def module_settings(var_dir):
    granted = frozenset({
        "openid", "fullname", "birthdate", "gender", "snils", "email", "mobile", "id_doc", "addresses",
        "kid_fullname", "kid_birthdate", "kid_snils",
    })
    client = MockClient(CLIENT, (CERTIFICATE,), ("http://127.0.0.1:8000/",), granted)
    other = MockClient("OTHER_SYSTEM", (CERTIFICATE,), ("http://127.0.0.1:8000/",), granted)
    return MockSettings(base_url=BASE, environment="test", clients=(client, other), var_dir=var_dir)


@pytest.fixture
def settings(module_settings):
    return module_settings


@pytest.fixture
def app(settings, clock):
    return create_mock_esia(settings, clock)


@pytest.fixture
def party(app, clock):
    return Party(app, clock)

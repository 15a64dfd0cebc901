"""Whether people are real decides whether a sandbox may be entered, so a doubt counts as yes."""

from __future__ import annotations

import pytest

from config.load import load_settings
from config.reality import people_are_real


@pytest.mark.parametrize(
    ("environment", "address", "expected"),
    [
        ("test", "http://127.0.0.1:8001", False),
        ("development", "http://mock:8001", False),
        ("development", "https://esia.gosuslugi.ru", True),
        ("development", "https://esia-portal1.test.gosuslugi.ru", False),
        ("development", "https://esia.gosuslugi.ru.example", False),
        ("development", "https://test.gosuslugi.ru.example", False),
    ],
)
def test_real_people(environment: str, address: str, expected: bool) -> None:
    settings = load_settings({"BROKER_DEPLOYMENT__ENVIRONMENT": environment, "BROKER_ESIA__BASE_URL": address})

    assert expected is people_are_real(settings)

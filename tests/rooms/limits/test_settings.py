"""Limits that would let everybody through, or nobody, are refused by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from broker.limits.settings import LimitSettings


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"password_tries": 0}, "password_tries"),
        ({"codes_per_name": -1}, "codes_per_name"),
        ({"password_within": timedelta(seconds=59)}, "password_within"),
        ({"refusals_within": timedelta(days=8)}, "refusals_within"),
        ({"password_tries": 11, "password_tries_in_all": 10}, "password_tries_in_all"),
        ({"tries_per_browser": 30, "tries_per_address": 29}, "tries_per_address"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^limits.{named}"):
        LimitSettings(**wrong)

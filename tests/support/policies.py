"""The region files of the release, read and checked once: what they make is frozen, so tests may share it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from broker.policy.policies import Policies, load_policies

REGIONS = Path(__file__).parents[2] / "config" / "regions"


@cache
def shipped_policies() -> Policies:
    """The rules of access that the release carries."""
    return load_policies(REGIONS)

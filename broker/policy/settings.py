"""Settings of the rules of access."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicySettings:
    """Owned by policy; see `[policy]` in config/defaults.toml. `regions_dir` is empty for the files of the release."""

    regions_dir: str = ""

"""Settings of the meters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricsSettings:
    """Owned by metrics; see `[metrics]` in config/defaults.toml."""

    directory: str = ""

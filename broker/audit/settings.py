"""Settings of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

_SHORTEST = timedelta(days=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditSettings:
    """Owned by audit; see `[audit]` in config/defaults.toml."""

    # Signing the end of the chain every hour; only a test of something else turns it off.
    checkpoints: bool = True
    keep_for: timedelta = timedelta(days=1096)
    archive_directory: str = ""

    def __post_init__(self) -> None:
        if self.keep_for < _SHORTEST:
            raise ValueError("audit.keep_for must be at least 30 days")

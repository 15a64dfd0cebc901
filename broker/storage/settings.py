"""Settings of the database and of short-lived state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

SHELF_BACKENDS = ("sql", "redis", "memory")


@dataclass(frozen=True, kw_only=True, slots=True)
class StorageSettings:
    """Owned by storage; see `[storage]` in config/defaults.toml."""

    url: str = field(default="sqlite:///var/broker.sqlite", repr=False)
    pool_size: int = 8
    busy_timeout: timedelta = timedelta(seconds=15)
    answer_within: timedelta = timedelta(seconds=5)

    def __post_init__(self) -> None:
        if not self.url.startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
            raise ValueError("storage.url must begin with sqlite:/// or postgresql://")
        if self.pool_size < 1:
            raise ValueError("storage.pool_size must be at least 1")
        if self.answer_within < timedelta(0):
            raise ValueError("storage.answer_within must not be negative")

    def unhurried(self) -> StorageSettings:
        """The same without a limit on a statement, for a program that nobody in a browser waits for."""
        return replace(self, answer_within=timedelta(0))


@dataclass(frozen=True, kw_only=True, slots=True)
class ShelfSettings:
    """Owned by storage; see `[shelf]` in config/defaults.toml."""

    backend: str = "sql"
    url: str = field(default="", repr=False)
    timeout: timedelta = timedelta(seconds=3)

    def __post_init__(self) -> None:
        if self.backend not in SHELF_BACKENDS:
            raise ValueError(f"shelf.backend must be one of: {', '.join(SHELF_BACKENDS)}")
        if self.backend == "redis" and not self.url:
            raise ValueError("shelf.url is missing: shelf.backend is redis")

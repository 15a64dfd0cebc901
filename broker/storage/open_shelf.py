"""Chooses the short-lived store by its setting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from broker.storage.database import Database
from broker.storage.memory_shelf import MemoryShelf
from broker.storage.settings import ShelfSettings
from broker.storage.shelf import Shelf
from broker.storage.sql_shelf import SqlShelf


def open_shelf(settings: ShelfSettings, database: Database, now: Callable[[], datetime]) -> Shelf:
    """The store that `shelf.backend` names."""
    if settings.backend == "redis":
        # The driver costs every worker 6 MB, so only who uses Redis loads it; excepted by name in the test of imports.
        from broker.storage.redis_shelf import RedisShelf

        return RedisShelf(settings)
    if settings.backend == "memory":
        return MemoryShelf(now)
    return SqlShelf(database, now)

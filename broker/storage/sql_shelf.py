"""Short-lived state in the database: the embedded default, shared by several workers without Redis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Delete, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from broker.storage.database import Database
from broker.storage.hot import Hot
from broker.storage.shelf import ShelfUnavailable
from broker.storage.tables import ShortLivedRow

# Expired rows are swept once in so many writes, by whoever happens to write.
_SWEEP_EVERY = 256

_THIS = (ShortLivedRow.kind == bindparam("kind_"), ShortLivedRow.key == bindparam("key_"))
_FRESH = ShortLivedRow.ends_ms > bindparam("now_ms")
_GET = Hot(select(ShortLivedRow.value).where(*_THIS, _FRESH))
_TAKE = Hot(delete(ShortLivedRow).where(*_THIS).returning(ShortLivedRow.value, ShortLivedRow.ends_ms))
_SWEEP: Delete = delete(ShortLivedRow).where(ShortLivedRow.ends_ms <= bindparam("now_ms"))


class SqlShelf:
    """Each verb is one statement and one transaction, so it is atomic on every database."""

    def __init__(self, database: Database, now: Callable[[], datetime]):
        self._database = database
        self._now = now
        self._writes = count(1)
        insert = sqlite.insert if database.is_sqlite else postgresql.insert
        values: dict[str, Any] = {name: bindparam(f"{name}_") for name in ("kind", "key", "value", "ends_ms")}
        fresh = insert(ShortLivedRow).values(**values)
        replaced = {"value": fresh.excluded.value, "ends_ms": fresh.excluded.ends_ms}
        self._put = Hot(fresh.on_conflict_do_update(index_elements=["kind", "key"], set_=replaced))
        free = fresh.on_conflict_do_update(
            index_elements=["kind", "key"], set_=replaced, where=ShortLivedRow.ends_ms <= bindparam("now_ms")
        )
        self._claim = Hot(free.returning(ShortLivedRow.kind))

    def put(self, kind: str, key: str, value: bytes, ttl: timedelta) -> None:
        self._run(self._put, kind, key, value=value, ttl=ttl)

    def get(self, kind: str, key: str) -> bytes | None:
        found = self._run(_GET, kind, key)
        return found[0] if found else None

    def take(self, kind: str, key: str) -> bytes | None:
        found = self._run(_TAKE, kind, key)
        return found[0] if found and found[1] > self._milliseconds() else None

    def claim(self, kind: str, key: str, ttl: timedelta) -> bool:
        return self._run(self._claim, kind, key, value=b"1", ttl=ttl) is not None

    def answers(self) -> bool:
        try:
            self.get("probe", "probe")
        except ShelfUnavailable:
            return False
        return True

    def _run(
        self, statement: Hot, kind: str, key: str, *, value: bytes | None = None, ttl: timedelta | None = None
    ) -> tuple[Any, ...] | None:
        if self._database.at_work:
            raise RuntimeError("short-lived state may not be touched inside a unit of work")
        now = self._milliseconds()
        parameters: dict[str, object] = {"kind_": kind, "key_": key, "now_ms": now}
        if ttl is not None:
            parameters |= {"value_": value, "ends_ms_": now + int(ttl.total_seconds() * 1000)}
        try:
            with self._database.autocommitting() as connection:
                row = statement.first(connection, parameters)
                if ttl is not None and next(self._writes) % _SWEEP_EVERY == 0:
                    connection.execute(_SWEEP, {"now_ms": now})
        except SQLAlchemyError as error:
            raise ShelfUnavailable from error
        return row

    def _milliseconds(self) -> int:
        return int(self._now().timestamp() * 1000)

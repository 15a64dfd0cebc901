"""Walking whole tables in small steps while everybody goes on working in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, bindparam, case, func, insert, literal, or_, select, tuple_, update

from broker.custody.tables import SecretJobRow
from broker.storage.database import Database
from broker.storage.found_columns import Found
from broker.storage.sealed_columns import Sealed

_JOB: Any = SecretJobRow.__table__
_C = _JOB.c
_HEAD = 17


@dataclass(frozen=True, slots=True)
class Job:
    """How far a job has come. `part` is "" before the first and after the last; `broken` are records that do not open."""

    id: str
    kind: str
    part: str
    cursor: str
    seen: int
    changed: int
    broken: int
    total: int
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """What was read of a row, and what names it."""

    key: tuple[Any, ...]
    columns: Mapping[str, Any]


class JobStore:
    """Everything that writes is called inside `work()`."""

    def __init__(self, database: Database):
        self._database = database

    def open(self, kind: str) -> Job | None:
        """The job of a kind that has not ended."""
        row = self._database.session.execute(select(_JOB).where(_C.kind == kind, _C.ended_at.is_(None))).first()
        return None if row is None else _job(row)

    def last(self, kind: str) -> Job | None:
        """The youngest one of a kind, ended or not."""
        asked = select(_JOB).where(_C.kind == kind).order_by(_C.ended_at.is_(None).desc(), _C.made_at.desc(), _C.ended_at.desc())
        row = self._database.session.execute(asked.limit(1)).first()
        return None if row is None else _job(row)

    def add(self, job: Job) -> None:
        """A new one; an open one of its kind must have been ended before."""
        fresh = {name: getattr(job, name) for name in Job.__dataclass_fields__}
        self._database.session.execute(insert(_JOB).values(**fresh, taken_by="", taken_until=None))

    def take(self, job_id: str, who: str, now: datetime, until: datetime) -> bool:
        """True for the one worker whose it is until then."""
        free = or_(_C.taken_until.is_(None), _C.taken_until <= now, _C.taken_by == who)
        mine = update(_JOB).where(_C.id == job_id, _C.ended_at.is_(None), free)
        return self._changes(mine.values(taken_by=who, taken_until=until))

    def advance(self, before: Job, after: Job, who: str, until: datetime) -> bool:
        """Write how far it has come; False when somebody else has it by now, or has brought it further."""
        still = (_C.id == before.id, _C.taken_by == who, _C.part == before.part, _C.cursor == before.cursor)
        values = {name: getattr(after, name) for name in ("part", "cursor", "seen", "changed", "broken", "ended_at")}
        return self._changes(update(_JOB).where(*still, _C.ended_at.is_(None)).values(**values, taken_until=until))

    def end(self, kind: str, now: datetime) -> None:
        """Whatever is open of a kind is over: a younger one takes its place."""
        self._database.session.execute(update(_JOB).where(_C.kind == kind, _C.ended_at.is_(None)).values(ended_at=now))

    def _changes(self, statement: Any) -> bool:
        return bool(self._database.session.execute(statement).rowcount)


class SealedRows:
    """The rows of one column of sealed records."""

    def __init__(self, database: Database, sealed: Sealed):
        self._database = database
        self._table, self._column = sealed.table, sealed.table.c[sealed.column]
        self._key = [sealed.table.c[name] for name in sealed.key]
        self._named = [sealed.table.c[name] for name in dict.fromkeys((*sealed.key, *sealed.owner_columns))]
        self._begins = func.substr(self._column, 1, _HEAD, type_=LargeBinary)

    def total(self) -> int:
        return int(self._database.session.execute(select(func.count()).select_from(self._table)).scalar_one())

    def beginning(self, heads: Sequence[bytes]) -> int:
        """How many records begin with one of these."""
        asked = select(func.count()).select_from(self._table).where(self._begins.in_(heads))
        return int(self._database.session.execute(asked).scalar_one())

    def window(self, cursor: str, head: bytes, most: int) -> list[Row]:
        """The next rows behind the cursor, the record as `left_`. Records that begin with `head` stay in the database."""
        left = case((self._begins == literal(head, LargeBinary), None), else_=self._column).label("left_")
        return _window(self._database, select(*self._named, left), self._key, (cursor, most))

    def write(self, changed: Sequence[tuple[Row, bytes]]) -> int:
        """New records in the place of those that were read; one that somebody has written meanwhile stays theirs. How many."""
        if not changed:
            return 0
        unchanged = [column == bindparam(f"key_{column.name}") for column in self._key]
        statement = update(self._table).where(*unchanged, self._column == bindparam("before_"))
        rows = [{"before_": row.columns["left_"], "after_": after} | _key_of(row, self._key) for row, after in changed]
        return _written(self._database, statement.values({self._column.name: bindparam("after_")}), rows)


class FoundRows:
    """The rows of one table that is found by fingerprints."""

    def __init__(self, database: Database, found: Found):
        self._database = database
        self._table, self._prints = found.table, found.prints
        self._key = [found.table.c[name] for name in found.key]

    def total(self) -> int:
        return int(self._database.session.execute(select(func.count()).select_from(self._table)).scalar_one())

    def window(self, cursor: str, most: int) -> list[Row]:
        """The next rows behind the cursor, whole."""
        return _window(self._database, select(self._table), self._key, (cursor, most))

    def write(self, changed: Sequence[tuple[Row, Mapping[str, str | None]]]) -> int:
        """New fingerprints in the place of those that were read. Whoever has written another value meanwhile has changed them."""
        if not changed:
            return 0
        where = [column == bindparam(f"key_{column.name}") for column in self._key]
        where += [func.coalesce(self._table.c[name], "") == bindparam(f"before_{name}") for name in self._prints]
        statement = update(self._table).where(*where).values({name: bindparam(f"after_{name}") for name in self._prints})
        rows = [
            _key_of(row, self._key)
            | {f"before_{name}": row.columns[name] or "" for name in self._prints}
            | {f"after_{name}": after[name] for name in self._prints}
            for row, after in changed
        ]
        return _written(self._database, statement, rows)


def _window(database: Database, asked: Any, key: Sequence[Any], behind: tuple[str, int]) -> list[Row]:
    cursor, most = behind
    asked = asked.order_by(*key).limit(most)
    if cursor:
        last = [literal(value, column.type) for value, column in zip(json.loads(cursor), key, strict=True)]
        asked = asked.where(tuple_(*key) > tuple_(*last))
    rows = [dict(row) for row in database.session.execute(asked).mappings()]
    return [Row(tuple(row[column.name] for column in key), row) for row in rows]


def _key_of(row: Row, key: Sequence[Any]) -> dict[str, Any]:
    return {f"key_{column.name}": row.columns[column.name] for column in key}


def _written(database: Database, statement: Any, rows: Sequence[Mapping[str, Any]]) -> int:
    return int(database.session.execute(statement, rows).rowcount)


def cursor_of(row: Row) -> str:
    """A row as a place to go on behind."""
    return json.dumps(row.key)


def _job(row: Any) -> Job:
    return Job(**{name: getattr(row, name) for name in Job.__dataclass_fields__})

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
    """A record with what names its row. `sealed` is None where nothing has to be done."""

    key: tuple[Any, ...]
    columns: Mapping[str, Any]
    sealed: bytes | None


class JobStore:
    """Everything that writes is called inside `work()`."""

    def __init__(self, database: Database):
        self._database = database

    def open(self, kind: str) -> Job | None:
        """The job of a kind that has not ended."""
        row = self._database.session.execute(select(_JOB).where(_C.kind == kind, _C.ended_at.is_(None))).first()
        return None if row is None else _job(row)

    def last(self, most: int) -> tuple[Job, ...]:
        """The youngest ones, ended or not."""
        rows = self._database.session.execute(select(_JOB).order_by(_C.made_at.desc(), _C.id).limit(most))
        return tuple(map(_job, rows))

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

    def total(self, parts: Sequence[Sealed]) -> int:
        """How many rows the tables have."""
        session = self._database.session
        return sum(int(session.execute(select(func.count()).select_from(one.table)).scalar_one()) for one in parts)

    def beginning(self, parts: Sequence[Sealed], heads: Sequence[bytes]) -> int:
        """How many records begin so."""
        found = 0
        for one in parts:
            head = func.substr(one.table.c[one.column], 1, _HEAD, type_=LargeBinary)
            asked = select(func.count()).select_from(one.table).where(head.in_(heads))
            found += int(self._database.session.execute(asked).scalar_one())
        return found

    def window(self, part: Sealed, cursor: str, head: bytes, most: int) -> list[Row]:
        """The next rows behind the cursor. Records that begin with `head` stay in the database."""
        c, names = part.table.c, (*part.key, *part.owner_columns)
        columns = [c[name] for name in dict.fromkeys(names)]
        begins = func.substr(c[part.column], 1, _HEAD, type_=LargeBinary)
        left = case((begins == literal(head, LargeBinary), None), else_=c[part.column]).label("left_")
        key = [c[name] for name in part.key]
        asked = select(*columns, left).order_by(*key).limit(most)
        if cursor:
            last = [literal(value, column.type) for value, column in zip(json.loads(cursor), key, strict=True)]
            asked = asked.where(tuple_(*key) > tuple_(*last))
        rows = [dict(row) for row in self._database.session.execute(asked).mappings()]
        return [Row(tuple(row[name] for name in part.key), row, row["left_"]) for row in rows]

    def write(self, part: Sealed, changed: Sequence[tuple[Row, bytes]]) -> int:
        """New records in the place of those that were read; one that somebody has written meanwhile stays theirs. How many."""
        if not changed:
            return 0
        c = part.table.c
        unchanged = [c[name] == bindparam(f"key_{name}") for name in part.key]
        statement = update(part.table).where(*unchanged, c[part.column] == bindparam("before_"))
        rows = [
            {"before_": row.sealed, "after_": after} | {f"key_{name}": row.columns[name] for name in part.key}
            for row, after in changed
        ]
        return int(self._database.session.execute(statement.values({part.column: bindparam("after_")}), rows).rowcount)

    def _changes(self, statement: Any) -> bool:
        return bool(self._database.session.execute(statement).rowcount)


def cursor_of(row: Row) -> str:
    """A row as a place to go on behind."""
    return json.dumps(row.key)


def _job(row: Any) -> Job:
    return Job(**{name: getattr(row, name) for name in Job.__dataclass_fields__})

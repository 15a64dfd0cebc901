"""Finding entries among millions: by the columns that copy what the fields say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, and_, desc, func, select, text

from broker.audit.journal import Journal
from broker.audit.search import Counted, Page, Question
from broker.audit.store import entry_of
from broker.audit.tables import AuditEntryRow
from broker.storage.database import Database

MOST = 1000
_ENTRIES: Any = AuditEntryRow.__table__
_C: Any = _ENTRIES.c

_RARE = "actor_kind IN ('staff', 'cli', 'diary')"
# Filter -> its condition. The second half of some is what their index is over: the planner must see it.
_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "since": lambda value: _C.at >= value,
    "until": lambda value: _C.at < value,
    "names": lambda value: _C.name.in_(value),
    "actor_kind": lambda value: and_(_C.actor_kind == value, text(_RARE if value in ("staff", "cli", "diary") else "1 = 1")),
    "client_id": lambda value: _C.client_id == value,
    "actor_id": lambda value: and_(_C.actor_id.in_(value), text("actor_id <> ''")),
    "person_id": lambda value: and_(_C.person.in_(value), text("person <> ''")),
    "object_id": lambda value: and_(_C.object == value, text("object <> ''")),
    "cause": lambda value: and_(_C.cause == value, text("cause <> 0")),
}


class Search:
    """Answers questions with entries that say who is meant, where that is still known."""

    def __init__(self, database: Database, journal: Journal):
        self._database = database
        self._journal = journal

    def page(self, question: Question, before: int | None = None, most: int = 50) -> Page:
        """The newest entries that fit and have a lower number than `before`."""
        most = max(1, min(most, MOST))
        asked = self._asked(question, select(_ENTRIES)).order_by(desc(_C.seq)).limit(most + 1)
        rows = self._database.session.execute(asked if before is None else asked.where(_C.seq < before)).all()
        found = self._journal.explained(map(entry_of, rows[:most]))
        return Page(found, found[-1].seq if len(rows) > most else None)

    def counted(self, question: Question) -> tuple[Counted, ...]:
        """How many entries fit, by hour (UTC) and name, in the order of the hours."""
        hour = _hour(self._database.is_sqlite)
        asked = self._asked(question, select(hour, _C.name, func.count())).group_by(hour, _C.name).order_by(hour, _C.name)
        rows = self._database.session.execute(asked).all()
        hours = {hour: datetime.fromisoformat(str(hour)).replace(tzinfo=UTC) for hour in {row[0] for row in rows}}
        return tuple(Counted(hours[row[0]], row[1], row[2]) for row in rows)

    def _asked(self, question: Question, asked: Select[Any]) -> Select[Any]:
        for name, condition in _CONDITIONS.items():
            value = getattr(question, name)
            if value:
                asked = asked.where(condition(self._names_of(value) if name in ("actor_id", "person_id") else value))
        return asked

    def _names_of(self, person_id: str) -> list[str]:
        """What the chain calls somebody: by the alias, and as it did before there were aliases."""
        alias = self._journal.alias_of(person_id)
        return [person_id] if alias is None else [person_id, alias]


def _hour(is_sqlite: bool) -> ColumnElement[Any]:
    """The hour (UTC) an entry was written in, as text or an instant that ISO 8601 spells."""
    if is_sqlite:
        return func.substr(_C.at, 1, 13, type_=_C.name.type)
    return func.date_trunc("hour", func.timezone("UTC", _C.at), type_=DateTime())

"""The rows of the school's journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, or_, select

from broker.directory.tables import CardChangeRow
from broker.storage.database import Database
from keys.secrets.sealing import Sealer

_ROW = CardChangeRow


@dataclass(frozen=True, slots=True)
class Noted:
    """One deed as it was written down."""

    id: str
    at: datetime
    person_id: str | None
    actor_kind: str
    actor_id: str
    action: str
    fields: tuple[str, ...]
    reason: str

    def __repr__(self) -> str:
        return f"Noted(id={self.id!r}, action={self.action!r})"


class CardChangesStore:
    """Deeds in and out; the reason opens only for the entry it was written for."""

    def __init__(self, database: Database, sealer: Sealer):
        self._database = database
        self._sealer = sealer

    def add(self, school_id: str, noted: Noted) -> None:
        """Write one. Call inside `work()`."""
        sealed = self._sealer.seal(noted.reason.encode("utf-8"), _owner(noted.id)) if noted.reason else None
        values = {
            "id": noted.id,
            "at": noted.at,
            "school_id": school_id,
            "person_id": noted.person_id,
            "actor_kind": noted.actor_kind,
            "actor_id": noted.actor_id,
            "action": noted.action,
            "fields": " ".join(noted.fields),
            "reason_sealed": sealed,
        }
        self._database.session.execute(insert(_ROW), values)

    def of_school(
        self,
        school_id: str,
        filters: Mapping[str, str],
        span: tuple[datetime | None, datetime | None],
        page: tuple[int, str],
    ) -> tuple[Noted, ...]:
        """Newest first: those that equal every filter that is set, from the first instant on and before the second."""
        limit, before_id = page
        question = select(_ROW.__table__).where(_ROW.school_id == school_id)
        for name, value in filters.items():
            if value:
                question = question.where(getattr(_ROW, name) == value)
        if span[0] is not None:
            question = question.where(_ROW.at >= span[0])
        if span[1] is not None:
            question = question.where(_ROW.at < span[1])
        if before_id:
            question = question.where(self._older_than(school_id, before_id))
        rows = self._database.session.execute(question.order_by(_ROW.at.desc(), _ROW.id.desc()).limit(limit))
        return tuple(map(self._noted, rows))

    def _older_than(self, school_id: str, before_id: str) -> Any:
        last = select(_ROW.at).where(_ROW.id == before_id, _ROW.school_id == school_id)
        at = self._database.session.execute(last).scalar()
        # Several deeds may share an instant, so the identifier decides among them.
        return and_(_ROW.id == "") if at is None else or_(_ROW.at < at, and_(_ROW.at == at, _ROW.id < before_id))

    def _noted(self, row: Any) -> Noted:
        reason = self._sealer.unseal(row.reason_sealed, _owner(row.id)).decode("utf-8") if row.reason_sealed else ""
        return Noted(row.id, row.at, row.person_id, row.actor_kind, row.actor_id, row.action, tuple(row.fields.split()), reason)


def _owner(change_id: str) -> str:
    return f"card_change:{change_id}"

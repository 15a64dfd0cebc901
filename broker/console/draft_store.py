"""The rows of region files that are not in use yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from broker.console.tables import PolicyDraftRow
from broker.storage.database import Database

_TABLE: Any = PolicyDraftRow.__table__
_C = _TABLE.c
_COLUMNS = (_C.digest, _C.region, _C.file_name, _C.content, _C.asked_by, _C.asked_at, _C.agreed_by, _C.agreed_at)
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """One region file, and who wanted it. `asked_by` and `agreed_by` are identifiers of people."""

    digest: str
    region: str
    file_name: str
    content: str
    asked_by: str
    asked_at: datetime
    agreed_by: str | None
    agreed_at: datetime | None


class DraftStore:
    """Changes belong inside `work()`."""

    def __init__(self, database: Database):
        self._database = database

    def all(self) -> tuple[KeptDraft, ...]:
        """The newest hundred, the newest first."""
        asked = select(*_COLUMNS).order_by(_C.asked_at.desc(), _C.digest).limit(_MOST)
        return tuple(KeptDraft(*row) for row in self._database.session.execute(asked).all())

    def find(self, digest: str) -> KeptDraft | None:
        """One by its digest."""
        row = self._database.session.execute(select(*_COLUMNS).where(_C.digest == digest)).first()
        return None if row is None else KeptDraft(*row)

    def put(self, draft: KeptDraft) -> None:
        """Keep one; whoever asks for the same file again is who asks for it now."""
        self._database.session.execute(delete(_TABLE).where(_C.digest == draft.digest))
        self._database.session.execute(insert(_TABLE), {column.name: getattr(draft, column.name) for column in _COLUMNS})

    def agree(self, digest: str, person_id: str, now: datetime) -> bool:
        """A second person says yes; whether there was such a draft that nobody had agreed to."""
        this = (_C.digest == digest, _C.agreed_at.is_(None))
        done = self._database.session.execute(update(_TABLE).where(*this).values(agreed_by=person_id, agreed_at=now))
        return bool(done.rowcount == 1)

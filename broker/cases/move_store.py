"""Cases that go from one card to another, when two cards are made one and two again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, update

from broker.cases.tables import CaseRow
from broker.storage.database import Database

_TABLE: Any = CaseRow.__table__
_C = _TABLE.c


class MoveStore:
    """Call it inside `work()`."""

    def __init__(self, database: Database):
        self._database = database

    def move(self, from_id: str, to_id: str, only: Collection[str] | None) -> tuple[str, ...]:
        """The cases of one person that are another's now; with `only` just those of these identifiers."""
        theirs = _C.person_id == from_id
        if only is not None:
            theirs = and_(theirs, _C.id.in_(tuple(only)))
        moved = update(_TABLE).where(theirs).values(person_id=to_id).returning(_C.id)
        return tuple(self._database.session.execute(moved).scalars())

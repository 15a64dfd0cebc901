"""Rows that wait to be carried out: one belongs to whoever's conditional update took it, until the lease is over.

The table has the columns `id`, `state`, `tries`, `trouble`, `next_at`, `taken_until` and `done_at`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, delete, or_, select, update

from broker.storage.columns import UtcInstant
from broker.storage.database import Database

WAITING, SENT, GIVEN_UP = "waiting", "sent", "given_up"

NOW: Any = bindparam("now_", type_=UtcInstant)
BEFORE: Any = bindparam("before_", type_=UtcInstant)


def is_due(table: Table) -> tuple[ColumnElement[bool], ...]:
    """Waits, its time has come and nobody holds it; asks for `now_`."""
    c = table.c
    return c.state == WAITING, c.next_at <= NOW, or_(c.taken_until.is_(None), c.taken_until <= NOW)


class Leases:
    """The moves of such rows. Changes belong inside `work()`."""

    def __init__(
        self, database: Database, table: Table, taken: Sequence[Any], is_old: ColumnElement[bool], emptied: Mapping[str, None]
    ):
        """`taken` are the columns that the taker gets, `is_old` what may go (asks for `before_`), `emptied` what is cleared when
        a row is done."""
        self._database = database
        c = table.c
        this = (c.id == bindparam("id_"), c.state == WAITING)
        self._take = (
            update(table)
            .where(c.id == bindparam("id_"), *is_due(table))
            .values(taken_until=bindparam("until_", type_=UtcInstant), tries=c.tries + 1)
            .returning(*taken)
        )
        done = {"state": bindparam("state_"), "trouble": bindparam("trouble_"), "done_at": NOW, "taken_until": None}
        self._done = update(table).where(*this).values(done | dict(emptied))
        self._later = (
            update(table)
            # Whoever took it over meanwhile has counted a try of their own: then the time of the next one is theirs to set.
            .where(*this, c.tries == bindparam("tries_"))
            .values(next_at=bindparam("next_", type_=UtcInstant), trouble=bindparam("trouble_"), taken_until=None)
        )
        self._tidy = delete(table).where(c.id.in_(select(c.id).where(is_old).limit(bindparam("at_most_"))))

    def take(self, row_id: str, now: datetime, until: datetime) -> Any | None:
        """The row, for the one caller who gets it; None when somebody else has, or it is done."""
        return self._database.session.execute(self._take, {"id_": row_id, "now_": now, "until_": until}).first()

    def finish(self, row_id: str, state: str, trouble: str, now: datetime) -> bool:
        """Sent or given up. True for the one caller that made it so."""
        values = {"id_": row_id, "state_": state, "trouble_": trouble, "now_": now}
        return bool(self._database.session.execute(self._done, values).rowcount)

    def postpone(self, row_id: str, tries: int, trouble: str, next_at: datetime) -> None:
        """Let go of a row until its next try; `tries` as it was when it was taken."""
        values = {"id_": row_id, "tries_": tries, "trouble_": trouble, "next_": next_at}
        self._database.session.execute(self._later, values)

    def tidy(self, before: datetime, at_most: int) -> int:
        """Remove what is old; how many."""
        return int(self._database.session.execute(self._tidy, {"before_": before, "at_most_": at_most}).rowcount)

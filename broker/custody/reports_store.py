"""The rows of rotation reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from broker.custody.tables import RotationReportRow
from broker.storage.database import Database

_TABLE: Any = RotationReportRow.__table__


class ReportStore:
    """`add` is called inside `work()`."""

    def __init__(self, database: Database):
        self._database = database
        make = sqlite.insert if database.is_sqlite else postgresql.insert
        self._add = make(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.kid)

    def find(self, kid: str) -> str | None:
        """The signed report about a key."""
        found: str | None = self._database.session.execute(select(_TABLE.c.signed).where(_TABLE.c.kid == kid)).scalar()
        return found

    def kids(self) -> frozenset[str]:
        """The keys that have one."""
        return frozenset(self._database.session.execute(select(_TABLE.c.kid)).scalars())

    def add(self, kid: str, made_at: datetime, signed: str) -> bool:
        """True for the one caller whose report it is."""
        row = {"kid": kid, "made_at": made_at, "signed": signed}
        # What came back, not rowcount: PostgreSQL's driver does not count the rows of an INSERT here.
        return self._database.session.execute(self._add, row).first() is not None

"""The rows of letters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from broker.messages.tables import LetterRow
from broker.storage.database import Database

_TABLE: Any = LetterRow.__table__


class LetterStore:
    """Letters in and out."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, letter_id: str, envelope: dict[str, str | None], sealed: bytes, times: tuple[datetime, datetime]) -> None:
        """Keep a letter that waits: kind, channel, language and person outside, the rest sealed. `times`: made and ends."""
        made_at, ends_at = times
        values = envelope | {"id": letter_id, "sealed": sealed, "state": "waiting", "tries": 0, "trouble": ""}
        times_ = {"made_at": made_at, "next_at": made_at, "ends_at": ends_at}
        self._database.session.execute(insert(_TABLE), values | times_)

"""The rows of diaries' tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update

from broker.provisioning.tables import ProvisioningTokenRow
from broker.storage.database import Database

_COLUMNS = list(ProvisioningTokenRow.__table__.columns)
_USED_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class DiaryToken:
    """A token without its secret. `region` is the code of the region whose people it opens."""

    id: str
    name: str
    region: str
    hash: str
    is_enabled: bool
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None

    def __repr__(self) -> str:
        return f"DiaryToken(id={self.id!r}, region={self.region!r})"


class TokenStore:
    """Tokens in and out."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, token: DiaryToken) -> None:
        values = {column.name: getattr(token, column.name) for column in _COLUMNS}
        self._database.session.execute(insert(ProvisioningTokenRow), values)

    def all(self) -> tuple[DiaryToken, ...]:
        question = select(*_COLUMNS).order_by(ProvisioningTokenRow.made_at, ProvisioningTokenRow.id)
        return tuple(map(_token, self._database.session.execute(question)))

    def find(self, hash_: str) -> DiaryToken | None:
        row = self._database.session.execute(select(*_COLUMNS).where(ProvisioningTokenRow.hash == hash_)).first()
        return None if row is None else _token(row)

    def disable(self, token_id: str) -> bool:
        """False if there is none, or it is disabled already."""
        row = update(ProvisioningTokenRow).where(ProvisioningTokenRow.id == token_id, ProvisioningTokenRow.is_enabled)
        return bool(self._database.session.execute(row.values(is_enabled=False)).rowcount)

    def note_used(self, token_id: str, now: datetime) -> None:
        """When it was used last, to ten minutes: a diary asks a hundred times a second on 1 September."""
        long_ago = or_(ProvisioningTokenRow.used_at.is_(None), ProvisioningTokenRow.used_at < now - _USED_EVERY)
        row = update(ProvisioningTokenRow).where(ProvisioningTokenRow.id == token_id, long_ago)
        self._database.session.execute(row.values(used_at=now))


def _token(row: Any) -> DiaryToken:
    return DiaryToken(*row)

"""The rows of how clients came to be and who may change them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from broker.foundation.encoding import canonical_json
from broker.registration.tables import ClientRecordRow
from broker.storage.database import Database

OPEN, BY_TOKEN, BY_STATEMENT = "open", "token", "statement"
NAME_FREE, NAME_WAITS, NAME_REFUSED = "", "waits", "refused"


@dataclass(frozen=True, slots=True)
class Record:
    """`way` is one of OPEN, BY_TOKEN, BY_STATEMENT and `by` the token or the issuer; `name_state` is one of NAME_*."""

    client_id: str
    token_hash: str = field(repr=False)
    way: str
    by: str
    said: Mapping[str, Any]
    name_state: str
    made_at: datetime
    ends_at: datetime | None = None


class RecordStore:
    """Records in and out. Every change belongs into a unit of work with that of the client."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, record: Record) -> None:
        values = {column.name: getattr(record, column.name) for column in _COLUMNS}
        self._database.session.execute(insert(ClientRecordRow), values | {"said": _json(record.said)})

    def find(self, client_id: str) -> Record | None:
        row = self._database.session.execute(select(*_COLUMNS).where(ClientRecordRow.client_id == client_id)).first()
        return None if row is None else _record(row)

    def all(self) -> Mapping[str, Record]:
        """Every record by client."""
        return {row.client_id: _record(row) for row in self._database.session.execute(select(*_COLUMNS))}

    def turn(self, record: Record, token_hash: str, said: Mapping[str, Any]) -> bool:
        """A new management token and new sayings, once for the token that `record` was found by."""
        same = (ClientRecordRow.client_id == record.client_id, ClientRecordRow.token_hash == record.token_hash)
        changed = update(ClientRecordRow).where(*same).values(token_hash=token_hash, said=_json(said))
        return self._database.session.execute(changed).rowcount == 1

    def decide_name(self, client_id: str, name_state: str) -> bool:
        """Settle a name that waits; False if none does."""
        waits = (ClientRecordRow.client_id == client_id, ClientRecordRow.name_state == NAME_WAITS)
        return self._database.session.execute(update(ClientRecordRow).where(*waits).values(name_state=name_state)).rowcount == 1

    def remove(self, client_id: str, token_hash: str) -> bool:
        """Forget a client's record, once for its present token."""
        same = (ClientRecordRow.client_id == client_id, ClientRecordRow.token_hash == token_hash)
        return self._database.session.execute(delete(ClientRecordRow).where(*same)).rowcount == 1

    def ended(self, now: datetime, at_most: int) -> tuple[Record, ...]:
        """Sandboxes whose time is over."""
        question = select(*_COLUMNS).where(ClientRecordRow.ends_at <= now).order_by(ClientRecordRow.ends_at).limit(at_most)
        return tuple(map(_record, self._database.session.execute(question)))


_COLUMNS = list(ClientRecordRow.__table__.columns)


def _record(row: Any) -> Record:
    values = row._mapping
    return Record(**{column.name: values[column.name] for column in _COLUMNS} | {"said": json.loads(row.said)})


def _json(value: Mapping[str, Any]) -> str:
    return canonical_json(dict(value)).decode("utf-8")

"""How secret keys are kept. What passes here is already sealed under the master key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from broker.storage.columns import UtcInstant
from keys.tables import SecretKeyRow

_ALL = select(*SecretKeyRow.__table__.columns).order_by(SecretKeyRow.made_at, SecretKeyRow.id)
_THIS = (SecretKeyRow.id == bindparam("id_"), SecretKeyRow.state == bindparam("from_"))
_MOVE = (
    update(SecretKeyRow).where(*_THIS).values(state=bindparam("to_"), moved_at=bindparam("at_", type_=UtcInstant))
)  # fmt: skip
_DROP = delete(SecretKeyRow).where(*_THIS)


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """A secret key as it is kept; `state` and `purpose` are words of keys/secrets/purposes.py. `records` is the form of records
    that are sealed under it: 1 is what the release before 0004 can read."""

    id: str
    purpose: str
    state: str
    made_at: datetime
    moved_at: datetime
    sealed: bytes = field(repr=False)
    records: int = 1

    @property
    def is_current(self) -> bool:
        """At most one of a purpose is."""
        return self.state == "current"


def read_secrets(connection: Connection) -> Iterator[KeptSecret]:
    """All of them, oldest first."""
    for row in connection.execute(_ALL):
        # Rows of the release before say neither when they came into their state nor how records look.
        moved_at, records = row.moved_at or row.made_at, row.records or 1
        yield KeptSecret(row.id, row.purpose, row.state, row.made_at, moved_at, row.key_sealed, records)


class SecretRows:
    """The verbs of one exclusive change; see `KeyStore.changing`."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, secret: KeptSecret) -> None:
        """Keep a new one."""
        row: dict[str, object] = {"id": secret.id, "purpose": secret.purpose, "state": secret.state, "records": secret.records}
        row |= {"made_at": secret.made_at, "moved_at": secret.moved_at, "key_sealed": secret.sealed}
        self._connection.execute(insert(SecretKeyRow), row)

    def move(self, secret: KeptSecret, to: str, at: datetime) -> None:
        """Into another state; it must still be in the one the caller saw."""
        row = {"id_": secret.id, "from_": secret.state, "to_": to, "at_": at}
        if self._connection.execute(_MOVE, row).rowcount != 1:
            raise RuntimeError("the secret key was moved by somebody else")

    def drop(self, secret: KeptSecret) -> None:
        """Gone for ever. The row goes with it: the release before would take an empty one for a wrong master key."""
        if self._connection.execute(_DROP, {"id_": secret.id, "from_": secret.state}).rowcount != 1:
            raise RuntimeError("the secret key was moved by somebody else")

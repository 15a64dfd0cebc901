"""How keys are kept. Everything secret that passes here is already sealed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from broker.storage.database import Database
from keys.signing.key import Family, KeyInfo, KeyState
from keys.tables import SecretKeyRow, SigningKeyRow

_KEYS = select(*SigningKeyRow.__table__.columns).order_by(SigningKeyRow.made_at, SigningKeyRow.kid)
_SECRETS = select(*SecretKeyRow.__table__.columns).order_by(SecretKeyRow.made_at, SecretKeyRow.id)
_MOVE = (
    update(SigningKeyRow)
    .where(SigningKeyRow.kid == bindparam("kid_"), SigningKeyRow.state == bindparam("from_"))
    .values(state=bindparam("to_"), moved_at=bindparam("at_"))
)
_SUPERSEDE = (
    update(SecretKeyRow).where(SecretKeyRow.purpose == bindparam("purpose_"), SecretKeyRow.state == "current").values(state="old")
)
_LOCK = text("LOCK TABLE signing_key, secret_key IN SHARE ROW EXCLUSIVE MODE")


class KeysUnavailable(Exception):
    """The database that holds the keys did not answer."""


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A signing key as it is kept."""

    info: KeyInfo
    jwk: Mapping[str, str]
    private_sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """A secret key as it is kept. At most one of a purpose is current."""

    id: str
    purpose: str
    is_current: bool
    made_at: datetime
    sealed: bytes = field(repr=False)


class Changes:
    """The verbs of one exclusive change; see `KeyStore.changing`."""

    def __init__(self, session: Connection):
        self._connection = session

    def signing_keys(self) -> tuple[KeptKey, ...]:
        """As they are now, under the lock."""
        return _read_keys(self._connection)

    def secrets(self) -> tuple[KeptSecret, ...]:
        """As they are now, under the lock."""
        return _read_secrets(self._connection)

    def add_key(self, key: KeptKey) -> None:
        """Keep a new signing key."""
        info = key.info
        row: dict[str, object] = {
            "kid": info.kid,
            "family": info.family.value,
            "state": info.state.value,
            "made_at": info.made_at,
        }
        row |= {"moved_at": info.moved_at, "public_jwk": json.dumps(dict(key.jwk)), "private_sealed": key.private_sealed}
        self._connection.execute(insert(SigningKeyRow), row)

    def move(self, key: KeyInfo, to: KeyState, at: datetime) -> KeyInfo:
        """Write a move that the life cycle allowed; the row must still be in the state the caller saw."""
        row = {"kid_": key.kid, "from_": key.state.value, "to_": to.value, "at_": at}
        if self._connection.execute(_MOVE, row).rowcount != 1:
            raise RuntimeError("the key was moved by somebody else")
        return KeyInfo(key.kid, key.family, to, key.made_at, at)

    def add_secret(self, secret: KeptSecret) -> None:
        """Keep a new current secret; the one before it becomes old."""
        self._connection.execute(_SUPERSEDE, {"purpose_": secret.purpose})
        row: dict[str, object] = {"id": secret.id, "purpose": secret.purpose, "state": "current"}
        row |= {"made_at": secret.made_at, "key_sealed": secret.sealed}
        self._connection.execute(insert(SecretKeyRow), row)


class KeyStore:
    """Reads on a connection of their own, so that a process never caches a key that is not committed or a stale snapshot."""

    def __init__(self, database: Database):
        self._database = database

    def signing_keys(self) -> tuple[KeptKey, ...]:
        """All signing keys, retired ones included, oldest first.

        Raises:
            KeysUnavailable: the database did not answer.
        """
        try:
            with self._database.engine.connect() as connection:
                return _read_keys(connection)
        except SQLAlchemyError as error:
            raise KeysUnavailable from error

    def secrets(self) -> tuple[KeptSecret, ...]:
        """All secret keys, oldest first.

        Raises:
            KeysUnavailable: the database did not answer.
        """
        try:
            with self._database.engine.connect() as connection:
                return _read_secrets(connection)
        except SQLAlchemyError as error:
            raise KeysUnavailable from error

    @contextmanager
    def changing(self, then: Callable[[], None]) -> Iterator[Changes]:
        """One change of the keys at a time, in all processes; `then` runs once it is committed (joins an outer `work()`)."""
        with self._database.work() as session:
            if not self._database.is_sqlite:
                # SQLite's work() already holds the only write lock.
                session.execute(_LOCK)
            self._database.after_commit(then)
            yield Changes(session)


def _read_keys(connection: Connection) -> tuple[KeptKey, ...]:
    return tuple(
        KeptKey(
            KeyInfo(row.kid, Family(row.family), KeyState(row.state), row.made_at, row.moved_at),
            json.loads(row.public_jwk),
            row.private_sealed,
        )
        for row in connection.execute(_KEYS)
    )


def _read_secrets(connection: Connection) -> tuple[KeptSecret, ...]:
    return tuple(
        KeptSecret(row.id, row.purpose, row.state == "current", row.made_at, row.key_sealed)
        for row in connection.execute(_SECRETS)
    )

"""How keys are kept. Everything secret that passes here is already sealed."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from broker.storage.database import Database
from keys.secrets.kept_store import KeptSecret, SecretRows, read_secrets
from keys.signing.key import Family, KeyInfo, KeyState, KeyUse
from keys.tables import SigningKeyRow

_LOG = logging.getLogger(__name__)

_KEYS = select(*SigningKeyRow.__table__.columns).order_by(SigningKeyRow.made_at, SigningKeyRow.kid)
# The row must still be in the state the caller saw; a row of the release before has none in `life`.
_MOVE = (
    update(SigningKeyRow)
    .where(
        SigningKeyRow.kid == bindparam("kid_"),
        case((SigningKeyRow.life == "", SigningKeyRow.state), else_=SigningKeyRow.life) == bindparam("from_"),
    )
    .values(state=bindparam("older_"), life=bindparam("to_"), moved_at=bindparam("at_"))
)
_EMPTY = update(SigningKeyRow).where(SigningKeyRow.kid == bindparam("kid_")).values(private_sealed=bindparam("sealed_"))
# What a worker of the release before 0004 knows; see SigningKeyRow.
_OLDER_STATES = frozenset({KeyState.ANNOUNCED, KeyState.SIGNING, KeyState.VERIFYING, KeyState.RETIRED})
_LOCK = text("LOCK TABLE signing_key, secret_key IN SHARE ROW EXCLUSIVE MODE")


class MovedTooLate(Exception):
    """A move was not written down in time, so it was not made."""


class KeysUnavailable(Exception):
    """The database that holds the keys did not answer."""


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A signing key as it is kept."""

    info: KeyInfo
    jwk: Mapping[str, str]
    private_sealed: bytes = field(repr=False)


class Changes:
    """The verbs of one exclusive change; see `KeyStore.changing`."""

    def __init__(self, session: Connection):
        self.connection = session
        self.secret_rows = SecretRows(session)

    def signing_keys(self) -> tuple[KeptKey, ...]:
        """As they are now, under the lock."""
        return _read_keys(self.connection)

    def secrets(self) -> tuple[KeptSecret, ...]:
        """As they are now, under the lock."""
        return tuple(read_secrets(self.connection))

    def add_key(self, key: KeptKey) -> None:
        """Keep a new signing key."""
        info = key.info
        row: dict[str, object] = {
            "kid": info.kid,
            "family": info.family.value,
            "state": _older(info.use, info.state),
            "made_at": info.made_at,
            "moved_at": info.moved_at,
            "public_jwk": json.dumps(dict(key.jwk)),
            "private_sealed": key.private_sealed,
            "use": info.use.value,
            "life": info.state.value,
            "kept_in": info.where,
        }
        self.connection.execute(insert(SigningKeyRow), row)

    def move(self, key: KeyInfo, to: KeyState, at: datetime) -> KeyInfo:
        """Write a move that the life cycle allowed; the row must still be in the state the caller saw."""
        row = {"kid_": key.kid, "from_": key.state.value, "to_": to.value, "older_": _older(key.use, to), "at_": at}
        if self.connection.execute(_MOVE, row).rowcount != 1:
            raise RuntimeError("the key was moved by somebody else")
        return replace(key, state=to, moved_at=at)

    def empty(self, kid: str, private_sealed: bytes) -> None:
        """Overwrite the private half of a key with a sealed nothing."""
        self.connection.execute(_EMPTY, {"kid_": kid, "sealed_": private_sealed})


class KeyStore:
    """Reads on a connection of their own, so that a process never caches a key that is not committed or a stale snapshot."""

    def __init__(
        self,
        database: Database,
        before_changes: Callable[[Connection], None] = lambda _connection: None,
        commit_within: timedelta = timedelta(seconds=15),
    ):
        """`before_changes` runs under the lock before every change."""
        self._database = database
        self._commit_within = commit_within
        self._before_changes = before_changes
        self._unknown = 0

    def signing_keys(self) -> tuple[KeptKey, ...]:
        """All signing keys, those of the past included, oldest first. Rows with words of a newer release are left alone.

        Raises:
            KeysUnavailable: the database did not answer.
        """
        try:
            with self._database.engine.connect() as connection:
                found = [_kept(row) for row in connection.execute(_KEYS)]
        except SQLAlchemyError as error:
            raise KeysUnavailable from error
        keys = tuple(key for key in found if key is not None)
        self._tell_unknown(len(found) - len(keys))
        return keys

    def secrets(self) -> tuple[KeptSecret, ...]:
        """All secret keys, oldest first.

        Raises:
            KeysUnavailable: the database did not answer.
        """
        try:
            with self._database.engine.connect() as connection:
                return tuple(read_secrets(connection))
        except SQLAlchemyError as error:
            raise KeysUnavailable from error

    @contextmanager
    def changing(self, then: Callable[[], None]) -> Iterator[Changes]:
        """One change of the keys at a time, in all processes; `then` runs once it is committed (joins an outer `work()`)."""
        with self._database.work() as session:
            if not self._database.is_sqlite:
                # SQLite's work() already holds the only write lock.
                session.execute(_LOCK)
            self._before_changes(session)
            self._database.after_commit(then)
            yield Changes(session)

    @contextmanager
    def moving(self, then: Callable[[], None], now: Callable[[], datetime]) -> Iterator[tuple[Changes, datetime]]:
        """A change whose instant matters: waits are counted from it, so others must see it soon or never.

        Raises:
            MovedTooLate: it took longer than the process was given (`commit_within`); nothing was changed.
        """
        with self.changing(then) as changes:
            at, limit = now(), self._commit_within
            if not self._database.is_sqlite:
                # A process that is stopped in the middle must not hold up the others, nor finish an hour later.
                limit_ms = max(1, limit // timedelta(milliseconds=1))
                changes.connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = {limit_ms}")

            def require_soon() -> None:
                if now() - at > limit:
                    raise MovedTooLate

            # After everything else that is done at the end, such as waiting for the head of the journal.
            self._database.before_commit(lambda: self._database.before_commit(require_soon))
            yield changes, at

    def _tell_unknown(self, count: int) -> None:
        # Once, not at every reading.
        if count > self._unknown:
            _LOG.warning("keys of a kind that this release does not know are left alone", extra={"keys": count})
        self._unknown = count


def _older(use: KeyUse, state: KeyState) -> str:
    known = use is KeyUse.TOKENS and state in _OLDER_STATES
    return state.value if known else KeyState.RETIRED.value


def _read_keys(connection: Connection) -> tuple[KeptKey, ...]:
    return tuple(key for row in connection.execute(_KEYS) if (key := _kept(row)) is not None)


def _kept(row: Any) -> KeptKey | None:
    """A row as a key; None when a newer release wrote words that this one does not know."""
    try:
        family, state, use = Family(row.family), KeyState(row.life or row.state), KeyUse(row.use)
    except ValueError:
        return None
    info = KeyInfo(row.kid, family, state, row.made_at, row.moved_at, use, row.kept_in)
    return KeptKey(info, json.loads(row.public_jwk), row.private_sealed)

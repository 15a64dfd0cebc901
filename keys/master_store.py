"""Every row that lies under the master key, for the one time that it changes."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Table, select, update

from keys.box import BoxBroken
from keys.master import MasterKey, open_master_key
from keys.opening.opener import bound_to_opener
from keys.opening.tables import OpeningKeyRow
from keys.secrets.secret_keys import VaultLocked, bound_to_secret
from keys.settings import KeySettings
from keys.signing.halves import bound_to_key
from keys.signing.key import KeyUse
from keys.store import KeyStore
from keys.tables import SecretKeyRow, SigningKeyRow


@dataclass(frozen=True, slots=True)
class Locked:
    """One kind of row: its table, what names it, what is locked, and what that is bound to."""

    table: Table
    key: str
    sealed: str
    bound_to: Callable[[Any], str]


def _table(row: Any) -> Table:
    found: Table = row.__table__
    return found


LOCKED = (
    Locked(_table(SecretKeyRow), "id", "key_sealed", lambda row: bound_to_secret(row.purpose, row.id)),
    Locked(_table(SigningKeyRow), "kid", "private_sealed", lambda row: bound_to_key(row.kid, KeyUse(row.use))),
    Locked(_table(OpeningKeyRow), "kid", "private_sealed", lambda row: bound_to_opener(row.kid)),
)


def settle(master: MasterKey, connection: Connection) -> None:
    """Let what is locked next be locked with the key that the database is under. Call it inside the lock of the keys.

    Raises:
        VaultLocked: neither key opens what is there.
    """
    first = connection.execute(select(SecretKeyRow.__table__).limit(1)).first()
    if first is None:
        return
    try:
        master.settle(first.key_sealed, bound_to_secret(first.purpose, first.id))
    except BoxBroken:
        raise VaultLocked("the master key does not open the keys of this database") from None


def require_opens(settings: KeySettings, random: Callable[[int], bytes], connection: Connection) -> None:
    """Whether the master key of the settings belongs to the keys that this connection sees. Makes no master key.

    Raises:
        VaultLocked: it does not.
        ValueError: there is no usable master key; one sentence that names the setting.
    """
    first = connection.execute(select(SecretKeyRow.__table__).limit(1)).first()
    if first is None:
        return
    try:
        master = open_master_key(replace(settings, make_master_key=False), random)
        master.unwrap(first.key_sealed, bound_to_secret(first.purpose, first.id))
    except BoxBroken:
        raise VaultLocked("the master key does not open the keys of this database") from None


def relock(master: MasterKey, store: KeyStore, forget: Callable[[], None]) -> int:
    """Bring every row under the present master key, in one unit of work: all or none. How many were not yet.

    Raises:
        VaultLocked: a row opens with neither key; nothing is changed.
    """
    with store.changing(forget) as changes:
        return sum(_relock_one(master, changes.connection, kind, row) for kind in LOCKED for row in _rows(changes, kind))


def _rows(changes: Any, kind: Locked) -> list[Any]:
    return list(changes.connection.execute(select(kind.table).with_for_update()))


def _relock_one(master: MasterKey, connection: Connection, kind: Locked, row: Any) -> int:
    before = getattr(row, kind.sealed)
    try:
        after = master.relock(before, kind.bound_to(row))
    except BoxBroken:
        raise VaultLocked("a key of this database opens with neither master key") from None
    if hmac.compare_digest(before, after):
        return 0
    columns = kind.table.c
    unchanged = (columns[kind.key] == getattr(row, kind.key), columns[kind.sealed] == before)
    if connection.execute(update(kind.table).where(*unchanged).values({kind.sealed: after})).rowcount != 1:
        raise RuntimeError("the key was changed by somebody else")
    return 1

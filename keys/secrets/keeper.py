"""The moves of secret keys, each one exclusive change in all processes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from broker.foundation.outside import Outside
from keys.secrets.kept_store import KeptSecret
from keys.secrets.purposes import BORROWERS, LENDER, Purpose, State
from keys.secrets.secret_keys import FIRST_COLUMN, SECOND_COLUMN, NoSecretKey, SecretKeys
from keys.secrets.secret_life import NAMED_BY_RECORDS, SecretInfo, SecretMove, SecretWaits, next_move, require_rotatable
from keys.store import Changes, KeyStore

MayMove = Callable[[SecretMove], bool]


class SecretKeeper:
    """Writes no journal: call it inside `database.work()` and append what it returns in the same unit of work."""

    def __init__(self, secrets: SecretKeys, store: KeyStore, outside: Outside):
        self._secrets = secrets
        self._store = store
        self._outside = outside

    def status(self) -> tuple[SecretInfo, ...]:
        """Every secret key of ours without its material, oldest first; read anew.

        Raises:
            KeysUnavailable: the database did not answer.
        """
        return _infos(self._store.secrets())

    def announce(self, purpose: Purpose) -> tuple[SecretInfo, ...]:
        """Make the next key of a purpose; where records name their key it is the current one at once. What was made: also the
        keys that borrowers of the first key get of their own, the wanted one last.

        Raises:
            RotationRefused: see `require_rotatable`.
        """
        with self._store.changing(self._secrets.forget) as changes:
            require_rotatable(purpose, _infos(changes.secrets()))
            lent = tuple(self._lend(changes, borrower) for borrower in _borrowing(changes))
            if purpose in NAMED_BY_RECORDS:
                made_id = str(self._secrets.make(changes, purpose))
            else:
                made_id = self._secrets.add(changes, purpose, State.NEXT, records=self._column(changes, purpose)).id
            made = next(info for info in _infos(changes.secrets()) if info.id == made_id)
            return (*lent, made)

    def advance(self, waits: SecretWaits, may: MayMove) -> tuple[SecretMove, ...]:
        """Take the steps whose time has come and which `may` allows, one for a key. Twice is once; a house that slept through
        several takes one at a time."""
        now = self._outside.now()
        if not _due(_infos(self._store.secrets()), waits, now):
            # Nothing to lock anybody out for.
            return ()
        with self._store.changing(self._secrets.forget) as changes:
            due = [move for move in _due(_infos(changes.secrets()), waits, now) if may(move)]
            for move in due:
                self._take(changes, move, now)
        return tuple(due)

    def _column(self, changes: Changes, purpose: Purpose) -> int | None:
        """Fingerprints under the next key lie in the other column, beside those under the present one."""
        if purpose is not Purpose.FINGERPRINTS:
            return None
        taken = next(one.records for one in changes.secrets() if one.purpose == purpose.value and one.is_current)
        return SECOND_COLUMN if taken == FIRST_COLUMN else FIRST_COLUMN

    def _take(self, changes: Changes, move: SecretMove, now: datetime) -> None:
        kept = {secret.id: secret for secret in changes.secrets()}
        if move.to is None:
            changes.secret_rows.drop(kept[move.key.id])
            return
        for secret in kept.values():
            if secret.purpose == move.key.purpose.value and secret.is_current:
                changes.secret_rows.move(secret, State.OLD.value, now)
        changes.secret_rows.move(kept[move.key.id], move.to.value, now)

    def _lend(self, changes: Changes, borrower: Purpose) -> SecretInfo:
        """The borrower keeps what it has used so far as a key of its own, so that the lender's may go."""
        key = self._secrets.current(LENDER).key
        made = self._secrets.add(changes, borrower, State.CURRENT, key)
        return _infos((made,))[0]


def _borrowing(changes: Changes) -> tuple[Purpose, ...]:
    current = {secret.purpose for secret in changes.secrets() if secret.is_current}
    if LENDER.value not in current:
        raise NoSecretKey
    return tuple(purpose for purpose in BORROWERS if purpose.value not in current)


def _due(infos: tuple[SecretInfo, ...], waits: SecretWaits, now: datetime) -> list[SecretMove]:
    moves = [next_move(info, waits) for info in infos]
    return [move for move in moves if move is not None and move.at <= now]


def _infos(secrets: tuple[KeptSecret, ...]) -> tuple[SecretInfo, ...]:
    found = []
    for one in secrets:
        try:
            purpose, state = Purpose(one.purpose), State(one.state)
        except ValueError:
            # Of a newer release.
            continue
        found.append(SecretInfo(str(uuid.UUID(one.id)), purpose, state, one.made_at, one.moved_at, one.records))
    return tuple(found)

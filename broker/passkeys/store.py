"""Passkeys and one-time links, kept."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.passkeys.passkey import Passkey, PasskeyRefused, StaffLink
from broker.passkeys.tables import PasskeyRow, StaffLinkRow
from broker.passkeys.wire import Made
from broker.storage.database import Database

MOST_PASSKEYS = 10
_NAMES = ("id", "person_id", "name", "credential_id", "public_key", "sign_count", "is_synced", "made_at", "used_at")
_COLUMNS = tuple(getattr(PasskeyRow, name) for name in _NAMES)


class PasskeyStore:
    """Every change belongs into a unit of work with its event."""

    def __init__(self, database: Database, outside: Outside):
        self._database = database
        self._outside = outside

    def of_person(self, person_id: str) -> tuple[Passkey, ...]:
        """Somebody's passkeys, the oldest first."""
        chosen = select(*_COLUMNS).where(PasskeyRow.person_id == person_id).order_by(PasskeyRow.made_at, PasskeyRow.id)
        return tuple(_passkey(row) for row in self._database.session.execute(chosen))

    def find_credential(self, credential_id: bytes) -> Passkey | None:
        """The passkey with this identifier of its authenticator, whoever's it is."""
        chosen = select(*_COLUMNS).where(PasskeyRow.credential_hash == _hash(credential_id))
        row = self._database.session.execute(chosen).first()
        return None if row is None else _passkey(row)

    def owners(self) -> frozenset[str]:
        """Everybody who has a passkey."""
        return frozenset(self._database.session.execute(select(PasskeyRow.person_id).distinct()).scalars())

    def add(self, person_id: str, name: str, made: Made) -> str:
        """Keep a new passkey; returns its identifier of ours.

        Raises:
            PasskeyRefused: this very credential is kept already, or the person has too many.
        """
        held = func.count()
        mine = select(held).select_from(PasskeyRow).where(PasskeyRow.person_id == person_id)
        if self.find_credential(made.credential_id) is not None:
            raise PasskeyRefused("taken")
        if (self._database.session.execute(mine).scalar_one() or 0) >= MOST_PASSKEYS:
            raise PasskeyRefused("many")
        passkey_id = self._outside.uuid()
        values = {
            "id": passkey_id, "person_id": person_id, "credential_hash": _hash(made.credential_id),
            "credential_id": made.credential_id, "public_key": made.public_key, "sign_count": made.sign_count,
            "name": name, "is_synced": made.is_synced, "made_at": self._outside.now(), "used_at": None,
        }  # fmt: skip
        self._database.session.execute(insert(PasskeyRow).values(**values))
        return passkey_id

    def note_shown(self, passkey: Passkey, sign_count: int) -> None:
        """It was shown just now.

        Raises:
            PasskeyRefused: it was shown elsewhere in the same moment, or removed.
        """
        same = (PasskeyRow.id == passkey.id, PasskeyRow.sign_count == passkey.sign_count)
        values = {"sign_count": sign_count, "used_at": self._outside.now()}
        if self._database.session.execute(update(PasskeyRow).where(*same).values(**values)).rowcount != 1:
            raise PasskeyRefused("counter")

    def remove(self, person_id: str, passkey_id: str, *, even_last: bool) -> bool:
        """Forget a passkey of somebody; False if there is none. `even_last` is for another officer.

        Raises:
            PasskeyRefused: it is their last one.
        """
        # All rows of the person are held, so that of two removals at once the second sees what the first has left.
        mine = select(PasskeyRow.id).where(PasskeyRow.person_id == person_id).order_by(PasskeyRow.id).with_for_update()
        held = set(self._database.session.execute(mine).scalars())
        if passkey_id not in held:
            return False
        if len(held) == 1 and not even_last:
            raise PasskeyRefused("last")
        return self._database.session.execute(delete(PasskeyRow).where(PasskeyRow.id == passkey_id)).rowcount == 1


class StaffLinks:
    """One-time links, stored as hashes only. Every change belongs into a unit of work with its event."""

    def __init__(self, database: Database, outside: Outside):
        self._database = database
        self._outside = outside

    def add(self, person_id: str, role: str, life: timedelta) -> str:
        """A new link's secret, which nobody can ask for again. Older links for the same end with it."""
        same = (StaffLinkRow.person_id == person_id, StaffLinkRow.role == role)
        self._database.session.execute(delete(StaffLinkRow).where(*same, StaffLinkRow.used_at.is_(None)))
        secret, now = self._outside.token(), self._outside.now()
        values = {"hash": digest(secret), "person_id": person_id, "role": role, "made_at": now, "ends_at": now + life}
        self._database.session.execute(insert(StaffLinkRow).values(**values, used_at=None))
        return secret

    def find(self, unverified_secret: str) -> StaffLink | None:
        """What a link allows, or None when there is none, it was used, or its time is over."""
        chosen = select(StaffLinkRow.person_id, StaffLinkRow.role, StaffLinkRow.ends_at).where(*self._living(unverified_secret))
        row = self._database.session.execute(chosen).first()
        return None if row is None else StaffLink(row.person_id, row.role, row.ends_at)

    def use(self, unverified_secret: str) -> None:
        """Spend a link. Exactly one caller in the world does; everybody else gets PasskeyRefused."""
        spent = update(StaffLinkRow).where(*self._living(unverified_secret)).values(used_at=self._outside.now())
        if self._database.session.execute(spent).rowcount != 1:
            raise PasskeyRefused("link")

    def _living(self, unverified_secret: str) -> tuple[Any, ...]:
        now: datetime = self._outside.now()
        return StaffLinkRow.hash == digest(unverified_secret), StaffLinkRow.used_at.is_(None), StaffLinkRow.ends_at > now


def _hash(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()


def _passkey(row: Any) -> Passkey:
    return Passkey(*row)

"""The rows of diary passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.directory.tables import CredentialRow, PersonRow
from broker.storage.columns import either
from broker.storage.database import Database

_COLUMNS = (
    CredentialRow.person_id,
    CredentialRow.password_hash,
    CredentialRow.changed_at,
    CredentialRow.login_changed_at,
    CredentialRow.rules_accepted_at,
)
_BY_LOGIN = (
    select(CredentialRow.person_id, CredentialRow.password_hash)
    .join(PersonRow, PersonRow.id == CredentialRow.person_id)
    .where(either(PersonRow.login_print, PersonRow.login_print_2, bindparam("print_")))
)
# RFC 9106 names the version 0x13 = 19; what follows are the parameters, then salt and hash.
_BEFORE_COST = "$argon2id$v=19$"
_BY_PERSON = select(*_COLUMNS).where(CredentialRow.person_id == bindparam("person_id_"))


@dataclass(frozen=True, slots=True)
class Kept:
    """One row."""

    person_id: str
    password_hash: str | None
    changed_at: datetime
    login_changed_at: datetime | None
    rules_accepted_at: datetime | None

    def __repr__(self) -> str:
        return f"Kept(person_id={self.person_id!r})"


class CredentialStore:
    """Hashes in and out."""

    def __init__(self, database: Database):
        self._database = database
        self._insert = (sqlite.insert if database.is_sqlite else postgresql.insert)(CredentialRow)
        find = func.instr if database.is_sqlite else func.strpos
        behind = func.substr(CredentialRow.password_hash, len(_BEFORE_COST) + 1)
        parameters = func.substr(behind, 1, find(behind, "$") - 1)
        is_ours = CredentialRow.password_hash.like(f"{_BEFORE_COST}%")
        self._costs = select(parameters, func.count()).where(is_ours).group_by(parameters)

    def by_login(self, login_print: str) -> tuple[str, str | None] | None:
        """Whose login this is and the hash of their password, or None when they never had one."""
        row = self._database.session.execute(_BY_LOGIN, {"print_": login_print}).first()
        return None if row is None else (row.person_id, row.password_hash)

    def costs(self) -> tuple[tuple[str, int], ...]:
        """The parameters that hashes name, such as `m=19456,t=4,p=1`, and how many hashes do. Reads every row."""
        return tuple((row[0], row[1]) for row in self._database.session.execute(self._costs).all())

    def of(self, person_id: str) -> Kept | None:
        row = self._database.session.execute(_BY_PERSON, {"person_id_": person_id}).first()
        return None if row is None else Kept(*row)

    def set_hash(self, person_id: str, password_hash: str, now: datetime, *, accepts_rules: bool) -> None:
        """A new password. Call inside `work()`."""
        values: dict[str, Any] = {"password_hash": password_hash, "changed_at": now}
        if accepts_rules:
            values["rules_accepted_at"] = now
        fresh = self._insert.values(person_id=person_id, **values)
        self._database.session.execute(fresh.on_conflict_do_update(index_elements=["person_id"], set_=values))

    def add_hash(self, person_id: str, password_hash: str, now: datetime) -> bool:
        """A first password; False if there is a row already. Call inside `work()`."""
        fresh = self._insert.values(person_id=person_id, password_hash=password_hash, changed_at=now)
        written = fresh.on_conflict_do_nothing().returning(CredentialRow.person_id)
        return self._database.session.execute(written).first() is not None

    def replace_hash(self, person_id: str, old: str, new: str) -> None:
        """The same password at another cost, unless it was changed meanwhile. Call inside `work()`."""
        unchanged = (CredentialRow.person_id == person_id) & (CredentialRow.password_hash == old)
        self._database.session.execute(update(CredentialRow).where(unchanged).values(password_hash=new))

    def remove_hash(self, person_id: str, now: datetime) -> bool:
        """True for the one caller that removed it. Call inside `work()`."""
        had_one = (CredentialRow.person_id == person_id) & CredentialRow.password_hash.is_not(None)
        return self._changes(update(CredentialRow).where(had_one).values(password_hash=None, changed_at=now))

    def spend_login_change(self, person_id: str, now: datetime) -> bool:
        """True for the one caller in all time that may change this person's login. Call inside `work()`."""
        fresh = self._insert.values(person_id=person_id, password_hash=None, changed_at=now)
        self._database.session.execute(fresh.on_conflict_do_nothing())
        unspent = (CredentialRow.person_id == person_id) & CredentialRow.login_changed_at.is_(None)
        return self._changes(update(CredentialRow).where(unspent).values(login_changed_at=now))

    def _changes(self, statement: Any) -> bool:
        done: CursorResult[Any] = self._database.session.execute(statement)
        return done.rowcount == 1

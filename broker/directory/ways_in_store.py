"""The ways in of a card that another card becomes: password with login, and contacts.

Copied, never taken: the card that goes is shut, so its own rows open nothing, and undoing needs them as they were.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from broker.directory.tables import ContactRow, CredentialRow
from broker.storage.database import Database
from keys.secrets.sealing import Sealer


class WaysInStore:
    """Call every change inside `work()`, with both cards locked."""

    def __init__(self, database: Database, sealer: Sealer):
        self._database = database
        self._sealer = sealer

    def copy_password(self, kept_id: str, merged_id: str, now: datetime, *, has_login: bool) -> bool:
        """The other card's password where this one has none; whether it came. Its login, if it `has_login`, must come too.

        What may be done once in a life is not given anew: a login that either of them has changed was changed.
        """
        kept, merged = self._credential(kept_id), self._credential(merged_id)
        if merged is None:
            return False
        comes = has_login and merged.password_hash is not None and (kept is None or kept.password_hash is None)
        changed_at = (kept.login_changed_at if kept else None) or merged.login_changed_at
        values: dict[str, Any] = {"login_changed_at": changed_at}
        if comes:
            values |= {"password_hash": merged.password_hash, "changed_at": now, "rules_accepted_at": merged.rules_accepted_at}
        if kept is None:
            self._run(insert(CredentialRow).values({"person_id": kept_id, "changed_at": now} | values))
        else:
            self._run(update(CredentialRow).where(CredentialRow.person_id == kept_id).values(values))
        return comes

    def return_password(self, kept_id: str, merged_id: str, now: datetime) -> None:
        """The kept card loses the password that came over, unless it has another one by now."""
        merged = self._credential(merged_id)
        if merged is None:
            return
        same = (CredentialRow.person_id == kept_id) & (CredentialRow.password_hash == merged.password_hash)
        self._run(update(CredentialRow).where(same).values(password_hash=None, changed_at=now))

    def copy_contacts(self, kept_id: str, merged_id: str, now: datetime) -> list[str]:
        """Contacts of the other card where this one has none of the kind, or only one that nobody has confirmed; their kinds."""
        held = {row.kind: row for row in self._contacts(kept_id)}
        coming = [row for row in self._contacts(merged_id) if _is_better(row, held.get(row.kind))]
        for row in coming:
            value = self._sealer.unseal(row.value_sealed, _owner(merged_id, row.kind))
            fresh = {**row._mapping, "person_id": kept_id, "changed_at": now}
            fresh["value_sealed"] = self._sealer.seal(value, _owner(kept_id, row.kind))
            self._run(delete(ContactRow).where(ContactRow.person_id == kept_id, ContactRow.kind == row.kind))
            self._run(insert(ContactRow).values(fresh))
        return [row.kind for row in coming]

    def return_contacts(self, kept_id: str, merged_id: str, kinds: list[str]) -> None:
        """The kept card loses those that came over, as far as they are the same still."""
        for row in self._contacts(merged_id):
            if row.kind in kinds:
                mine = (ContactRow.person_id == kept_id) & (ContactRow.kind == row.kind)
                self._run(delete(ContactRow).where(mine, _is_same(row)))

    def _credential(self, person_id: str) -> Any:
        return self._run(select(CredentialRow.__table__).where(CredentialRow.person_id == person_id)).first()

    def _contacts(self, person_id: str) -> Any:
        return self._run(select(ContactRow.__table__).where(ContactRow.person_id == person_id)).all()

    def _run(self, statement: Any) -> Any:
        return self._database.session.execute(statement)


def _is_better(row: Any, held: Any) -> bool:
    return held is None or (held.confirmed_at is None and row.confirmed_at is not None)


def _owner(person_id: str, kind: str) -> str:
    return f"contact:{person_id}:{kind}"


def _is_same(row: Any) -> Any:
    second = func.coalesce(ContactRow.value_print_2, "") == (row.value_print_2 or "-")
    return (ContactRow.value_print == row.value_print) | second

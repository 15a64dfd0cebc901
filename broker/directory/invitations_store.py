"""The rows of invitations. Finishing one is a single conditional statement, so it happens once in the world."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, bindparam, insert, select, update

from broker.directory.invitation import Invitation, Stage
from broker.directory.tables import InvitationRow, PersonRow
from broker.storage.columns import either
from broker.storage.database import Database

_MANY = 400
_COLUMNS = (
    InvitationRow.id,
    InvitationRow.person_id,
    InvitationRow.stage,
    InvitationRow.issued_by,
    InvitationRow.issued_at,
    InvitationRow.expires_at,
    InvitationRow.printed_at,
    InvitationRow.opened_at,
    InvitationRow.used_at,
    InvitationRow.cancelled_at,
)
_NEWEST_FIRST = (InvitationRow.issued_at.desc(), InvitationRow.id.desc())
# A cancelled sheet of paper opens nothing and tells nothing. More than a few others cannot be open at once.
_BY_LOGIN = (
    select(*_COLUMNS, InvitationRow.password_hash)
    .join(PersonRow, PersonRow.id == InvitationRow.person_id)
    .where(either(PersonRow.login_print, PersonRow.login_print_2, bindparam("print_")), InvitationRow.cancelled_at.is_(None))
    .order_by(*_NEWEST_FIRST)
    .limit(20)
)
_STAGES = tuple(stage.value for stage in Stage)


class InvitationStore:
    """Frozen invitations in and out; their passwords only as MACs."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, invitation: Invitation, password_mac: bytes) -> None:
        """Call inside `work()`."""
        values = {column.key: getattr(invitation, column.key) for column in _COLUMNS}
        values |= {"stage": invitation.stage.value, "password_hash": password_mac}
        self._database.session.execute(insert(InvitationRow).values(values))

    def by_login(self, login_print: str) -> tuple[tuple[Invitation, bytes], ...]:
        """The invitations of the person with this login, each with the MAC of its password, the newest first."""
        rows = self._database.session.execute(_BY_LOGIN, {"print_": login_print}).all()
        return tuple((_invitation(row), row.password_hash) for row in rows)

    def find(self, invitation_id: str) -> Invitation | None:
        row = self._database.session.execute(select(*_COLUMNS).where(InvitationRow.id == invitation_id)).first()
        return None if row is None else _invitation(row)

    def mac_of(self, invitation_id: str) -> bytes | None:
        """The MAC of its password, or None."""
        question = select(InvitationRow.password_hash).where(InvitationRow.id == invitation_id)
        return self._database.session.execute(question).scalar_one_or_none()

    def newest(self, person_ids: Sequence[str]) -> dict[str, Invitation]:
        """The newest invitation of each of these people, by person."""
        found: dict[str, Invitation] = {}
        for start in range(0, len(person_ids), _MANY):
            some = person_ids[start : start + _MANY]
            question = select(*_COLUMNS).where(InvitationRow.person_id.in_(some)).order_by(*_NEWEST_FIRST)
            for row in self._database.session.execute(question):
                found.setdefault(row.person_id, _invitation(row))
        return found

    def note_opened(self, invitation_id: str, now: datetime) -> bool:
        """True for the first one to open it. Call inside `work()`."""
        return self._changes(_one(invitation_id).where(InvitationRow.opened_at.is_(None)).values(opened_at=now))

    def note_printed(self, invitation_id: str, now: datetime) -> bool:
        """True for the first print. Call inside `work()`."""
        return self._changes(_one(invitation_id).where(InvitationRow.printed_at.is_(None)).values(printed_at=now))

    def advance(self, invitation_id: str, stage: Stage) -> bool:
        """True if it went forward. Call inside `work()`."""
        earlier = _STAGES[: _STAGES.index(stage.value)]
        return self._changes(_one(invitation_id).where(InvitationRow.stage.in_(earlier)).values(stage=stage.value))

    def spend(self, invitation_id: str, now: datetime) -> bool:
        """True for exactly one caller, and only while it may be used. Call inside `work()`."""
        usable = _unused(invitation_id).where(InvitationRow.expires_at > now)
        return self._changes(usable.values(used_at=now, stage=Stage.DONE.value))

    def activate(self, person_id: str, now: datetime) -> None:
        """The person has come through the wizard; the first time counts. Call inside `work()`."""
        first = update(PersonRow).where(PersonRow.id == person_id, PersonRow.activated_at.is_(None))
        self._database.session.execute(first.values(activated_at=now, changed_at=now))

    def cancel(self, invitation_id: str, now: datetime) -> bool:
        """True for the one caller that cancelled it. Call inside `work()`."""
        return self._changes(_unused(invitation_id).values(cancelled_at=now))

    def unused(self, person_id: str) -> tuple[str, ...]:
        """The invitations of a person that are neither used nor cancelled, late ones included."""
        question = select(InvitationRow.id).where(
            InvitationRow.person_id == person_id, InvitationRow.used_at.is_(None), InvitationRow.cancelled_at.is_(None)
        )
        return tuple(self._database.session.execute(question).scalars())

    def _changes(self, statement: Any) -> bool:
        done: CursorResult[Any] = self._database.session.execute(statement)
        return done.rowcount == 1


def _one(invitation_id: str) -> Any:
    return update(InvitationRow).where(InvitationRow.id == invitation_id)


def _unused(invitation_id: str) -> Any:
    return _one(invitation_id).where(InvitationRow.used_at.is_(None), InvitationRow.cancelled_at.is_(None))


def _invitation(row: Any) -> Invitation:
    person_id, stage = row.person_id, Stage(row.stage)
    return Invitation(
        row.id, person_id, stage, row.issued_by, row.issued_at, row.expires_at,
        row.printed_at, row.opened_at, row.used_at, row.cancelled_at,
    )  # fmt: skip

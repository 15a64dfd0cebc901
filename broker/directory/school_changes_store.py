"""Changing the rows of one school. Every change names the school; call each inside `work()`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from broker.directory.card import Card, Cardbox
from broker.directory.person import Role
from broker.directory.school_edits import GIVEN_BY_SCHOOL
from broker.directory.tables import KinshipRow, MembershipRow, PersonRow, SchoolRow
from broker.storage.database import Database


class LoginTaken(Exception):
    """Somebody has this login; the unit of work is lost."""


class SchoolChangesStore:
    """What one school may change. `today` is the local day of its region."""

    def __init__(self, database: Database, cards: Cardbox, school_id: str, today: date):
        self._database = database
        self._cards = cards
        self._school_id = school_id
        self._today = today

    def lock(self, person_id: str) -> None:
        """Nobody else changes this card until the unit of work ends."""
        row = select(PersonRow.id).where(PersonRow.id == person_id).with_for_update()
        self._database.session.execute(row)

    def write_card(self, person_id: str, card: Card, now: datetime) -> None:
        """Seal the card anew, which also changes its version; call it after every change of places too.

        Raises:
            LoginTaken: another card has this login.
        """
        prints = self._cards.prints(card)
        values = {
            "card_sealed": self._cards.seal(person_id, card),
            **prints.columns,
            "changed_at": now,
        }
        try:
            self._database.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(**values))
        except IntegrityError:
            raise LoginTaken from None

    def own_snils(self, person_id: str) -> None:
        """The SNILS is the school's own word now, not what Gosuslugi had filled in."""
        self._database.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(filled_at=None))

    def set_blocked(self, person_id: str, is_blocked: bool) -> bool:
        """Whether this changed anything."""
        row = update(PersonRow).where(PersonRow.id == person_id, PersonRow.is_blocked.is_(not is_blocked))
        return bool(self._database.session.execute(row.values(is_blocked=is_blocked)).rowcount)

    def set_class(self, person_id: str, class_name: str | None) -> None:
        """The class of a pupil of today."""
        mine = self._places(person_id).where(MembershipRow.role == Role.PUPIL.value, self._is_today())
        self._database.session.execute(mine.values(class_name=class_name))

    def end_place(self, person_id: str, role: Role) -> None:
        """From today on they do not have this role here."""
        mine = self._places(person_id).where(MembershipRow.role == role.value, self._is_today())
        self._database.session.execute(mine.values(left_on=self._today))

    def leave(self, person_id: str) -> bool:
        """From today on they are not of this school; False if nothing changed. Who runs the console is decided elsewhere."""
        mine = self._places(person_id).where(self._is_today(), self._is_given())
        return bool(self._database.session.execute(mine.values(left_on=self._today)).rowcount)

    def restore(self, person_id: str) -> bool:
        """What ended last is as it was; False if there is nothing to restore."""
        last = select(func.max(MembershipRow.left_on)).where(
            MembershipRow.person_id == person_id, MembershipRow.school_id == self._school_id, self._is_given()
        )
        ended = self._database.session.execute(last).scalar()
        mine = self._places(person_id).where(MembershipRow.left_on == ended, self._is_given())
        return bool(self._database.session.execute(mine.values(left_on=None)).rowcount)

    def add_place(self, person_id: str, role: Role, class_name: str | None) -> None:
        last = select(func.max(MembershipRow.position)).where(MembershipRow.person_id == person_id)
        position = self._database.session.execute(last).scalar()
        values = {
            "person_id": person_id,
            "position": 0 if position is None else position + 1,
            "school_id": self._school_id,
            "role": role.value,
            "class_name": class_name,
            "left_on": None,
        }
        self._database.session.execute(insert(MembershipRow), values)

    def add_kin(self, parent_id: str, child_id: str) -> bool:
        """False when it was recorded already."""
        there = select(KinshipRow.parent_id).where(KinshipRow.parent_id == parent_id, KinshipRow.child_id == child_id)
        if self._database.session.execute(there).first() is not None:
            return False
        self._database.session.execute(insert(KinshipRow), {"parent_id": parent_id, "child_id": child_id})
        return True

    def remove_kin(self, parent_id: str, child_id: str) -> bool:
        row = delete(KinshipRow).where(KinshipRow.parent_id == parent_id, KinshipRow.child_id == child_id)
        return bool(self._database.session.execute(row).rowcount)

    def set_contact(self, contact: str | None) -> None:
        self._database.session.execute(update(SchoolRow).where(SchoolRow.id == self._school_id).values(contact=contact))

    def _places(self, person_id: str) -> Any:
        return update(MembershipRow).where(MembershipRow.person_id == person_id, MembershipRow.school_id == self._school_id)

    def _is_given(self) -> ColumnElement[bool]:
        return MembershipRow.role.in_([role.value for role in GIVEN_BY_SCHOOL])

    def _is_today(self) -> ColumnElement[bool]:
        return or_(MembershipRow.left_on.is_(None), MembershipRow.left_on > self._today)

"""The rows of one school. Every question and every change names the school: what is not its own is not found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from broker.directory.card import Card
from broker.directory.directory import Directory
from broker.directory.person import Role
from broker.directory.school_edits import GIVEN_BY_SCHOOL
from broker.directory.school_person import Relative, SchoolPerson
from broker.directory.store import PEOPLE
from broker.directory.tables import KinshipRow, MembershipRow, MergeRow, PersonRow, SchoolRow
from broker.storage.database import Database


class LoginTaken(Exception):
    """Somebody has this login; the unit of work is lost."""


class SchoolStore:
    """What one school may ask and change. `today` is the local day of its region."""

    def __init__(self, database: Database, directory: Directory, school_id: str, today: date):
        self._database = database
        self._cards = directory.cards
        self._reader = directory.store
        self._school_id = school_id
        self._today = today
        self._own = belongs_to(school_id, today)

    def people(self) -> tuple[SchoolPerson, ...]:
        """Everybody of the school, past people included, by identifier."""
        return tuple(self._people(PEOPLE.where(self._own)))

    def find(self, person_id: str) -> SchoolPerson | None:
        return next(self._people(PEOPLE.where(PersonRow.id == person_id, self._own)), None)

    def homeless(self, person_id: str) -> SchoolPerson | None:
        """A card without any school, which every school may take in. A merged card is nobody's."""
        nowhere = ~exists().where(MembershipRow.person_id == PersonRow.id)
        merged = exists().where(MergeRow.merged_id == PersonRow.id, MergeRow.undone_at.is_(None))
        wanted = PEOPLE.where(PersonRow.id == person_id, nowhere, ~merged)
        return next(self._people(wanted), None)

    def lock(self, person_id: str) -> None:
        """Nobody else changes this card until the unit of work ends."""
        row = select(PersonRow.id).where(PersonRow.id == person_id).with_for_update()
        self._database.session.execute(row)

    def ids(self) -> tuple[str, ...]:
        return tuple(self._database.session.execute(select(PersonRow.id).where(self._own)).scalars())

    def with_snils(self, digits: str) -> tuple[tuple[str, bool], ...]:
        """Everybody in the whole directory with this SNILS, and whether they are of this school. Nothing else is told."""
        question = select(PersonRow.id, self._own.label("is_own")).where(PersonRow.snils_print == self._cards.of_snils(digits))
        return tuple((row.id, bool(row.is_own)) for row in self._database.session.execute(question))

    def parents_of(self, person_id: str) -> tuple[Relative, ...]:
        kin = exists().where(KinshipRow.parent_id == PersonRow.id, KinshipRow.child_id == person_id)
        return self._relatives(kin)

    def children_of(self, person_id: str) -> tuple[Relative, ...]:
        kin = exists().where(KinshipRow.child_id == PersonRow.id, KinshipRow.parent_id == person_id)
        return self._relatives(kin)

    def pairs_of_kin(self) -> tuple[tuple[str, str], ...]:
        """Every (parent, child) of whom both are of this school."""
        mine = select(PersonRow.id).where(self._own)
        question = select(KinshipRow.parent_id, KinshipRow.child_id).where(
            KinshipRow.parent_id.in_(mine), KinshipRow.child_id.in_(mine)
        )
        return tuple((row.parent_id, row.child_id) for row in self._database.session.execute(question))

    def write_card(self, person_id: str, card: Card, now: datetime) -> None:
        """Seal the card anew, which also changes its version; call it after every change of places too.

        Raises:
            LoginTaken: another card has this login.
        """
        prints = self._cards.prints(card)
        values = {
            "card_sealed": self._cards.seal(person_id, card),
            "snils_print": prints.snils,
            "name_birth_print": prints.name_birth,
            "login_print": prints.login,
            "changed_at": now,
        }
        try:
            self._database.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(**values))
        except IntegrityError:
            raise LoginTaken from None

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

    def _relatives(self, kin: ColumnElement[bool]) -> tuple[Relative, ...]:
        found = self._people(PEOPLE.where(kin, self._own))
        places = ((one, one.place_on(self._today)) for one in found)
        return tuple(Relative(one.id, one.full_name, place.class_name if place else None) for one, place in places)

    def _people(self, question: Any) -> Iterator[SchoolPerson]:
        rows = self._database.session.execute(question).all()
        for _, group in groupby(rows, key=lambda row: row[0]):
            yield self._own_part(list(group))

    def _own_part(self, rows: list[Any]) -> SchoolPerson:
        person = self._reader.person_in(rows)
        mine = tuple(place for place in person.memberships if place.school.id == self._school_id)
        others = (place for place in person.memberships if place.school.id != self._school_id)
        elsewhere = any(place.school.is_open and (place.left_on is None or self._today < place.left_on) for place in others)
        return SchoolPerson(replace(person, memberships=mine), version_of(rows[0].card_sealed), elsewhere)


def belongs_to(school_id: str, today: date) -> ColumnElement[bool]:
    """Whose card a school may see: people with a place there today, and past ones who are in no other school now."""
    here, there, other = aliased(MembershipRow), aliased(MembershipRow), aliased(SchoolRow)
    mine = and_(here.person_id == PersonRow.id, here.school_id == school_id)
    now_elsewhere = exists().where(
        there.person_id == PersonRow.id,
        there.school_id != school_id,
        or_(there.left_on.is_(None), there.left_on > today),
        other.id == there.school_id,
        other.is_open,
    )
    return or_(
        exists().where(mine, or_(here.left_on.is_(None), here.left_on > today)),
        and_(exists().where(mine), ~now_elsewhere),
    )


def version_of(card_sealed: bytes) -> str:
    """Two seals of one card differ, so the digest of the sealed card changes with every writing of it."""
    return hashlib.sha256(card_sealed).hexdigest()[:24]

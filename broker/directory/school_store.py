"""The rows of one school. Every question names the school: what is not its own is not found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from broker.directory.directory import Directory
from broker.directory.school_person import Relative, SchoolPerson, holds, runs_console
from broker.directory.store import PEOPLE
from broker.directory.tables import KinshipRow, MembershipRow, MergeRow, PersonRow, SchoolRow
from broker.storage.columns import either
from broker.storage.database import Database
from keys.secrets.sealing import record_part


class SchoolStore:
    """What one school may ask. `today` is the local day of its region."""

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
        place = aliased(MembershipRow)
        nowhere = ~exists().where(place.person_id == PersonRow.id)
        merged = exists().where(MergeRow.merged_id == PersonRow.id, MergeRow.undone_at.is_(None))
        wanted = PEOPLE.where(PersonRow.id == person_id, nowhere, ~merged)
        return next(self._people(wanted), None)

    def ids(self) -> tuple[str, ...]:
        return tuple(self._database.session.execute(select(PersonRow.id).where(self._own)).scalars())

    def with_snils(self, digits: str) -> tuple[tuple[str, bool], ...]:
        """Everybody in the whole directory with this SNILS, and whether they are of this school. Nothing else is told."""
        has_snils = either(PersonRow.snils_print, PersonRow.snils_print_2, self._cards.of_snils(digits))
        question = select(PersonRow.id, self._own.label("is_own")).where(has_snils)
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
        others = tuple(place for place in person.memberships if place.school.id != self._school_id)
        elsewhere = any(place.school.is_open and holds(place, self._today) for place in others)
        runs_another = any(runs_console(place, self._today) for place in others)
        return SchoolPerson(replace(person, memberships=mine), version_of(rows[0].card_sealed), elsewhere, runs_another)


def belongs_to(school_id: str, today: date) -> ColumnElement[bool]:
    """Whose card a school may see: people with a place there today, and past ones who are in no other school now."""
    here, there, other = aliased(MembershipRow), aliased(MembershipRow), aliased(SchoolRow)
    now_elsewhere = exists().where(
        there.person_id == here.person_id,
        there.school_id != school_id,
        or_(there.left_on.is_(None), there.left_on > today),
        other.id == there.school_id,
        other.is_open,
    )
    is_here = or_(here.left_on.is_(None), here.left_on > today)
    # A list of identifiers, so that the database begins with the school and not with everybody.
    return PersonRow.id.in_(select(here.person_id).where(here.school_id == school_id, or_(is_here, ~now_elsewhere)))


def version_of(card_sealed: bytes) -> str:
    """Two seals of one card differ, so the digest changes with every writing of it; a rotation of keys writes no card."""
    return hashlib.sha256(record_part(card_sealed)).hexdigest()[:24]

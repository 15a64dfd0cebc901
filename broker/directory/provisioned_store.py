"""The rows of one region's people, as its diary may see them. Every question names the region: others are not found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from broker.directory.directory import Directory
from broker.directory.document import PersonEntry
from broker.directory.person import Person, Role, School
from broker.directory.roster_store import parts
from broker.directory.school_person import holds, runs_console
from broker.directory.school_store import version_of
from broker.directory.store import PEOPLE
from broker.directory.tables import KinshipRow, MembershipRow, MergeRow, PersonRow, SchoolRow
from broker.foundation.encoding import digest
from broker.storage.columns import either
from broker.storage.database import Database


@dataclass(frozen=True, slots=True)
class RegionPerson:
    """`person` has only the places in this region, `children` only the children of it. `version` changes with every change of
    what is told here. `is_elsewhere`: also has a place in another region today; `runs_another`: that place is a school's console;
    `is_guarded`: may do more than a diary."""

    person: Person
    children: tuple[str, ...]
    version: str
    changed_at: datetime
    is_elsewhere: bool
    runs_another: bool = False

    @property
    def id(self) -> str:
        return self.person.id

    @property
    def is_guarded(self) -> bool:
        return bool(self.person.staff_roles) or self.runs_another


class LoginTaken(Exception):
    """Somebody has this login; nothing was written."""


class RegionStore:
    """What the diary of one region may ask. `today` is the local day of the region."""

    def __init__(self, database: Database, directory: Directory, region: str, today: date):
        self._database = database
        self._cards = directory.cards
        self._reader = directory.store
        self._region = region
        self._today = today
        self._own = _belongs_to(region, today)

    def find_many(self, ids: Sequence[str]) -> tuple[RegionPerson, ...]:
        """Those of them who are of the region, by identifier."""
        found = [one for some in parts(ids) for one in self._people(some, self._own)]
        return tuple(sorted(found, key=lambda one: one.id))

    def just_written(self, person_id: str) -> RegionPerson:
        """Somebody who was of the region when this unit of work began, or is new; a wish may take a card out of sight."""
        return next(self._people((person_id,), true()))

    def ids(self, offset: int, limit: int) -> tuple[str, ...]:
        """Identifiers of the region's people, a page of them."""
        question = select(PersonRow.id).where(self._own).order_by(PersonRow.id).offset(offset).limit(limit)
        return tuple(self._database.session.execute(question).scalars())

    def count(self) -> int:
        return int(self._database.session.execute(select(func.count()).select_from(PersonRow).where(self._own)).scalar_one())

    def with_login(self, login: str) -> str | None:
        """Whose login this is, if they are of the region."""
        has_login = either(PersonRow.login_print, PersonRow.login_print_2, self._cards.of_login(login))
        question = select(PersonRow.id).where(has_login, self._own)
        found: str | None = self._database.session.execute(question).scalar()
        return found

    def has_snils(self, digits: str, but: str) -> bool:
        """Whether any other card of the whole directory has this SNILS."""
        has_snils = either(PersonRow.snils_print, PersonRow.snils_print_2, self._cards.of_snils(digits))
        question = select(PersonRow.id).where(has_snils, PersonRow.id != but)
        return self._database.session.execute(question).first() is not None

    def schools(self) -> tuple[School, ...]:
        return tuple(school for school in self._reader.schools() if school.region == self._region)

    def classes(self) -> tuple[tuple[str, str], ...]:
        """School and class, wherever there is a pupil today."""
        question = (
            select(MembershipRow.school_id, MembershipRow.class_name)
            .join(SchoolRow, SchoolRow.id == MembershipRow.school_id)
            .join(PersonRow, PersonRow.id == MembershipRow.person_id)
            .where(SchoolRow.region == self._region, MembershipRow.class_name.is_not(None), *self._pupils())
            .distinct()
            .order_by(MembershipRow.school_id, MembershipRow.class_name)
        )
        return tuple((row.school_id, row.class_name) for row in self._database.session.execute(question))

    def pupils_of(self, school_id: str, class_name: str) -> tuple[str, ...]:
        """Identifiers of the pupils of a class today."""
        question = (
            select(MembershipRow.person_id)
            .join(PersonRow, PersonRow.id == MembershipRow.person_id)
            .where(MembershipRow.school_id == school_id, MembershipRow.class_name == class_name, *self._pupils())
            .distinct()
            .order_by(MembershipRow.person_id)
        )
        return tuple(self._database.session.execute(question).scalars())

    def lock(self, person_ids: Sequence[str]) -> None:
        """Nobody else changes these cards until the unit of work ends."""
        question = select(PersonRow.id).where(PersonRow.id.in_(person_ids)).order_by(PersonRow.id)
        self._database.session.execute(question.with_for_update())

    def children_elsewhere(self, person_id: str) -> tuple[str, ...]:
        """Children who are not of the region: their ties stay as they are."""
        own = select(PersonRow.id).where(self._own)
        question = select(KinshipRow.child_id).where(KinshipRow.parent_id == person_id, KinshipRow.child_id.not_in(own))
        return tuple(self._database.session.execute(question.order_by(KinshipRow.child_id)).scalars())

    def write(self, entry: PersonEntry, now: datetime, *, is_snils_new: bool) -> None:
        """Write one card whole. Call inside `work()`.

        Raises:
            LoginTaken: the unit of work may go on.
        """
        try:
            # The unique index decides between two who want one login at the same moment.
            with self._database.session.begin_nested():
                self._reader.write_people((entry,), now)
                if is_snils_new:
                    # From now on the SNILS is the diary's word, not what Gosuslugi had filled in.
                    own = update(PersonRow).where(PersonRow.id == entry.id).values(filled_at=None)
                    self._database.session.execute(own)
        except IntegrityError:
            raise LoginTaken from None

    def _pupils(self) -> tuple[ColumnElement[bool], ...]:
        is_here = or_(MembershipRow.left_on.is_(None), MembershipRow.left_on > self._today)
        return MembershipRow.role == Role.PUPIL.value, is_here

    def _people(self, some: Sequence[str], own: ColumnElement[bool]) -> Iterator[RegionPerson]:
        children = self._children(some)
        question = PEOPLE.add_columns(PersonRow.changed_at).where(PersonRow.id.in_(some), own)
        rows = self._database.session.execute(question).all()
        for person_id, group in groupby(rows, key=lambda row: row[0]):
            yield self._own_part(list(group), tuple(children.get(person_id, ())))

    def _children(self, parents: Sequence[str]) -> dict[str, list[str]]:
        question = (
            select(KinshipRow.parent_id, KinshipRow.child_id)
            .join(PersonRow, PersonRow.id == KinshipRow.child_id)
            .where(KinshipRow.parent_id.in_(parents), self._own)
            .order_by(KinshipRow.child_id)
        )
        found: dict[str, list[str]] = {}
        for row in self._database.session.execute(question):
            found.setdefault(row.parent_id, []).append(row.child_id)
        return found

    def _own_part(self, rows: list[Any], children: tuple[str, ...]) -> RegionPerson:
        person = self._reader.person_in(rows)
        mine = tuple(place for place in person.memberships if place.school.region == self._region)
        others = tuple(place for place in person.memberships if place.school.region != self._region)
        elsewhere = any(place.school.is_open and holds(place, self._today) for place in others)
        runs_another = any(runs_console(place, self._today) for place in others)
        told = "\n".join((version_of(rows[0].card_sealed), *_told(replace(person, memberships=mine)), *children))
        changed_at: datetime = rows[0].changed_at
        mine_only = replace(person, memberships=mine)
        return RegionPerson(mine_only, children, digest(told)[:24], changed_at, elsewhere, runs_another)


def _told(person: Person) -> Iterator[str]:
    yield f"{person.is_blocked} {person.activated_at is not None} {person.staff_roles}"
    yield from (f"{place.school.id} {place.role.value} {place.class_name} {place.left_on}" for place in person.memberships)


def _belongs_to(region: str, today: date) -> ColumnElement[bool]:
    """Whose card the diary of a region sees: with a place there today; or a past one, as long as they are in no other region now
    and were not taken out by the diary (blocked, without a place and without a login)."""
    here, there, other, school = aliased(MembershipRow), aliased(MembershipRow), aliased(SchoolRow), aliased(SchoolRow)
    now_elsewhere = exists().where(
        there.person_id == here.person_id,
        or_(there.left_on.is_(None), there.left_on > today),
        other.id == there.school_id,
        other.region != region,
        other.is_open,
    )
    merged = exists().where(MergeRow.merged_id == PersonRow.id, MergeRow.undone_at.is_(None))
    of_region = and_(school.id == here.school_id, school.region == region)
    is_here = or_(here.left_on.is_(None), here.left_on > today)
    today_here = select(here.person_id).join(school, of_region).where(is_here)
    once_here = select(here.person_id).join(school, of_region).where(~now_elsewhere)
    is_kept = or_(PersonRow.is_blocked.is_(False), PersonRow.login_print.is_not(None))
    return and_(or_(PersonRow.id.in_(today_here), and_(PersonRow.id.in_(once_here), is_kept)), ~merged)

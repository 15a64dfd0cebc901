"""The directory's rows: one question reads a whole person, and nothing but frozen values leaves this file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.directory.card import NO_LOGIN, Cardbox
from broker.directory.document import PersonEntry
from broker.directory.person import Child, Membership, Person, Role, School, SchoolContact
from broker.directory.tables import KinshipRow, MembershipRow, PersonRow, SchoolRow, StaffRoleRow
from broker.foundation.encoding import canonical_json
from broker.storage.columns import either
from broker.storage.database import Database
from broker.storage.hot import Hot

_MANY = 400
_SCHOOL = (SchoolRow.id, SchoolRow.region, SchoolRow.name_ru, SchoolRow.name_en, SchoolRow.is_open, SchoolRow.contact)
_PLACE = (MembershipRow.position, MembershipRow.role, MembershipRow.class_name, MembershipRow.left_on)
_PERSON = (PersonRow.id, PersonRow.card_sealed, PersonRow.is_blocked, PersonRow.activated_at, PersonRow.paused_at)
_WIDTH = len(_PERSON) + 1 + len(_PLACE)
_STAFF_ROLE, _POSITION = len(_PERSON), len(_PERSON) + 1
PEOPLE_WIDTH = _WIDTH + len(_SCHOOL)

# Everything a person is made of; another room's store may add columns and joins of its own behind it.
PEOPLE = (
    select(*_PERSON, StaffRoleRow.role.label("staff_role"), *_PLACE, *_SCHOOL)
    .outerjoin(MembershipRow, MembershipRow.person_id == PersonRow.id)
    .outerjoin(SchoolRow, SchoolRow.id == MembershipRow.school_id)
    .outerjoin(StaffRoleRow, StaffRoleRow.person_id == PersonRow.id)
    .order_by(PersonRow.id, MembershipRow.position, StaffRoleRow.role)
)
_BY_ID = PEOPLE.where(PersonRow.id == bindparam("value"))
_BY_PRINT = {
    name: PEOPLE.where(either(getattr(PersonRow, name), getattr(PersonRow, f"{name}_2"), bindparam("value")))
    for name in ("snils_print", "name_birth_print", "login_print")
}
_CHILDREN = PEOPLE.join(KinshipRow, KinshipRow.child_id == PersonRow.id).where(KinshipRow.parent_id == bindparam("value"))
# Of a parent, every live session and every token asks it.
_COUNT_CHILDREN = Hot(select(func.count()).select_from(KinshipRow).where(KinshipRow.parent_id == bindparam("value")))
_SCHOOL_BY_ID = select(*_SCHOOL).where(SchoolRow.id == bindparam("value"))
_SCHOOLS = select(*_SCHOOL).order_by(SchoolRow.region, SchoolRow.id)


class DirectoryStore:
    """Reads people and schools; writes them as a document says."""

    def __init__(self, database: Database, cards: Cardbox):
        self._database = database
        self._cards = cards
        self._insert = sqlite.insert if database.is_sqlite else postgresql.insert

    def find_person(self, person_id: str) -> Person | None:
        return next(self._people(_BY_ID, person_id), None)

    def people_of(self, person_ids: Sequence[str]) -> tuple[Person, ...]:
        """The people with these identifiers, a few, in one question; by identifier."""
        return tuple(self._groups(self._database.session.execute(PEOPLE.where(PersonRow.id.in_(person_ids)))))

    def with_print(self, column: str, value: str) -> tuple[Person, ...]:
        """Everybody whose fingerprint column has this value, by identifier."""
        return tuple(self._people(_BY_PRINT[column], value))

    def children_of(self, person_id: str, day: date) -> tuple[Child, ...]:
        return tuple(_child(person, day) for person in self._people(_CHILDREN, person_id))

    def children_count(self, person_id: str) -> int:
        return int(_COUNT_CHILDREN.all(self._database.session, {"value": person_id})[0][0])

    def find_school(self, school_id: str) -> School | None:
        row = self._database.session.execute(_SCHOOL_BY_ID, {"value": school_id}).first()
        return None if row is None else _school(row)

    def schools(self) -> tuple[School, ...]:
        return tuple(map(_school, self._database.session.execute(_SCHOOLS)))

    def known(self, schools: Iterable[str], people: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Which of these schools and people are there."""
        return self._among(SchoolRow.id, schools), self._among(PersonRow.id, people)

    def login_owners(self, logins: Iterable[str]) -> dict[str, str]:
        """Who has these logins now: print of the login to person."""
        found: dict[str, str] = {}
        prints = [self._cards.of_login(login) for login in logins]
        for some in _parts(prints):
            columns = (PersonRow.login_print, PersonRow.login_print_2)
            question = select(*columns, PersonRow.id).where(or_(*(column.in_(some) for column in columns)))
            found |= {print_: row.id for row in self._database.session.execute(question) for print_ in row[:2] if print_}
        return found

    def write_schools(self, schools: Sequence[School]) -> None:
        """Add schools or bring them up to date."""
        rows = [
            {
                "id": school.id,
                "region": school.region,
                "name_ru": school.name_ru,
                "name_en": school.name_en,
                "is_open": school.is_open,
                "contact": canonical_json(asdict(school.contact)).decode("utf-8") if school.contact else None,
            }
            for school in schools
        ]
        self._upsert(SchoolRow, rows, tuple(rows[0]) if rows else ())

    def write_people(self, people: Sequence[PersonEntry], now: datetime) -> None:
        """Add people or bring them up to date, with their places, children and staff roles. Call inside `work()`."""
        if not people:
            return
        for some in _parts([person.id for person in people]):
            # A login may go from one person of the document to another; no order of writing may be in its way.
            self._database.session.execute(update(PersonRow).where(PersonRow.id.in_(some)).values(**NO_LOGIN))
        rows = [self._person_row(person, now) for person in people]
        self._upsert(PersonRow, rows, tuple(name for name in rows[0] if name != "activated_at"))
        # Activation is what a person did, so a document may add it and never takes it away.
        activated = update(PersonRow).where(PersonRow.activated_at.is_(None)).values(activated_at=now)
        for some in _parts([person.id for person in people if person.is_activated]):
            self._database.session.execute(activated.where(PersonRow.id.in_(some)))
        for some in _parts([person.id for person in people]):
            for owner in (MembershipRow.person_id, KinshipRow.parent_id, StaffRoleRow.person_id):
                self._database.session.execute(delete(owner.class_).where(owner.in_(some)))
        self._write_ties(people)

    def _write_ties(self, people: Sequence[PersonEntry]) -> None:
        places = [
            {
                "person_id": person.id,
                "position": position,
                "school_id": place.school_id,
                "role": place.role.value,
                "class_name": place.class_name,
                "left_on": place.left_on,
            }
            for person in people
            for position, place in enumerate(person.places)
        ]
        kin = [{"parent_id": person.id, "child_id": child} for person in people for child in person.children]
        staff = [{"person_id": person.id, "role": role} for person in people for role in person.staff_roles]
        for table, rows in ((MembershipRow, places), (KinshipRow, kin), (StaffRoleRow, staff)):
            if rows:
                self._database.session.execute(insert(table), rows)

    def _person_row(self, person: PersonEntry, now: datetime) -> dict[str, Any]:
        prints = self._cards.prints(person.card)
        return {
            "id": person.id,
            "card_sealed": self._cards.seal(person.id, person.card),
            **prints.columns,
            "is_blocked": person.is_blocked,
            "activated_at": now if person.is_activated else None,
            "changed_at": now,
        }

    def _upsert(self, table: Any, rows: list[dict[str, Any]], changed: Sequence[str]) -> None:
        if rows:
            fresh = self._insert(table)
            values = {name: fresh.excluded[name] for name in changed if name != "id"}
            self._database.session.execute(fresh.on_conflict_do_update(index_elements=["id"], set_=values), rows)

    def _among(self, column: Any, values: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        for some in _parts(sorted(set(values))):
            found.update(self._database.session.execute(select(column).where(column.in_(some))).scalars())
        return frozenset(found)

    def _people(self, question: Any, value: str) -> Iterator[Person]:
        yield from self._groups(self._database.session.execute(question, {"value": value}).all())

    def _groups(self, rows: Iterable[Any]) -> Iterator[Person]:
        for _, group in groupby(rows, key=lambda row: row[0]):
            yield self.person_in(list(group))

    def person_in(self, rows: Sequence[Any]) -> Person:
        """The person that the rows of one answer to `PEOPLE` make up; there is at least one row."""
        person_id, sealed, is_blocked, activated_at, paused_at = rows[0][: len(_PERSON)]
        card = self._cards.unseal(person_id, sealed)
        # A row for every pair of place and staff role: each place and each role counts once.
        places = {row[_POSITION]: row[_POSITION + 1 : PEOPLE_WIDTH] for row in rows if row[_POSITION] is not None}
        return Person(
            id=person_id,
            surname=card.surname,
            name=card.name,
            patronymic=card.patronymic,
            birth_date=card.birth_date,
            sex=card.sex,
            snils=card.snils,
            email=card.email,
            phone=card.phone,
            login=card.login,
            is_blocked=is_blocked,
            activated_at=activated_at,
            memberships=tuple(map(_membership, places.values())),
            staff_roles=tuple(dict.fromkeys([row[_STAFF_ROLE] for row in rows if row[_STAFF_ROLE] is not None])),
            is_paused=paused_at is not None,
        )


@lru_cache(maxsize=4096)
def _membership(place: tuple[Any, ...]) -> Membership:
    """The same values for everybody of a class, without anything of a person; and frozen."""
    role, class_name, left_on, *school = place
    return Membership(_school(school), Role(role), class_name, left_on)


def _school(row: Sequence[Any]) -> School:
    school_id, region, name_ru, name_en, is_open, contact = row
    return School(school_id, region, name_ru, name_en, is_open, SchoolContact(**json.loads(contact)) if contact else None)


def _child(person: Person, day: date) -> Child:
    full_name = " ".join(filter(None, (person.surname, person.name, person.patronymic)))
    current = (
        m for m in person.memberships if m.role is Role.PUPIL and m.school.is_open and (m.left_on is None or day < m.left_on)
    )
    place = next(current, None)
    return Child(person.id, full_name, place.class_name if place else None, place.school.id if place else None)


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Databases limit how many values one statement may hold."""
    return (values[start : start + _MANY] for start in range(0, len(values), _MANY))

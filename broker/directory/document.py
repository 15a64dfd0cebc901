"""A directory document: what a school system or the demo hands over, read into values or refused with every problem named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from broker.directory.access_entry import MOST_PASSWORDS, NO_ACCESS, AccessEntry, read_access
from broker.directory.card import Card, login_form
from broker.directory.days import day_field
from broker.directory.fields import Fields, Problem, Problems, fields_of
from broker.directory.person import Role, School, SchoolContact

CONTACT_FIELDS = ("days", "hours", "room", "phone", "days_en", "hours_en", "room_en")
STAFF_ROLES = ("security_officer", "registrar", "support", "auditor")
_PERSON = (
    "id", "surname", "name", "patronymic", "birth_date", "sex", "snils", "email", "phone", "login", "state", "activated",
    "memberships", "children", "staff_roles", "link", "password", "password_hash", "invitation", "contacts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A membership as the document says it: the school is only named."""

    school_id: str
    role: Role
    class_name: str | None
    left_on: date | None


@dataclass(frozen=True, slots=True)
class ImportLink:
    """A link the document asks for; linking ties it, not this room."""

    person_id: str
    connector: str
    subject: str

    def __repr__(self) -> str:
        return f"ImportLink(person_id={self.person_id!r})"


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """One person of the document. `access` is for `AccessImport` to write."""

    id: str
    card: Card
    is_blocked: bool
    is_activated: bool
    places: tuple[Place, ...]
    children: tuple[str, ...]
    staff_roles: tuple[str, ...]
    link: ImportLink | None
    access: AccessEntry = NO_ACCESS


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. `problems` is empty when everything in it can be used."""

    schools: tuple[School, ...]
    people: tuple[PersonEntry, ...]
    problems: tuple[Problem, ...]

    @property
    def access(self) -> tuple[tuple[str, AccessEntry], ...]:
        """The ways in that it gives, by person."""
        return tuple((person.id, person.access) for person in self.people if person.access != NO_ACCESS)


def read_document(unverified: Mapping[str, object], today: date) -> Document:
    """Read a document as of a day; relative days count from it."""
    problems = Problems()
    top = fields_of(unverified, "", ("schools", "people"), problems)
    schools = [_school(fields) for fields in top.items("schools", ("id", "region", "name", "state", "administrator"))]
    people = [_person(fields, today) for fields in top.items("people", _PERSON)]
    _note_doubles(problems, "schools[{}].id", [school.id if school else "" for school in schools])
    _note_doubles(problems, "people[{}].id", [person.id if person else "" for person in people])
    _note_doubles(problems, "people[{}].login", [login_form(person.card.login) if person else "" for person in people])
    if sum(person is not None and person.access.password is not None for person in people) > MOST_PASSWORDS:
        problems.note("people", f"hold more than {MOST_PASSWORDS} passwords: give password_hash instead")
    return Document(tuple(filter(None, schools)), tuple(filter(None, people)), problems.found())


def unknown_names(document: Document, schools: frozenset[str], people: frozenset[str]) -> tuple[Problem, ...]:
    """References to schools or people that are neither in the document nor among those known already."""
    schools |= {school.id for school in document.schools}
    people |= {person.id for person in document.people}
    return tuple(_unknown(document, schools, people))


def _unknown(document: Document, schools: frozenset[str], people: frozenset[str]) -> Iterator[Problem]:
    for number, person in enumerate(document.people):
        for place_number, place in enumerate(person.places):
            if place.school_id not in schools:
                yield Problem(f"people[{number}].memberships[{place_number}].school", "there is no such school")
        for child_number, child in enumerate(person.children):
            if child not in people:
                yield Problem(f"people[{number}].children[{child_number}]", "there is no such person")
            elif child == person.id:
                yield Problem(f"people[{number}].children[{child_number}]", "nobody is their own child")


def _note_doubles(problems: Problems, place: str, values: list[str]) -> None:
    seen: set[str] = set()
    for number, value in enumerate(values):
        if value and value in seen:
            problems.note(place.format(number), "is there twice")
        seen.add(value)


def _school(fields: Fields) -> School | None:
    name = fields.inner("name", ("ru", "en"))
    contact = fields.inner("administrator", CONTACT_FIELDS, may_be_absent=True)
    found = School(
        id=fields.identifier("id"),
        region=fields.pattern("region", r"\d{2,3}", "the number of a region"),
        name_ru=name.text("ru", 200) if name else "",
        name_en=name.text("en", 200) if name else "",
        is_open=fields.word("state", ("open", "closed")) == "open",
        contact=_contact(contact) if contact else None,
    )
    return found if found.id else None


def _contact(fields: Fields) -> SchoolContact:
    in_russian = (fields.text(name, 60) for name in CONTACT_FIELDS[:4])
    in_english = (fields.text_or_none(name, 60) or "" for name in CONTACT_FIELDS[4:])
    return SchoolContact(*in_russian, *in_english)


def _person(fields: Fields, today: date) -> PersonEntry | None:
    person_id = fields.identifier("id")
    card = Card(
        surname=fields.text("surname", 100),
        name=fields.text("name", 100),
        patronymic=fields.text_or_none("patronymic", 100),
        birth_date=_birth_date(fields, today),
        sex=fields.word("sex", ("M", "F"), may_be_absent=True) or None,
        # Written as the school has it, mistakes included: the school must find its own mistake on the card.
        snils=fields.text_or_none("snils", 20),
        email=fields.text_or_none("email", 254),
        phone=fields.text_or_none("phone", 30),
        login=fields.text_or_none("login", 64),
    )
    found = PersonEntry(
        id=person_id,
        card=card,
        is_blocked=fields.word("state", ("active", "blocked")) == "blocked",
        is_activated=fields.flag("activated"),
        places=tuple(_place(place, today) for place in fields.items("memberships", ("school", "role", "class_name", "left_on"))),
        children=fields.words("children"),
        staff_roles=fields.words("staff_roles", STAFF_ROLES),
        link=_link(fields, person_id),
        access=read_access(fields, today),
    )
    return found if person_id else None


def _birth_date(fields: Fields, today: date) -> date | None:
    born = day_field(fields, "birth_date", today)
    if born is not None and not date(1900, 1, 1) <= born <= today:
        fields.note("birth_date", "must lie between 1900 and today")
    return born


def _place(fields: Fields, today: date) -> Place:
    role = fields.word("role", tuple(role.value for role in Role))
    left_on = day_field(fields, "left_on", today)
    return Place(fields.identifier("school"), Role(role) if role else Role.PUPIL, fields.text_or_none("class_name", 20), left_on)


def _link(fields: Fields, person_id: str) -> ImportLink | None:
    link = fields.inner("link", ("connector", "subject"), may_be_absent=True)
    return ImportLink(person_id, link.text("connector", 32), link.text("subject", 128)) if link else None

"""Invented schools and people as a document has them, and as values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from broker.directory.person import Membership, Person, Role, School, SchoolContact
from tests.support.clock import FIRST_BELL

SNILS, OTHER_SNILS = "201-114-305 66", "201-114-306 67"


def school(school_id: str = "29-001", **changes: Any) -> dict[str, Any]:
    """A school of a document."""
    contact = {"days": "пн–пт", "hours": "9:00–16:00", "room": "12", "phone": "+7 8180 00-00-01"}
    name = {"ru": "Школа № 1 города Сосновска", "en": "School No. 1 of Sosnovsk"}
    return {"id": school_id, "region": school_id[:2], "name": name, "state": "open", "administrator": contact} | changes


def person(person_id: str = "p-1", **changes: Any) -> dict[str, Any]:
    """A person of a document: a teacher with everything filled in."""
    return {
        "id": person_id,
        "surname": "Рябинина",
        "name": "Алёна",
        "patronymic": "Сергеевна",
        "birth_date": "1985-03-17",
        "sex": "F",
        "snils": SNILS,
        "email": "ryabinina@example.org",
        "phone": "+7 900 000-00-11",
        "login": f"login.{person_id}",
        "state": "active",
        "activated": True,
        "memberships": [place()],
        "children": [],
        "staff_roles": [],
        "link": None,
        "invitation": None,
    } | changes


def place(school_id: str = "29-001", role: str = "teacher", **changes: Any) -> dict[str, Any]:
    return {"school": school_id, "role": role, "class_name": None, "left_on": None} | changes


def document(*people: dict[str, Any], schools: tuple[dict[str, Any], ...] | None = None) -> dict[str, Any]:
    return {"schools": list((school(),) if schools is None else schools), "people": list(people)}


CONTACT = SchoolContact("пн–пт", "9:00–16:00", "12", "+7 8180 00-00-01")
SCHOOL = School("29-001", "29", "Школа № 1 города Сосновска", "School No. 1 of Sosnovsk", True, CONTACT)
CARD = Person(
    id="p-1",
    surname="Рябинина",
    name="Алёна",
    patronymic="Сергеевна",
    birth_date=date(1985, 3, 17),
    sex="F",
    snils=SNILS,
    email="ryabinina@example.org",
    phone="+7 900 000-00-11",
    login="login.p-1",
    is_blocked=False,
    activated_at=FIRST_BELL,
    memberships=(Membership(SCHOOL, Role.TEACHER, None, None),),
    staff_roles=(),
)


def card(**changes: Any) -> Person:
    return replace(CARD, **changes)

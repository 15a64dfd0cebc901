"""Ready values for the tests of this room."""

from __future__ import annotations

from datetime import date
from typing import Any

from broker.audit.event import Actor, Event
from broker.directory.person import Child, Membership, Person, Role, School
from broker.storage.database import Database
from broker.tokens.authorization import Authorization
from broker.tokens.claims import Subject
from tests.support.clock import FIRST_BELL

PERSON = "person-1"


class Notebook:
    """Collects events; insists on a unit of work, as the journal does."""

    def __init__(self, database: Database):
        self.database = database
        self.names: list[str] = []

    def append(self, event: Event, actor: Actor) -> None:
        assert self.database.at_work
        self.names.append(event.name)


def authorization(**changes: Any) -> Authorization:
    values: dict[str, Any] = {
        "client_id": "diary",
        "person_id": PERSON,
        "session_id": "session-1",
        "redirect_uri": "https://diary.example.ru/cb",
        "scopes": ("openid", "profile", "offline_access"),
        "claims": ("snils",),
        "nonce": "n-1",
        "code_challenge": "x" * 43,
        "authenticated_at": FIRST_BELL,
        "level": "confirmed",
        "amr": ("pwd",),
        "region": "29",
        "connector": "esia",
        "id_token_claims": ("email",),
    }
    return Authorization(**(values | changes))


OPEN_SCHOOL = School("school-1", "29", "Школа № 1", "School 1", True, None)
CLOSED_SCHOOL = School("school-2", "29", "Школа № 2", "School 2", False, None)


def subject(**changes: Any) -> Subject:
    values: dict[str, Any] = {
        "id": PERSON,
        "surname": "Рябинина",
        "name": "Алёна",
        "patronymic": None,
        "birth_date": date(1985, 3, 17),
        "sex": "F",
        "snils": "20111430557",
        "email": "ryabinina@example.ru",
        "phone": None,
        "login": "ryabinina",
        "is_blocked": False,
        "activated_at": FIRST_BELL,
        "memberships": (
            Membership(CLOSED_SCHOOL, Role.TEACHER, None, None),
            Membership(OPEN_SCHOOL, Role.PUPIL, "5 А", date(2020, 9, 1)),
            Membership(OPEN_SCHOOL, Role.PARENT, None, None),
        ),
        "staff_roles": (),
    }
    child = Child("person-7", "Рябинин Пётр", "3 Б", "school-1")
    return Subject(Person(**(values | changes)), (("pairwise-7", child),), FIRST_BELL.date(), "29")

"""Two schools of one region and one of another, with a few people, and the cards of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.card_changes import CardChanges
from broker.directory.directory import Directory
from broker.directory.school_cards import SchoolCards, Schools
from broker.directory.school_desk import SchoolDesk
from broker.directory.school_edits import Typed
from broker.directory.school_person import SchoolPerson
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.vault import Vault
from tests.rooms.directory.samples import document, person, place, school

TODAY = date(2026, 9, 1)
STAFF = Actor("staff", "p-admin")


@dataclass(frozen=True)
class SchoolHouse:
    database: Database
    directory: Directory
    journal: Journal
    schools: Schools
    outside: Outside

    def furnish(self, *people: dict[str, Any]) -> None:
        schools = (school("29-001"), school("29-002"), school("38-001"))
        self.directory.import_document(document(*people, schools=schools), self.journal, STAFF)

    def cards(self, school_id: str = "29-001") -> SchoolCards:
        return self.schools.cards(school_id)

    def desk(self, school_id: str = "29-001") -> SchoolDesk:
        return self.cards(school_id).desk(STAFF)

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        return [(entry.name, dict(entry.fields)) for entry in self.journal.tail(100) if entry.name != "people.imported"]


def school_house(database: Database, vault: Vault, journal: Journal, outside: Outside) -> SchoolHouse:
    directory = Directory(database, vault.sealer, vault.fingerprints, outside.now)
    changes = CardChanges(database, vault.sealer, journal, outside)
    return SchoolHouse(database, directory, journal, Schools(database, directory, changes, outside, lambda _: TODAY), outside)


def pupil(person_id: str = "p-pupil", class_name: str = "6А", school_id: str = "29-001", **changes: Any) -> dict[str, Any]:
    return person(
        person_id,
        surname="Грачёв",
        name="Тимур",
        patronymic="Олегович",
        birth_date="2014-03-05",
        sex="M",
        snils=None,
        memberships=[place(school_id, "pupil", class_name=class_name)],
    ) | changes


def typed(found: SchoolPerson, **changes: Any) -> Typed:
    """The card form as the page shows it, with what somebody typed."""
    one = found.person
    first = one.memberships[0]
    shown = Typed(
        surname=one.surname,
        name=one.name,
        patronymic=one.patronymic or "",
        birth_date=f"{one.birth_date:%d.%m.%Y}" if one.birth_date else "",
        sex=one.sex or "",
        snils=one.snils or "",
        login=one.login or "",
        class_name=first.class_name or "",
        roles=tuple(held.role.value for held in one.memberships if held.left_on is None),
    )
    return replace(shown, **changes)

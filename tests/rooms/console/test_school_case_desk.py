"""Whose a case becomes when two schools want it, and how long somebody may look for numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broker.audit.event import SYSTEM, Actor
from broker.cases.case import Case, Failure
from broker.console.school_cases import CaseDesk
from broker.directory.school_edits import CardRefused
from broker.directory.school_person import NotHere
from broker.foundation.outside import Outside
from broker.house import House, open_house
from broker.school_door import case_desk
from config.load import load_settings
from tests.rooms.directory.samples import document, school
from tests.rooms.directory.school_house import pupil
from tests.support.clock import Clock
from tests.support.town import make_tables

ONE, TWO = Actor("staff", "p-one"), Actor("staff", "p-two")


@pytest.fixture
def house(tmp_path: Path, outside: Outside) -> Iterator[House]:
    settings = load_settings({
        "BROKER_DEPLOYMENT__ENVIRONMENT": "test",
        "BROKER_STORAGE__URL": f"sqlite:///{tmp_path}/broker.sqlite",
        "BROKER_KEYS__MASTER_KEY_FILE": str(tmp_path / "master.key"),
        "BROKER_LIMITS__CASE_NUMBERS_PER_STAFF": "3",
    })
    make_tables(settings)
    built = open_house(settings, outside)
    with built.app.app_context():
        said = document(pupil("p-1"), pupil("p-2", school_id="29-002"), schools=(school("29-001"), school("29-002")))
        built.directory.import_document(json.loads(json.dumps(said)), built.journal, SYSTEM)
        yield built
    built.database.close()


@pytest.fixture
def desk(house: House) -> CaseDesk:
    return case_desk(house)


def opened(house: House, person_id: str | None = None, subject: str = "a") -> Case:
    said = {"surname": "грачев"}
    return house.cases.open(Failure(3101, 3101, "29", person_id=person_id, subject_print=subject * 64, said=said))


def other_number(case: Case) -> str:
    return f"{(int(case.number[:4]) + 1) % 10_000:04}{case.number[4:]}"


def test_of_two_schools_the_first_has_the_case_and_the_second_is_told(house: House, desk: CaseDesk) -> None:
    case = opened(house)
    first, second = house.schools.cards("29-001"), house.schools.cards("29-002")
    desk.attach(first, case.number, "p-1", ONE)

    with pytest.raises(CardRefused) as told:
        desk.attach(second, case.number, "p-2", TWO)

    assert ["case.taken"] == [one.message for one in told.value.problems]
    kept = house.cases.find(case.number)
    assert kept is not None and "p-1" == kept.person_id
    assert ["case_attached"] == [entry.fields["action"] for entry in house.journal.tail(50) if entry.name == "card.changed"]


def test_whoever_tries_numbers_finds_nothing_any_more_but_their_own(house: House, desk: CaseDesk, clock: Clock) -> None:
    own, nobodys, cards = opened(house, "p-1"), opened(house, subject="b"), house.schools.cards("29-001")
    for _ in range(3):
        assert desk.get(cards, nobodys.number, ONE).person is None
        with pytest.raises(NotHere):
            desk.get(cards, other_number(nobodys), ONE)

    with pytest.raises(NotHere):
        desk.get(cards, nobodys.number, ONE)
    assert desk.get(cards, own.number, ONE).person is not None
    assert nobodys.number == desk.get(cards, nobodys.number, TWO).case.number
    clock.advance(timedelta(hours=1))
    assert nobodys.number == desk.get(cards, nobodys.number, ONE).case.number

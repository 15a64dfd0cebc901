"""Cases and explanations for the region's support: by number and by person, and nothing personal in the answers."""

from __future__ import annotations

import json
from datetime import date

import pytest

from broker.audit.event import SYSTEM
from broker.cases.case import Failure
from broker.cases.cases import Cases
from broker.console.case_actions import CaseDesk
from broker.console.policy_actions import AskedPerson, explain_person
from broker.console.refused import Refused
from broker.linking.evidence import Evidence
from broker.linking.facts import normal_fields
from tests.rooms.console.conftest import STAFF, Office
from tests.rooms.directory.samples import document, person, place, school
from tests.rooms.linking.samples import identity

DAY = date(2024, 7, 1)


@pytest.fixture
def desk(office: Office) -> CaseDesk:
    people = (person("p-1", surname="Клёнова"), person("p-2", snils=None, memberships=[place("38-001")]))
    office.directory.import_document(document(*people, schools=(school(), school("38-001"))), office.journal, SYSTEM)
    cases = Cases(office.database, office.vault.fingerprints, office.journal, office.outside)
    return CaseDesk(cases, office.directory)


def failure(**changes: object) -> Failure:
    said = normal_fields(identity())
    compared = (("surname", "differs"), ("name", "matches"), ("snils", "missing_here"))
    return Failure(3102, 3102, "29", "diary", "p-1", "a" * 64, compared, said)


def test_a_case_is_found_compared_again_and_closed(desk: CaseDesk) -> None:
    number = desk.cases.open(failure()).number
    assert [number] == [row["number"] for row in desk.waiting("29")["cases"]]
    assert [] == desk.waiting("38")["cases"]
    shown = desk.show(number.replace("-", " "))
    assert {"surname": "differs", "name": "matches", "snils": "missing_here"} == shown["compared_then"]
    assert {"surname": "differs", "name": "matches", "snils": "matches"} == shown["compared_now"]
    # Without its number, which is drawn by chance and may begin like anything.
    told = json.dumps({name: value for name, value in shown.items() if name != "number"}, ensure_ascii=False).lower()
    assert not any(word in told for word in ("клёнова", "кленова", "рябинина", "20111430"))
    closed = desk.close(number, "fixed", STAFF)["case"]
    assert ("closed", "fixed") == (closed["state"], closed["closed_why"])
    assert [] == desk.waiting("29")["cases"]


def test_what_is_not_there_is_refused(desk: CaseDesk) -> None:
    with pytest.raises(Refused, match="no case"):
        desk.show("1234-5678")
    with pytest.raises(Refused, match="must be one of"):
        desk.close(desk.cases.open(failure()).number, "because", STAFF)


@pytest.mark.parametrize(
    ("person_id", "level", "region", "verdict", "causes", "password"),
    [
        ("p-1", "confirmed", "", "allow", [], "refuse"),
        ("p-1", "standard", "", "refuse", [2109], "refuse"),
        ("p-2", "confirmed", "", "prove", [3106], "refuse"),
        ("p-2", "confirmed", "77", "prove", [3106], "allow"),
    ],
)
def test_a_person_is_explained(
    desk: CaseDesk, office: Office, person_id: str, level: str, region: str, verdict: str, causes: list[int], password: str
) -> None:
    told = explain_person(office.policies, office.directory, office.links, AskedPerson(person_id, DAY, region, level))
    assert (verdict, causes, password, False) == (told["verdict"], told["causes"], told["password"], told["is_connected"])
    assert "Рябинина" not in json.dumps(told, ensure_ascii=False)


def test_of_the_connected_the_last_level_counts(desk: CaseDesk, office: Office) -> None:
    office.links.tie(identity(), "p-1", Evidence.DIARY_PASSWORD, "v1", SYSTEM)
    told = explain_person(office.policies, office.directory, office.links, AskedPerson("p-1", DAY, "", "simplified"))
    assert (True, "confirmed", "allow") == (told["is_connected"], told["level"], told["verdict"])
    with pytest.raises(Refused, match="no such person"):
        explain_person(office.policies, office.directory, office.links, AskedPerson("p-9", DAY, "", "confirmed"))

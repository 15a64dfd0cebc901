"""The demo's people imported twice, a card looked at, a document that is wrong."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from broker.console.refused import Refused
from config.settings import SHIPPED_REGIONS
from tests.rooms.console.conftest import STAFF, Office

DOCUMENT = json.loads((SHIPPED_REGIONS.parents[1] / "examples" / "demo" / "directory.json").read_text(encoding="utf-8"))
LINKED = [person for person in DOCUMENT["people"] if person.get("link")]


def test_the_demo_people_come_in_and_a_second_reading_changes_nothing(office: Office) -> None:
    first = office.people_desk.import_document(DOCUMENT, STAFF, is_dry_run=False)
    seen = {person["id"]: office.people_desk.show(person["id"]) for person in DOCUMENT["people"]}
    second = office.people_desk.import_document(DOCUMENT, STAFF, is_dry_run=False)

    assert first == second
    assert len(DOCUMENT["people"]) == first["people"]
    assert len(LINKED) == first["links"] == len([name for name, _ in office.events() if name == "account.linked"]) > 0
    assert seen == {person["id"]: office.people_desk.show(person["id"]) for person in DOCUMENT["people"]}


def test_a_dry_run_writes_nothing(office: Office) -> None:
    office.people_desk.import_document(DOCUMENT, STAFF, is_dry_run=True)

    assert [] == office.events()
    with pytest.raises(Refused):
        office.people_desk.show(DOCUMENT["people"][0]["id"])


def test_a_card_shows_no_whole_snils_and_no_contact(office: Office) -> None:
    office.people_desk.import_document(DOCUMENT, STAFF, is_dry_run=False)

    for person in DOCUMENT["people"]:
        shown = json.dumps(office.people_desk.show(person["id"]), ensure_ascii=False)
        for secret in (person["snils"], person["email"], person["phone"]):
            assert not secret or secret not in shown
        if person["snils"]:
            digits = "".join(sign for sign in person["snils"] if sign.isdigit())
            assert digits not in shown.replace("-", "").replace(" ", "")


def test_a_wrong_document_is_refused_whole_with_the_place_named(office: Office) -> None:
    wrong: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    wrong["people"][1]["memberships"] = [{"school": "nowhere", "role": "pupil", "class_name": "7А", "left_on": None}]

    with pytest.raises(Refused, match=r"people\[1\]\.memberships\[0\]\.school"):
        office.people_desk.import_document(wrong, STAFF, is_dry_run=False)

    assert [] == office.events()


def test_a_link_that_belongs_to_somebody_else_undoes_the_whole_import(office: Office) -> None:
    office.people_desk.import_document(DOCUMENT, STAFF, is_dry_run=False)
    before = office.events()
    other: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    free = next(person for person in other["people"] if not person["link"])
    free["link"] = LINKED[0]["link"]
    free["surname"] = "Переименованная"

    with pytest.raises(Refused, match="tied to another"):
        office.people_desk.import_document(other, STAFF, is_dry_run=False)

    assert before == office.events()
    assert "Переименованная" != office.people_desk.show(free["id"])["person"]["surname"]


def test_an_invitation_is_told_once_and_opens(office: Office) -> None:
    office.people_desk.import_document(DOCUMENT, STAFF, is_dry_run=False)
    ends_at = office.outside.now() + timedelta(days=1)

    told = office.people_desk.invite("demo-krylova", STAFF, ends_at)

    opened = office.invitations.open(told["login"], told["temporary_password"])
    assert ("krylova.diary", ends_at.isoformat()) == (told["login"], told["expires_at"])
    assert opened is not None and ("demo-krylova", "opened") == (opened.person.id, opened.state)
    assert office.invitations.open("krylova.diary", "demo-invite-2") is None
    with pytest.raises(Refused):
        office.people_desk.invite("nobody", STAFF, ends_at)

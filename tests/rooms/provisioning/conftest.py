"""A diary of region 29 at the door of SCIM, over each kind of database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from flask import current_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.directory.card_changes import CardChanges
from broker.directory.credentials import Credentials
from broker.directory.directory import Directory
from broker.directory.password_hash import PasswordHash
from broker.directory.person import Person
from broker.directory.provisioned import ProvisionRooms
from broker.foundation.outside import Outside
from broker.limits.limits import Limit, Limits
from broker.provisioning.models import GROUP_EXTENSION as GROUP_EXTENSION
from broker.provisioning.models import USER_EXTENSION
from broker.provisioning.routes import routes
from broker.provisioning.tokens import DiaryTokens
from broker.provisioning.visit import ProvisioningRoom
from broker.storage.database import Database
from tests.rooms.directory.samples import document, person, place, school
from tests.support.passwords import CHEAP
from tests.support.sealing import sealing_vault

TODAY = date(2026, 9, 1)
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
WRONG_TOKENS = 3


@dataclass
class Diary:
    """What a diary's program does, and a look behind the door."""

    client: FlaskClient
    secret: str
    directory: Directory
    credentials: Credentials
    journal: Journal
    tokens: DiaryTokens
    signed_out: list[tuple[str, bool]]

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.secret}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body)
        kind = sent.pop("Content-Type", "application/scim+json")
        return self.client.open(f"/scim/v2{path}", method=method, data=data, content_type=kind, headers=sent)

    def patch(self, person_id: str, *operations: dict[str, Any], **headers: str) -> TestResponse:
        return self.ask("PATCH", f"/Users/{person_id}", {"schemas": [PATCH], "Operations": list(operations)}, **headers)

    def ids(self, query: str) -> list[str]:
        answer = self.ask("GET", f"/Users?{query}")
        assert 200 == answer.status_code, answer.text
        return [one["id"] for one in answer.get_json()["Resources"]]

    def person(self, person_id: str) -> Person:
        found = self.directory.find_person(person_id)
        assert found is not None
        return found

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        return [(entry.name, dict(entry.fields)) for entry in self.journal.tail(50) if entry.name != "people.imported"]


def user(**changes: Any) -> dict[str, Any]:
    """A new pupil of 6А. Names of our extension in `changes` go where they belong."""
    extension = {
        "birthDate": "2014-03-05",
        "sex": "M",
        "memberships": [{"school": "29-001", "role": "pupil", "className": "6А"}],
    }
    core: dict[str, Any] = {
        "schemas": [CORE, USER_EXTENSION],
        "userName": "novikov.petr",
        "name": {"familyName": "Новиков", "givenName": "Пётр", "middleName": "Ильич"},
    }
    for name, value in changes.items():
        (extension if name in ("birthDate", "sex", "snils", "memberships", "children", "activated") else core)[name] = value
    return core | {USER_EXTENSION: extension}


@pytest.fixture
def diary(database: Database, outside: Outside) -> Diary:
    """Two schools of region 29 and one of region 38: p-1 a teacher, p-kid in 6А, p-mum their parent, p-far in 38, p-staff."""
    vault = sealing_vault(database, outside)
    journal = Journal(database, vault.fingerprints, outside)
    directory = Directory(database, vault.sealer, vault.fingerprints, outside.now)
    credentials = Credentials(database, directory, journal, outside, PasswordHash(outside.random, CHEAP))
    people = (
        person(),
        person("p-kid", surname="Грачёв", name="Тимур", snils=None, memberships=[place(role="pupil", class_name="6А")]),
        person("p-mum", surname="Грачёва", snils=None, memberships=[place(role="parent")], children=["p-kid"]),
        person("p-far", snils=None, memberships=[place("38-001", "pupil", class_name="6А")]),
        person("p-staff", snils=None, staff_roles=["security_officer"]),
    )
    schools = (school("29-001"), school("29-002"), school("38-001"))
    directory.import_document(document(*people, schools=schools), journal, SYSTEM)
    changes = CardChanges(database, vault.sealer, journal, outside)
    signed_out: list[tuple[str, bool]] = []
    tokens = DiaryTokens(database, journal, outside)
    room = ProvisioningRoom(
        base_url="https://broker.example/scim/v2",
        database=database,
        sealer=vault.sealer,
        fingerprints=vault.fingerprints,
        journal=journal,
        outside=outside,
        limits=Limits(database, vault.fingerprints, outside.now),
        wrong_tokens=Limit("scim", WRONG_TOKENS, timedelta(minutes=15)),
        tokens=tokens,
        people=ProvisionRooms(database, directory, credentials, changes, outside, lambda _: TODAY),
        sign_out=lambda person_id, _actor, only_password: signed_out.append((person_id, only_password)),
    )
    current_app.register_blueprint(routes(room))
    _, secret = tokens.add("diary", "29", timedelta(days=30), SYSTEM)
    return Diary(current_app.test_client(), secret, directory, credentials, journal, tokens, signed_out)

"""A diary brings a pupil; the pupil signs in; the diary closes their ways in; the trail says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from broker.audit.event import SYSTEM
from broker.provisioning.tokens import DiaryTokens
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.own import enter_by_password
from tests.support.town import Town, town

PASSWORD = "три слона у реки"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
EXTENSION = "urn:school-signin:scim:schemas:2.0:User"


class Diary:
    """The diary's program: real requests with its token."""

    def __init__(self, town: Town, region: str):
        house = town.house
        with house.app.app_context():
            tokens = DiaryTokens(house.database, house.journal, house.outside)
            _, secret = tokens.add(f"diary-{region}", region, timedelta(days=30), SYSTEM)
        self._base = f"{town.issuer}/scim/v2"
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/scim+json"}

    def ask(self, method: str, path: str, body: object = None) -> requests.Response:
        data = None if body is None else json.dumps(body)
        return requests.request(method, self._base + path, data=data, headers=self._headers, timeout=30)


def pupil(school: str) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", EXTENSION],
        "userName": "brought.pupil",
        "password": PASSWORD,
        "name": {"familyName": "Снегирёв", "givenName": "Прохор"},
        EXTENSION: {
            "birthDate": "2005-03-04",
            "activated": True,
            "memberships": [{"school": school, "role": "pupil", "className": "6А"}],
        },
    }


@pytest.fixture(scope="module")
def then(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A day on which region 38 lets people in by the diary password."""
    with town(tmp_path_factory.mktemp("town"), Clock(datetime(2018, 5, 14, 6, tzinfo=UTC))) as built:
        yield built


def test_a_pupil_brought_by_the_diary_signs_in_until_the_diary_says_no(then: Town, browser: Browser) -> None:
    diary = Diary(then, "38")
    school = next(one["id"] for one in diary.ask("GET", "/Groups").json()["Resources"])
    made = diary.ask("POST", "/Users", pupil(school))
    assert 201 == made.status_code, made.text
    person_id = made.json()["id"]

    inside = enter_by_password(then, browser, "brought.pupil", PASSWORD)
    assert "Прохор" in inside.text

    closing = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
    assert 200 == diary.ask("PATCH", f"/Users/{person_id}", closing).status_code
    assert "Прохор" not in browser.open(f"{then.issuer}/me").text
    assert 404 == Diary(then, "29").ask("GET", f"/Users/{person_id}").status_code
    with then.house.app.app_context():
        entries = then.house.journal.tail(200)
        assert then.house.journal.verify().is_whole
    changes = [entry.fields["change"] for entry in entries if entry.name == "person.provisioned"]
    assert ["added", "changed"] == changes[-2:]
    assert "Снегирёв" not in str(entries)


def test_what_was_answered_is_there_after_a_restart(any_town: Town) -> None:
    diary = Diary(any_town, "29")
    found = diary.ask("GET", "/Users?count=1").json()["Resources"][0]
    naming = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "externalId", "value": f"E-{found['id']}"}]}
    version = diary.ask("PATCH", f"/Users/{found['id']}", naming).headers["ETag"]

    any_town.restart_broker()

    again = diary.ask("GET", f"/Users/{found['id']}")
    assert (f"E-{found['id']}", version) == (again.json()["externalId"], again.headers["ETag"])

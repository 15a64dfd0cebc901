"""Groups: schools and classes; pupils come into a class and leave it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from broker.provisioning.user_card import class_id
from tests.rooms.provisioning.conftest import GROUP_EXTENSION, PATCH, Diary

CLASS = class_id("29-001", "6А")


def move(diary: Diary, group: str, *operations: dict[str, Any], **headers: str) -> TestResponse:
    return diary.ask("PATCH", f"/Groups/{group}", {"schemas": [PATCH], "Operations": list(operations)}, **headers)


def add(*ids: str) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": one} for one in ids]}


def remove(person_id: str) -> dict[str, Any]:
    return {"op": "remove", "path": f'members[value eq "{person_id}"]'}


def test_a_school_has_classes_and_a_class_has_pupils(diary: Diary) -> None:
    found = diary.ask("GET", "/Groups").get_json()["Resources"]

    assert ["29-001", CLASS, "29-002"] == [one["id"] for one in found]
    assert [CLASS] == [one["value"] for one in found[0]["members"]]
    assert ["p-kid"] == [one["value"] for one in found[1]["members"]]
    assert {"school": "29-001", "kind": "class"} == found[1][GROUP_EXTENSION]
    assert [CLASS, "29-001"] == [one["value"] for one in diary.ask("GET", "/Users/p-kid").get_json()["groups"]]
    assert "members" not in diary.ask("GET", "/Groups?excludedAttributes=members").text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('displayName eq "6а"', [CLASS]),
        ('members.value eq "p-kid"', [CLASS]),
        (f'{GROUP_EXTENSION}:school eq "29-002"', ["29-002"]),
        (f'{GROUP_EXTENSION}:kind eq "class"', [CLASS]),
        ('id eq "38-001"', []),
    ],
)
def test_a_filter_finds_groups(diary: Diary, text: str, found: list[str]) -> None:
    answer = diary.ask("GET", f"/Groups?filter={quote(text)}")

    assert found == [one["id"] for one in answer.get_json()["Resources"]]


@pytest.mark.parametrize("group", ["38-001", class_id("38-001", "6А"), class_id("29-001", "7Б"), "29-001~", "29-001~%", "nobody"])
def test_groups_of_other_regions_and_empty_classes_are_not_there(diary: Diary, group: str) -> None:
    assert 404 == diary.ask("GET", f"/Groups/{group}").status_code
    assert 404 == move(diary, group, add("p-1")).status_code


def test_pupils_come_into_a_class_and_leave_it_and_stay_of_the_school(diary: Diary) -> None:
    version = diary.ask("GET", f"/Groups/{CLASS}").headers["ETag"]

    added = move(diary, CLASS, add("p-1"), If_Match=version)
    assert ["p-1", "p-kid"] == sorted(one["value"] for one in added.get_json()["members"])
    assert [("teacher", None), ("pupil", "6А")] == [
        (held.role.value, held.class_name) for held in diary.person("p-1").memberships
    ]

    assert 412 == move(diary, CLASS, remove("p-kid"), If_Match=version).status_code
    removed = move(diary, CLASS, remove("p-kid"))

    assert ["p-1"] == [one["value"] for one in removed.get_json()["members"]]
    assert [(None, None)] == [(held.class_name, held.left_on) for held in diary.person("p-kid").memberships]


@pytest.mark.parametrize(("group", "member", "status"), [(CLASS, "p-far", 404), (CLASS, "p-staff", 403), ("29-001", "p-1", 400)])
def test_who_cannot_come_in_keeps_everybody_out(diary: Diary, group: str, member: str, status: int) -> None:
    answer = move(diary, group, add("p-1", member))

    assert status == answer.status_code, answer.text
    assert ["teacher"] == [held.role.value for held in diary.person("p-1").memberships]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_groups_come_and_go_with_their_pupils(diary: Diary, method: str) -> None:
    answer = diary.ask(method, f"/Groups/{CLASS}")

    assert (405, "GET, PATCH") == (answer.status_code, answer.headers["Allow"])
    assert 405 == diary.ask("POST", "/Groups", {}).status_code

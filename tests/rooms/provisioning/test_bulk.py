"""Bulk: each operation for itself, references in any order, limits."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from broker.provisioning import bulk, visit
from broker.provisioning.user_card import class_id
from tests.rooms.provisioning.conftest import PATCH, Diary, user

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def send(diary: Diary, *operations: dict[str, Any], **more: Any) -> TestResponse:
    return diary.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": list(operations), **more})


def made(bulk_id: str, **changes: Any) -> dict[str, Any]:
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": user(userName=f"login.{bulk_id}", **changes)}


def statuses(answer: TestResponse) -> list[str]:
    assert 200 == answer.status_code, answer.text
    return [one["status"] for one in answer.get_json()["Operations"]]


def test_a_parent_may_come_before_the_child_they_name(diary: Diary) -> None:
    places = [{"school": "29-001", "role": "parent"}]
    into_class = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": "bulkId:mum"}]}]}

    answer = send(
        diary,
        made("mum", memberships=places, children=[{"value": "bulkId:kid"}]),
        made("kid"),
        {"method": "PATCH", "path": f"/Groups/{class_id('29-001', '6А')}", "data": into_class},
        {"method": "DELETE", "path": "/Users/bulkId:kid"},
    )

    assert ["201", "201", "200", "204"] == statuses(answer)
    found = answer.get_json()["Operations"]
    mum, kid = (one["location"].rpartition("/")[2] for one in found[:2])
    assert {"mum", "kid"} == {one["bulkId"] for one in found[:2]}
    assert found[0]["version"].startswith('W/"')
    assert ["parent", "pupil"] == [held.role.value for held in diary.person(mum).memberships]
    assert diary.person(kid).is_blocked


def test_one_that_fails_leaves_the_others_done(diary: Diary) -> None:
    answer = send(diary, made("one", snils="1"), made("two"), {"method": "DELETE", "path": "/Users/p-far"})

    assert ["400", "201", "404"] == statuses(answer)
    assert "invalidValue" == answer.get_json()["Operations"][0]["response"]["scimType"]
    assert [] != diary.ids('filter=userName eq "login.two"')


def test_after_as_many_errors_as_are_allowed_nothing_more_is_done(diary: Diary) -> None:
    answer = send(diary, made("one", snils="1"), made("two", snils="1"), made("three"), failOnErrors=2)

    assert ["400", "400"] == statuses(answer)
    assert [] == diary.ids('filter=userName eq "login.three"')


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (made("one") | {"bulkId": None}, "400"),
        (made("one") | {"path": "/Bulk"}, "400"),
        (made("one") | {"path": "/Users/../Bulk"}, "400"),
        (made("one") | {"method": "GET"}, "400"),
        (made("one") | {"data": None}, "400"),
        (made("one", children=[{"value": "bulkId:one"}]), "409"),
        (made("one", children=[{"value": "bulkId:nobody"}]), "409"),
        ({"method": "PUT", "path": "/Users", "data": user()}, "501"),
        ({"method": "PATCH", "path": "/Users/p-1", "version": 'W/"old"', "data": {"schemas": [PATCH], "Operations": []}}, "412"),
    ],
)
def test_operations_that_cannot_be(diary: Diary, operation: dict[str, Any], status: str) -> None:
    assert [status] == statuses(send(diary, operation))


def test_limits(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_OPERATIONS", 2)
    monkeypatch.setattr(visit, "MOST_PASSWORDS", 1)
    password = "три слона у реки"

    assert 413 == send(diary, made("one"), made("two"), made("three")).status_code
    assert ["201", "400"] == statuses(send(diary, made("one", password=password), made("two", password=password)))
    assert 400 == diary.ask("POST", "/Bulk", {"Operations": []}).status_code
    assert 400 == send(diary, made("one"), made("one")).status_code
    assert 400 == send(diary, made("one"), failOnErrors=0).status_code

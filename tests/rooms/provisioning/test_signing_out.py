"""What a diary takes from somebody is taken from whoever is in by it, at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.provisioning.conftest import Diary

NEW = "три слона у реки"


@pytest.mark.parametrize(
    ("operation", "ended"),
    [
        ({"path": "password", "value": NEW}, [("p-kid", True)]),
        ({"path": "active", "value": False}, [("p-kid", False)]),
        ({"path": "active", "value": True}, []),
        ({"path": "name.givenName", "value": "Тимофей"}, []),
    ],
)
def test_a_change_ends_what_rests_on_what_was(diary: Diary, operation: dict[str, Any], ended: list[Any]) -> None:
    answer = diary.patch("p-kid", {"op": "replace"} | operation)

    assert (200, ended) == (answer.status_code, diary.signed_out), answer.text


def test_whoever_is_taken_out_is_out(diary: Diary) -> None:
    assert 204 == diary.ask("DELETE", "/Users/p-kid").status_code

    assert [("p-kid", False)] == diary.signed_out


def test_a_refused_change_ends_nothing(diary: Diary) -> None:
    assert 400 == diary.patch("p-kid", {"op": "replace", "path": "password", "value": "12345678"}).status_code

    assert [] == diary.signed_out


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "password", "value": NEW},
        {"op": "add", "path": "PassWord", "value": NEW},
        {"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:password", "value": NEW},
        {"op": "replace", "value": {"password": NEW, "active": True}},
    ],
)
def test_a_password_is_set_however_a_patch_says_so(diary: Diary, operation: dict[str, Any]) -> None:
    """Hashed before anything is locked: `Credentials.hash` refuses inside a unit of work."""
    assert 200 == diary.patch("p-kid", operation).status_code

    assert diary.credentials.is_password_of("p-kid", NEW)


def test_a_password_of_a_whole_user_is_set_too(diary: Diary) -> None:
    whole = diary.ask("GET", "/Users/p-kid").get_json()

    assert 200 == diary.ask("PUT", "/Users/p-kid", whole | {"password": NEW}).status_code

    assert diary.credentials.is_password_of("p-kid", NEW)
    assert [("p-kid", True)] == diary.signed_out


def test_nobody_has_a_password(diary: Diary) -> None:
    assert 404 == diary.patch("p-far", {"op": "replace", "path": "password", "value": NEW}).status_code

    assert not diary.credentials.is_password_of("p-far", NEW)

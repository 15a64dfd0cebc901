"""Who is let in, and how everything else is answered: in SCIM's words, without a value of anybody's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from broker.audit.event import SYSTEM
from broker.provisioning.models import GROUP_EXTENSION, USER_EXTENSION
from broker.provisioning.tokens import TokenNotMade
from broker.provisioning.user_desk import UserDesk
from tests.rooms.provisioning.conftest import WRONG_TOKENS, Diary, user
from tests.support.clock import Clock

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer", "Bearer scim_" + "x" * 43, "Bearer x"])
def test_a_token_is_needed(diary: Diary, header: str) -> None:
    answer = diary.ask("GET", "/Users", Authorization=header)

    assert 401 == answer.status_code
    assert 'Bearer realm="scim"' == answer.headers["WWW-Authenticate"]
    assert [ERROR] == answer.get_json()["schemas"]


def test_a_token_ends_and_can_be_revoked(diary: Diary, clock: Clock) -> None:
    made, secret = diary.tokens.add("second", "29", timedelta(days=1), SYSTEM)
    bearer = f"Bearer {secret}"
    assert 200 == diary.ask("GET", "/Users", Authorization=bearer).status_code

    assert diary.tokens.revoke(made.id, SYSTEM)
    assert not diary.tokens.revoke(made.id, SYSTEM)
    assert 401 == diary.ask("GET", "/Users", Authorization=bearer).status_code

    assert 200 == diary.ask("GET", "/Users").status_code
    clock.advance(timedelta(days=30))
    assert 401 == diary.ask("GET", "/Users").status_code
    assert all(secret not in str(event) for event in diary.events())


def test_a_token_of_another_region_sees_other_people(diary: Diary) -> None:
    _, secret = diary.tokens.add("far", "38", timedelta(days=1), SYSTEM)

    found = diary.ask("GET", "/Users", Authorization=f"Bearer {secret}").get_json()

    assert ["p-far"] == [one["id"] for one in found["Resources"]]


def test_what_a_diary_calls_people_outlives_its_token_and_is_its_own(diary: Diary) -> None:
    assert 200 == diary.patch("p-1", {"op": "add", "path": "externalId", "value": "E-1"}).status_code
    _, same = diary.tokens.add("diary", "29", timedelta(days=1), SYSTEM)
    _, other = diary.tokens.add("other", "29", timedelta(days=1), SYSTEM)

    assert "E-1" == diary.ask("GET", "/Users/p-1", Authorization=f"Bearer {same}").get_json()["externalId"]
    assert "externalId" not in diary.ask("GET", "/Users/p-1", Authorization=f"Bearer {other}").get_json()


def test_too_many_wrong_tokens_close_the_door_to_their_address(diary: Diary, clock: Clock) -> None:
    for _ in range(WRONG_TOKENS):
        assert 401 == diary.ask("GET", "/Users", Authorization="Bearer wrong").status_code

    assert 429 == diary.ask("GET", "/Users").status_code
    clock.advance(timedelta(minutes=15))
    assert 200 == diary.ask("GET", "/Users").status_code


@pytest.mark.parametrize(
    ("name", "region", "days"), [("", "29", 30), ("a b", "29", 30), ("diary", "x", 30), ("diary", "29", 0), ("diary", "29", 1000)]
)
def test_a_token_that_cannot_be_made(diary: Diary, name: str, region: str, days: int) -> None:
    with pytest.raises(TokenNotMade):
        diary.tokens.add(name, region, timedelta(days=days), SYSTEM)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/scim+json", 400),
        (b"[]", "application/scim+json", 400),
        (b'{"a": NaN}', "application/scim+json", 400),
        (b"\xff", "application/scim+json", 400),
        (b"[" * 100_000, "application/scim+json", 400),
        (b'{"a":' * 30 + b"1" + b"}" * 30, "application/json", 400),
        (b'{"a": "' + b"x" * 2001 + b'"}', "application/scim+json", 400),
        (b"{}", "text/plain", 415),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b'{"a": "' + b"x" * 1_048_577 + b'"}', "application/scim+json", 413),
    ],
)
def test_bad_bodies(diary: Diary, body: bytes, kind: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {diary.secret}"}

    answer = diary.client.post("/scim/v2/Users", data=body, content_type=kind, headers=headers)

    assert status == answer.status_code, answer.text
    assert [ERROR] == answer.get_json()["schemas"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("POST", "/a/b/c", 404),
        ("DELETE", "/Users", 405),
        ("GET", "/Bulk", 405),
        ("POST", "/Schemas", 405),
        ("GET", "/Me", 501),
        ("GET", "/Schemas/urn:none", 404),
        ("GET", "/Schemas?filter=id%20pr", 403),
    ],
)
def test_what_is_not_there_is_refused_in_the_same_words(diary: Diary, method: str, path: str, status: int) -> None:
    answer = diary.ask(method, path, {} if method == "POST" else None)

    assert (status, str(status)) == (answer.status_code, answer.get_json()["status"])
    assert [ERROR] == answer.get_json()["schemas"]


def test_what_fails_on_our_side_tells_nothing_of_it(
    diary: Diary, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("Новиков 201-114-305 66")

    monkeypatch.setattr(UserDesk, "create", fail)

    answer = diary.ask("POST", "/Users", user())

    assert (500, "Something failed on our side") == (answer.status_code, answer.get_json()["detail"])
    assert "Новиков" not in caplog.text


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes", f"/Schemas/{USER_EXTENSION}"])
def test_what_the_service_says_of_itself_is_open(diary: Diary, path: str) -> None:
    answer = diary.ask("GET", path, Authorization="")

    assert 200 == answer.status_code
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_schemas_say_what_is_secret(diary: Diary) -> None:
    found = diary.ask("GET", "/Schemas").get_json()["Resources"]

    schemas = {one["id"]: {attribute["name"]: attribute for attribute in one["attributes"]} for one in found}
    snils, password = schemas[USER_EXTENSION]["snils"], schemas["urn:ietf:params:scim:schemas:core:2.0:User"]["password"]
    assert {("writeOnly", "never")} == {(one["mutability"], one["returned"]) for one in (snils, password)}
    assert GROUP_EXTENSION in schemas
    types = diary.ask("GET", "/ResourceTypes").get_json()["Resources"]
    assert {"User": "/Users", "Group": "/Groups"} == {one["id"]: one["endpoint"] for one in types}

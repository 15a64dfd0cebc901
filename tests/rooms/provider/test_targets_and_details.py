"""Where tokens may be used (RFC 8707) and what for (RFC 9396): what is registered is carried on, everything else refused."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from broker.audit.event import SYSTEM, Actor
from tests.rooms.provider.stand import ANNA, DIARY, ISSUER, OLYMP, Browser, RelyingParty, Stand, answer_of, document

API, MARKS = "https://api.example.ru/v1", "urn:example:marks"
GRADES: dict[str, Any] = {"type": "school_grades", "actions": ["read"]}
TYPES = ("school_grades", "school_attendance")


@pytest.fixture
def diary(stand: Stand) -> RelyingParty:
    stand.change("diary", resources=(API, MARKS), authorization_details_types=TYPES)
    return stand.relying_party()


def authorized(stand: Stand, code: str) -> Any:
    with stand.app.app_context():
        return stand.rooms.codes.take(code)


def test_several_resources_are_carried_to_the_tokens(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    query = urlencode([*diary.parameters().items(), ("resource", API), ("resource", MARKS), ("resource", API)])
    code = answer_of(browser.get(f"/authorize?{query}"))["code"]

    assert (API, MARKS) == authorized(stand, code).resources


@pytest.mark.parametrize(
    "resource",
    [f"{API}/", f"{API}#x", f"{API}#", "/v1", "api.example.ru", "https://other.example/", f"{API}?x=1", "HTTPS://api.example.ru/v1"],
)
def test_a_resource_is_registered_letter_by_letter(browser: Browser, diary: RelyingParty, resource: str) -> None:
    assert "invalid_target" == answer_of(diary.authorize(browser, resource=resource))["error"]


def test_resources_are_few(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    many = tuple(f"https://api{number}.example.ru/" for number in range(6))
    stand.change("diary", resources=many)
    query = urlencode([*diary.parameters().items(), *(("resource", each) for each in many)])
    more = urlencode([*diary.parameters().items(), *(("resource", API) for _ in range(11))])

    assert "invalid_target" == answer_of(browser.get(f"/authorize?{query}"))["error"]
    assert "invalid_request" == answer_of(browser.get(f"/authorize?{more}"))["error"]


def test_details_are_carried_to_the_tokens(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    located = GRADES | {"locations": [API]}
    asked = [located, located, {"type": "school_attendance", "actions": ["read", "excuse"]}]
    code = answer_of(diary.authorize(browser, authorization_details=json.dumps(asked)))["code"]

    assert [asked[0], asked[2]] == json.loads(authorized(stand, code).authorization_details)


BAD: list[Any] = [
    {}, [], "x", 1, [1], [[]], [{}], [GRADES | {"type": 1}], [GRADES | {"type": "payment"}],
    [GRADES | {"type": "school_homework"}],
    [{"type": "school_grades"}], [GRADES | {"actions": []}], [GRADES | {"actions": "read"}], [GRADES | {"actions": ["write"]}],
    [GRADES | {"actions": ["read", "read"]}], [GRADES | {"actions": [1]}], [GRADES | {"actions": [["read"]]}],
    [GRADES | {"identifier": "x"}], [GRADES | {"privileges": ["all"]}], [GRADES | {"locations": ["https://evil.example"]}],
    [GRADES | {"locations": [API, "x" * 600]}], [GRADES | {"children": []}], [GRADES | {"children": ["a b"]}],
    [GRADES | {"children": ["x"] * 21}], [GRADES | {"children": [None]}], [GRADES] * 11, [GRADES | {"actions": ["read"] * 30}],
]  # fmt: skip


@pytest.mark.parametrize("value", BAD, ids=lambda value: str(value)[:60])
def test_what_the_types_do_not_know_is_refused(browser: Browser, diary: RelyingParty, value: Any) -> None:
    found = answer_of(diary.authorize(browser, authorization_details=json.dumps(value)))

    assert ("invalid_authorization_details", "st-1", ISSUER) == (found["error"], found["state"], found["iss"])


@pytest.mark.parametrize("text", ["{", "[" * 4000, '[{"type":"a","type":"b"}]', "[NaN]", '["\\ud800"]', "[1e999]"])
def test_json_that_is_none(browser: Browser, diary: RelyingParty, text: str) -> None:
    assert "invalid_authorization_details" == answer_of(diary.authorize(browser, authorization_details=text))["error"]


def test_only_the_types_of_the_client(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    stand.change("diary", authorization_details_types=())

    found = answer_of(diary.authorize(browser, authorization_details=json.dumps([GRADES])))
    assert "invalid_authorization_details" == found["error"]


def test_only_children_of_the_person(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    """A wish for somebody else's child goes nowhere, at the page, silently and at the token endpoint."""
    with stand.app.app_context():
        petr, boris = (stand.rooms.mint.subject(DIARY, each) for each in ("petr", "boris"))
    mine, other = ([GRADES | {"children": [child]}] for child in (petr, boris))

    assert "code" in answer_of(diary.authorize(browser, authorization_details=json.dumps(mine)))
    silent = answer_of(diary.authorize(browser, authorization_details=json.dumps(other), prompt="none"))
    assert "interaction_required" == silent["error"]
    begun = diary.authorize(browser, authorization_details=json.dumps(other))
    adopted = begun.headers["Location"]
    for _ in range(4):
        adopted = browser.get(adopted).headers.get("Location", "")
        if not adopted.startswith("/"):
            break
    assert "error=invalid_authorization_details" in adopted


def test_a_child_that_is_the_persons_no_more_ends_the_wish(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    with stand.app.app_context():
        petr = stand.rooms.mint.subject(DIARY, "petr")
    tokens = diary.tokens(browser, authorization_details=json.dumps([GRADES | {"children": [petr]}]))
    others = diary.tokens(browser)
    cards = document()
    cards["people"][0]["children"] = []
    with stand.app.app_context():
        stand.rooms.directory.import_document(cards, stand.rooms.journal, SYSTEM)

    assert "invalid_grant" == diary.refresh(tokens["refresh_token"]).json["error"]
    assert 200 == diary.refresh(others["refresh_token"]).status_code


def test_a_permission_is_for_each_wish(stand: Stand, browser: Browser) -> None:
    stand.change("olymp", authorization_details_types=TYPES)
    olymp = stand.relying_party(OLYMP)
    with stand.app.app_context():
        petr = stand.rooms.mint.subject(OLYMP, "petr")
    scope, silent = "openid profile", {"scope": "openid profile", "prompt": "none"}
    olymp.consent(scope=scope)

    def answered(details: list[dict[str, Any]]) -> str:
        found = answer_of(olymp.authorize(browser, **silent, authorization_details=json.dumps(details)))
        return found.get("error", "code")

    def allow(*wishes: str) -> None:
        with stand.app.app_context():
            stand.rooms.consents.give("olymp", ANNA, wishes, stand.rooms.journal)

    assert "code" in answer_of(olymp.authorize(browser, **silent))
    assert "consent_required" == answered([GRADES])
    allow(f"school_grades.read:{petr}")
    assert ["code", "consent_required"] == [answered([GRADES | {"children": [petr]}]), answered([GRADES])]
    allow("school_grades.read")
    assert "code" == answered([GRADES])
    assert "consent_required" == answered([{"type": "school_attendance", "actions": ["read"]}])


def test_a_permission_withdrawn_ends_the_wish_in_its_tokens(stand: Stand, browser: Browser) -> None:
    stand.change("olymp", authorization_details_types=TYPES)
    olymp = stand.relying_party(OLYMP)
    with stand.app.app_context():
        stand.rooms.consents.give("olymp", ANNA, ("openid", "school_grades.read"), stand.rooms.journal)
    code = olymp.code(browser, scope="openid", authorization_details=json.dumps([GRADES]))
    with stand.app.app_context():
        (given,) = stand.rooms.consents.of_person(ANNA)
        stand.rooms.consents.withdraw(given.id, ANNA, stand.rooms.journal, Actor("person", ANNA))
        stand.rooms.consents.give("olymp", ANNA, ("openid",), stand.rooms.journal)

    assert "invalid_grant" == olymp.redeem(code).json["error"]


def test_discovery_lists_the_types(stand: Stand) -> None:
    found = stand.browser().get("/.well-known/openid-configuration").json

    assert {"school_grades", "school_attendance", "school_homework"} == set(found["authorization_details_types_supported"])

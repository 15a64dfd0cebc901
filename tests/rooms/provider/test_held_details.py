"""What a token holds of the authorization details of its grant (RFC 9396 6, 7, 9.1): what is good where it is, and no more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from broker.foundation import jose
from broker.provider.granting.exchange_grant import JWT
from tests.rooms.provider.machines import MARKS, MEALS, add, exchange, for_itself, fully
from tests.rooms.provider.stand import Browser, RelyingParty, Stand

TYPES = ("school_grades", "school_attendance")
ANYWHERE: dict[str, Any] = {"type": "school_attendance", "actions": ["read", "excuse"]}


@pytest.fixture
def diary(stand: Stand) -> RelyingParty:
    return fully(stand, authorization_details_types=TYPES, access_token_format="jwt")


def named(stand: Stand, client_id: str) -> str:
    """The son as a service knows him."""
    with stand.app.app_context():
        client = stand.rooms.clients.find(client_id)
        assert client is not None
        return stand.rooms.mint.subject(client, "petr")


def grades(child: str) -> dict[str, Any]:
    return {"type": "school_grades", "actions": ["read"], "locations": [MARKS], "children": [child]}


def there() -> dict[str, Any]:
    return {"type": "school_grades", "actions": ["read"], "locations": [MEALS]}


def in_token(answer: dict[str, Any]) -> Any:
    return jose.claims_without_checking_signature(answer["access_token"]).get("authorization_details")


def begun(stand: Stand, diary: RelyingParty, browser: Browser, **more: str) -> dict[str, Any]:
    asked = [grades(named(stand, "diary")), there(), ANYWHERE]
    return diary.tokens(browser, authorization_details=json.dumps(asked), **more)


def test_a_token_for_one_place_says_nothing_of_another(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    tokens = begun(stand, diary, browser)
    everything = [grades(named(stand, "diary")), there(), ANYWHERE]
    assert everything == tokens["authorization_details"] == in_token(tokens)

    narrow = diary.refresh(tokens["refresh_token"], resource=MARKS).json
    assert [everything[0], ANYWHERE] == narrow["authorization_details"] == in_token(narrow)
    # The grant has lost nothing by it.
    assert everything == diary.refresh(narrow["refresh_token"]).json["authorization_details"]


def test_a_service_behind_learns_no_name_of_the_one_in_front(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    """Two services must not be able to compare whom they know (OpenID Connect Core 8.1): children included."""
    marks = add(stand, "marks", audiences=(MARKS,), sector_identifier="marks.example")
    token = begun(stand, diary, browser, resource=MARKS)["access_token"]
    answer = exchange(marks, token, requested_token_type=JWT)

    assert 200 == answer.status_code, answer.text
    assert named(stand, "diary") != named(stand, "marks")
    assert [grades(named(stand, "marks")), ANYWHERE] == answer.json["authorization_details"] == in_token(answer.json)
    assert named(stand, "diary") not in json.dumps(jose.claims_without_checking_signature(answer.json["access_token"]))


OTHERS: dict[str, Any] = {
    "more": json.dumps([{"type": "school_grades", "actions": ["read"]}, ANYWHERE]),
    "fewer": json.dumps([{"type": "school_attendance", "actions": ["read"]}]),
    "no JSON": "[[",
    "an unknown type": '[{"type":"payment","actions":["read"]}]',
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_token_request_gets_no_other_details(stand: Stand, diary: RelyingParty, browser: Browser, what: str) -> None:
    tokens = diary.tokens(browser, authorization_details=json.dumps([ANYWHERE]))
    others = OTHERS[what]

    refused = (400, "invalid_authorization_details")
    for answer in (
        diary.refresh(tokens["refresh_token"], authorization_details=others),
        exchange(diary, tokens["access_token"], authorization_details=others),
        for_itself(diary, authorization_details=others),
        diary.redeem(diary.code(browser, authorization_details=json.dumps([ANYWHERE])), authorization_details=others),
        diary.redeem(diary.code(browser), authorization_details=others),
    ):
        assert refused == (answer.status_code, answer.json["error"])
    # Asking has cost nothing; the same in another order is the same.
    same = json.dumps([{"actions": ["excuse", "read"], "type": "school_attendance"}])
    assert [ANYWHERE] == diary.refresh(tokens["refresh_token"], authorization_details=same).json["authorization_details"]

"""What a service learns about a person: every token checked with joserfc, every claim against the card."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta

import pytest

from tests.support.browser import Browser
from tests.support.town import Town
from tests.support.visits import leave_esia, open_straight, register, rewrite_card, signed_in, tokens_of, visit

CLAIMS_OF = {
    "profile": {"name", "family_name", "given_name", "middle_name", "birthdate", "gender"},
    "email": {"email", "email_verified"},
    "phone": {"phone_number", "phone_number_verified"},
    "snils": {"snils"},
    "school": {"school", "diary_roles", "region"},
    "children": {"children"},
}


def test_id_token_says_who_when_and_how_surely(any_town: Town, browser: Browser) -> None:
    party = any_town.relying_party()

    tokens, claims = signed_in(any_town, browser, party, "orlova")

    now = int(any_town.clock.now().timestamp())
    assert (now, now, now + 600) == (claims["auth_time"], claims["iat"], claims["exp"])
    assert ("urn:school-signin:esia:confirmed", ["pwd"]) == (claims["acr"], claims["amr"])
    assert _left_half(tokens["access_token"]) == claims["at_hash"]
    assert {"iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid", "at_hash", "nonce"} == set(claims)
    assert ("Bearer", 600) == (tokens["token_type"], tokens["expires_in"])
    told = party.userinfo(tokens["access_token"]).json()
    assert claims["sub"] == told["sub"]
    assert "demo-orlova" not in json.dumps([claims, told])


def test_services_cannot_compare_their_people(any_town: Town, browser: Browser) -> None:
    diary, club = any_town.relying_party(), register(any_town, "compare", id_token_signed_response_alg="ES256")

    _, first = signed_in(any_town, browser, diary, "dorofeev")
    _, second = signed_in(any_town, browser, club, "dorofeev")
    with Browser() as other_day:
        _, again = signed_in(any_town, other_day, diary, "dorofeev")

    assert first["sub"] == again["sub"]
    assert first["sub"] != second["sub"]
    assert first["sid"] != second["sid"]


def test_parent_and_child_are_known_by_the_same_names(any_town: Town, browser: Browser) -> None:
    diary, club = any_town.relying_party(), register(any_town, "family", "openid profile school children", first_party=True)

    seen = {}
    for party in (diary, club):
        tokens, _ = signed_in(any_town, browser, party, "belova")
        seen[party.client_id] = party.userinfo(tokens["access_token"]).json()
    leave_esia(any_town, browser)
    for party in (diary, club):
        tokens, claims = signed_in(any_town, browser, party, "belov.t", prompt="login")
        own = party.userinfo(tokens["access_token"]).json()
        assert "urn:school-signin:esia:child" == claims["acr"]
        assert "children" not in own
        assert ["pupil"] == own["diary_roles"]
        child = next(one for one in seen[party.client_id]["children"] if one["class"] == "6А")
        assert {"sub": own["sub"], "name": own["name"], "class": "6А"} == child
        leave_esia(any_town, browser)

    parent = seen["diary"]
    assert {"teacher", "parent"} == set(parent["diary_roles"])
    assert "29" == parent["region"]
    assert ("29-001", "29") == (parent["school"]["id"], parent["school"]["region"])
    assert 2 == len(parent["children"])
    assert not {one["sub"] for one in parent["children"]} & {one["sub"] for one in seen["family"]["children"]}


def test_a_scope_releases_its_claims_and_nothing_else(any_town: Town, browser: Browser) -> None:
    rewrite_card(any_town, "demo-belova", email="i.belova@example.org", phone="+79000000902")
    party = register(any_town, "scopes", "openid", first_party=True)
    signed_in(any_town, browser, party, "belova")

    for scope, expected in {"": set(), **CLAIMS_OF, " ".join(CLAIMS_OF): set().union(*CLAIMS_OF.values())}.items():
        request, answer = open_straight(browser, party, scope=f"openid {scope}".strip())
        tokens = party.redeem(answer["code"], request).json()
        told = party.userinfo(tokens["access_token"]).json()
        assert expected | {"sub"} == set(told), scope
        assert f"openid {scope}".strip() == tokens["scope"]
        # Claims of scopes travel by the UserInfo Endpoint only.
        assert not set().union(*CLAIMS_OF.values()) & set(party.id_claims(tokens, request.nonce))

    assert ("Белова Ирина Павловна", "1986-09-23", "female") == (told["name"], told["birthdate"], told["gender"])
    assert ("i.belova@example.org", False) == (told["email"], told["email_verified"])
    assert ("+79000000902", False) == (told["phone_number"], told["phone_number_verified"])
    assert "00200011423" == "".join(sign for sign in told["snils"] if sign.isdigit())


def test_what_the_card_does_not_hold_is_absent(any_town: Town, browser: Browser) -> None:
    party = any_town.relying_party(scope="openid profile email phone children")

    tokens, _ = signed_in(any_town, browser, party, "tarasov", region="38")

    told = party.userinfo(tokens["access_token"]).json()
    assert {"sub", "name", "family_name", "given_name", "birthdate", "gender"} == set(told)


def test_claims_parameter_chooses_single_claims_and_their_place(any_town: Town, browser: Browser) -> None:
    party = register(any_town, "chooses", "openid", first_party=True)
    wanted = {"id_token": {"diary_roles": {"essential": True}, "shoe_size": None}, "userinfo": {"given_name": None}}

    tokens, claims = signed_in(any_town, browser, party, "andreeva", claims=json.dumps(wanted))

    assert ["school_administrator"] == claims["diary_roles"]
    assert not {"given_name", "shoe_size", "name"} & set(claims)
    assert {"sub", "given_name"} == set(party.userinfo(tokens["access_token"]).json())


def test_claims_parameter_cannot_reach_beyond_the_registered_scopes(any_town: Town, browser: Browser) -> None:
    party = register(any_town, "modest", "openid", first_party=True, scopes=("openid", "school"))

    tokens, claims = signed_in(any_town, browser, party, "orlova", claims='{"userinfo":{"snils":null},"id_token":{"name":null}}')

    assert "name" not in claims
    assert {"sub"} == set(party.userinfo(tokens["access_token"]).json())


def test_a_public_client_needs_its_verifier(any_town: Town, browser: Browser) -> None:
    party = any_town.relying_party("kiosk", "openid")
    arrived = visit(any_town, browser, party, "chernov", region="38")
    form = {"grant_type": "authorization_code", "redirect_uri": party.redirect_uri}

    without = party.token(code=arrived.answer["code"], **form)

    # Authlib reads the request before the code, so a forgotten verifier costs nothing; a wrong one spends the code.
    assert (400, "invalid_request") == (without.status_code, without.json()["error"])
    request, answer = open_straight(browser, party)
    wrong = party.token(code=answer["code"], code_verifier="w" * 43, **form)
    assert (400, "invalid_grant") == (wrong.status_code, wrong.json()["error"])
    late = party.token(code=answer["code"], code_verifier=request.verifier, **form)
    assert (400, "invalid_grant") == (late.status_code, late.json()["error"])
    request, answer = open_straight(browser, party)
    tokens = party.redeem(answer["code"], request).json()
    assert "refresh_token" not in tokens
    assert party.id_claims(tokens, request.nonce)["sub"]


def test_a_code_is_for_its_client_alone(any_town: Town, browser: Browser) -> None:
    diary, kiosk = any_town.relying_party(), any_town.relying_party("kiosk")
    arrived = visit(any_town, browser, diary, "orlova")

    stolen = kiosk.token(
        grant_type="authorization_code",
        code=arrived.answer["code"],
        redirect_uri=diary.redirect_uri,
        code_verifier=arrived.request.verifier,
    )

    assert (400, "invalid_grant") == (stolen.status_code, stolen.json()["error"])


def test_a_code_lives_a_minute(any_town: Town, browser: Browser) -> None:
    party = any_town.relying_party()
    arrived = visit(any_town, browser, party, "orlova")
    any_town.clock.advance(timedelta(seconds=60))

    late = party.redeem(arrived.answer["code"], arrived.request)

    assert (400, "invalid_grant") == (late.status_code, late.json()["error"])


def test_a_code_used_twice_ends_what_it_made(any_town: Town, browser: Browser) -> None:
    party = any_town.relying_party()
    arrived = visit(any_town, browser, party, "orlova")
    tokens = tokens_of(party, arrived)
    assert 200 == party.userinfo(tokens["access_token"]).status_code

    assert 400 == party.redeem(arrived.answer["code"], arrived.request).status_code

    assert 401 == party.userinfo(tokens["access_token"]).status_code
    assert 400 == party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_every_algorithm_can_be_verified(sqlite_town: Town, browser: Browser, algorithm: str) -> None:
    party = register(sqlite_town, algorithm.lower(), first_party=True, id_token_signed_response_alg=algorithm)

    tokens, claims = signed_in(sqlite_town, browser, party, "orlova")

    header = json.loads(base64.urlsafe_b64decode(tokens["id_token"].split(".")[0] + "=="))
    assert algorithm == header["alg"]
    assert _left_half(tokens["access_token"]) == claims["at_hash"]


def _left_half(access_token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()

"""Services that want to do something with school data: pushed, signed, shown in words, allowed wish by wish, found in tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.support.browser import Browser
from tests.support.relying_party import RelyingParty, Request
from tests.support.town import Town
from tests.support.visits import came_to, decide, open_straight, register, signed_in

API = "https://api.club.example/"
SIGNING = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()), {"kid": "club-1", "use": "sig", "alg": "ES256"})
GRADES: dict[str, Any] = {"type": "school_grades", "actions": ["read"], "locations": [API]}
ABSENCES: dict[str, Any] = {"type": "school_attendance", "actions": ["read", "excuse"]}


@pytest.fixture(scope="module")
def club(any_town: Town) -> RelyingParty:
    return register(
        any_town, f"club-{any_town.issuer.rpartition(':')[2]}", "openid profile children", resources=(API,),
        authorization_details_types=("school_grades", "school_attendance"), jwks={"keys": [SIGNING.as_dict(private=False)]},
    )  # fmt: skip


@pytest.fixture
def mother(any_town: Town, club: RelyingParty) -> Iterator[Browser]:
    """Belova, a mother of two, knows the club already."""
    with Browser() as browser:
        signed_in(any_town, browser, club, "belova")
        yield browser


def _parameters(request: Request) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.url).query))


def _push(town: Town, party: RelyingParty, fields: dict[str, str]) -> str:
    """Push a request; the address to send the browser to."""
    endpoint = party.discovery()["pushed_authorization_request_endpoint"]
    answer = requests.post(endpoint, data=fields, auth=(party.client_id, party.secret or ""), timeout=30)
    assert 201 == answer.status_code, answer.text
    query = urlencode({"client_id": party.client_id, "request_uri": answer.json()["request_uri"]})
    return f"{town.issuer}/authorize?{query}"


def test_a_mother_allows_marks_of_one_child(any_town: Town, club: RelyingParty, mother: Browser) -> None:
    request, answer = open_straight(mother, club)
    children = club.userinfo(club.redeem(answer["code"], request).json()["access_token"]).json()["children"]
    child, other = children
    wish = GRADES | {"children": [child["sub"]]}

    request = club.begin(authorization_details=json.dumps([wish]))
    page = any_town.sign_in(mother, "belova", _push(any_town, club, _parameters(request)))
    assert "Смотреть оценки" in page.text
    assert child["name"] in page.text.partition("Смотреть оценки")[2]
    assert "Ваш пароль, оценки" not in page.text
    answer = club.answer(came_to(decide(any_town, mother, page, "allow")), request)
    tokens = club.redeem(answer["code"], request).json()
    assert [wish] == tokens["authorization_details"]

    # Asked once; a wish for the other child is a new one.
    assert "code" in open_straight(mother, club, authorization_details=json.dumps([wish]))[1]
    more = club.begin(authorization_details=json.dumps([GRADES | {"children": [other["sub"]]}]))
    page = any_town.sign_in(mother, "belova", more.url)
    assert page.forms_with("decision")
    assert "access_denied" == club.answer(came_to(decide(any_town, mother, page, "deny")), more)["error"]
    silent = open_straight(mother, club, prompt="none", authorization_details=json.dumps([GRADES]))[1]
    assert "consent_required" == silent["error"]
    assert "Смотреть оценки" in mother.open(f"{any_town.issuer}/me/permissions").text


def test_a_signed_and_pushed_request_of_a_service_nobody_can_change(any_town: Town, club: RelyingParty, mother: Browser) -> None:
    request = club.begin(authorization_details=json.dumps([ABSENCES]))
    now = int(any_town.clock.now().timestamp())
    inside = _parameters(request) | {"authorization_details": [ABSENCES]}
    about = {"iss": club.client_id, "aud": any_town.issuer, "iat": now, "nbf": now, "exp": now + 60, "jti": request.state}
    signed = jwt.encode({"alg": "ES256", "kid": "club-1", "typ": "oauth-authz-req+jwt"}, {**inside, **about}, SIGNING)

    address = _push(any_town, club, {"client_id": club.client_id, "request": signed})
    changed = urlencode({"scope": "openid snils", "state": "changed", "redirect_uri": "https://evil.example"})
    page = any_town.sign_in(mother, "belova", f"{address}&{changed}")

    for words in ("Смотреть посещение уроков", "Сообщать школе о пропусках"):
        assert words in page.text
    # The page is looked at once more by the first address: the same question, no other attempt.
    again = mother.open(address)
    assert again.forms_with("decision")
    assert page.url == again.url
    answer = club.answer(came_to(decide(any_town, mother, again, "allow")), request)
    assert [ABSENCES] == club.redeem(answer["code"], request).json()["authorization_details"]
    # Used, in every sense.
    for gone in (address, f"{any_town.issuer}/authorize?{urlencode({'client_id': club.client_id, 'request': signed})}"):
        with Browser() as stranger:
            assert 400 <= stranger.open(gone).status < 500


def test_a_stranger_gets_nothing_out_of_a_pushed_request(any_town: Town, club: RelyingParty) -> None:
    request = club.begin()
    address = _push(any_town, club, _parameters(request))
    uri = dict(parse_qsl(urlsplit(address).query))["request_uri"]
    for client_id in ("olymp", "diary", "nobody"):
        with Browser() as browser:
            query = urlencode({"client_id": client_id, "request_uri": uri})
            page = browser.open(f"{any_town.issuer}/authorize?{query}", follow=False)
            assert (400 <= page.status < 500, None) == (True, page.headers.get("location"))
            assert uri not in page.text

"""What is told of a token, to whom, and how it is signed (RFC 7662, RFC 9701); and what ends a token (RFC 7009)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import event
from werkzeug.test import TestResponse

from broker.provider.token_use.introspection import algorithm_for
from broker.provider.token_use.members import Asked, Telling, of_access
from broker.tokens.acr import ACR_OF_LEVEL
from tests.rooms.provider.machines import MARKS, MEALS, add, exchange, for_itself, fully
from tests.rooms.provider.stand import ANNA, DIARY, ISSUER, KIOSK, OLYMP, Browser, RelyingParty, Stand, build
from tests.support.clock import Clock
from tests.support.dpop import Holder

SIGNED = "application/token-introspection+jwt"


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    made = build(tmp_path_factory.mktemp("introspection"), Clock())
    yield made
    made.rooms.database.close()


@pytest.fixture(scope="module")
def diary(stand: Stand) -> RelyingParty:
    return fully(stand)


@pytest.fixture(scope="module")
def marks(stand: Stand) -> RelyingParty:
    """The service that keeps the marks: tokens are shown to it."""
    machine: dict[str, Any] = {"redirect_uris": (), "post_logout_redirect_uris": (), "grant_types": ("client_credentials",)}
    return add(stand, "marks", audiences=(MARKS,), sector_identifier="marks.example.ru", **machine)


@pytest.fixture(scope="module")
def browser(stand: Stand) -> Browser:
    made = stand.browser()
    made.sign_in()
    return made


def introspect(party: RelyingParty, token: str, accept: str | None = None, **more: str) -> TestResponse:
    return party.post("/introspect", {"token": token} | more, headers={} if accept is None else {"Accept": accept})


def members(party: RelyingParty, token: str) -> dict[str, Any]:
    answer = introspect(party, token)
    assert (200, "application/json", "no-store") == (
        answer.status_code, answer.content_type, answer.headers["Cache-Control"],
    )  # fmt: skip
    found: dict[str, Any] = answer.json
    return found


INACTIVE = {"active": False}


def test_a_service_learns_what_it_needs_of_a_token_for_it(
    stand: Stand, diary: RelyingParty, marks: RelyingParty, browser: Browser
) -> None:
    holder = Holder(ISSUER, stand.clock.now)
    code = diary.code(browser, resource=MARKS)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": DIARY.redirect_uris[0], "resource": MARKS}
    answer = diary.post(
        "/token", form | {"code_verifier": diary.verifier}, headers={"DPoP": holder.proof("POST", "/token")}
    )
    found = members(marks, answer.json["access_token"])

    now = int(stand.clock.now().timestamp())
    assert {
        "active": True, "iss": ISSUER, "aud": MARKS, "client_id": "diary", "scope": "openid profile offline_access",
        "token_type": "DPoP", "cnf": {"jkt": holder.thumbprint}, "iat": now, "exp": now + 600,
        "acr": ACR_OF_LEVEL["confirmed"], "auth_time": now, "amr": ["pwd"],
        "jti": found["jti"], "sub": found["sub"],
    } == found  # fmt: skip


def test_everybody_knows_the_person_by_a_name_of_their_own(
    stand: Stand, diary: RelyingParty, marks: RelyingParty, browser: Browser
) -> None:
    token = diary.tokens(browser, resource=MARKS)["access_token"]
    own, theirs = members(diary, token)["sub"], members(marks, token)["sub"]

    with stand.app.app_context():
        clients, subject = stand.rooms.clients, stand.rooms.mint.subject
        known = [subject(client, ANNA) for client in (clients.find("diary"), clients.find("marks")) if client is not None]
    assert [own, theirs] == known
    assert own != theirs


def test_what_the_person_allowed_is_told_to_whom_it_concerns(
    stand: Stand, diary: RelyingParty, marks: RelyingParty, browser: Browser
) -> None:
    stand.change("diary", authorization_details_types=("school_grades", "school_attendance"))
    with stand.app.app_context():
        subject, find = stand.rooms.mint.subject, stand.rooms.clients.find
        son = {name: subject(client, "petr") for name in ("diary", "marks") if (client := find(name)) is not None}
    here = {"type": "school_grades", "actions": ["read"], "locations": [MARKS], "children": [son["diary"]]}
    there = {"type": "school_attendance", "actions": ["excuse"], "locations": [MEALS]}
    anywhere = {"type": "school_attendance", "actions": ["read"]}
    asked = [here, there, anywhere]
    token = diary.tokens(browser, resource=MARKS, authorization_details=json.dumps(asked))["access_token"]

    assert sorted(map(str, asked)) == sorted(map(str, members(diary, token)["authorization_details"]))
    assert [here | {"children": [son["marks"]]}, anywhere] == members(marks, token)["authorization_details"]
    assert son["diary"] != son["marks"]
    # A child nobody can name any more: the wish is left out, for without children it would be for all of them.
    with stand.app.app_context():
        living, asking = stand.rooms.living.read(token), find("marks")
        assert asking is not None
        told_of = of_access(living, Asked(asking, living.client), Telling(ISSUER, subject, lambda *_: ()))
    assert [anywhere] == told_of["authorization_details"]


def test_to_everybody_else_a_token_is_none(stand: Stand, diary: RelyingParty, marks: RelyingParty, browser: Browser) -> None:
    stranger = stand.relying_party(OLYMP)
    for_meals = diary.tokens(browser, resource=MEALS)["access_token"]
    for_us = diary.tokens(browser)
    of_client = for_itself(diary, resource=MEALS).json["access_token"]

    for token in (for_meals, for_us["access_token"], for_us["refresh_token"], of_client):
        assert INACTIVE == members(marks, token) == members(stranger, token)
        assert members(diary, token)["active"]


@pytest.mark.parametrize("token", ["x", "a.b.c", "A" * 120, "é", "A" * 8_000])
def test_what_is_no_token_is_not_active(diary: RelyingParty, token: str) -> None:
    assert INACTIVE == members(diary, token)


def test_who_asks_must_prove_it(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    token = diary.tokens(browser)["access_token"]
    http = stand.app.test_client()

    assert 401 == stand.relying_party(KIOSK).post("/introspect", {"token": token}).status_code
    assert 401 == http.post("/introspect", base_url=ISSUER, data={"token": token}).status_code
    bearer = {"Authorization": f"Bearer {token}"}
    assert 401 == http.post("/introspect", base_url=ISSUER, data={"token": token}, headers=bearer).status_code
    assert 405 == http.get(f"/introspect?token={token}", base_url=ISSUER).status_code
    assert (400, "invalid_request") == told(diary.post("/introspect", {}))
    assert (400, "invalid_request") == told(diary.post("/introspect", {"token": [token, token]}))
    assert introspect(diary, token, token_type_hint="nonsense").json["active"]


def test_its_own_refresh_token(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    first = diary.tokens(browser)["refresh_token"]
    found = members(diary, first)
    assert (True, "diary", "openid profile offline_access") == (found["active"], found["client_id"], found["scope"])
    assert "token_type" not in found

    second = diary.refresh(first).json["refresh_token"]

    # To ask about a used one is not to use it.
    assert INACTIVE == members(diary, first)
    assert members(diary, second)["active"]
    assert 200 == diary.refresh(second).status_code


def test_no_answer_outlives_what_the_token_hangs_on(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    tokens = diary.tokens(browser)
    both = (tokens["access_token"], tokens["refresh_token"])
    broken: dict[str, Any] = {"state": "blocked"}

    stand.read_directory(**broken)
    assert [INACTIVE] * 2 == [members(diary, token) for token in both]
    stand.read_directory()
    assert all(members(diary, token)["active"] for token in both)
    stand.change("diary", roles=("pupil",))
    assert [INACTIVE] * 2 == [members(diary, token) for token in both]
    stand.change("diary", roles=())
    stand.connectors.clear()
    assert [INACTIVE] * 2 == [members(diary, token) for token in both]
    stand.connectors.add("esia")
    stand.clock.advance(timedelta(minutes=10))
    assert (INACTIVE, True) == (members(diary, both[0]), members(diary, both[1])["active"])
    diary.post("/revoke", {"token": both[1]})
    assert INACTIVE == members(diary, both[1])


def test_a_paused_client_has_no_tokens(stand: Stand, diary: RelyingParty, marks: RelyingParty, browser: Browser) -> None:
    token = diary.tokens(browser, resource=MARKS)["access_token"]
    assert members(marks, token)["active"]
    with stand.app.app_context():
        stand.rooms.clients.set_enabled("diary", False)
        assert INACTIVE == members(marks, token)
        stand.rooms.clients.set_enabled("diary", True)


def test_scopes_that_were_taken_away_are_not_told(
    stand: Stand, diary: RelyingParty, marks: RelyingParty, browser: Browser
) -> None:
    token = diary.tokens(browser, resource=MARKS)["access_token"]
    scopes = DIARY.scopes
    stand.change("diary", scopes=("openid",))

    assert "openid" == members(marks, token)["scope"]
    stand.change("diary", scopes=scopes)


def test_both_forms_of_a_token_say_the_same(stand: Stand, diary: RelyingParty, marks: RelyingParty, browser: Browser) -> None:
    opaque = members(marks, diary.tokens(browser, resource=MARKS)["access_token"])
    stand.change("diary", access_token_format="jwt")
    signed = members(marks, diary.tokens(browser, resource=MARKS)["access_token"])
    stand.change("diary", access_token_format="opaque")

    assert opaque | {"jti": ""} == signed | {"jti": ""}
    assert opaque["jti"] != signed["jti"]


def test_who_acts_for_the_person(stand: Stand, diary: RelyingParty, marks: RelyingParty, browser: Browser) -> None:
    stand.change("marks", grant_types=("client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"))
    token = exchange(marks, diary.tokens(browser, resource=MARKS)["access_token"]).json["access_token"]

    found = members(marks, token)
    assert ("marks", {"sub": "marks"}, True) == (found["client_id"], found["act"], found["active"])
    # It was given to the other, and is not for this one.
    assert INACTIVE == members(diary, token)
    # Nor can it end it; its owner can, and the token it came from lives on.
    assert (400, "invalid_grant") == told(diary.post("/revoke", {"token": token}))
    assert 200 == marks.post("/revoke", {"token": token}).status_code
    assert INACTIVE == members(marks, token)


def test_each_kind_of_token_is_ended_by_its_owner_and_no_other(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    stranger = stand.relying_party(OLYMP)
    for kind in ("opaque", "jwt"):
        stand.change("diary", access_token_format=kind)
        of_person, other, of_client = diary.tokens(browser), diary.tokens(browser), for_itself(diary).json["access_token"]
        second_of_client = for_itself(diary).json["access_token"]
        for token in (of_person["access_token"], of_client):
            assert (400, "invalid_grant") == told(stranger.post("/revoke", {"token": token}))
            assert members(diary, token)["active"]
            assert 200 == diary.post("/revoke", {"token": token}).status_code
            assert INACTIVE == members(diary, token)
        for untouched in (of_person["refresh_token"], other["access_token"], second_of_client):
            assert members(diary, untouched)["active"]
    stand.change("diary", access_token_format="opaque")
    assert "tokens.revoked" in stand.events()


def test_a_signed_answer(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    token = diary.tokens(browser)["access_token"]
    answer = introspect(diary, token, accept=SIGNED)
    assert (200, SIGNED) == (answer.status_code, answer.content_type)

    said = _opened(stand, answer.text)

    assert {"typ": "token-introspection+jwt", "alg": "RS256"} == {name: said.header[name] for name in ("typ", "alg")}
    assert {"iss": ISSUER, "aud": "diary", "iat": int(stand.clock.now().timestamp())} == {
        name: said.claims[name] for name in ("iss", "aud", "iat")
    }
    assert {"iss", "aud", "iat", "token_introspection"} == set(said.claims)
    assert members(diary, token) == said.claims["token_introspection"]
    assert INACTIVE == _opened(stand, introspect(diary, "x", accept=SIGNED).text).claims["token_introspection"]
    # It is not taken for a token (RFC 8725 3.11).
    assert INACTIVE == members(diary, answer.text)
    assert (401, "invalid_token") == told(diary.userinfo(answer.text))


@pytest.mark.parametrize(("registered", "accept", "algorithm"), [
    (None, None, None), (None, "*/*", None), (None, "application/json", None), (None, f"{SIGNED};q=0", None),
    (None, f"application/json;q=0.5, {SIGNED}", "RS256"), (None, SIGNED.upper(), "RS256"),
    ("ES256", None, "ES256"), ("ES256", "*/*", "ES256"), ("ES256", "application/json", None), ("PS256", SIGNED, "PS256"),
])  # fmt: skip
def test_who_gets_a_signed_answer(
    stand: Stand, diary: RelyingParty, registered: str | None, accept: str | None, algorithm: str | None
) -> None:
    stand.change("diary", introspection_signed_response_alg=registered)
    answer = introspect(diary, "x", accept=accept)
    stand.change("diary", introspection_signed_response_alg=None)

    assert (SIGNED if algorithm else "application/json") == answer.content_type
    assert algorithm is None or algorithm == _opened(stand, answer.text).header["alg"]


@pytest.mark.parametrize(("registered", "algorithm"), [(None, "PS256"), ("ES256", "ES256")])
def test_the_strict_profile_knows_no_rs256(diary: RelyingParty, registered: str | None, algorithm: str) -> None:
    """FAPI 2.0 Security Profile 5.4.1, whatever the default of RFC 9701 6 is."""
    strict = replace(
        diary.client, profile="fapi2", id_token_signed_response_alg="PS256", introspection_signed_response_alg=registered
    )

    assert algorithm == algorithm_for(strict)


def test_it_reads_little(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    token, of_client = diary.tokens(browser)["access_token"], for_itself(diary).json["access_token"]
    seen: list[str] = []
    with stand.app.app_context():
        # Both engines: reads have one of their own.
        engines = stand.rooms.database._engines
    for engine in engines:
        event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))

    for asked, most in ((token, 5), (of_client, 1)):
        seen.clear()
        assert members(diary, asked)["active"]
        about = [statement for statement in seen if statement.startswith("SELECT") and "FROM client" not in statement]
        assert len(about) <= most, about


def told(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]


def _opened(stand: Stand, text: str) -> Any:
    keys = KeySet.import_key_set(stand.app.test_client().get("/jwks", base_url=ISSUER).json)
    return jwt.decode(text, keys, algorithms=["RS256", "PS256", "ES256"])

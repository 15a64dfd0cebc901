"""Each row of the table of faults, judged by a strict reader: a harmless one is read, every other one is not."""

from __future__ import annotations

import json

import jwt
import pytest
from cryptography import x509

from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.faults.kinds import AC, ENDPOINTS, KINDS, RETURN, TE
from tests.rooms.mock_esia.mock_esia_driver import AC_ORDER, NOON, SCOPE, TE_ORDER, Clock, Party, query_of, signed

OID = 1000600101


@pytest.fixture(scope="module")
def visit(module_settings):
    """One sign-in for all rows: a session in the browser, and a refresh token that each row spends and replaces."""
    party = Party(create_mock_esia(module_settings, Clock()), Clock())
    code = party.sign_in("orlova", access_type="offline")["code"]
    tokens = party.token(signed(party.exchange_fields(code), TE_ORDER)).get_json()
    key = x509.load_der_x509_certificate(party.browser.get("/public/esia.cer").data).public_key()
    return party, tokens, key


def arm(party, **fault):
    assert 200 == party.browser.post("/faults", json=fault).status_code


def refreshed(party, refresh_token):
    fields = signed(party.exchange_fields("") | {"grant_type": "refresh_token", "refresh_token": refresh_token}, AC_ORDER)
    return fields, party.token(fields)


def read_json(answer):
    """What a strict reader gets out of an answer, or None."""
    if 200 != answer.status_code or len(answer.data) != int(answer.headers.get("Content-Length", len(answer.data))):
        return None
    if len(answer.data) > 1_000_000:
        return None
    try:
        body = json.loads(answer.data.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def tokens_are_right(body, state, key):
    if body is None or (state, "Bearer") != (body.get("state"), body.get("token_type")):
        return False
    options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_sub": False, "verify_aud": False}
    try:
        for name, sbt in (("id_token", "id"), ("access_token", "access")):
            claims = jwt.decode(body[name], key, algorithms=["RS256"], options=options, issuer="http://127.0.0.1:8001/")
            header = jwt.get_unverified_header(body[name])
            assert (sbt, "JWT") == (header["sbt"], header["typ"])
            assert claims["nbf"] == claims["iat"] <= NOON.timestamp() < claims["exp"]
        claims = jwt.decode(body["id_token"], key, algorithms=["RS256"], options=options)
        subject = claims["urn:esia:sbj"]
        assert ("SCHOOL_SIGNIN", OID, "P") == (claims["aud"], claims["sub"], subject["urn:esia:sbj:typ"])
        assert (True, "PR") == (subject.get("urn:esia:sbj:is_tru"), subject["urn:esia:sbj:lvl"])
    except (KeyError, AssertionError, jwt.InvalidTokenError):
        return False
    return True


def person_is_right(party, answer, usual):
    body = read_json(answer)
    return body is not None and usual.get_json() == {name: value for name, value in body.items() if name != "note"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.endpoint == TE], ids=lambda kind: kind.name)
def test_a_fault_of_tokens(visit, kind):
    party, tokens, key = visit
    arm(party, endpoint=TE, fault=kind.name, seconds=0)

    fields, answer = refreshed(party, tokens["refresh_token"])

    assert kind.is_harmless is tokens_are_right(read_json(answer), fields["state"], key)
    # Whatever was spoilt, the next call is right again.
    spent = (answer.get_json(silent=True) or {}) if answer.status_code == 200 and "html" not in str(answer.mimetype) else {}
    if isinstance(spent, list):
        spent = spent[0]
    again = party.sign_in("orlova", access_type="offline")["code"] if "refresh_token" not in spent else None
    if again is None:
        tokens["refresh_token"] = spent["refresh_token"]
    else:
        tokens |= party.token(signed(party.exchange_fields(again), TE_ORDER)).get_json()
    fields, answer = refreshed(party, tokens["refresh_token"])
    assert tokens_are_right(read_json(answer), fields["state"], key)
    tokens["refresh_token"] = answer.get_json()["refresh_token"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.endpoint == "rs"], ids=lambda kind: kind.name)
def test_a_fault_of_person_data(visit, kind):
    party, tokens, _ = visit
    address = f"/rs/prns/{OID}"
    usual = party.read(address, tokens["access_token"])
    arm(party, endpoint="rs", fault=kind.name, seconds=0)

    answer = party.read(address, tokens["access_token"])

    # orlova is no child: whether a parent made her account is the same word before and after.
    assert (kind.is_harmless or kind.name == "no_parent") is person_is_right(party, answer, usual)
    assert person_is_right(party, party.read(address, tokens["access_token"]), usual)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.endpoint in (AC, RETURN)], ids=lambda kind: kind.name)
def test_a_fault_of_the_browsers_way(visit, kind):
    party, _, _ = visit
    arm(party, endpoint=kind.endpoint, fault=kind.name, seconds=0)
    fields = signed(party.ask(scope=SCOPE))

    answer = party.authorize(fields)
    if kind.endpoint == RETURN:
        # The browser is signed in and has given its permission: the answer of the next address goes back.
        answer = party.browser.get(answer.headers["Location"])
    went = answer.headers.get("Location", "")

    right = went.startswith("/login") or ("code" in query_of(went) and fields["state"] == query_of(went).get("state"))
    if kind.name == "unknown_code":
        right = "nobody" not in went
    assert kind.is_harmless is right


def test_a_fault_of_one_client_leaves_the_others_alone(visit):
    party, tokens, _ = visit
    arm(party, endpoint="rs", fault="error_500", client="OTHER_SYSTEM")

    assert 200 == party.read(f"/rs/prns/{OID}", tokens["access_token"]).status_code
    assert [{"client": "OTHER_SYSTEM", "endpoint": "rs", "fault": "error_500", "times": 1}] == (
        party.browser.get("/faults").get_json()["faults"]
    )
    assert [] == party.browser.delete("/faults?client=OTHER_SYSTEM").get_json()["faults"]


def test_any_refusal_of_esia_can_be_ordered(visit):
    party, tokens, _ = visit
    arm(party, endpoint=TE, fault="refusal", code="036727")

    _, answer = refreshed(party, tokens["refresh_token"])

    assert (400, "ESIA-036727") == (answer.status_code, answer.get_json()["error_description"][:11])


def test_the_table_can_be_read(visit):
    party, _, _ = visit
    told = party.browser.get("/faults/kinds").get_json()

    assert ENDPOINTS == told["endpoints"]
    assert len(KINDS) == len(told["kinds"]) == len({(kind["endpoint"], kind["name"]) for kind in told["kinds"]})
    assert {"endpoint", "name", "words", "harmless"} == set(told["kinds"][0])

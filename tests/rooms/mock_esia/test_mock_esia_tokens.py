"""The token endpoint: what it refuses, that a code works once, and the oddities of its tokens."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from cryptography import x509
from gostcrypto import gosthash

from tests.rooms.mock_esia.mock_esia_driver import (
    AC_ORDER,
    CLIENT,
    RETURN,
    SCOPE,
    TE_ORDER,
    claims_of,
    header_of,
    signed,
    text_of,
)

REFRESH_OTHER_ORDER = ("client_id", "scope", "timestamp", "state", "refresh_token")


def code_of(answer) -> tuple[int, str]:
    body = answer.get_json()
    return answer.status_code, body["error_description"][5:11]


def test_the_answer_has_exactly_these_parts(party):
    fields = signed(party.exchange_fields(party.sign_in("orlova")["code"]), TE_ORDER)

    answer = party.token(fields)

    assert "application/json;charset=UTF-8" == answer.headers["Content-Type"]
    body = answer.get_json()
    assert {"access_token", "id_token", "state", "token_type", "expires_in"} == set(body)
    assert (fields["state"], "Bearer", 3600) == (body["state"], body["token_type"], body["expires_in"])


@pytest.mark.parametrize("change, expected", [
    ({"grant_type": "password"}, "007012"),
    ({"state": "1"}, "007003"),
    ({"client_id": "NOBODY"}, "007005"),
    ({"client_certificate_hash": "A" * 64}, "007053"),
    ({"client_secret": "A" * 86}, "007053"),
    ({"code": "a.b.c"}, "007011"),
    ({"redirect_uri": RETURN + "2"}, "007011"),
    ({"scope": "openid"}, "007011"),
    ({"client_id": "OTHER_SYSTEM"}, "007011"),
    ({"timestamp": "2026.11.20 08:54:59 +0000"}, "007015"),
    ({"code_verifier": "v" * 43}, "007039"),
])
def test_a_wrong_exchange_is_refused_with_its_code(party, change, expected):
    fields = party.exchange_fields(party.sign_in("orlova")["code"]) | change
    fields = {**signed(fields, TE_ORDER), **({"client_secret": change["client_secret"]} if "client_secret" in change else {})}

    assert (400, expected) == code_of(party.token(fields))


@pytest.mark.parametrize("name", [
    "client_id", "grant_type", "client_secret", "client_certificate_hash", "scope", "state", "timestamp", "redirect_uri",
    "token_type", "code",
])
def test_a_missing_parameter_is_named(party, name):
    fields = signed(party.exchange_fields("a.b.c"), TE_ORDER)
    del fields[name]

    body = party.token(fields).get_json()

    assert f"ESIA-007014: The request doesn`t contain the mandatory parameter [{name}]." == body["error_description"]


def test_a_json_body_is_a_request_without_parameters(party):
    answer = party.app.test_client().post("/aas/oauth2/v3/te", json=party.exchange_fields("x"))

    assert (400, "007014") == code_of(answer)


def test_the_code_is_under_the_signature(party):
    fields = party.exchange_fields(party.sign_in("orlova")["code"])

    assert (400, "007053") == code_of(party.token(signed(fields, AC_ORDER)))


def test_a_code_works_once(party):
    code = party.sign_in("orlova")["code"]
    first = party.token(signed(party.exchange_fields(code), TE_ORDER))
    second = party.token(signed(party.exchange_fields(code), TE_ORDER))

    assert 200 == first.status_code
    assert (400, "007011") == code_of(second)
    assert "invalid_grant" == second.get_json()["error"]


def test_of_eight_parallel_exchanges_one_wins(party):
    fields = signed(party.exchange_fields(party.sign_in("orlova")["code"]), TE_ORDER)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: party.token(fields), range(8)))

    assert [200] + [400] * 7 == sorted(answer.status_code for answer in answers)


@pytest.mark.parametrize("age, status", [(timedelta(seconds=239), 200), (timedelta(seconds=240), 400)])
def test_a_code_lives_240_seconds(party, clock, age, status):
    code = party.sign_in("orlova")["code"]
    clock.move(age)

    assert status == party.token(signed(party.exchange_fields(code), TE_ORDER)).status_code


def s256(verifier: str) -> str:
    return text_of(hashlib.sha256(verifier.encode()).digest())


def gost3411(verifier: str) -> str:
    return text_of(bytes(gosthash.new("streebog256", data=bytearray(verifier.encode())).digest()))


@pytest.mark.parametrize("method, made", [("S256", s256), ("GOST3411", gost3411)])
@pytest.mark.parametrize("sent, expected", [("v" * 43, None), ("w" * 43, "007040"), ("", "007040")])
def test_pkce_is_checked_when_a_challenge_was_sent(party, method, made, sent, expected):
    code = party.sign_in("orlova", code_challenge=made("v" * 43), code_challenge_method=method)["code"]
    answer = party.token(signed(party.exchange_fields(code, code_verifier=sent), TE_ORDER))

    if expected is None:
        assert 200 == answer.status_code
    else:
        assert (400, expected) == code_of(answer)


def refresh_fields(party, refresh_token: str, **other: str) -> dict[str, str]:
    fields = party.exchange_fields("", grant_type="refresh_token", refresh_token=refresh_token, **other)
    del fields["code"]
    return fields


@pytest.mark.parametrize("order", [AC_ORDER, REFRESH_OTHER_ORDER])
def test_a_refresh_token_rotates_in_either_order_of_signing(party, order):
    old = party.tokens("orlova", access_type="offline")["refresh_token"]

    answer = party.token(signed(refresh_fields(party, old), order))

    assert 200 == answer.status_code, answer.text
    assert answer.get_json()["refresh_token"] != old
    assert (400, "007011") == code_of(party.token(signed(refresh_fields(party, old), order)))


def test_a_refresh_token_belongs_to_one_client(party):
    old = party.tokens("orlova", access_type="offline")["refresh_token"]

    assert (400, "007011") == code_of(party.token(signed(refresh_fields(party, old, client_id="OTHER_SYSTEM"))))


def test_a_refresh_cannot_widen_the_scope(party):
    old = party.tokens("orlova", access_type="offline")["refresh_token"]

    assert (400, "007019") == code_of(party.token(signed(refresh_fields(party, old, scope=SCOPE + " id_doc"))))


def test_tokens_verify_with_the_published_certificate(party):
    key = x509.load_der_x509_certificate(party.browser.get("/public/esia.cer").data).public_key()
    tokens = party.tokens("orlova")

    # A strict library refuses the numeric subject; a client has to say that it knows.
    options = {"verify_sub": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    claims = jwt.decode(tokens["id_token"], key, algorithms=["RS256"], audience=CLIENT, options=options)

    assert "http://127.0.0.1:8001/" == claims["iss"]
    with pytest.raises(jwt.exceptions.InvalidSubjectError):
        jwt.decode(tokens["id_token"], key, algorithms=["RS256"], audience=CLIENT, options=options | {"verify_sub": True})


def test_the_id_token_has_the_oddities(party, clock):
    token = party.tokens("orlova", access_type="offline")["id_token"]
    header, claims = header_of(token), claims_of(token)
    der = party.browser.get("/public/esia.cer").data
    now = int(clock().timestamp())

    thumbprint = bytes(gosthash.new("streebog256", data=bytearray(der)).digest()).hex().upper()
    assert {"ver": 0, "typ": "JWT", "sbt": "id", "alg": "RS256", "x5t#St256": thumbprint} == header
    assert 1000600101 == claims["sub"]
    assert "PWD" == claims["amr"] == claims["urn:esia:amd"]
    assert (now, now, now + 10800, now) == (claims["iat"], claims["nbf"], claims["exp"], claims["auth_time"])
    assert {
        "urn:esia:sbj:typ": "P", "urn:esia:sbj:is_tru": True, "urn:esia:sbj:oid": 1000600101,
        "urn:esia:sbj:nam": "OID.1000600101", "urn:esia:sbj:lvl": "PR",
    } == claims["urn:esia:sbj"]
    assert not {"nonce", "at_hash", "acr"} & set(claims)


@pytest.mark.parametrize("login", ["belova.d", "guseva", "belov.t"])
def test_is_tru_is_absent_when_not_confirmed(party, login):
    assert "urn:esia:sbj:is_tru" not in claims_of(party.tokens(login)["id_token"])["urn:esia:sbj"]


def test_the_access_token_has_the_oddities(party):
    token = party.tokens("orlova", scope="openid fullname snils")["access_token"]
    header, claims = header_of(token), claims_of(token)

    assert (1, "access") == (header["ver"], header["sbt"])
    assert "snils?oid=1000600101 openid fullname?oid=1000600101" == claims["scope"]
    assert 1000600101 == claims["urn:esia:sbj_id"]
    assert 3600 == claims["exp"] - claims["iat"]
    assert not {"sub", "aud"} & set(claims)


def test_slashes_are_escaped_in_the_signed_bytes(party):
    payload = party.tokens("orlova")["id_token"].split(".")[1]

    assert b'"iss":"http:\\/\\/127.0.0.1:8001\\/"' in base64.urlsafe_b64decode(payload + "==")


def test_no_id_token_without_openid(party):
    assert "id_token" not in party.tokens("orlova", scope="fullname snils")


def test_the_session_is_one_over_all_tokens(party):
    tokens = party.tokens("orlova")

    assert claims_of(tokens["access_token"])["urn:esia:sid"] == claims_of(tokens["id_token"])["urn:esia:sid"]

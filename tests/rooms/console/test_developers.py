"""Answers, keys and causes of the developers' pages, without a browser."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from broker.console.developers.answers import Wrong, answered, first_unanswered
from broker.console.developers.public_keys import BadKey, read_keys, thumbprint
from broker.console.developers.room import Service
from broker.console.developers.states import cause_shown
from broker.console.developers.wire import received
from broker.screens.causes import CAUSES
from broker.screens.developer_pages import Answers
from broker.screens.texts import Texts

SERVICE = Service("https://broker.example", {}, ("openid", "profile", "snils"), ("snils",), {}, False, lambda _url: None)
REAL = replace(SERVICE, has_real_people=True)
# The key and the thumbprint of RFC 7638 3.1.
KEY_OF_RFC = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWK"
    "RXjBZCiFV4n3oknjhMstn64tZ_"
    "2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD0"
    "8qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
}


def pem_of(key: Any) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def test_public_keys_are_read_from_pem_and_json_and_named_by_their_thumbprint() -> None:
    assert "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" == thumbprint(KEY_OF_RFC)
    for key in (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)):
        (read,) = read_keys(pem_of(key))["keys"]
        assert thumbprint(read) == read["kid"]
    assert ["own"] == [key["kid"] for key in read_keys(json.dumps({"keys": [{**KEY_OF_RFC, "kid": "own"}]}))["keys"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (json.dumps({"keys": [KEY_OF_RFC, {**KEY_OF_RFC, "d": "AQAB"}]}), "dev.private"),
        (json.dumps({"kty": "oct", "k": "c2VjcmV0"}), "dev.private"),
        (pem_of(rsa.generate_private_key(65537, 1024)), "dev.weak"),
        (pem_of(ec.generate_private_key(ec.SECP384R1())), "dev.key"),
        (json.dumps({"keys": []}), "dev.key"),
        (json.dumps({"keys": ["key"]}), "dev.key"),
        ("", "dev.key"),
        ("[" * 40_000, "dev.key"),
        ('{"keys":' + "[" * 30_000, "dev.key"),
        (pem_of(ec.generate_private_key(ec.SECP256R1())) * 2, "dev.key"),
    ],
)
def test_other_keys_are_refused(text: str, said: str) -> None:
    with pytest.raises(BadKey) as refused:
        read_keys(text)
    assert said == refused.value.message


def test_a_private_pem_is_refused_and_not_shown_again() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(Wrong) as wrong:
        answered(Answers(), 4, {}, text, SERVICE)
    assert ["dev.private"] == [error.message for error in wrong.value.errors]
    assert "" == wrong.value.answers.public_keys


@pytest.mark.parametrize(
    ("environment", "uri", "service", "said"),
    [
        ("sandbox", "http://127.0.0.1:5000/back", REAL, ""),
        ("sandbox", "https://club.example/back", SERVICE, ""),
        ("sandbox", "https://club.example/back", REAL, "dev.loopback"),
        ("production", "https://club.example/back", REAL, ""),
        ("production", "http://127.0.0.1:5000/back", SERVICE, "dev.https"),
        ("production", "http://club.example/back", SERVICE, "dev.https"),
        ("production", "https://club.example/*", SERVICE, "dev.wild"),
        ("production", "https://club.example/back#here", SERVICE, "dev.address"),
        ("production", "javascript:alert(1)", SERVICE, "dev.https"),
    ],
)
def test_where_a_service_may_have_people_sent(environment: str, uri: str, service: Service, said: str) -> None:
    answers = Answers(environment=environment)
    if said:
        with pytest.raises(Wrong) as wrong:
            answered(answers, 2, {"addresses": uri}, "", service)
        assert [said] == [error.message for error in wrong.value.errors]
    else:
        assert uri == answered(answers, 2, {"addresses": uri}, "", service).addresses


def test_a_later_answer_that_spoils_an_earlier_one_leads_back_to_it() -> None:
    key, mail = json.dumps(KEY_OF_RFC), "a@club.example"
    whole = Answers("Клуб", "Club", "sandbox", "http://127.0.0.1:1/x", public_keys=key, contact=mail)
    assert 0 == first_unanswered(whole, SERVICE)
    assert 2 == first_unanswered(replace(whole, environment="production"), SERVICE)
    assert 1 == first_unanswered(Answers(), SERVICE)


def test_every_cause_says_what_a_service_receives_and_how_to_fix_it() -> None:
    keys = Texts().all_keys()
    for cause in CAUSES.values():
        got = received(cause, "https://broker.example")
        assert f"dev.fix.{got.fix}.0" in keys or f"dev.fix.{got.fix}" in keys, cause.code
        assert "{" not in got.example.replace('{"error": "', "") and got.http_status, cause.code
    assert ("access_denied", 302) == (received(CAUSES[7005], "").error, received(CAUSES[7005], "").http_status)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"cause": 3102, "shown": 3101}, 3101),
        ({"cause": 7005, "shown": 0}, 7005),
        ({"cause": 3102}, 3101),
        ({"cause": 2109}, 2109),
    ],
)
def test_a_service_is_told_what_the_person_was_told_and_no_more(fields: dict[str, object], shown: int) -> None:
    assert shown == cause_shown(fields)

"""What the journal says of the mistakes that implementers of ESIA clients have told of."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from urllib.parse import quote

import pytest
from gostcrypto import gosthash

from broker.mock_esia.settings import Strictness
from tests.rooms.mock_esia.mock_esia_driver import (
    AC_ORDER,
    CERTIFICATE,
    CERTIFICATE_HASH,
    CLIENT,
    FIXTURES,
    TE_ORDER,
    query_of,
    raw_signature,
    raw_signature_of,
    signed,
    stamp,
    text_of,
)

PEM = (FIXTURES / "client_certificate.pem").read_bytes()


def streebog(octets: bytes) -> str:
    return bytes(gosthash.new("streebog256", data=bytearray(octets)).digest()).hex().upper()


def text_under(fields: dict[str, str], **changes: str) -> str:
    return "".join((fields | changes).get(name, "") for name in AC_ORDER)


def words_of(party, fields) -> str:
    answer = party.authorize(fields)
    assert "error" in query_of(answer.headers["Location"]), answer.headers["Location"]
    return party.told()["words"][-1]


@pytest.mark.parametrize("text, words", [
    (lambda asked: text_under(asked, redirect_uri=quote(asked["redirect_uri"], safe="")), "redirect_uri was signed in its"),
    (lambda asked: text_under(asked, scope=asked["scope"].replace(" ", "+")), "scope was signed in its encoded form"),
    (lambda asked: text_under(asked, scope=" ".join(sorted(asked["scope"].split()))), "scope was signed in another order"),
    (lambda asked: text_under(asked) + "\n", "a line break was signed"),
    (lambda asked: text_under(asked, scope_org=""), "scope_org is missing from the signed text"),
])
def test_a_signature_of_another_text(party, text, words):
    fields = party.ask(scope_org="org_shortname")

    assert words in words_of(party, fields | {"client_secret": text_of(raw_signature(text(fields)))})


def test_the_code_is_missing_in_the_signed_text(party):
    fields = party.exchange_fields("a.b.c")

    assert 400 == party.token(signed(fields, AC_ORDER)).status_code
    assert "the code is missing at the end" in party.told()["words"][0]


@pytest.mark.parametrize("said, words", [
    (CERTIFICATE_HASH.lower(), "lower case"),
    (streebog(PEM), "hash was taken from PEM"),
    (streebog(PEM.strip()), "hash was taken from PEM"),
    (hashlib.sha256(CERTIFICATE).hexdigest().upper(), "SHA-256"),
    (hashlib.sha1(CERTIFICATE).hexdigest().upper(), "SHA-1 thumbprint"),
    (bytes.fromhex(CERTIFICATE_HASH)[::-1].hex().upper(), "reversed"),
    ("ABC", "3 characters"),
    ("0" * 64, "no certificate of this system has this hash"),
])
def test_a_hash_made_wrongly(party, said, words):
    assert words in words_of(party, signed(party.ask(client_certificate_hash=said)))


def test_an_expired_certificate_is_named(party, clock):
    clock.move(timedelta(days=20 * 366))

    assert "the certificate expired on 2046-01-01" in words_of(party, signed(party.ask()))


def test_a_key_of_512_bits_and_a_signature_half_turned(party):
    fields = party.ask()
    right = raw_signature_of(text_under(fields).encode())

    assert "512 bits" in words_of(party, fields | {"client_secret": text_of(right + right)})
    turned = right[:32][::-1] + right[32:][::-1]
    assert "each half are reversed" in words_of(party, fields | {"client_secret": text_of(turned)})


@pytest.mark.parametrize("late, words", [
    (timedelta(seconds=400), "timestamp is 400 seconds behind our clock"),
    (timedelta(seconds=-400), "timestamp is 400 seconds ahead of our clock"),
])
def test_a_clock_that_is_off(party, clock, late, words):
    assert words == words_of(party, signed(party.ask(timestamp=stamp(clock() - late))))


def test_an_address_encoded_twice(party):
    answer = party.authorize(signed(party.ask(redirect_uri=quote("http://127.0.0.1:8000/callback", safe=""))))

    assert 400 == answer.status_code
    assert ["redirect_uri was encoded twice"] == party.told()["words"]


def test_what_went_well_is_told_too_and_no_secret_is(party):
    fields = signed(party.ask(access_type="offline"))
    code = party.walk(party.authorize(fields), "orlova")["code"]
    exchange = signed(party.exchange_fields(code), TE_ORDER)
    tokens = party.token(exchange).get_json()
    refresh = party.exchange_fields("") | {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    sent = {name: refresh[name] for name in refresh if name not in ("redirect_uri", "client_certificate_hash")}
    order = ("client_id", "scope", "timestamp", "state", "refresh_token")
    assert 200 == party.token(signed(sent, order)).status_code

    assert "the order that ends with refresh_token" in party.told()["words"][0]
    whole = party.browser.get("/api/log").get_data(as_text=True)
    for secret in (fields["client_secret"], code, tokens["refresh_token"], tokens["access_token"], '"demo"'):
        assert secret not in whole
    assert party.browser.get(f"/api/log?client={CLIENT}").get_json()["requests"]
    assert [] == party.browser.get("/api/log?client=NOBODY").get_json()["requests"]
    assert "the signature is right: raw GOST" in party.browser.get("/console/log").get_data(as_text=True)
    assert 204 == party.browser.delete("/api/log").status_code
    assert [] == party.browser.get("/api/log").get_json()["requests"]


@pytest.mark.parametrize("encode", [base64.urlsafe_b64encode, base64.b64encode])
def test_strict_padding(party, app, encode):
    strict = {"strictness": {"unpadded_only": True}}
    assert 200 == party.browser.patch(f"/api/systems/{CLIENT}", json=strict).status_code
    fields = party.ask()
    secret = encode(raw_signature(text_under(fields))).decode()

    assert "client_secret has padding" in words_of(party, fields | {"client_secret": secret})
    assert "/login" in party.authorize(signed(party.ask())).headers["Location"]


def test_strictness_begins_lenient():
    assert Strictness() == Strictness(unpadded_only=False, any_state=False, checks_after_login=False, timestamp_window=None)

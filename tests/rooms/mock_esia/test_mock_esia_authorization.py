"""What the authorization endpoint lets through, sends back, and keeps on its own page."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta

import pytest

from tests.rooms.mock_esia.mock_esia_driver import CERTIFICATE_HASH, RETURN, query_of, raw_signature, signed, stamp, text_of

MOSCOW_STAMP = "2026.11.20 12:00:00 +0300"


def refused(answer) -> tuple[str, str]:
    """The OAuth error and ESIA's code that travelled back."""
    assert 302 == answer.status_code, answer.text
    address = answer.headers["Location"]
    assert address.startswith(RETURN + "?"), address
    found = query_of(address)
    return found["error"], found["error_description"][5:11]


def test_a_right_request_leads_to_the_sign_in_page(party):
    answer = party.authorize(signed(party.ask(timestamp=MOSCOW_STAMP)))

    assert 302 == answer.status_code
    assert answer.headers["Location"].startswith("/login?request=")


@pytest.mark.parametrize("encode", [
    text_of,
    lambda octets: base64.urlsafe_b64encode(octets).decode(),
    lambda octets: base64.b64encode(octets).decode(),
])
def test_every_base64_of_the_wild_is_read(party, encode):
    fields = party.ask()
    order = ("client_id", "scope", "timestamp", "state", "redirect_uri")
    fields["client_secret"] = encode(raw_signature("".join(fields[name] for name in order)))

    assert party.authorize(fields).headers["Location"].startswith("/login")


@pytest.mark.parametrize("change, error, code", [
    ({"response_type": "token"}, "unsupported_response_type", "007009"),
    ({"state": "not-a-uuid"}, "invalid_request", "007003"),
    ({"access_type": "always"}, "invalid_request", "007003"),
    ({"scope": " "}, "invalid_scope", "007013"),
    ({"scope": "openid magic"}, "invalid_scope", "007006"),
    ({"scope": "openid birth_cert_doc"}, "invalid_scope", "007019"),
    ({"scope_org": "org_shortname"}, "invalid_scope", "007019"),
    ({"client_certificate_hash": "0" * 64}, "access_denied", "007053"),
    ({"client_certificate_hash": CERTIFICATE_HASH.lower()}, "access_denied", "007053"),
    ({"timestamp": "2026-11-20T12:00:00+03:00"}, "invalid_request", "007003"),
    ({"timestamp": "2026.13.20 12:00:00 +0300"}, "invalid_request", "007003"),
    ({"permissions": "W10"}, "invalid_request", "007003"),
    ({"person_filter": "bm9uc2Vuc2U="}, "invalid_request", "007003"),
    ({"code_challenge": "x" * 43}, "invalid_request", "007003"),
    ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request", "007003"),
])
def test_a_wrong_value_is_sent_back_with_its_code(party, change, error, code):
    assert (error, code) == refused(party.authorize(signed(party.ask(**change))))


@pytest.mark.parametrize("name", [
    "client_secret", "client_certificate_hash", "scope", "response_type", "state", "timestamp", "access_type",
])
def test_a_missing_parameter_is_named(party, name):
    fields = signed(party.ask())
    del fields[name]

    found = query_of(party.authorize(fields).headers["Location"])

    assert f"ESIA-007014: The request doesn`t contain the mandatory parameter [{name}]." == found["error_description"]
    assert "invalid_request" == found["error"]
    assert ("state" in found) is (name != "state")


def test_a_repeated_parameter_is_refused(party):
    fields = signed(party.ask())
    repeated = [*fields.items(), ("scope", fields["scope"])]

    assert ("invalid_request", "007003") == refused(party.authorize(repeated))


@pytest.mark.parametrize("change, code", [
    ({"client_id": ""}, "007014"),
    ({"redirect_uri": ""}, "007014"),
    ({"client_id": "NOBODY"}, "007005"),
    ({"redirect_uri": "http://127.0.0.1:8000.evil.example/callback"}, "007023"),
    ({"redirect_uri": "http://127.0.0.1:9999/callback"}, "007023"),
    ({"redirect_uri": "https://127.0.0.1:8000/callback"}, "007023"),
    ({"redirect_uri": "http://127.0.0.1:8000/callback#x"}, "007023"),
    ({"redirect_uri": "http://127.0.0.1:8000/\\evil.example"}, "007023"),
])
def test_what_spoils_the_way_back_stays_on_our_page(party, change, code):
    answer = party.authorize(signed(party.ask(**change)))

    assert 400 == answer.status_code
    assert "Location" not in answer.headers
    assert f"ESIA-{code}" in answer.text


def altered(octets: bytes) -> bytes:
    return octets[:-1] + bytes([octets[-1] ^ 1])


@pytest.mark.parametrize("spoil, hint", [
    (altered, "the signed text or the key differs"),
    (lambda octets: octets[32:] + octets[:32], "the halves are swapped"),
    (lambda octets: octets[::-1], "the bytes are reversed"),
    (lambda octets: b"\x30\x82" + octets * 10, "not a PKCS#7 container"),
    (lambda octets: bytes(64), "the signed text or the key differs"),
    (lambda octets: b"", "not a PKCS#7 container"),
])
def test_a_wrong_signature_is_refused_and_the_log_says_why(party, caplog, spoil, hint):
    fields = party.ask()
    octets = raw_signature("".join(fields[name] for name in ("client_id", "scope", "timestamp", "state", "redirect_uri")))
    fields["client_secret"] = text_of(spoil(octets)) or "="

    with caplog.at_level(logging.WARNING):
        assert ("access_denied", "007053") == refused(party.authorize(fields))

    assert hint in caplog.records[-1].hint
    assert fields["client_secret"] not in caplog.text


def test_the_order_of_v1_is_recognised_and_refused(party, caplog):
    fields = signed(party.ask(), ("scope", "timestamp", "client_id", "state"))

    with caplog.at_level(logging.WARNING):
        assert ("access_denied", "007053") == refused(party.authorize(fields))

    assert "order of v1" in caplog.records[-1].hint


@pytest.mark.parametrize("name", ["scope", "timestamp", "state", "redirect_uri", "scope_org"])
def test_every_signed_parameter_is_under_the_signature(party, name):
    other = {
        "scope": "openid", "timestamp": "2026.11.20 09:00:01 +0000", "state": "11111111-1111-4111-8111-111111111111",
        "redirect_uri": RETURN + "2", "scope_org": "org",
    }
    fields = signed(party.ask()) | {name: other[name]}

    assert "007053" == query_of(party.authorize(fields).headers["Location"])["error_description"][5:11]


def test_a_plus_that_became_a_space_is_refused_with_a_hint(party, caplog):
    fields = signed(party.ask(timestamp=MOSCOW_STAMP))
    fields["timestamp"] = fields["timestamp"].replace("+", " ")

    with caplog.at_level(logging.WARNING):
        assert ("access_denied", "007053") == refused(party.authorize(fields))

    assert "%2B" in caplog.records[-1].hint


@pytest.mark.parametrize("late, accepted", [
    (timedelta(minutes=5), True), (timedelta(minutes=-5), True),
    (timedelta(minutes=5, seconds=1), False), (timedelta(minutes=-5, seconds=-1), False),
])
def test_the_window_of_time(party, clock, late, accepted):
    answer = party.authorize(signed(party.ask(timestamp=stamp(clock() - late))))

    if accepted:
        assert answer.headers["Location"].startswith("/login")
    else:
        assert ("invalid_request", "007015") == refused(answer)


def test_a_certificate_past_its_date_signs_nothing(party, clock):
    clock.move(timedelta(days=60 * 365))

    assert ("access_denied", "007053") == refused(party.authorize(signed(party.ask())))


def test_the_error_comes_in_the_order_seen_on_the_wire(party):
    answer = party.authorize(signed(party.ask(response_type="token")))

    names = [pair.partition("=")[0] for pair in answer.headers["Location"].partition("?")[2].split("&")]
    assert ["error_description", "state", "error"] == names

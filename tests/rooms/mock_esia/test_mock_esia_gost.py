"""The check of signatures against values that OpenSSL's GOST engine made once from the key and certificate in fixtures/."""

from __future__ import annotations

import pytest

from broker.mock_esia.gost import numbers_fit, registered, signature_fits, streebog
from tests.rooms.mock_esia.mock_esia_driver import CERTIFICATE, CURVE, PRIVATE, raw_signature

MESSAGE = b"TESTIS01openid fullname"
OPENSSL_SIGNATURE = bytes.fromhex(
    "85af060027e35a4bfa5a549d8c87b4f7ad1a5f71c3b47e84fd63695b5f700f89"
    "0f5c3ac85e590abe85fa33602ecaadaa7e84cacc85e41ded043dd48a5f42b09c"
)
OPENSSL_HASH = "8FCE2D996576F89B3BDA8DF43A9013716CE8AA102DD721695AAEA7384A3C8CF0"


def test_the_hash_of_the_certificate_is_that_of_openssl():
    assert OPENSSL_HASH == registered(CERTIFICATE).hash


@pytest.mark.parametrize("message, signature, fits", [
    (MESSAGE, OPENSSL_SIGNATURE, True),
    (MESSAGE + b"x", OPENSSL_SIGNATURE, False),
    (MESSAGE, OPENSSL_SIGNATURE[32:] + OPENSSL_SIGNATURE[:32], False),
    (MESSAGE, OPENSSL_SIGNATURE[::-1], False),
    (MESSAGE, OPENSSL_SIGNATURE[:-1], False),
    (MESSAGE, bytes(64), False),
    (MESSAGE, b"\xff" * 64, False),
    (b"", b"", False),
])
def test_a_signature_of_openssl(message, signature, fits):
    assert fits is signature_fits(registered(CERTIFICATE).point, message, signature)


def test_another_key_does_not_fit():
    point = registered(CERTIFICATE).point
    assert signature_fits(point, b"text", raw_signature("text"))
    assert not signature_fits(point[32:] + point[:32], b"text", raw_signature("text"))


def test_a_signature_whose_points_cancel_each_other_does_not_fit():
    """With s = r·d both products are opposite points, and their sum has no x."""
    r = 5
    s = r * int.from_bytes(PRIVATE, "big") % CURVE["q"]
    assert not signature_fits(registered(CERTIFICATE).point, MESSAGE, s.to_bytes(32, "big") + r.to_bytes(32, "big"))


def test_numbers_that_are_too_large_do_not_fit_though_their_remainders_would():
    """GOST R 34.10-2012, 6.2, step 1: or everybody could write one signature in two ways."""
    point = registered(CERTIFICATE).point
    key = int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")
    s, r = int.from_bytes(OPENSSL_SIGNATURE[:32], "big"), int.from_bytes(OPENSSL_SIGNATURE[32:], "big")
    digest = streebog(MESSAGE)[::-1]

    assert numbers_fit(CURVE, key, digest, r, s)
    assert not numbers_fit(CURVE, key, digest, r, s + CURVE["q"])
    assert not numbers_fit(CURVE, key, digest, r, s - CURVE["q"])

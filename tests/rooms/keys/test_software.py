"""Made keys: their names and their public form."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as some
from joserfc.jwk import import_key

from broker.foundation.encoding import from_b64url
from keys.backends.software import fresh_key, make_key, private_key, public_key, thumbprint
from keys.signing.key import Family

# The example of RFC 7638 3.1.
RFC_7638_KEY = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst"
    "n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9"
    "1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def test_the_thumbprint_of_the_standard() -> None:
    assert "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" == thumbprint(RFC_7638_KEY)


@pytest.mark.parametrize(("family", "members"), [(Family.RSA, {"kty", "n", "e"}), (Family.P256, {"kty", "crv", "x", "y", "alg"})])
def test_the_public_form_holds_nothing_private(family: Family, members: set[str]) -> None:
    made = make_key(family)

    assert members | {"kid", "use"} == set(made.jwk)
    assert "sig" == made.jwk["use"]
    assert made.kid == made.jwk["kid"] == thumbprint(made.jwk)


def test_the_strength_of_made_keys() -> None:
    rsa, p256 = private_key(make_key(Family.RSA).private), private_key(make_key(Family.P256).private)

    assert (2048, 65537) == (rsa.key_size, rsa.public_key().public_numbers().e)
    assert "secp256r1" == p256.curve.name


@pytest.mark.parametrize("family", Family)
def test_the_thumbprint_is_what_another_implementation_says(family: Family) -> None:
    made = make_key(family)
    other = import_key(dict(made.jwk))

    assert other.thumbprint() == made.kid


@settings(max_examples=60, deadline=None)
@given(number=some.integers(1, P256_ORDER - 1))
def test_a_coordinate_with_leading_zeros_keeps_its_length(number: int) -> None:
    made = fresh_key(ec.derive_private_key(number, ec.SECP256R1()))

    # RFC 7518 6.2.1.2: the full size of a coordinate, zeros included.
    assert (32, 32) == (len(from_b64url(made.jwk["x"])), len(from_b64url(made.jwk["y"])))
    assert private_key(made.private).public_key() == public_key(made.jwk, Family.P256)


def test_a_made_key_does_not_show_its_private_half() -> None:
    made = make_key(Family.P256)

    assert repr(made.private)[2:30] not in repr(made)

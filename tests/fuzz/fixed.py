"""Keys, signatures and a certificate that are the same in every run, so that a number names the same bytes tomorrow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from broker.foundation.encoding import b64url
from tests.support.client_certificates import NAMES, SUBJECT, Made

NOW = datetime(2026, 9, 1, 5, tzinfo=UTC)
KEY = ec.derive_private_key(0x5EED_0001, ec.SECP256R1())
OTHER = ec.derive_private_key(0x5EED_0002, ec.SECP256R1())


def dump(value: object) -> bytes:
    """JSON."""
    return json.dumps(value).encode()


def jws(payload: bytes, header: Mapping[str, Any], key: ec.EllipticCurvePrivateKey = KEY) -> str:
    """Really signed, so that what is inside is reached; without a random number (RFC 6979)."""
    text = f"{b64url(dump({'alg': 'ES256', **header}))}.{b64url(payload)}"
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(SHA256(), deterministic_signing=True)))
    return f"{text}.{b64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def certificate() -> Made:
    """By itself, for one day."""
    name = x509.Name.from_rfc4514_string(SUBJECT)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(0x5EED)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(NAMES), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(KEY.public_key()), critical=False)
    )
    return Made(builder.sign(KEY, SHA256(), ecdsa_deterministic=True), KEY)

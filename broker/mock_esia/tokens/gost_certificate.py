"""A self-signed GOST certificate for a key of the stand (RFC 9215 for the algorithms)."""

from __future__ import annotations

import secrets
from datetime import datetime

from asn1crypto import core, x509

from broker.mock_esia.gost import KEY_ALGORITHM, STREEBOG_256, USUAL_CURVE, public_point, signature_of

_SIGNED_WITH = "1.2.643.7.1.1.3.2"


class _Plain(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("algorithm", core.ObjectIdentifier)]  # noqa: RUF012 - asn1crypto's own form


class _Parameters(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("curve", core.ObjectIdentifier), ("digest", core.ObjectIdentifier)]  # noqa: RUF012


class _Key(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", _Parameters)]  # noqa: RUF012


class _KeyInfo(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("algorithm", _Key), ("public_key", core.OctetBitString)]  # noqa: RUF012


class _Body(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [  # noqa: RUF012
        ("version", core.Integer, {"explicit": 0}),
        ("serial_number", core.Integer),
        ("signature", _Plain),
        ("issuer", x509.Name),
        ("validity", x509.Validity),
        ("subject", x509.Name),
        ("subject_public_key_info", _KeyInfo),
    ]


class _Certificate(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("body", _Body), ("algorithm", _Plain), ("signature", core.OctetBitString)]  # noqa: RUF012


def self_signed(private_key: bytes, name: str, begins_at: datetime, ends_at: datetime) -> bytes:
    """The DER. The point is little-endian X and Y inside an OCTET STRING, as RFC 9215 section 4.3 has it."""
    point = public_point(private_key)
    octets = b"\x04\x40" + point[:32][::-1] + point[32:][::-1]
    subject = x509.Name.build({"common_name": name})
    body = _Body({
        "version": 2,
        "serial_number": secrets.randbits(120),
        "signature": _Plain({"algorithm": _SIGNED_WITH}),
        "issuer": subject,
        "validity": x509.Validity({"not_before": _time(begins_at), "not_after": _time(ends_at)}),
        "subject": subject,
        "subject_public_key_info": _KeyInfo({
            "algorithm": _Key({
                "algorithm": KEY_ALGORITHM,
                "parameters": _Parameters({"curve": USUAL_CURVE, "digest": STREEBOG_256}),
            }),
            "public_key": octets,
        }),
    })
    signature = signature_of(private_key, body.dump())
    return bytes(_Certificate({"body": body, "algorithm": _Plain({"algorithm": _SIGNED_WITH}), "signature": signature}).dump())


def _time(at: datetime) -> x509.Time:
    return x509.Time({"utc_time": at.replace(microsecond=0)})

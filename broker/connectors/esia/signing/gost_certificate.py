"""GOST certificates and keys as files: reading ours, and making a self-signed pair for the demo."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from asn1crypto import core, pem, x509

from broker.connectors.esia.signing.gost_curve import (
    SIZE,
    GostPublicKey,
    public_key_of,
    scalar_from,
    signature_of,
    streebog,
)
from broker.foundation.outside import Outside

_PUBLIC_KEY_OID = "1.2.643.7.1.1.1.1"
_SIGNATURE_OID = "1.2.643.7.1.1.3.2"
_CURVE_OID = "1.2.643.2.2.36.0"
_DIGEST_OID = "1.2.643.7.1.1.2.2"
_UNREADABLE = (ValueError, TypeError, KeyError, IndexError)
_DEMO_LIFE = timedelta(days=3650)

CERTIFICATE_NAME = "esia-client.cer"
KEY_NAME = "esia-client.key"


class _KeyParameters(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[list[Any]] = [("curve", core.ObjectIdentifier), ("digest", core.ObjectIdentifier, {"optional": True})]


class _Algorithm(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[list[Any]] = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any, {"optional": True})]


class _PublicKeyInfo(core.Sequence):  # type: ignore[misc]
    # asn1crypto's own structure does not know the GOST algorithm and refuses to read it.
    _fields: ClassVar[list[Any]] = [("algorithm", _Algorithm), ("public_key", core.BitString)]


class _Body(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[list[Any]] = [
        ("version", x509.Version, {"explicit": 0, "default": "v1"}),
        ("serial_number", core.Integer),
        ("signature", _Algorithm),
        ("issuer", x509.Name),
        ("validity", x509.Validity),
        ("subject", x509.Name),
        ("subject_public_key_info", _PublicKeyInfo),
        ("issuer_unique_id", core.OctetBitString, {"implicit": 1, "optional": True}),
        ("subject_unique_id", core.OctetBitString, {"implicit": 2, "optional": True}),
        ("extensions", x509.Extensions, {"explicit": 3, "optional": True}),
    ]


class _Certificate(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[list[Any]] = [("body", _Body), ("algorithm", _Algorithm), ("signature", core.OctetBitString)]


class _PrivateKeyInfo(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[list[Any]] = [("version", core.Integer), ("algorithm", _Algorithm), ("private_key", core.OctetString)]


@dataclass(frozen=True, slots=True)
class DemoCertificate:
    """Where `make_demo_certificate` left its two files."""

    certificate_file: Path
    private_key_file: Path


def der_of(data: bytes, what: str) -> bytes:
    """The DER inside a PEM text, or the data itself when it is DER already.

    Raises:
        ValueError: the PEM armour is broken; the sentence names `what`.
    """
    if not pem.detect(data):
        return data
    try:
        _, _, der = pem.unarmor(data)
    except ValueError as error:
        raise ValueError(f"{what} is not a readable PEM file") from error
    return bytes(der)


@dataclass(frozen=True, slots=True)
class GostPrivateKey:
    """A number of 32 bytes, big-endian, on the curve that an identifier of parameters names. Never shown."""

    curve: str
    number: bytes = field(repr=False)


def gost_public_key_of(certificate_der: bytes) -> GostPublicKey:
    """The key in a certificate: GOST R 34.10-2012, 256 bit, on a curve of CryptoPro (A, B, C, XchA, XchB) or TC 26 (A to D).

    Raises:
        ValueError: no certificate, or its key is another; one sentence that names no file.
    """
    try:
        info = _Certificate.load(certificate_der)["body"]["subject_public_key_info"]
        curve = _curve_of(info["algorithm"])
        bits = info["public_key"].contents[1:]
    except _UNREADABLE as error:
        raise ValueError("no certificate that can be read") from error
    if not curve or len(bits) != 2 * SIZE + 2 or bits[:2] != bytes((4, 2 * SIZE)):
        raise ValueError("no 256 bit GOST R 34.10-2012 key in the certificate")
    # RFC 9215 4.3: both coordinates are little-endian there.
    return GostPublicKey(curve, bytes(reversed(bits[2 : 2 + SIZE])) + bytes(reversed(bits[2 + SIZE :])))


def key_info_of(certificate_der: bytes) -> bytes:
    """The SubjectPublicKeyInfo in a certificate, DER as it stands there (RFC 5280 4.1).

    Raises:
        ValueError: no certificate.
    """
    try:
        return bytes(_Certificate.load(certificate_der)["body"]["subject_public_key_info"].dump())
    except _UNREADABLE as error:
        raise ValueError("no certificate that can be read") from error


def issuer_and_number(certificate_der: bytes) -> tuple[x509.Name, int]:
    """By which name and number a CMS names a certificate (RFC 5652 5.3).

    Raises:
        ValueError: no certificate.
    """
    try:
        body = _Certificate.load(certificate_der)["body"]
        return body["issuer"], body["serial_number"].native
    except _UNREADABLE as error:
        raise ValueError("no certificate that can be read") from error


def validity_of(der: bytes) -> tuple[datetime, datetime]:
    """From when until when a certificate is valid.

    Raises:
        ValueError: no certificate.
    """
    try:
        validity = _Certificate.load(der)["body"]["validity"]
        return validity["not_before"].native, validity["not_after"].native
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError("esia.certificate_file is not a certificate") from error


def private_key_in(data: bytes) -> GostPrivateKey:
    """The private key of a PKCS #8 file, DER or PEM (the file keeps the number little-endian).

    Raises:
        ValueError: not PKCS #8, or not a 256 bit GOST key.
    """
    try:
        info = _PrivateKeyInfo.load(der_of(data, "esia.private_key_file"))
        curve = _curve_of(info["algorithm"])
        octets = bytes(info["private_key"].native)
    except _UNREADABLE as error:
        raise ValueError("esia.private_key_file is not a PKCS #8 key") from error
    if len(octets) == SIZE + 2 and octets[:2] == bytes((4, SIZE)):
        octets = octets[2:]
    if not curve or len(octets) != SIZE:
        raise ValueError("esia.private_key_file holds no 256 bit GOST R 34.10-2012 key")
    return GostPrivateKey(curve, octets[::-1])


def read_certificate(file: Path, setting: str = "esia.certificate_file") -> bytes:
    """The DER of a certificate file, DER or PEM, with a GOST key.

    Raises:
        ValueError: it cannot be read or understood; the sentence names `setting`.
    """
    der = der_of(read_bytes(file, setting), setting)
    try:
        gost_public_key_of(der)
    except ValueError as error:
        raise ValueError(f"{setting} holds {error}") from error
    return der


def read_private_key(file: Path, setting: str = "esia.private_key_file") -> GostPrivateKey:
    """The key of a PKCS #8 file.

    Raises:
        ValueError: it cannot be read or understood.
    """
    return private_key_in(read_bytes(file, setting))


def make_demo_certificate(directory: Path, outside: Outside, name: str = "SCHOOL_SIGNIN") -> DemoCertificate:
    """Make a self-signed GOST certificate (DER) and its key (PKCS #8 PEM, mode 600) in `directory`. For demo and tests only."""
    directory.mkdir(parents=True, exist_ok=True)
    private_key = scalar_from(outside.random, _CURVE_OID)
    der = _self_signed(private_key, name, outside)
    made = DemoCertificate(directory / CERTIFICATE_NAME, directory / KEY_NAME)
    made.certificate_file.write_bytes(der)
    key = _PrivateKeyInfo({"version": 0, "algorithm": _key_algorithm(), "private_key": private_key[::-1]})
    descriptor = os.open(made.private_key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem.armor("PRIVATE KEY", key.dump()))
    return made


def _self_signed(private_key: bytes, name: str, outside: Outside) -> bytes:
    point = public_key_of(private_key, _CURVE_OID).point
    bits = bytes((4, 2 * SIZE)) + point[:SIZE][::-1] + point[SIZE:][::-1]
    begins_at = outside.now().replace(microsecond=0)
    subject = x509.Name.build({"country_name": "RU", "organization_name": "Учебный стенд", "common_name": name})
    body = _Body(
        {
            "version": "v3",
            "serial_number": int.from_bytes(outside.random(16), "big") >> 1,
            "signature": _Algorithm({"algorithm": _SIGNATURE_OID}),
            "issuer": subject,
            "validity": x509.Validity(
                {
                    "not_before": x509.Time(name="general_time", value=begins_at - timedelta(days=1)),
                    "not_after": x509.Time(name="general_time", value=begins_at + _DEMO_LIFE),
                }
            ),
            "subject": subject,
            "subject_public_key_info": _public_key_info(bits),
            "extensions": _extensions(streebog(bits)[:20]),
        }
    )
    signature = signature_of(body.dump(), private_key, _CURVE_OID, outside.random)
    algorithm = _Algorithm({"algorithm": _SIGNATURE_OID})
    return bytes(_Certificate({"body": body, "algorithm": algorithm, "signature": signature}).dump())


def _curve_of(algorithm: _Algorithm) -> str:
    """The identifier of the curve; "" when the algorithm is another."""
    if algorithm["algorithm"].native != _PUBLIC_KEY_OID:
        return ""
    return str(algorithm["parameters"].parse(_KeyParameters)["curve"].native)


def _key_algorithm() -> _Algorithm:
    return _Algorithm(
        {"algorithm": _PUBLIC_KEY_OID, "parameters": _KeyParameters({"curve": _CURVE_OID, "digest": _DIGEST_OID})}
    )


def _public_key_info(bits: bytes) -> _PublicKeyInfo:
    whole = core.OctetBitString(bits)
    return _PublicKeyInfo({"algorithm": _key_algorithm(), "public_key": core.BitString.load(whole.dump())})


def _extensions(key_identifier: bytes) -> x509.Extensions:
    return x509.Extensions(
        [
            {"extn_id": "basic_constraints", "critical": True, "extn_value": {"ca": False}},
            {"extn_id": "key_usage", "critical": True, "extn_value": {"digital_signature"}},
            {"extn_id": "key_identifier", "critical": False, "extn_value": key_identifier},
        ]
    )


def read_bytes(file: Path, setting: str) -> bytes:
    """A file of the operator's. Raises ValueError, one sentence that names `setting`."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise ValueError(f"{setting} cannot be read") from error

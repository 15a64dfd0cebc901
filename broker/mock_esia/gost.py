"""Streebog and GOST R 34.10-2012, as far as requests and tokens need them.

Byte orders, checked against OpenSSL's engine: the digest is a little-endian number, the signature on the wire is s||r with
both halves big-endian, and a certificate holds its point as little-endian X and Y.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import core, x509
from gostcrypto import gosthash, gostsignature
from gostcrypto.gostsignature.gost_34_10_2012 import GOST34102012

SIGNATURE_SIZE = 64
KEY_ALGORITHM = "1.2.643.7.1.1.1.1"
STREEBOG_256 = "1.2.643.7.1.1.2.2"
# CryptoPro-XchA, the curve of ESIA's own certificate; the same curve as CryptoPro-A and TC 26's set B.
USUAL_CURVE = "1.2.643.2.2.36.0"
_HALF = 32
_SET_A, _SET_B, _SET_C, _SET_D = (f"id-tc26-gost-3410-2012-256-paramSet{letter}" for letter in "ABCD")
# CryptoPro's curves have two names each (for signatures and for exchange), and TC 26 gave them a third.
_CURVES = {
    "1.2.643.7.1.2.1.1.1": _SET_A,
    "1.2.643.2.2.35.1": _SET_B, "1.2.643.2.2.36.0": _SET_B, "1.2.643.7.1.2.1.1.2": _SET_B,
    "1.2.643.2.2.35.2": _SET_C, "1.2.643.7.1.2.1.1.3": _SET_C,
    "1.2.643.2.2.35.3": _SET_D, "1.2.643.2.2.36.1": _SET_D, "1.2.643.7.1.2.1.1.4": _SET_D,
}  # fmt: skip


class _Algorithm(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any)]  # noqa: RUF012 - asn1crypto's own form


class _Parameters(core.SequenceOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = core.ObjectIdentifier


class _KeyInfo(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("algorithm", _Algorithm), ("public_key", core.BitString)]  # noqa: RUF012 - asn1crypto's own form


class _Verifier(GOST34102012):  # type: ignore[misc]  # gostcrypto has no types
    """The library, but points are added with Python's own inverse: the library's is most of the time of a sign-in."""

    def _add(self, x_1: int, x_2: int, y_1: int, y_2: int) -> tuple[int, int]:
        if (x_1, y_1) == (x_2, y_2):
            rise, run = 3 * x_1 * x_1 + self._a, 2 * y_1
        else:
            rise, run = y_2 - y_1, x_2 - x_1
        slope = rise * pow(run, -1, self._p) % self._p
        x_3 = (slope * slope - x_1 - x_2) % self._p
        return x_3, (slope * (x_1 - x_3) - y_1) % self._p


@dataclass(frozen=True, slots=True)
class RegisteredCertificate:
    """A GOST certificate: `hash` is upper hex Streebog-256 of the DER, `point` is big-endian X||Y on the curve of that OID."""

    hash: str
    point: bytes
    ends_at: datetime
    curve: str = USUAL_CURVE


def streebog(message: bytes) -> bytes:
    """Streebog-256 (GOST R 34.11-2012), 32 bytes."""
    return bytes(gosthash.new("streebog256", data=bytearray(message)).digest())


def registered(der: bytes) -> RegisteredCertificate:
    """Read a GOST certificate. Raises ValueError, in one sentence, for anything but a 256-bit GOST key on a known curve."""
    try:
        certificate = x509.Certificate.load(der, strict=True)["tbs_certificate"]
        info = _KeyInfo.load(certificate["subject_public_key_info"].dump())
        algorithm = info["algorithm"]["algorithm"].dotted
        curve = info["algorithm"]["parameters"].parse(_Parameters)[0].dotted
        octets = bytes(info["public_key"].cast(core.OctetBitString).native)
        ends_at = certificate["validity"]["not_after"].native
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as wrong:
        raise ValueError("a client certificate of mock ESIA is not a GOST certificate in DER") from wrong
    if algorithm != KEY_ALGORITHM or curve not in _CURVES or octets[:2] != b"\x04\x40" or len(octets) != 66:
        raise ValueError("a client certificate of mock ESIA must hold a GOST R 34.10-2012 key of 256 bits on a known curve")
    point = octets[2:34][::-1] + octets[34:][::-1]
    return RegisteredCertificate(streebog(der).hex().upper(), point, ends_at, curve)


def signature_fits(point: bytes, message: bytes, signature: bytes, curve: str = USUAL_CURVE) -> bool:
    """Whether `signature` (64 bytes, s||r) over `message` was made by the key of `point`."""
    if len(signature) != SIGNATURE_SIZE:
        return False
    as_rs = signature[_HALF:] + signature[:_HALF]
    try:
        return bool(_engine(curve).verify(bytearray(point), bytearray(streebog(message)[::-1]), bytearray(as_rs)))
    except ValueError:
        # The sum is the point at infinity, which has no x to compare (GOST R 34.10-2012, 6.2).
        return False


def new_private_key() -> bytes:
    """A number between 0 and the order of the usual curve, big-endian."""
    order = int(gostsignature.CURVES_R_1323565_1_024_2019[_CURVES[USUAL_CURVE]]["q"])
    return (secrets.randbelow(order - 1) + 1).to_bytes(_HALF, "big")


def public_point(private_key: bytes) -> bytes:
    """Big-endian X||Y on the usual curve."""
    return bytes(_engine(USUAL_CURVE).public_key_generate(bytearray(private_key)))


def signature_of(private_key: bytes, message: bytes) -> bytes:
    """64 bytes, s||r, on the usual curve. Pure Python: good for a stand, not for a secret worth keeping."""
    made = bytes(_engine(USUAL_CURVE).sign(bytearray(private_key), bytearray(streebog(message)[::-1])))
    return made[_HALF:] + made[:_HALF]


def _engine(curve: str) -> _Verifier:
    return _Verifier(gostsignature.MODE_256, gostsignature.CURVES_R_1323565_1_024_2019[_CURVES[curve]])

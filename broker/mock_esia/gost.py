"""Streebog and GOST R 34.10-2012, as far as requests and tokens need them.

Byte orders, checked against OpenSSL's engine: the digest is a little-endian number, the signature on the wire is s||r with
both halves big-endian, and a certificate holds its point as little-endian X and Y.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import core, x509
from gostcrypto import gosthash, gostsignature
from gostcrypto.gostsignature.gost_34_10_2012 import GOST34102012

from broker.mock_esia.gost_points import Affine, Curve

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


class _Engine(GOST34102012):  # type: ignore[misc]  # gostcrypto has no types
    """The library, but with our products: its own are most of the time of a signature."""

    def _mul_point(self, mul_value: int, x_op: int = -1, y_op: int = -1) -> Affine:
        base: Affine = (x_op, y_op) if x_op > 0 and y_op > 0 else (self._x, self._y)
        found = Curve(self._p, self._a).sum_of_products(mul_value, base, 0, base)
        if found is None:
            raise ValueError("a multiple of the order of the curve is no key and no number of a signature")
        return found


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
    s, r = _number(signature[:_HALF]), _number(signature[_HALF:])
    return numbers_fit(_parameters(curve), (_number(point[:_HALF]), _number(point[_HALF:])), streebog(message)[::-1], r, s)


def numbers_fit(curve: Mapping[str, int], point: Affine, digest: bytes, r: int, s: int) -> bool:
    """Whether r and s are a signature by the key of `point` over a digest, big-endian (GOST R 34.10-2012, 6.2)."""
    q = curve["q"]
    if not (0 < r < q and 0 < s < q):
        return False
    inverse = pow(_number(digest) % q or 1, -1, q)
    of_base, of_point = s * inverse % q, (q - r) * inverse % q
    found = Curve(curve["p"], curve["a"]).sum_of_products(of_base, (curve["x"], curve["y"]), of_point, point)
    # The point at infinity has no x to compare.
    return found is not None and found[0] % q == r


def new_private_key() -> bytes:
    """A number between 0 and the order of the usual curve, big-endian."""
    return (secrets.randbelow(_parameters(USUAL_CURVE)["q"] - 1) + 1).to_bytes(_HALF, "big")


def public_point(private_key: bytes) -> bytes:
    """Big-endian X||Y on the usual curve."""
    return bytes(_engine(USUAL_CURVE).public_key_generate(bytearray(private_key)))


def signature_of(private_key: bytes, message: bytes) -> bytes:
    """64 bytes, s||r, on the usual curve. Pure Python: good for a stand, not for a secret worth keeping."""
    made = bytes(_engine(USUAL_CURVE).sign(bytearray(private_key), bytearray(streebog(message)[::-1])))
    return made[_HALF:] + made[:_HALF]


def _engine(curve: str) -> _Engine:
    return _Engine(gostsignature.MODE_256, _parameters(curve))


def _parameters(curve: str) -> Mapping[str, int]:
    found: Mapping[str, int] = gostsignature.CURVES_R_1323565_1_024_2019[_CURVES[curve]]
    return found


def _number(octets: bytes) -> int:
    return int.from_bytes(octets, "big")

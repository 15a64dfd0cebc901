"""GOST R 34.10-2012 in pure Python, for the demo and for tests only (docs/decisions/0004-gost-in-pure-python.md).

It is not constant-time and no certified cryptography: a production installation signs with a certified device behind `Signer`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from gostcrypto import gosthash, gostsignature
from gostcrypto.gostsignature.gost_34_10_2012 import GOST34102012

# id-tc26-gost-3410-2012-256-paramSetB is the curve of CryptoPro-A and CryptoPro-XchA, the one ESIA itself uses.
_CURVE: dict[str, int] = gostsignature.CURVES_R_1323565_1_024_2019["id-tc26-gost-3410-2012-256-paramSetB"]
_SIZE = 32


def streebog(data: bytes) -> bytes:
    """GOST R 34.11-2012, 256 bit: 32 bytes."""
    found: bytearray = gosthash.new("streebog256", data=data).digest()
    return bytes(found)


def certificate_hash(der: bytes) -> str:
    """ESIA's `client_certificate_hash`: upper-case hex of Streebog-256 over the DER certificate, not over the PEM text."""
    return streebog(der).hex().upper()


def private_key_from(random: Callable[[int], bytes]) -> bytes:
    """A fresh private key: 32 bytes, big-endian, between 1 and q - 1."""
    return _scalar_from(random)


def public_key_of(private_key: bytes) -> bytes:
    """The point of a private key: x then y, 32 bytes each, big-endian."""
    return bytes(_engine().public_key_generate(bytearray(private_key)))


def signature_is_right(data: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether `signature` (s then r) over `data` was made by the holder of `public_key`; used by tests and our own start."""
    if len(signature) != 2 * _SIZE:
        return False
    swapped = bytearray(signature[_SIZE:] + signature[:_SIZE])
    return bool(_engine().verify(bytearray(public_key), _digest(data), swapped))


class PurePythonSigner:
    """The demo signer.

    Raises:
        ValueError: at construction, when the key is not the one in the certificate.
    """

    def __init__(self, der: bytes, keys: tuple[bytes, bytes], random: Callable[[int], bytes]):
        """`keys` are our private key and the public key read from the certificate; `random` is the outside's."""
        private_key, certified = keys
        if not hmac.compare_digest(public_key_of(private_key), certified):
            raise ValueError("esia.private_key_file does not belong to esia.certificate_file")
        self._private_key = private_key
        self._random = random
        self.certificate_hash = certificate_hash(der)

    def __repr__(self) -> str:
        return "PurePythonSigner(...)"

    def sign_raw(self, data: bytes) -> bytes:
        """See `Signer.sign_raw`. About 5 ms."""
        # The library wipes the key it is given, hence a copy; and it would read the system's random source by itself.
        key, once = bytearray(self._private_key), bytearray(_scalar_from(self._random))
        signature = bytes(_engine().sign(key, _digest(data), once))
        return signature[_SIZE:] + signature[:_SIZE]


class _Engine(GOST34102012):  # type: ignore[misc]  # gostcrypto has no types
    """The library, but with points in Jacobian coordinates: one inversion a product instead of four hundred."""

    def _mul_point(self, mul_value: int, x_op: int = -1, y_op: int = -1) -> tuple[int, int]:
        base: tuple[int, int] = (x_op, y_op) if x_op > 0 and y_op > 0 else (self._x, self._y)
        x, y, z, p = base[0], base[1], 1, self._p
        for bit in f"{mul_value:b}"[1:]:
            x, y, z = self._doubled(x, y, z)
            if bit == "1":
                x, y, z = self._with_base((x, y, z), base)
        # By Fermat: 0, which no signature fits, where there is no inverse.
        inverse = pow(z, p - 2, p)
        square = inverse * inverse % p
        return x * square % p, y * square * inverse % p

    def _doubled(self, x: int, y: int, z: int) -> tuple[int, int, int]:
        p, y2, z2 = self._p, y * y % self._p, z * z % self._p
        s, m = 4 * x * y2 % p, (3 * x * x + self._a * z2 * z2) % p
        doubled = (m * m - 2 * s) % p
        return doubled, (m * (s - doubled) - 8 * y2 * y2) % p, 2 * y * z % p

    def _with_base(self, point: tuple[int, int, int], base: tuple[int, int]) -> tuple[int, int, int]:
        (x, y, z), p = point, self._p
        z2 = z * z % p
        h, r = (base[0] * z2 - x) % p, (base[1] * z2 * z - y) % p
        h2 = h * h % p
        h3, v = h2 * h % p, x * h2 % p
        added = (r * r - h3 - 2 * v) % p
        return added, (r * (v - added) - y * h3) % p, z * h % p


def _digest(data: bytes) -> bytearray:
    # OpenSSL and ESIA read the digest as a little-endian number, the library as a big-endian one.
    return bytearray(reversed(streebog(data)))


def _scalar_from(random: Callable[[int], bytes]) -> bytes:
    # 16 bytes more than needed make the bias of the remainder negligible (as in FIPS 186-5 A.4.1).
    number = int.from_bytes(random(_SIZE + 16), "big") % (_CURVE["q"] - 1) + 1
    return number.to_bytes(_SIZE, "big")


def _engine() -> Any:
    return _Engine(gostsignature.MODE_256, _CURVE)

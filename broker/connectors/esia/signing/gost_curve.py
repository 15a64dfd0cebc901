"""The curves of GOST R 34.10-2012 (256 bit) and the arithmetic on them, in pure Python (docs/decisions/0004).

Byte orders, checked against OpenSSL's engine: the digest is a little-endian number; a signature is s then r and a point x then y,
32 bytes each, big-endian.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gostcrypto import gosthash, gostsignature
from gostcrypto.gostsignature.gost_34_10_2012 import GOST34102012

SIZE = 32
"""Bytes of a coordinate, of a private key and of each half of a signature."""

_TC26 = "id-tc26-gost-3410-2012-256-paramSet"
# RFC 9215 appendix B, RFC 4357 10.8: several names stand for one curve. ESIA's own certificates have CryptoPro-XchA.
_CURVE_LETTERS: Mapping[str, str] = {
    "1.2.643.7.1.2.1.1.1": "A",
    "1.2.643.7.1.2.1.1.2": "B",
    "1.2.643.7.1.2.1.1.3": "C",
    "1.2.643.7.1.2.1.1.4": "D",
    "1.2.643.2.2.35.1": "B",
    "1.2.643.2.2.35.2": "C",
    "1.2.643.2.2.35.3": "D",
    "1.2.643.2.2.36.0": "B",
    "1.2.643.2.2.36.1": "D",
}


@dataclass(frozen=True, slots=True)
class GostPublicKey:
    """A point, x then y, on the curve that an identifier of parameters names."""

    curve: str
    point: bytes

    def __post_init__(self) -> None:
        if self.curve not in _CURVE_LETTERS:
            raise ValueError("the curve of the GOST key is not known")
        if len(self.point) != 2 * SIZE or not _is_on_curve(self):
            raise ValueError("the point of the GOST key is not on its curve")


def streebog(data: bytes) -> bytes:
    """GOST R 34.11-2012, 256 bit: 32 bytes."""
    found: bytearray = gosthash.new("streebog256", data=data).digest()
    return bytes(found)


def scalar_from(random: Callable[[int], bytes], curve: str) -> bytes:
    """A private key or the number of one signature: 32 bytes, big-endian, between 1 and q - 1."""
    # 16 bytes more than needed make the bias of the remainder negligible (as in FIPS 186-5 A.4.1).
    number = int.from_bytes(random(SIZE + 16), "big") % (_parameters(curve)["q"] - 1) + 1
    return number.to_bytes(SIZE, "big")


def public_key_of(private_key: bytes, curve: str) -> GostPublicKey:
    """The public half of a private key of 32 bytes, big-endian.

    Raises:
        ValueError: the number is 0 or not smaller than q.
    """
    if not 0 < int.from_bytes(private_key, "big") < _parameters(curve)["q"]:
        raise ValueError("the private GOST key is out of range")
    return GostPublicKey(curve, bytes(_arithmetic(curve).public_key_generate(bytearray(private_key))))


def signature_of(data: bytes, private_key: bytes, curve: str, random: Callable[[int], bytes]) -> bytes:
    """Sign data: 64 bytes, s then r. About 3 ms."""
    # The library wipes the key it is given, hence a copy; and it would read the system's random source by itself.
    key, once = bytearray(private_key), bytearray(scalar_from(random, curve))
    made = bytes(_arithmetic(curve).sign(key, _digest(data), once))
    return made[SIZE:] + made[:SIZE]


def is_signature_of(data: bytes, signature: bytes, public_key: GostPublicKey) -> bool:
    """Whether `signature` (s then r) over `data` was made by the holder of `public_key` (GOST R 34.10-2012, 6.2). About 5 ms."""
    if len(signature) != 2 * SIZE:
        return False
    swapped = bytearray(signature[SIZE:] + signature[:SIZE])
    try:
        return bool(_arithmetic(public_key.curve).verify(bytearray(public_key.point), _digest(data), swapped))
    except (ValueError, ArithmeticError):
        # The sum is the point at infinity, which has no x to compare.
        return False


class Arithmetic(GOST34102012):  # type: ignore[misc]  # gostcrypto has no types
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


def _is_on_curve(key: GostPublicKey) -> bool:
    found, x, y = _parameters(key.curve), int.from_bytes(key.point[:SIZE], "big"), int.from_bytes(key.point[SIZE:], "big")
    p = found["p"]
    return max(x, y) < p and (y * y - (x * x * x + found["a"] * x + found["b"])) % p == 0


def _parameters(curve: str) -> Mapping[str, int]:
    found: Mapping[str, int] = gostsignature.CURVES_R_1323565_1_024_2019[_TC26 + _CURVE_LETTERS[curve]]
    return found


@cache
def _arithmetic(curve: str) -> Any:
    # It holds the parameters only and checks them whenever it is made, which takes a third of a millisecond.
    return Arithmetic(gostsignature.MODE_256, _parameters(curve))

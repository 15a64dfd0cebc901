"""The sum of two products of points and numbers, which checking a signature is (GOST R 34.10-2012, 6.2).

Both products are made in one walk along the bits of both numbers (Shamir's trick), in Jacobian coordinates: one inversion in all.
"""

from __future__ import annotations

from dataclasses import dataclass

Affine = tuple[int, int]
_Jacobian = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ + ax + b modulo p, a prime; b is in none of the formulas."""

    p: int
    a: int

    def sum_of_products(self, first: int, one: Affine, second: int, other: Affine) -> Affine | None:
        """`first`·`one` + `second`·`other`, for points on the curve and numbers of 0 or more; None for the point at infinity."""
        both = self._affine(self._plus((*one, 1), other))
        bits = max(first.bit_length(), second.bit_length())
        point = _INFINITY
        for place in range(bits - 1, -1, -1):
            point = self._twice(point)
            in_first, in_second = first >> place & 1, second >> place & 1
            step = both if in_first and in_second else one if in_first else other if in_second else None
            if step is not None:
                point = self._plus(point, step)
        return self._affine(point)

    def _twice(self, point: _Jacobian) -> _Jacobian:
        (x, y, z), p = point, self.p
        square = y * y % p
        chord, slope = 4 * x * square % p, (3 * x * x + self.a * pow(z, 4, p)) % p
        doubled = (slope * slope - 2 * chord) % p
        return doubled, (slope * (chord - doubled) - 8 * square * square) % p, 2 * y * z % p

    def _plus(self, point: _Jacobian, added: Affine) -> _Jacobian:
        (x, y, z), p = point, self.p
        if z == 0:
            return *added, 1
        square = z * z % p
        run, rise = (added[0] * square - x) % p, (added[1] * square * z - y) % p
        if run == 0:
            return _INFINITY if rise else self._twice(point)
        run_2 = run * run % p
        run_3, middle = run_2 * run % p, x * run_2 % p
        found = (rise * rise - run_3 - 2 * middle) % p
        return found, (rise * (middle - found) - y * run_3) % p, z * run % p

    def _affine(self, point: _Jacobian) -> Affine | None:
        (x, y, z), p = point, self.p
        if z == 0:
            return None
        inverse = pow(z, -1, p)
        square = inverse * inverse % p
        return x * square % p, y * square * inverse % p

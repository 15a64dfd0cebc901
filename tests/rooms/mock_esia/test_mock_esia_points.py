"""The mock's sums of points against a library's, on the curve of ESIA's certificates, and where a library leaves edges out."""

from __future__ import annotations

import pytest
from gostcrypto import gostsignature
from gostcrypto.gostsignature.gost_34_10_2012 import GOST34102012
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.mock_esia.gost_points import Affine, Curve

PARAMETERS = gostsignature.CURVES_R_1323565_1_024_2019["id-tc26-gost-3410-2012-256-paramSetB"]
LIBRARY = GOST34102012(gostsignature.MODE_256, PARAMETERS)
CURVE = Curve(PARAMETERS["p"], PARAMETERS["a"])
BASE: Affine = (PARAMETERS["x"], PARAMETERS["y"])
OPPOSITE: Affine = (BASE[0], PARAMETERS["p"] - BASE[1])
ORDER = PARAMETERS["q"]
SEVENTH: Affine = LIBRARY._mul_point(7)


@settings(max_examples=20)
@given(st.integers(1, ORDER - 1), st.integers(1, ORDER - 1))
def test_a_sum_of_products_is_that_of_the_library(first: int, second: int) -> None:
    one, other = LIBRARY._mul_point(first), LIBRARY._mul_point(second, *SEVENTH)

    assert LIBRARY._add(one[0], other[0], one[1], other[1]) == CURVE.sum_of_products(first, BASE, second, SEVENTH)


@pytest.mark.parametrize(
    ("first", "second", "other", "same_as"),
    [
        (1, 0, SEVENTH, 1),
        (0, 1, SEVENTH, 7),
        (0, 0, SEVENTH, 0),
        (2, 3, BASE, 5),
        (1, 1, BASE, 2),
        (5, 2, OPPOSITE, 3),
        (1, 1, OPPOSITE, 0),
        (9, 9, OPPOSITE, 0),
        (14, 2, SEVENTH, 28),
        (ORDER - 7, 1, SEVENTH, 0),
        (ORDER, 0, SEVENTH, 0),
        (ORDER + 3, 0, SEVENTH, 3),
    ],
)
def test_points_that_meet_and_cancel_each_other(first: int, second: int, other: Affine, same_as: int) -> None:
    expected = LIBRARY._mul_point(same_as) if same_as else None

    assert expected == CURVE.sum_of_products(first, BASE, second, other)

"""Rates are exact, however large: each share is a whole number, rounded once on the sum."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.earning.rounding import spread
from loyalty.types import Rounding

ROUNDED = {
    Rounding.FLOOR: math.floor,
    Rounding.HALF_UP: lambda exact: math.floor(exact + Fraction(1, 2)),
    Rounding.CEILING: math.ceil,
}


class TestSpread:
    @pytest.mark.parametrize("rounding", Rounding)
    @given(
        numerators=st.lists(st.integers(0, 10**18), min_size=1, max_size=6),
        denominator=st.integers(1, 10**9),
    )
    def test_adds_up_to_the_rounded_sum_of_the_exact_shares(
        self, rounding, numerators, denominator
    ):
        shares = spread(numerators, denominator, rounding)

        exact = [Fraction(numerator, denominator) for numerator in numerators]
        assert sum(shares) == ROUNDED[rounding](sum(exact))
        assert all(abs(share - part) < 1 for share, part in zip(shares, exact, strict=True))

    def test_knows_no_floats(self):
        assert spread([49, 0], 49, Rounding.FLOOR) == [1, 0]
        assert spread([10**17 + 1, 0], 1, Rounding.FLOOR) == [10**17 + 1, 0]

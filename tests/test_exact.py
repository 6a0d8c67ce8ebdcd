"""Comparisons at the limit itself: decided by the decimals that were typed, not by their binary neighbours."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edukit.exact import HAIR, at_least, ceiling, close, fraction


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0.1, "1/10"), (4.2, "21/5"), (2000.0, "2000"), (1e-7, "1/10000000"), (1.5e22, "15000000000000000000000")],
)
def test_a_number_is_its_decimal(number: float, expected: str) -> None:
    assert fraction(number) == Fraction(expected)


def test_numpy_numbers_too() -> None:
    assert fraction(np.float64(0.3)) == fraction(np.int64(3)) / 10 == Fraction(3, 10)


def test_unknown_has_no_fraction() -> None:
    with pytest.raises(ValueError):
        fraction(math.nan)


def test_only_a_hair_is_close() -> None:
    values = np.array([4.2, 4.2 * (1 + HAIR / 2), 4.2 * (1 + 2 * HAIR), 4.199, math.nan])
    assert close(values, 4.2).tolist() == [True, True, False, False, False]


def test_float_error_does_not_decide() -> None:
    one_ulp_low = math.nextafter(4.2, 0)
    asked: list[int] = []

    def exact(near: NDArray[np.intp]) -> list[Fraction]:
        asked.extend(near.tolist())
        return [[Fraction(21, 5), Fraction(41999999999, 10**10)][i] for i in near]

    values = np.array([one_ulp_low, math.nextafter(4.2, 9), 4.3, 4.1])
    assert at_least(values, 4.2, exact).tolist() == [True, False, True, False]
    assert asked == [0, 1]  # far from the limit nothing is decided twice


def test_unknown_never_reaches_a_limit() -> None:
    def exact(near: NDArray[np.intp]) -> list[Fraction]:
        raise AssertionError(near)

    assert not at_least(np.array([math.nan, -math.inf]), 1.0, exact).any()
    assert not at_least(np.array([1.0, math.inf]), math.nan, exact).any()


@given(st.fractions(min_value=0, max_value=10**6, max_denominator=10**6))
def test_the_ceiling_is_exact(amount: Fraction) -> None:
    assert ceiling(float(amount), lambda: amount) == math.ceil(amount)


@pytest.mark.parametrize(
    ("need", "amount", "expected"),
    [
        (21.000000000000004, Fraction(21), 21),
        (20.999999999999996, Fraction(21), 21),
        (21.0, Fraction(21) + Fraction(1, 10**15), 22),
        (0.0, Fraction(0), 0),
        (0.3, Fraction(3, 10), 1),
    ],
)
def test_nearly_whole_needs(need: float, amount: Fraction, expected: int) -> None:
    assert ceiling(need, lambda: amount) == expected

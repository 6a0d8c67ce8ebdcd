"""The coefficient of variation: the published example, the wrong conventions, and what must always hold."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edukit.dispersion import coefficient, contributions, exact_square, spread

PUPILS = [45, 37, 89, 76, 55]
BOOKS = [279, 137, 935, 160, 402]

schools = st.lists(st.tuples(st.floats(0.01, 1e6), st.integers(1, 6000)), min_size=1, max_size=12)
"""Resource and pupils of each school."""


def split(pairs: list[tuple[float, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([x for x, _ in pairs]), np.array([n for _, n in pairs], dtype=float)


def test_the_worked_example() -> None:
    books = spread(BOOKS, PUPILS)
    assert (books.n_units[0], books.pupils[0], books.unknown[0, 0]) == (5, 302, 0)
    assert books.mean[0, 0] == pytest.approx(1913 / 302, rel=1e-15)
    assert books.sd[0, 0] == pytest.approx(3.263861, abs=5e-7)
    assert books.cv[0, 0] == pytest.approx(0.515257, abs=5e-7)


@pytest.mark.parametrize(("convention", "ddof", "value"), [("总体", 0, 0.488771), ("样本", 1, 0.546462)])
def test_unweighted_conventions_would_be_seen(convention: str, ddof: int, value: float) -> None:
    ratios = np.array(BOOKS) / np.array(PUPILS)
    wrong = ratios.std(ddof=ddof) / ratios.mean()
    assert wrong == pytest.approx(value, abs=5e-7), convention
    assert abs(coefficient(BOOKS, PUPILS) - wrong) > 0.02


def test_the_mean_is_the_ratio_of_sums() -> None:
    assert spread([1000, 10], [100, 10]).mean[0, 0] == 1010 / 110  # the mean of the ratios would be 5.5


def test_one_school_is_perfectly_equal() -> None:
    assert coefficient([123.4], [56]) == 0


@given(schools, st.floats(0.001, 1000))
def test_the_unit_of_the_resource_does_not_matter(pairs: list[tuple[float, int]], factor: float) -> None:
    x, n = split(pairs)
    assert coefficient(x * factor, n) == pytest.approx(coefficient(x, n), rel=1e-9, abs=1e-12)


@given(schools, st.integers(2, 4))
def test_a_county_twice_is_as_unequal_as_once(pairs: list[tuple[float, int]], times: int) -> None:
    x, n = split(pairs)
    assert coefficient(np.tile(x, times), np.tile(n, times)) == pytest.approx(coefficient(x, n), rel=1e-9, abs=1e-12)


@given(schools)
def test_a_school_cut_in_two_equal_halves_changes_nothing(pairs: list[tuple[float, int]]) -> None:
    x, n = split(pairs)
    halved = coefficient([x[0] / 2, x[0] / 2, *x[1:]], [n[0] / 2, n[0] / 2, *n[1:]])
    assert halved == pytest.approx(coefficient(x, n), rel=1e-9, abs=1e-12)


@given(st.lists(st.integers(1, 6000), min_size=1, max_size=12), st.floats(0.01, 1e4))
def test_equal_shares_give_zero(pupils: list[int], share: float) -> None:
    assert coefficient([share * n for n in pupils], pupils) == pytest.approx(0, abs=1e-12)


@given(schools, st.randoms(use_true_random=False))
def test_order_never_matters(pairs: list[tuple[float, int]], random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    before, after = spread(*split(pairs)), spread(*split(shuffled))
    for name in ("mean", "sd", "cv"):
        assert getattr(after, name)[0, 0] == pytest.approx(getattr(before, name)[0, 0], rel=1e-9, abs=1e-12)


@given(schools)
def test_contributions_add_up_to_the_square(pairs: list[tuple[float, int]]) -> None:
    x, n = split(pairs)
    parts = contributions(x, n)
    assert (parts >= 0).all()
    assert parts.sum() == pytest.approx(coefficient(x, n) ** 2, rel=1e-9, abs=1e-15)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 6000)), min_size=1, max_size=12))
def test_the_exact_square_is_the_square(pairs: list[tuple[int, int]]) -> None:
    x, n = split(pairs)
    assume(x.sum() > 0)
    square = exact_square(x, n)
    assert isinstance(square, Fraction)
    assert square >= 0
    assert float(square) == pytest.approx(coefficient(x, n) ** 2, rel=1e-9, abs=1e-14)


def test_the_exact_square_takes_decimals_as_typed() -> None:
    assert exact_square([0.1, 0.3], [1, 1]) == Fraction(1, 4)  # 0.1 ± 0.2 around 0.2: CV exactly 0.5


@given(schools, st.integers(0, 11))
def test_one_unknown_school_makes_the_county_unknown(pairs: list[tuple[float, int]], place: int) -> None:
    x, n = split(pairs)
    x[place % len(x)] = np.nan
    result = spread(x, n)
    assert result.unknown[0, 0] == 1
    assert np.isnan([result.mean[0, 0], result.sd[0, 0], result.cv[0, 0]]).all()
    assert np.isnan(contributions(x, n)).all()


def test_unknown_pupils_leave_the_group_unknown_but_not_its_neighbour() -> None:
    result = spread([10, 20, 30, 40], [1, np.nan, 3, 5], [0, 0, 1, 1], 2)
    assert np.isnan(result.cv[0, 0])
    assert result.cv[1, 0] == pytest.approx(coefficient([30, 40], [3, 5]), rel=1e-15)


def test_an_unknown_indicator_leaves_the_others_known() -> None:
    resources = np.array([[1.0, np.nan], [3.0, 4.0]])
    result = spread(resources, [1, 1])
    assert result.cv[0, 0] == 0.5
    assert np.isnan(result.cv[0, 1])


def test_nothing_anywhere_has_no_coefficient() -> None:
    result = spread([0, 0, 0], [10, 20, 30])
    assert (result.mean[0, 0], result.sd[0, 0], result.unknown[0, 0]) == (0, 0, 0)
    assert math.isnan(result.cv[0, 0])
    assert math.isnan(coefficient([0, 0], [1, 1]))


def test_a_mean_below_zero_has_no_coefficient() -> None:
    """A resource below zero is a contradiction in the data; the coefficient would be below every limit."""
    assert math.isnan(coefficient([-5.0, 1.0], [1, 1]))
    assert all(math.isnan(part) for part in contributions([-5.0, 1.0], [1, 1]))


def test_a_school_without_any_counts() -> None:
    assert coefficient([0, 10], [5, 5]) == 1
    assert coefficient([10], [5]) == 0  # leaving that school out would hide all inequality


def test_groups_are_kept_apart() -> None:
    pupils = [45, 10, 37, 89, 20, 76, 55]
    books = [279, 1, 137, 935, 2, 160, 402]
    result = spread(books, pupils, [0, 1, 0, 0, 1, 0, 0], 3)
    assert result.n_units.tolist() == [5, 2, 0]
    assert result.cv[0, 0] == pytest.approx(0.515257, abs=5e-7)
    assert result.cv[1, 0] == 0
    assert math.isnan(result.cv[2, 0])

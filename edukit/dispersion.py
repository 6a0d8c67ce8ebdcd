r"""How unequal schools are: the enrolment-weighted coefficient of variation (差异系数) and what it is made of.

With pupils :math:`n_i` and resource total :math:`x_i` of school i, :math:`N = \sum n_i`:

.. math::

    r_i = x_i / n_i, \quad X = \sum x_i / N, \quad
    S = \sqrt{\sum \frac{n_i}{N} (r_i - X)^2}, \quad CV = S / X

The weights sum to one (population form, no k - 1). Source: 县域义务教育校际均衡指标计算方法（以生均图书册数为例）.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edukit.exact import fraction

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """Level and inequality of one or more groups of schools.

    Attributes:
        n_units: number of schools.
        pupils: sum of their pupils.
        mean: ratio of sums, in resource per pupil.
        sd: enrolment-weighted population standard deviation, same unit.
        cv: sd ÷ mean, without unit; NaN where a school's number is unknown or the mean is not above zero.
        unknown: number of schools whose resource or pupils are not known.
    """

    n_units: NDArray[np.int64]
    pupils: Array
    mean: Array
    sd: Array
    cv: Array
    unknown: NDArray[np.int64]


def spread(resources: ArrayLike, pupils: ArrayLike, groups: ArrayLike | None = None, n_groups: int = 1) -> Spread:
    """Level and inequality of every group and indicator at once.

    Args:
        resources: resource totals, shape (units, indicators), or (units,) for one indicator.
        pupils: pupils of each unit, shape (units,); above 0.
        groups: group number of each unit, 0 to n_groups - 1; all in one group where None.
        n_groups: how many groups there are.

    Returns:
        Arrays of shape (groups, indicators); n_units and pupils of shape (groups,). One unknown school makes mean,
        sd and cv of its group and indicator NaN: a number over the others would not be the county's number.

    >>> books = spread([279, 137, 935, 160, 402], [45, 37, 89, 76, 55])
    >>> round(float(books.mean[0, 0]), 2), round(float(books.sd[0, 0]), 2), round(float(books.cv[0, 0]), 6)
    (6.33, 3.26, 0.515257)
    """
    totals = np.asarray(resources, dtype=float)
    totals = totals.reshape(len(totals), 1) if totals.ndim == 1 else totals
    n = np.asarray(pupils, dtype=float)
    group = np.zeros(len(n), dtype=np.intp) if groups is None else np.asarray(groups, dtype=np.intp)
    n_units = np.bincount(group, minlength=n_groups)
    n_pupils = np.bincount(group, weights=n, minlength=n_groups).astype(float)
    shape, uncounted = (n_groups, totals.shape[1]), np.isnan(n)
    mean, sd, unknown = np.empty(shape), np.empty(shape), np.empty(shape, dtype=np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        for k, column in enumerate(totals.T):
            mean[:, k] = np.bincount(group, weights=column, minlength=n_groups) / n_pupils
            deviation = column / n - mean[group, k]
            sd[:, k] = np.sqrt(np.bincount(group, weights=n * deviation**2, minlength=n_groups) / n_pupils)
            unknown[:, k] = np.bincount(group[np.isnan(column) | uncounted], minlength=n_groups)
        cv = np.where(mean > 0, sd / mean, np.nan)
    return Spread(n_units, n_pupils, mean, sd, cv, unknown)


def coefficient(resource: ArrayLike, pupils: ArrayLike) -> float:
    """The CV of one indicator in one group; NaN where a number is unknown or all are zero.

    >>> round(coefficient([279, 137, 935, 160, 402], [45, 37, 89, 76, 55]), 6)
    0.515257
    """
    return float(spread(resource, pupils).cv[0, 0])


def contributions(resource: ArrayLike, pupils: ArrayLike) -> Array:
    """Each school's part of CV²: (n_i / N) (r_i - X)² / X². They sum to CV².

    >>> parts = contributions([279, 137, 935, 160, 402], [45, 37, 89, 76, 55])
    >>> round(float(parts.sum() ** 0.5), 6)
    0.515257
    """
    x, n = np.asarray(resource, dtype=float), np.asarray(pupils, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = x.sum() / n.sum()
        parts: Array = n / n.sum() * (x / n - mean) ** 2 / mean**2
    return parts if mean > 0 else np.full(len(x), np.nan)


def exact_square(resource: Iterable[float | Fraction], pupils: Iterable[float]) -> Fraction:
    """CV² as a fraction of the decimals given, for close calls against a limit.

    Uses CV² = N Σ(x_i² / n_i) / (Σ x_i)² - 1, which needs no square root.

    >>> float(exact_square([279, 137, 935, 160, 402], [45, 37, 89, 76, 55])) ** 0.5
    0.5152566298844764
    """
    x = [value if isinstance(value, Fraction) else fraction(value) for value in resource]
    n = [fraction(value) for value in pupils]
    squares = sum((value * value / count for value, count in zip(x, n, strict=True)), Fraction(0))
    return sum(n, Fraction(0)) * squares / sum(x, Fraction(0)) ** 2 - 1

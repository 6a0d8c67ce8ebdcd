r"""What one school does to the coefficient of variation: without it, or with it brought up to a level.

With :math:`d_i = r_i - X` and :math:`V = \sum n_i d_i^2` the coefficient need not be computed anew for each school.
Without school i: :math:`N' = N - n_i`, the mean moves by :math:`\delta = -n_i d_i / N'`, and
:math:`S'^2 = (V - n_i d_i^2) / N' - \delta^2`. With :math:`a_i` added: the mean moves by :math:`a_i / N`, and
:math:`S'^2 = (V - n_i d_i^2 + n_i (d_i + a_i / n_i)^2) / N - (a_i / N)^2`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from edukit import dispersion

if TYPE_CHECKING:
    from edukit.assess import Assessment

Array = NDArray[np.float64]


def without(resource: ArrayLike, pupils: ArrayLike) -> Array:
    """The CV of the others, for each school; NaN where it is the only one, or a number is unknown.

    >>> without([279, 137, 935, 160, 402], [45, 37, 89, 76, 55]).round(4).tolist()
    [0.5564, 0.4957, 0.477, 0.321, 0.5841]
    """
    n, mean, d, spread = _parts(resource, pupils)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = n.sum() - n
        shift = -n * d / rest
        return _cv((spread - n * d**2) / rest - shift**2, mean + shift)


def raised(resource: ArrayLike, pupils: ArrayLike, targets: ArrayLike) -> Array:
    """The CV with one school's resource brought up to a total, for each school; the same where it has that already.

    Args:
        resource: resource totals, shape (units,).
        pupils: pupils, shape (units,).
        targets: totals to bring each school up to, shape (units,); NaN for none.
    """
    n, mean, d, spread = _parts(resource, pupils)
    x = np.asarray(resource, dtype=float)
    added = np.fmax(np.asarray(targets, dtype=float) - x, 0.0)
    total = n.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = added / total
        return _cv((spread - n * d**2 + n * (d + added / n) ** 2) / total - shift**2, mean + shift)


def influence(assessment: Assessment) -> pd.DataFrame:
    """What each school does to each coefficient.

    Returns:
        One row per unit and indicator: unit, school, stage, indicator, cv (of all), share (part of CV², 0–1), without
        (CV of the others), at_threshold (CV with this school brought up to the threshold), at_mean (to the county's
        mean). NaN where a number of the stage is unknown; at_threshold also where the scheme has no threshold.
    """
    parts = []
    for (_, indicator), cells in assessment.cells.groupby(["stage", "indicator"], sort=False):
        x, n = cells["resource"].to_numpy(float), cells["pupils"].to_numpy(float)
        per = assessment.scheme.indicator(str(indicator)).per
        cv = dispersion.coefficient(x, n)
        threshold = cells["threshold"].to_numpy(float) / per * n
        with np.errstate(invalid="ignore", divide="ignore"):
            share = dispersion.contributions(x, n) / cv**2 if cv else np.zeros(len(x))
        parts.append(
            cells[["unit", "school", "stage", "indicator"]].assign(
                cv=cv,
                share=share,
                without=without(x, n),
                at_threshold=np.where(np.isnan(threshold), np.nan, raised(x, n, threshold)),
                at_mean=raised(x, n, x.sum() / n.sum() * n),
            )
        )
    return pd.concat(parts, ignore_index=True)


def _parts(resource: ArrayLike, pupils: ArrayLike) -> tuple[Array, float, Array, float]:
    x, n = np.asarray(resource, dtype=float), np.asarray(pupils, dtype=float)
    mean = float(x.sum() / n.sum())
    d = x / n - mean
    return n, mean, d, float(np.sum(n * d**2))


def _cv(variance: Array, mean: Array) -> Array:
    # A hair below zero where all schools are the same.
    found: Array = np.sqrt(np.where(variance < 0, 0.0, variance)) / mean
    return np.where(np.isfinite(found), found, np.nan)

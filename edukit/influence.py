"""What one school does to the coefficient of variation: without it, or with it brought up to a level.

The coefficient is computed anew for every school, many at a time: taking one school's part from the sums is quicker,
but where that school is nearly all of the inequality the difference is nothing but rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from edukit import dispersion

if TYPE_CHECKING:
    from edukit.assess import Assessment

Array = NDArray[np.float64]
AT_ONCE = 512
"""Schools per matrix, so that a large county needs no large memory."""


def without(resource: ArrayLike, pupils: ArrayLike) -> Array:
    """The CV of the others, for each school; NaN where it is the only one, or a number is unknown.

    >>> without([279, 137, 935, 160, 402], [45, 37, 89, 76, 55]).round(4).tolist()
    [0.5564, 0.4957, 0.477, 0.321, 0.5841]
    """
    n, shares = _parts(resource, pupils)
    return _anew(len(n), lambda rows: (np.where(_own(rows, len(n)), 0.0, n), shares))


def raised(resource: ArrayLike, pupils: ArrayLike, targets: ArrayLike) -> Array:
    """The CV with one school's resource brought up to a total, for each school; the same where it has that already.

    Args:
        resource: resource totals, shape (units,).
        pupils: pupils, shape (units,).
        targets: totals to bring each school up to, shape (units,); NaN for none.
    """
    n, shares = _parts(resource, pupils)
    with np.errstate(invalid="ignore", divide="ignore"):
        better = np.where(np.isnan(shares), np.nan, np.fmax(np.asarray(targets, dtype=float) / n, shares))
    return _anew(len(n), lambda rows: (n, np.where(_own(rows, len(n)), better, shares)))


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


def _parts(resource: ArrayLike, pupils: ArrayLike) -> tuple[Array, Array]:
    """Pupils, and resource per pupil; all NaN where a number is unknown."""
    x, n = np.asarray(resource, dtype=float), np.asarray(pupils, dtype=float)
    shares: Array = x / n
    return n, shares if not np.isnan(shares).any() else np.full(len(n), np.nan)


def _own(rows: NDArray[np.intp], n: int) -> NDArray[np.bool_]:
    """For some schools, each a row, which column is the school itself."""
    found: NDArray[np.bool_] = rows[:, None] == np.arange(n)
    return found


def _anew(n: int, given: Callable[[NDArray[np.intp]], tuple[Array, Array]]) -> Array:
    """One CV for each school; ``given`` has the pupils and the shares of all, with that one changed."""
    found = [np.empty(0)]
    for start in range(0, n, AT_ONCE):
        weights, shares = np.broadcast_arrays(*given(np.arange(start, min(start + AT_ONCE, n))))
        with np.errstate(invalid="ignore", divide="ignore"):
            pupils = weights.sum(axis=1)
            mean = (weights * shares).sum(axis=1) / pupils
            variance = (weights * (shares - mean[:, None]) ** 2).sum(axis=1) / pupils
            cv = np.sqrt(variance) / mean
        found.append(np.where(np.isfinite(cv), cv, np.nan))
    return np.concatenate(found)

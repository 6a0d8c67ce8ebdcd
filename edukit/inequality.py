r"""Other measures of how unequal schools are, and how much of each lies between groups and how much within them.

With pupils :math:`n_i`, resource total :math:`x_i`, :math:`p_i = n_i / N`, :math:`s_i = x_i / \sum x`, and groups g
with the shares :math:`P_g, S_g`; all weighted by enrolment, population form, as the coefficient of variation is:

.. math::

    CV^2 = \sum_i p_i (s_i / p_i - 1)^2
         = \sum_g P_g (S_g / P_g - 1)^2 + \sum_g (S_g^2 / P_g) CV_g^2

    T = \sum_i s_i \ln (s_i / p_i) = \sum_g S_g \ln (S_g / P_g) + \sum_g S_g T_g

    G = \tfrac{1}{2} \sum_i \sum_j | p_i s_j - p_j s_i | = G_{between} + \sum_g P_g S_g G_g + overlap

The overlap of the Gini coefficient is what remains because the groups' schools overlap; the other two have none.
A school without any of the resource counts as 0 in Theil's index: :math:`s \ln s \to 0`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from edukit.assess import Assessment

Array = NDArray[np.float64]
GROUPINGS: Final = ("urban_type", "township", "school_type")
"""Fields of a school by which a county's inequality is split."""


@dataclass(frozen=True)
class Split:
    """One measure of inequality and its parts: ``total = between + within + overlap``, all without unit, 0 or more.

    NaN where a school's number is unknown or the county has nothing of the resource.
    """

    total: float
    between: float
    within: float
    overlap: float = 0.0


def theil(resource: ArrayLike, pupils: ArrayLike) -> float:
    """Theil's T, weighted by enrolment: 0 where all pupils have the same, ln N / n where one school has all.

    >>> theil([10, 10], [5, 5]), round(theil([20, 0], [5, 5]), 6)
    (0.0, 0.693147)
    """
    p, s = _shares(resource, pupils)
    return float(_theil(p, s))


def gini(resource: ArrayLike, pupils: ArrayLike) -> float:
    """The Gini coefficient, weighted by enrolment: from 0 to below 1.

    >>> gini([10, 10], [5, 5]), gini([20, 0], [5, 5])
    (0.0, 0.5)
    """
    p, s = _shares(resource, pupils)
    return float(_gini(p, s))


def split(measure: str, resource: ArrayLike, pupils: ArrayLike, groups: Sequence[object]) -> Split:
    """How much of a measure lies between groups and how much within them.

    Args:
        measure: ``cv2`` (the square of the coefficient of variation), ``theil`` or ``gini``.
        resource: resource total of each unit, 0 or more.
        pupils: pupils of each unit, above 0.
        groups: label of each unit's group.

    >>> parts = split("cv2", [279, 137, 935, 160, 402], [45, 37, 89, 76, 55], ["城", "乡", "城", "乡", "乡"])
    >>> round(parts.total**0.5, 6), abs(parts.total - parts.between - parts.within) < 1e-15
    (0.515257, True)
    """
    p, s = _shares(resource, pupils)
    number, names = pd.factorize(pd.Series(list(groups), dtype=object), use_na_sentinel=False)
    p_group: Array = np.bincount(number, weights=p, minlength=len(names)).astype(float)
    s_group: Array = np.bincount(number, weights=s, minlength=len(names)).astype(float)
    own = [(p[number == g] / p_group[g], _normed(s[number == g])) for g in range(len(names))]
    if measure == "cv2":
        within = _sum(s_group**2 / p_group, [_cv2(*part) for part in own])
        return Split(_cv2(p, s), _cv2(p_group, s_group), within)
    if measure == "theil":
        return Split(_theil(p, s), _theil(p_group, s_group), _sum(s_group, [_theil(*part) for part in own]))
    total, between = _gini(p, s), _gini(p_group, s_group)
    within = _sum(p_group * s_group, [_gini(*part) for part in own])
    return Split(total, between, within, total - between - within)


def splits(assessment: Assessment, by: str) -> pd.DataFrame:
    """Every indicator's inequality between and within the groups that a field of the schools makes.

    Args:
        assessment: a county's.
        by: ``urban_type``, ``township`` or ``school_type``.

    Returns:
        One row per stage, indicator and measure: stage, indicator, measure (cv2, theil, gini), total, between, within,
        overlap, n_groups, n_unlabelled (units whose field is blank; they are a group of their own). The parts are NaN
        where a number of the stage is unknown.
    """
    label = assessment.units["row"].map(assessment.source[by])
    rows = []
    for (stage, indicator), cells in assessment.cells.groupby(["stage", "indicator"], sort=False):
        groups = cells["unit"].map(label)
        facts = {"stage": stage, "indicator": indicator}
        counts = {"n_groups": groups.nunique(dropna=False), "n_unlabelled": int(groups.isna().sum())}
        for measure in ("cv2", "theil", "gini"):
            labels = groups.where(groups.notna(), "").tolist()
            found = split(measure, cells["resource"], cells["pupils"], labels)
            parts = {name: getattr(found, name) for name in ("total", "between", "within", "overlap")}
            rows.append({**facts, "measure": measure, **parts, **counts})
    columns = ["stage", "indicator", "measure", "total", "between", "within", "overlap", "n_groups", "n_unlabelled"]
    return pd.DataFrame(rows, columns=columns)


def _shares(resource: ArrayLike, pupils: ArrayLike) -> tuple[Array, Array]:
    """Each unit's share of the pupils and of the resource; all NaN where a number is unknown or nothing is there."""
    x, n = np.asarray(resource, dtype=float), np.asarray(pupils, dtype=float)
    return n / n.sum(), x / x.sum() if x.sum() != 0 else np.full(len(x), np.nan)


def _normed(s: Array) -> Array:
    """Shares within a group; a group that has nothing is even, whatever its weight, which is 0."""
    return s / s.sum() if s.sum() != 0 else np.full(len(s), np.nan)


def _sum(weights: Array, measures: Sequence[float]) -> float:
    """Weighted sum of the groups' measures; one without any of the resource has no weight and no measure."""
    return float(sum(weight * own for weight, own in zip(weights, measures, strict=True) if weight != 0))


def _cv2(p: Array, s: Array) -> float:
    return float(np.sum((s - p) ** 2 / p))


def _theil(p: Array, s: Array) -> float:
    if np.isnan(s).any():
        return float("nan")
    some = s > 0
    return float(np.sum(s[some] * np.log(s[some] / p[some])))


def _gini(p: Array, s: Array) -> float:
    order = np.argsort(s / p, kind="stable")
    p, s = p[order], s[order]
    lorenz = np.cumsum(s)
    return float(1 - np.sum(p * (2 * lorenz - s)))

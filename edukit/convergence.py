r"""Over the years: do the schools of a county become more alike, and do those that had least catch up?

Two questions that need not have the same answer:

- Spread (σ): the coefficient of variation and Theil's index fall, rise, or disagree.
- Catching up (β): the slope of a school's gain on where it began, both relative to the county's mean of the first year
  and weighted by the first year's pupils: :math:`(r_{iT} - r_{i0}) / X_0 = a + b\, r_{i0} / X_0`. Below 0 those that
  had less gained more. No logarithms, so that a school that had nothing counts; nothing else is held constant
  (unconditional). The same without a regression: the mean of the schools with the lowest and the highest quarter of
  the pupils, then and now.

The first year is the first that is given: the year of recognition where :func:`edukit.monitoring.open_monitoring` has
found it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit import monitoring
from edukit.assess import Assessment
from edukit.dictionary import STAGES
from edukit.inequality import gini, theil

NARROWS, WIDENS, MIXED, SAME, UNKNOWN = "narrows", "widens", "mixed", "same", "unknown"
QUARTER: Final = 0.25
HAIR: Final = 1e-12
"""A change of a measure that is no change: rounding of sums."""
Values = NDArray[np.float64]


def levels(years: Sequence[Assessment]) -> pd.DataFrame:
    """The rows of :func:`edukit.monitoring.levels` with theil and gini beside the cv; NaN where unknown."""
    frame = monitoring.levels(years)
    measures = {
        (each.year, str(stage), str(indicator)): (
            theil(part["resource"], part["pupils"]),
            gini(part["resource"], part["pupils"]),
        )
        for each in years
        for (stage, indicator), part in each.cells.groupby(["stage", "indicator"], sort=False)
    }
    nothing = (math.nan, math.nan)
    found = [measures.get(key, nothing) for key in zip(frame["year"], frame["stage"], frame["indicator"], strict=True)]
    return frame.assign(theil=[pair[0] for pair in found], gini=[pair[1] for pair in found])


def convergence(years: Sequence[Assessment]) -> pd.DataFrame:
    """First and last year of each stage and indicator, and whether schools became more alike.

    Args:
        years: assessments of one county, earliest first, at least two.

    Returns:
        One row per stage and indicator of the last year: stage, indicator, year_first, year, mean_first, mean (in the
        indicator's unit), cv_first, cv, theil_first, theil, spread (narrows, widens, mixed, same, unknown), n_falls,
        n_rises (year to year, of the CV), beta (per unit of the county's mean), n_matched (units of both years),
        bottom_first, bottom, top_first, top (mean value of the schools with the lowest and the highest quarter of
        the first year's pupils), catching_up (whether the bottom gained more; None where unknown). NaN is unknown.

    Raises:
        ValueError: there are not two years.
    """
    if len(years) < 2:
        raise ValueError("two years are needed")
    found = levels(years)
    numbers = monitoring.school_numbers(years)
    first, last = years[0], years[-1]
    rows = []
    for stage in last.stages:
        for indicator in last.scheme.indicators:
            own = found[(found["stage"] == stage) & (found["indicator"] == indicator.id)].set_index("year")
            if last.year not in own.index or first.year not in own.index:
                continue
            then, now = own.loc[first.year], own.loc[last.year]
            steps = own["cv"].diff()
            both = _matched(first, last, numbers[0], numbers[-1], stage, indicator.id)
            rows.append(
                {
                    "stage": stage,
                    "indicator": indicator.id,
                    "year_first": first.year,
                    "year": last.year,
                    **{f"{name}_first": then[name] for name in ("mean", "cv", "theil")},
                    **{name: now[name] for name in ("mean", "cv", "theil")},
                    "spread": spread(now["cv"] - then["cv"], now["theil"] - then["theil"]),
                    "n_falls": int((steps < -HAIR).sum()),
                    "n_rises": int((steps > HAIR).sum()),
                    **_catching_up(*both, indicator.per),
                }
            )
    columns = (
        "stage indicator year_first year mean_first mean cv_first cv theil_first theil spread n_falls n_rises "
        "beta n_matched bottom_first bottom top_first top catching_up"
    ).split()
    return pd.DataFrame(rows, columns=columns)


def spread(cv_change: float, theil_change: float) -> str:
    """What two measures say together.

    >>> spread(-0.1, -0.02), spread(0.1, -0.02), spread(0.0, 0.0), spread(float("nan"), 0.1)
    ('narrows', 'mixed', 'same', 'unknown')
    """
    changes = (cv_change, theil_change)
    if any(math.isnan(change) for change in changes):
        return UNKNOWN
    signs = {0.0 if abs(change) <= HAIR else math.copysign(1, change) for change in changes}
    return {-1.0: NARROWS, 1.0: WIDENS, 0.0: SAME}[signs.pop()] if len(signs) == 1 else MIXED


def _matched(
    first: Assessment, last: Assessment, number_first: pd.Series, number_last: pd.Series, stage: str, indicator: str
) -> tuple[Values, Values, Values, Values]:
    """Pupils and resource of the units of both years: first pupils, first resource, last pupils, last resource."""
    sides = []
    for each, number in ((first, number_first), (last, number_last)):
        own = each.cells[(each.cells["stage"] == stage) & (each.cells["indicator"] == indicator)]
        sides.append(own.assign(key=own["unit"].map(each.units["row"]).map(number))[["key", "pupils", "resource"]])
    both = sides[0].merge(sides[1], on="key", suffixes=("_first", ""))
    n0, x0, n1, x1 = (both[name].to_numpy(float) for name in ("pupils_first", "resource_first", "pupils", "resource"))
    return n0, x0, n1, x1


def _catching_up(n0: Values, x0: Values, n1: Values, x1: Values, per: int) -> dict[str, Any]:
    blank = dict.fromkeys(("beta", "bottom_first", "bottom", "top_first", "top"), math.nan)
    known = not np.isnan([*n0, *x0, *n1, *x1]).any()
    if len(n0) < 2 or not known or x0.sum() == 0:
        return {**blank, "n_matched": len(n0), "catching_up": None}
    mean = x0.sum() / n0.sum()
    start, gain = x0 / n0 / mean, (x1 / n1 - x0 / n0) / mean
    weight = n0 / n0.sum()
    centred = start - weight @ start
    varies = weight @ centred**2
    beta = float(weight @ (centred * gain) / varies) if varies > HAIR else math.nan
    order = np.argsort(start, kind="stable")
    share = np.cumsum(weight[order])
    low = order[share - weight[order] < QUARTER - HAIR]
    high = order[share > 1 - QUARTER + HAIR]
    found = {
        f"{name}{suffix}": float(x[own].sum() / n[own].sum()) * per
        for name, own in (("bottom", low), ("top", high))
        for suffix, x, n in (("_first", x0, n0), ("", x1, n1))
    }
    gained = found["bottom"] - found["bottom_first"], found["top"] - found["top_first"]
    return {**found, "beta": beta, "n_matched": len(n0), "catching_up": bool(gained[0] > gained[1])}


def sentence(row: Mapping[str, Any] | pd.Series, name: str) -> str:
    """One row of :func:`convergence` in plain words.

    Args:
        row: the row.
        name: what to call the indicator.
    """
    stage, years = STAGES[str(row["stage"])], f"{row['year_first']}年至{row['year']}年"
    if row["spread"] == UNKNOWN:
        return f"{stage}{name}：{years}有一年缺数据，不能判断校际差距的变化。"
    words = {
        NARROWS: "校际差距缩小",
        WIDENS: "校际差距扩大",
        SAME: "校际差距没有变化",
        MIXED: "校际差距的变化不一致（差异系数与泰尔指数一升一降或一动一不动）",
    }
    cvs = f"差异系数由{row['cv_first']:.3f}变为{row['cv']:.3f}"
    text = f"{stage}{name}：{years}{words[str(row['spread'])]}，{cvs}"
    if row["catching_up"] is None:
        return f"{text}；两年都有的学校不足两所或缺数据，不能比较薄弱学校与条件好的学校。"
    how = "多于" if row["catching_up"] else "不多于"
    return (
        f"{text}；起点最低的四分之一学生所在学校由{row['bottom_first']:.4g}变为{row['bottom']:.4g}，最高的四分之一由"
        f"{row['top_first']:.4g}变为{row['top']:.4g}，薄弱学校增加{how}条件好的学校。"
    )

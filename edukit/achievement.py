r"""How much pupils' scores differ between schools, from local tests (校际差异率, three estimates of it).

The rate that policies limit to 0.15 is delivered by the national monitoring; no official definition of it is known.
From the scores of a local test three forms that are in use can be worked out. They measure different things and
disagree about such a limit, so none of them is ever used for a verdict. With schools j, their pupils :math:`n_j` and
means :math:`m_j`, :math:`N = \sum n_j` pupils in all, mean M, and k schools:

.. math::

    \eta^2 = \frac{\sum n_j (m_j - M)^2}{\sum (y - M)^2}, \quad
    ICC = \frac{MSB - MSW}{MSB + (n_0 - 1) MSW}, \quad n_0 = \frac{N - \sum n_j^2 / N}{k - 1}, \quad
    \frac{S}{M} = \frac{1}{M} \sqrt{\sum \frac{n_j}{N} (m_j - M)^2}

MSB is the sum of squares between schools ÷ (k - 1), MSW that within schools ÷ (N - k). Source: the standards, section
校际差异率; ICC(1) is Shrout & Fleiss, Psychol. Bull. 86 (1979) 420, with n0 for schools of unequal size.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ONE_SCHOOL = "只有1所学校有成绩，没有校际差异可算"
ONE_EACH = "每所学校只有1名学生有成绩，分不出校内差异"
ALL_EQUAL = "所有得分相同，没有差异可分解"
NO_SCORE = "没有得分"
COLUMNS = "grade subject n absent unplaced left_out schools smallest mean eta2 icc n0 sd cv reason".split()


def estimates(scores: pd.DataFrame, *, schools: Collection[str] | None = None) -> pd.DataFrame:
    """Three estimates of the difference between schools, for each grade and subject of a local test.

    Args:
        scores: one row per pupil and subject: school_name, test_grade, test_subject, score in any unit; a blank score
            is a pupil who was absent. More columns are ignored.
        schools: names of the schools that count; all where None.

    Returns:
        One row per grade and subject in the order of their first appearance: grade, subject, n (scores that count),
        absent (blank scores), unplaced (scores without a school), left_out (scores of schools not in ``schools``),
        schools (with at least one score), smallest (scores of the smallest one), mean, eta2 (0 to 1), icc (0 to 1,
        negative ones taken for 0), n0, sd (S, in points), cv (S ÷ mean; NaN unless the mean is above 0), and reason:
        why some of them are NaN, "" where none is.

        One school: eta2, icc, sd and cv are NaN. One pupil in each school: eta2 (always 1) and icc (0 ÷ 0) are NaN.
        All scores equal: eta2 and icc (0 ÷ 0) are NaN, sd and cv are 0.

    >>> a, b, c = [60, 70, 80], [70, 75, 80, 85], [50, 65, 80]
    >>> test = pd.DataFrame({"school_name": [*"aaabbbbccc"], "test_grade": "四年级", "test_subject": "数学"})
    >>> estimates(test.assign(score=a + b + c))[["eta2", "icc", "sd", "cv"]].round(6).to_dict("records")
    [{'eta2': 0.263658, 'icc': 0.071266, 'sd': 5.267827, 'cv': 0.073676}]
    """
    if scores.empty:
        return pd.DataFrame(columns=COLUMNS)
    groups = scores.groupby(["test_grade", "test_subject"], sort=False)
    rows = [{"grade": grade, "subject": subject, **_estimate(part, schools)} for (grade, subject), part in groups]
    return pd.DataFrame(rows, columns=COLUMNS)


def _estimate(part: pd.DataFrame, schools: Collection[str] | None) -> dict[str, Any]:
    given = part[part["score"].notna()]
    placed = given[given["school_name"].notna()]
    counted = placed if schools is None else placed[placed["school_name"].isin(set(schools))]
    group, names = pd.factorize(counted["school_name"])
    sizes = np.bincount(group, minlength=len(names))
    return {
        "n": len(counted),
        "absent": len(part) - len(given),
        "unplaced": len(given) - len(placed),
        "left_out": len(placed) - len(counted),
        "schools": len(names),
        "smallest": int(sizes.min()) if len(names) else 0,
        **_forms(counted["score"].to_numpy(dtype=float), group, sizes),
    }


def _forms(y: NDArray[np.float64], group: NDArray[np.intp], sizes: NDArray[np.intp]) -> dict[str, Any]:
    n, k = len(y), len(sizes)
    unknown = {name: math.nan for name in ("mean", "eta2", "icc", "n0", "sd", "cv")}
    if n == 0:
        return {**unknown, "reason": NO_SCORE}
    # Deviations from one of the scores, so that a shift of all changes nothing and equal scores are exactly equal.
    away = y - y[0]
    centre = float(away.mean())
    mean = float(y[0]) + centre
    if k == 1:
        return {**unknown, "mean": mean, "reason": ONE_SCHOOL}
    means = np.bincount(group, weights=away) / sizes
    between = float(np.sum(sizes * (means - centre) ** 2))
    within = float(np.sum((away - means[group]) ** 2))
    n0 = (n - float(np.sum(sizes.astype(float) ** 2)) / n) / (k - 1)
    sd = math.sqrt(between / n)
    level = {"mean": mean, "n0": n0, "sd": sd, "cv": sd / mean if mean > 0 else math.nan}
    if not away.any():
        return {**unknown, **level, "sd": 0.0, "cv": 0.0 if mean > 0 else math.nan, "reason": ALL_EQUAL}
    if n == k:
        return {**unknown, **level, "reason": ONE_EACH}
    msb, msw = between / (k - 1), within / (n - k)
    icc = max(0.0, (msb - msw) / (msb + (n0 - 1) * msw))
    return {**level, "eta2": between / (between + within), "icc": icc, "reason": ""}

"""Two years of the same county side by side."""

from __future__ import annotations

import math

import pandas as pd

from edukit import schools
from edukit.assess import Assessment
from edukit.frames import Row, records


def balance_change(before: Assessment, now: Assessment) -> pd.DataFrame:
    """Level and inequality of each indicator in both years.

    Returns:
        One row per stage and indicator of ``now``: stage, indicator, cv_before, cv, cv_limit, mean_before, mean,
        verdict_before, verdict. NaN or "" where the year before has none.
    """
    old = {(row["stage"], row["indicator"]): row for row in records(before.balance)}
    none = {"cv": math.nan, "mean": math.nan, "verdict": ""}
    rows = [
        {**row, **_before(old.get((row["stage"], row["indicator"]), none), "cv", "mean", "verdict")}
        for row in records(now.balance)
    ]
    columns = "stage indicator cv_before cv cv_limit mean_before mean verdict_before verdict".split()
    return pd.DataFrame(rows, columns=columns)


def school_change(before: Assessment, now: Assessment) -> pd.DataFrame:
    """How many thresholds each unit reaches in both years, matched by code where there is one, else by name.

    Returns:
        One row per unit of ``now``: unit, school, stage, pupils_before, pupils, n_met_before, n_met, verdict_before,
        verdict. Units that are new have NaN and "" before.
    """
    same = schools.earlier(now.source, before.source).dropna().to_dict()
    old = {(row, unit["stage"]): unit for row, unit in zip(before.units["row"], records(before.schools), strict=True)}
    none = {"pupils": math.nan, "n_met": math.nan, "verdict": ""}
    rows = [
        {**unit, **_before(old.get((same.get(row), unit["stage"]), none), "pupils", "n_met", "verdict")}
        for row, unit in zip(now.units["row"], records(now.schools), strict=True)
    ]
    columns = "unit school stage pupils_before pupils n_met_before n_met verdict_before verdict".split()
    return pd.DataFrame(rows, columns=columns)


def _before(row: Row, *names: str) -> dict[str, object]:
    return {f"{name}_before": row[name] for name in names}

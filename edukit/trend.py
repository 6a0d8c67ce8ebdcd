"""Two years of the same county side by side."""

from __future__ import annotations

import pandas as pd

from edukit import schools
from edukit.assess import Assessment


def balance_change(before: Assessment, now: Assessment) -> pd.DataFrame:
    """Level and inequality of each indicator in both years.

    Returns:
        One row per stage and indicator of ``now``: stage, indicator, cv_before, cv, cv_limit, mean_before, mean,
        verdict_before, verdict. NaN or "" where the year before has none.
    """
    keys = ["stage", "indicator"]
    old = before.balance[[*keys, "mean", "cv", "verdict"]]
    merged = now.balance.merge(old, on=keys, how="left", suffixes=("", "_before"))
    columns = [*keys, "cv_before", "cv", "cv_limit", "mean_before", "mean", "verdict_before", "verdict"]
    return merged[columns].fillna({"verdict_before": ""})


def school_change(before: Assessment, now: Assessment) -> pd.DataFrame:
    """How many thresholds each unit reaches in both years, matched by code where there is one, else by name.

    Returns:
        One row per unit of ``now``: unit, school, stage, pupils_before, pupils, n_met_before, n_met, verdict_before,
        verdict. Units that are new have NaN and "" before.
    """
    same = schools.earlier(now.source, before.source)
    old = before.schools.assign(row=before.units["row"].astype("Int64"))
    new = now.schools.assign(row=now.units["row"].map(same))
    old = old[["row", "stage", "pupils", "n_met", "verdict"]]
    merged = new.merge(old, on=["row", "stage"], how="left", suffixes=("", "_before"))
    columns = [
        "unit",
        "school",
        "stage",
        "pupils_before",
        "pupils",
        "n_met_before",
        "n_met",
        "verdict_before",
        "verdict",
    ]
    return merged[columns].fillna({"verdict_before": ""})

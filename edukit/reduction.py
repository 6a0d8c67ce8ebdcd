"""How many of last year's large classes or large schools are gone, school by school (销号).

Works on two years of the same ledger, :func:`edukit.class_sizes.above` or :func:`edukit.class_sizes.large_schools`.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd

from edukit.class_sizes import interval
from edukit.dictionary import STAGES
from edukit.exact import fraction
from edukit.formats import beside, listed, plain
from edukit.outcome import Outcome, in_percent
from edukit.verdict import Verdict

GONE, NEW, DISSOLVED, FEWER, SAME, MORE, OPEN = "去向不明", "新增", "已消除", "减少", "未变", "增加", "待核实"


def changes(now: pd.DataFrame, before: pd.DataFrame, same: pd.Series) -> pd.DataFrame:
    """Two years of a ledger side by side.

    Args:
        now: the ledger of this year.
        before: the same ledger of the year before, made with the same limits.
        same: which row of last year's schools is which school of this year, from :func:`edukit.schools.earlier`.

    Returns:
        One row per school (and stage) that has or may have large ones in either year: school, code, stage ("" in a
        ledger of schools), before_low, before_high, low, high, state. A school that last year's list has and this
        year's has not may have been closed, merged or left out: how many it still has is open, state 去向不明.
    """
    old = before.assign(stage=before.get("stage", ""))[["row", "stage", "school", "code", "low", "high"]]
    new = now.assign(stage=now.get("stage", ""))[["row", "stage", "school", "code", "low", "high"]]
    old = old.rename(columns={"low": "before_low", "high": "before_high", "row": "old_row"}).astype(
        {"old_row": "Int64"}
    )
    new = new.assign(old_row=new["row"].map(same).astype("Int64")).drop(columns="row")
    both = new.merge(old, on=["old_row", "stage"], how="outer", suffixes=("", "_before"), sort=False)
    for name in ("school", "code"):
        both[name] = both[name].where(both["low"].notna(), both[f"{name}_before"])
    gone = both["low"].isna() & ~both["old_row"].isin(same.dropna())
    # A school that was not there, or had no classes of the stage, had no large ones; nor has one that gave them up.
    both = both.fillna({"before_low": 0.0, "before_high": 0.0, "low": 0.0})
    both["high"] = both["high"].fillna(0.0).where(~gone, both["before_high"])
    both["state"] = [_state(*numbers) for numbers in both[["before_low", "before_high", "low", "high"]].to_numpy()]
    both.loc[gone, "state"] = GONE
    both = both[(both["before_high"] > 0) | (both["high"] > 0)]
    columns = ["school", "code", "stage", "before_low", "before_high", "low", "high", "state"]
    return both[columns].reset_index(drop=True)


def _state(before_low: float, before_high: float, low: float, high: float) -> str:
    if before_high == 0 and low > 0:
        return NEW
    if before_low > 0 and high == 0:
        return DISSOLVED
    if before_low != before_high or low != high:
        return OPEN
    return FEWER if low < before_low else MORE if low > before_low else SAME


def reduction(found: pd.DataFrame, *, limit: float, net: bool, name: str, thing: str, measure: str) -> Outcome:
    """Whether enough of last year's large classes or schools are gone.

    With B of last year and N of this year: net ``(B - N) / B``, as national figures are given; else the part of last
    year's own that is gone, ``sum max(0, b - n) / B`` school by school, so that new ones elsewhere are not set off.
    Where there was none last year the rule asks that there is none now.

    Args:
        found: what :func:`changes` gives.
        limit: the share that must be gone within the year, 0 to 1.
        net: which of the two shares is judged.
        name: what the test is called.
        thing: what is counted, e.g. 大班额班级, 大规模学校.
        measure: its measure word, e.g. 个, 所.

    Returns:
        ``value`` and ``limit`` in %, NaN where the share is not certain. ``failing`` are the schools that still have
        them, where the test fails; ``unknown`` those whose number would settle it.
    """
    b_low, b_high = float(found["before_low"].sum()), float(found["before_high"].sum())
    n_low, n_high = float(found["low"].sum()), float(found["high"].sum())
    low, high = _bounds(found, net)
    least = fraction(limit)
    if b_high == 0:
        verdict = Verdict.MET if n_high == 0 else Verdict.NOT_MET if n_low > 0 else Verdict.UNDETERMINED
    elif low is not None and low >= least:
        verdict = Verdict.MET
    else:
        verdict = Verdict.NOT_MET if high is not None and high < least else Verdict.UNDETERMINED
    certain = low is not None and low == high
    label = found["school"] + found["stage"].map(lambda stage: f"（{STAGES[stage]}）" if stage else "")
    open_ = (found["before_low"] != found["before_high"]) | (found["low"] != found["high"])
    unknown = tuple(label[open_]) if not certain or verdict is Verdict.UNDETERMINED else ()
    evidence = f"上年{thing}{interval(b_low, b_high)}{measure}，本年{interval(n_low, n_high)}{measure}"
    if certain and low is not None:
        word = "净减少" if net else "上年的已消除"
        evidence += f"，{word}{beside(in_percent(low), in_percent(least), 1)}%"
    if b_high > 0:
        evidence += f"（要求不低于{plain(in_percent(least))}%）"
    lists = [(state, list(label[found["state"] == state])) for state in (NEW, MORE, GONE, OPEN)]
    evidence += "".join(f"；{state}：{listed(names, most=10)}" for state, names in lists if names) + "。"
    return Outcome(
        name,
        in_percent(low) if certain and low is not None else math.nan,
        in_percent(least),
        "%",
        verdict,
        evidence,
        tuple(label[found["low"] > 0]) if verdict is Verdict.NOT_MET else (),
        unknown,
    )


def _bounds(found: pd.DataFrame, net: bool) -> tuple[Fraction | None, Fraction | None]:
    """The smallest and the largest share gone that the numbers allow; None where nothing bounds it."""
    b_low, b_high = float(found["before_low"].sum()), float(found["before_high"].sum())
    if net:
        n_low, n_high = float(found["low"].sum()), float(found["high"].sum())
        left_most, left_least = _ratio(n_high, b_low), _ratio(n_low, b_high)
        return (None if left_most is None else 1 - left_most), (None if left_least is None else 1 - left_least)
    sure = np.clip(found["before_low"] - found["high"], 0, None).sum()
    possible = np.clip(found["before_high"] - found["low"], 0, None).sum()
    most = _ratio(float(possible), b_low)
    return _ratio(float(sure), b_high), (
        Fraction(1) if most is None and b_high > 0 else most and min(most, Fraction(1))
    )


def _ratio(part: float, whole: float) -> Fraction | None:
    if whole == 0 or math.isinf(part):
        return None
    return Fraction(0) if math.isinf(whole) else fraction(part) / fraction(whole)

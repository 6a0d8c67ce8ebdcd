"""Marks of items in a block that is judged by marks: those on record, else by the verdict."""

from __future__ import annotations

import math

import pandas as pd

from edukit import formats
from edukit.exact import fraction
from edukit.items.evidence import Evidence
from edukit.verdict import Verdict


def earned(item: str, marks: float | None, verdict: Verdict, evidence: Evidence) -> tuple[dict[str, float], str]:
    """What an item earns at least and at most, and what is wrong with the marks on record.

    Marks on record (核查结论, 自评分) count as they are, from 0 to the item's own; outside of that they are unknown.
    Without them an item that is met earns all, one that is not met nothing, and an open one anything between.

    Args:
        item: its id.
        marks: its full marks; None in a block without marks.
        verdict: what its conditions say.
        evidence: with the findings on record.

    Returns:
        The columns marks, earned_low and earned_high (NaN without marks), and a sentence or "".
    """
    if marks is None:
        return dict.fromkeys(("marks", "earned_low", "earned_high"), math.nan), ""
    full, said = float(marks), _on_record(item, evidence)
    if math.isnan(said):
        low = full if verdict is Verdict.MET else 0.0
        high = 0.0 if verdict is Verdict.NOT_MET else full
        return {"marks": full, "earned_low": low, "earned_high": high}, ""
    if not 0 <= fraction(said) <= fraction(full):
        wrong = f"自评分{formats.plain(said)}不在0至{formats.plain(full)}分之间，按未知处理"
        return {"marks": full, "earned_low": 0.0, "earned_high": full}, wrong
    return {"marks": full, "earned_low": said, "earned_high": said}, ""


def _on_record(item: str, evidence: Evidence) -> float:
    rows = evidence.findings
    if rows.empty or "item_marks" not in rows:
        return math.nan
    own = rows.loc[rows["item_id"] == item, "item_marks"]
    return math.nan if own.empty or pd.isna(own.iloc[-1]) else float(own.iloc[-1])

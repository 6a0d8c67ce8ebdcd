"""Words for what a monitoring review speaks of, shared by its sentences and its tables."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats
from edukit.dictionary import STAGES
from edukit.ledger.columns import Key
from edukit.monitoring import COMPOSITE, CV, ITEM, SCHOOL, SLIPPED, THRESHOLD, Monitoring
from edukit.text import facts

MEASURES = {SCHOOL: "学校", THRESHOLD: "单项指标", CV: "差异系数", COMPOSITE: "综合差异系数", ITEM: "判定事项"}
"""Kinds of things judged, as a reader reads them."""


def what_of(watch: Monitoring, row: dict[str, Any]) -> tuple[str, str]:
    """Who and what a row of turns is about, in words."""
    if row["kind"] == ITEM:
        items = watch.case.now.items.set_index("id")["short"]
        return watch.case.county, str(items.get(row["item"], row["item"]))
    stage = STAGES[row["stage"]]
    who = f"{row['school']}（{stage}）" if row["school"] else f"{watch.case.county}{stage}"
    if row["kind"] == SCHOOL:
        return who, "学校达标"
    return who, "综合差异系数" if row["item"] == COMPOSITE else watch.case.scheme.indicator(row["item"]).short


def shown(watch: Monitoring, row: dict[str, Any], column: str) -> str:
    """A value of a row of turns in its own kind of number."""
    number = float(row[column])
    if row["kind"] == ITEM:
        if column == "value_then":
            return formats.DASH if math.isnan(row["then"]) else "达到" if row["state"] == SLIPPED else "未达到"
        items = watch.case.now.items.set_index("id")["evidence"]
        return str(items.get(row["item"], formats.DASH))
    if math.isnan(number):
        return formats.DASH
    if row["kind"] == SCHOOL:
        return f"{number:.0f}项达标"
    if row["kind"] in (CV, COMPOSITE):
        return formats.cv(number, row["limit"])
    return facts.value(watch.case.scheme.indicator(row["item"]), number, row["limit"])


def own_entries(watch: Monitoring, kept: pd.DataFrame) -> pd.DataFrame:
    """The entries of a ledger that are about this scheme, and people's own."""
    keys = [Key.parse(key) for key in kept["key"]]
    own = [key is None or key.scheme == watch.case.scheme.id for key in keys]
    return kept.loc[pd.Series(own, index=kept.index, dtype=bool)]

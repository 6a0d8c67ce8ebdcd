"""Words that several chapters of an improvement report share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from edukit import formats
from edukit.dictionary import STAGES
from edukit.improvement import Improvement
from edukit.outlook import CLASS_SIZE, COMPOSITE, CV, SCHOOL_SIZE, THRESHOLD, UNIT


def what_is_in_the_way(made: Improvement) -> list[str]:
    """What a plan leaves undone, or which limit makes it impossible, one line each."""
    lines = []
    for row in made.plan.unmet.to_dict("records"):
        kind, at = row["what"], STAGES.get(row["stage"], "") if isinstance(row["stage"], str) else ""
        if kind == "budget":
            lines.append(f"预算还差{formats.amount(float(row['amount']), '元')}。")
        elif kind == "unit":
            lines.append(f"{row['school']}{at}仍未达标。")
        elif kind == "cv":
            short = made.case.scheme.indicator(row["indicator"]).short
            lines.append(f"{at}{short}差异系数仍超过上限{row['amount']:.3f}。")
        else:
            indicator = made.case.scheme.indicator(row["indicator"])
            who = f"{row['school']}{at}" if kind == "closed" else formats.area(made.case.county)
            amount = formats.amount(float(row["amount"]), indicator.resource_unit)
            lines.append(f"{who}的{indicator.resource}限制至少要再放宽{amount}，才有可行的方案。")
    return lines


def thing(made: Improvement, row: Mapping[str, Any]) -> str:
    """One row of :func:`edukit.outlook.outlook` in words: whose, and what."""
    stage = STAGES.get(row["stage"], "")
    if row["kind"] == UNIT:
        return f"{row['school']}{stage}部达标" if _several(made, row) else f"{row['school']}（{stage}）达标"
    if row["kind"] == THRESHOLD:
        return f"{row['school']}（{stage}）{made.case.scheme.indicator(row['item']).short}"
    if row["kind"] == CV:
        return f"{stage}{made.case.scheme.indicator(row['item']).short}差异系数"
    if row["kind"] == COMPOSITE:
        return f"{stage}综合差异系数"
    return f"{row['school']}（{stage}）班额" if row["kind"] == CLASS_SIZE else f"{row['school']}学校规模"


def _several(made: Improvement, row: Mapping[str, Any]) -> bool:
    return int((made.now.units["row"] == row["row"]).sum()) > 1


CAUSES = {"resources": "资源增减", "pupils": "学生数变化", "schools": "学校新开、停办"}
"""Parts of a change of a coefficient, see :func:`edukit.movement.movement`."""


def main_cause(row: Mapping[str, Any] | pd.Series) -> str:
    """The part that did most in the direction of the whole change, in words."""
    sign = -1 if row["change"] < 0 else 1
    return max(CAUSES.items(), key=lambda part: sign * float(row[part[0]]))[1]


KINDS = {UNIT: "学校达标", CV: "差异系数", COMPOSITE: "综合差异系数", CLASS_SIZE: "班额", SCHOOL_SIZE: "学校规模"}
"""Kinds of what may fail, without the single indicators of a school, which are told with it."""


def year(value: float) -> str:
    """A year, or a dash where there is none."""
    return formats.DASH if math.isnan(value) else f"{value:.0f}年"

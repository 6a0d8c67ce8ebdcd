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
from edukit.plan.telling import unmet

MOST = 12
"""Lines of what is left undone that a page lists."""


def what_is_left(made: Improvement) -> list[str]:
    """What a plan for which the budget does not suffice leaves undone, one line each."""
    lines = [f"{text}。" for what, text in unmet(made.plan) if what in ("unit", "cv")]
    return lines[:MOST] + ([f"……共{len(lines)}条，全部见 Excel 的“说明”。"] if len(lines) > MOST else [])


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

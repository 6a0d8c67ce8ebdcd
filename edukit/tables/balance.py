"""Tables of the coefficients of variation: of the year, and beside those of the year before."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats, trend
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.showing import Table, table
from edukit.tables.states import CLASSES, LABELS
from edukit.text import facts


def balance(case: Case) -> Table | None:
    """Mean, standard deviation, CV, limit and verdict of every indicator and stage."""
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    mean = f"{formats.area(case.county)}平均值"
    for row in records(case.now.balance):
        indicator = case.scheme.indicator(row["indicator"])
        states[len(rows)] = CLASSES[row["verdict"]]
        rows.append(
            {
                "学段": STAGES[row["stage"]],
                "指标": f"{indicator.name}（{indicator.unit}）",
                mean: facts.value(indicator, row["mean"], indicator.threshold.get(row["stage"], math.nan)),
                "标准差": facts.value(indicator, row["sd"]),
                "差异系数": formats.cv(row["cv"], row["cv_limit"]),
                "上限": formats.plain(row["cv_limit"]),
                "判定": LABELS[row["verdict"]] if not math.isnan(row["cv_limit"]) else formats.DASH,
            }
        )
    for row in records(case.now.composite):
        states[len(rows)] = CLASSES[row["verdict"]]
        rows.append(
            {
                "学段": STAGES[row["stage"]],
                "指标": "综合差异系数（各项平均）",
                mean: formats.DASH,
                "标准差": formats.DASH,
                "差异系数": formats.cv(row["cv"], row["limit"]),
                "上限": formats.plain(row["limit"]),
                "判定": LABELS[row["verdict"]],
            }
        )
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年校际差异系数",
        classes=lambda label, column: f"num {states[label]}" if column in ("差异系数", "判定") else _right(column),
        row_header="指标",
        numbers={
            mean: [*case.now.balance["mean"], *[math.nan] * len(case.now.composite)],
            "标准差": [*case.now.balance["sd"], *[math.nan] * len(case.now.composite)],
            "差异系数": [*case.now.balance["cv"], *case.now.composite["cv"]],
        },
        notes=["平均值、标准差按学生数加权；判定使用未取整的数值。"],
    )


def _right(column: str) -> str:
    return "num" if column.endswith("平均值") or column in ("标准差", "上限") else ""


def change(case: Case) -> Table | None:
    """CV and mean of both years; nothing where there is no year before."""
    if case.before is None:
        return None
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for row in records(trend.balance_change(case.before, case.now)):
        indicator = case.scheme.indicator(row["indicator"])
        states[len(rows)] = CLASSES[row["verdict"]]
        rows.append(
            {
                "学段": STAGES[row["stage"]],
                "指标": indicator.short,
                f"{case.before.year}年平均": facts.value(indicator, row["mean_before"]),
                f"{case.year}年平均": facts.value(indicator, row["mean"]),
                f"{case.before.year}年差异系数": formats.cv(row["cv_before"], row["cv_limit"]),
                f"{case.year}年差异系数": formats.cv(row["cv"], row["cv_limit"]),
                "变化": formats.cv_change(row["cv_before"], row["cv"]),
            }
        )
    return table(
        pd.DataFrame(rows),
        caption=f"{case.before.year}年与{case.year}年比较",
        classes=lambda label, column: (
            f"num {states[label]}"
            if column == f"{case.year}年差异系数"
            else ""
            if column in ("学段", "指标")
            else "num"
        ),
        row_header="指标",
    )

"""Tables of a scenario: the county as it is beside the county as it would be. Made from a :class:`WhatIf`."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.scenario import WhatIf
from edukit.showing import Table, table
from edukit.style import VERDICT_MARKS
from edukit.tables.states import CLASSES, LABELS
from edukit.text import facts

ARROW = " → "


def balance(found: WhatIf, stage: str = "") -> Table | None:
    """Mean and coefficient of variation of every indicator before and after, with limit and verdict.

    Args:
        found: the county before and after.
        stage: only this one; all where blank.
    """
    chosen = found.balance[found.balance["stage"] == stage] if stage else found.balance
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for row in records(chosen):
        indicator, limit = found.after.scheme.indicator(row["indicator"]), row["cv_limit"]
        states |= {(len(rows), "变更后差异系数"): CLASSES[row["verdict"]], (len(rows), "判定"): CLASSES[row["verdict"]]}
        rows.append(
            {
                "学段": STAGES[row["stage"]],
                "指标": f"{indicator.short}（{indicator.unit}）",
                "平均值": _turned(facts.value(indicator, row["mean_before"]), facts.value(indicator, row["mean"])),
                "原差异系数": formats.cv(row["cv_before"], limit),
                "变更后差异系数": formats.cv(row["cv"], limit),
                "变化": _signed(row["cv_change"]),
                "上限": formats.plain(limit),
                "判定": _turned(*(LABELS[row[name]] for name in ("verdict_before", "verdict"))),
            }
        )
    if not rows:
        return None
    frame = pd.DataFrame(rows)
    return table(
        frame.drop(columns="学段") if stage else frame,
        caption=f"变更前后的{STAGES.get(stage, '')}校际差异系数",
        classes=lambda label, column: " ".join(
            filter(None, ("" if column in ("学段", "指标", "判定") else "num", states.get((label, column), "")))
        ),
        row_header="指标",
        numbers={"原差异系数": chosen["cv_before"], "变更后差异系数": chosen["cv"], "变化": chosen["cv_change"]},
    )


def school(found: WhatIf, row: Any, stage: str) -> Table | None:
    """Every indicator of one unit before and after, with the standard.

    Args:
        found: the county before and after.
        row: label of the school in the 学校 sheet.
        stage: stage of the unit.

    Returns:
        None where the unit is judged on neither side.
    """
    cells = found.cells[(found.cells["row"] == row) & (found.cells["stage"] == stage)]
    if cells.empty:
        return None
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for cell in records(cells):
        indicator = found.after.scheme.indicator(cell["indicator"])
        limit, verdict = cell["threshold"], cell["verdict"]
        states |= {(len(rows), "变更后"): CLASSES[verdict], (len(rows), "判定"): CLASSES[verdict]}
        rows.append(
            {
                "指标": f"{indicator.short}（{indicator.unit}）",
                "现在": _marked(facts.value(indicator, cell["value_before"], limit), cell["verdict_before"]),
                "变更后": _marked(facts.value(indicator, cell["value"], limit), verdict),
                "标准": formats.plain(limit),
                "判定": _turned(LABELS[cell["verdict_before"]], LABELS[verdict]),
            }
        )
    name = cells["school"].iloc[0]
    return table(
        pd.DataFrame(rows),
        caption=f"{name}（{STAGES[stage]}）变更前后的各项指标",
        classes=lambda label, column: " ".join(
            filter(None, ("" if column in ("指标", "判定") else "num", states.get((label, column), "")))
        ),
        numbers={"现在": cells["value_before"], "变更后": cells["value"]},
    )


def units(found: WhatIf) -> Table | None:
    """Every unit whose standing changed: pupils, thresholds reached and verdict before and after."""
    rows = found.units[found.units["changed"]].reset_index(drop=True)
    if rows.empty:
        return None
    frame = pd.DataFrame(
        {
            "学校": rows["school"],
            "学段": rows["stage"].map(STAGES),
            "学生数": [_pair(row, "pupils") for row in records(rows)],
            "达标项数": [_pair(row, "n_met") for row in records(rows)],
            "判定": [_turned(LABELS[row["verdict_before"]], LABELS[row["verdict"]]) for row in records(rows)],
        }
    )
    return table(
        frame,
        caption="达标情况有变化的学校",
        classes=lambda label, column: (
            CLASSES[rows.at[label, "verdict"]] if column == "判定" else "" if column in ("学校", "学段") else "num"
        ),
    )


def _pair(row: dict[str, Any], name: str) -> str:
    return _turned(formats.whole(row[f"{name}_before"]), formats.whole(row[name]))


def _turned(before: str, after: str) -> str:
    return after if before == after else f"{before}{ARROW}{after}"


def _marked(text: str, verdict: str) -> str:
    """A number with the mark of what misses its standard or is not known."""
    return f"{VERDICT_MARKS[verdict]}{text}" if verdict in ("not_met", "undetermined") else text


def _signed(value: float) -> str:
    if math.isnan(value):
        return formats.DASH
    return f"{value:+.3f}".replace("-", "−") if round(value, 3) else "0"

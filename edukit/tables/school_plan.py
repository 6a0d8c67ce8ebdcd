"""The tables of the plans of single schools: the list in front, the indicators of a school, and its plan to fill in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.school_plan import SchoolPlan, has_floor
from edukit.showing import Table, table
from edukit.tables.states import CLASSES, LABELS
from edukit.text import facts

MARKS = {"not-met": "▼", "floor": "▽", "unknown": "？"}
TO_FILL = "　"
"""An empty cell that people write into."""


def plan_list(case: Case, made: Sequence[SchoolPlan]) -> Table | None:
    """The contents: every school with type, verdict and number of problems."""
    if not made:
        return None
    rows: list[dict[str, str]] = []
    for plan in made:
        below = plan.problems[plan.problems["kind"] == "threshold"]
        rows.append(
            {
                "序号": str(plan.number),
                "学校": plan.name,
                "办学类型": str(plan.school["school_type"]),
                "在校生": formats.whole(float(plan.units["pupils"].sum())),
                "判定": LABELS[plan.verdict.value if plan.verdict else ""],
                "低于标准": str(len(below)),
                "其他不符合": str(len(plan.problems) - len(below)),
                "待核对": str(len(plan.open)),
            }
        )
    states = [CLASSES[plan.verdict.value if plan.verdict else ""] for plan in made]
    return table(
        pd.DataFrame(rows),
        caption="学校一览（每校一页，按序号排列）",
        classes=lambda label, column: (
            states[label] if column == "判定" else "" if column in ("序号", "学校", "办学类型") else "num"
        ),
        row_header="学校",
        notes=["低于标准、其他不符合、待核对为项数；一贯制学校两个学段分别计。"],
    )


def school_indicators(case: Case, plan: SchoolPlan) -> Table | None:
    """Every indicator of a school, by stage: value, standard, floor; what misses them is marked."""
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    cells = case.now.cells[case.now.cells["unit"].isin(plan.units.index)]
    for number, indicator in enumerate(case.scheme.indicators):
        row = {"指标": f"{indicator.short}（{indicator.unit}）"}
        for stage in plan.stages:
            cell = cells[(cells["stage"] == stage) & (cells["indicator"] == indicator.id)].iloc[0]
            lead = STAGES[stage] if len(plan.stages) > 1 else ""
            state = _state(cell)
            shown = facts.value(indicator, cell["value"], cell["threshold"])
            row[f"{lead}现状值"] = f"{MARKS.get(state, '')}{'' if state == 'unknown' else shown}"
            states[number, f"{lead}现状值"] = state
            if case.scheme.school_rule:
                row[f"{lead}标准值"] = formats.plain(cell["threshold"])
                if has_floor(case.scheme):
                    row[f"{lead}底线"] = formats.plain(cell["floor"])
            else:
                row[f"{lead}{formats.area(case.county)}平均"] = _mean(case, stage, indicator.id)
        rows.append(row)
    low = "▽ 低于标准但不低于底线，▼ 低于底线" if has_floor(case.scheme) else "▼ 低于标准"
    note = f"{low}，？ 缺数据。" if case.scheme.school_rule else ""
    return table(
        pd.DataFrame(rows),
        caption=f"{plan.name}各项指标",
        classes=lambda label, column: "" if column == "指标" else f"num {states.get((label, column), '')}".strip(),
        notes=[note] if note and set(states.values()) - {""} else [],
    )


def _state(cell: pd.Series) -> str:
    if math.isnan(cell["value"]):
        return "unknown"
    if cell["verdict"] != "not_met":
        return ""
    return "not-met" if cell["below_floor"] else "floor"


def _mean(case: Case, stage: str, id_: str) -> str:
    rows = case.now.balance
    mean = rows.loc[(rows["stage"] == stage) & (rows["indicator"] == id_), "mean"]
    return facts.value(case.scheme.indicator(id_), float(mean.iloc[0])) if len(mean) else formats.DASH


def school_plan(case: Case, plan: SchoolPlan) -> Table | None:
    """What a school has to put right, with columns for people to fill in; nothing where it has nothing to do."""
    if plan.problems.empty:
        return None
    found = plan.problems.reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "指标或事项": found["subject"],
            "标准值": found["standard"],
            "现状值": found["value"],
            "缺口": found["gap"],
            "原因": TO_FILL,
            "措施": found["measure"].replace("", TO_FILL),
            "资金": TO_FILL,
            "责任单位/人": TO_FILL,
            "完成时限": TO_FILL,
            "预期值": found["expected"],
        }
    )
    worse = set(found.index[found["below_floor"].astype(bool) | (found["kind"] == "item")])
    made = table(
        frame,
        caption=f"{plan.name}整改方案（一校一案）",
        classes=lambda label, column: ("not-met" if label in worse else "floor") if column == "现状值" else "",
    )
    # The page sets its columns itself: wide enough to write into, on screen and on paper.
    return Table(made.html.replace('class="table-wrap"', 'class="table-wrap to-fill"', 1), made.text)

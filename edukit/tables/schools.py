"""Tables with a row for every unit: its values, and the resources that they were made from."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.schemes import Indicator
from edukit.showing import Table, table
from edukit.tables.states import CLASSES, LABELS
from edukit.text import facts
from edukit.verdict import Verdict


def schools(case: Case, stage: str) -> Table | None:
    """Every unit's value of every indicator, cells below the threshold marked."""
    now = case.now
    units = now.units[now.units["stage"] == stage]
    if units.empty:
        return None
    values = now.matrix("value", stage)
    standing = now.schools.set_index("unit")[["n_met", "verdict"]].to_dict("index")
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    numbers = {"学生数": units["pupils"], **{_heading(i): values[i.id] for i in case.scheme.indicators}}
    for position, (unit, school, pupils) in enumerate(zip(units.index, units["school"], units["pupils"], strict=True)):
        entry: dict[str, str] = {"学校": school, "学生数": formats.whole(pupils)}
        for indicator in case.scheme.indicators:
            cell, limit = now.by_cell[unit, indicator.id], indicator.threshold.get(stage, math.nan)
            state = _state(cell["verdict"], cell["below_floor"], cell["value"])
            entry[_heading(indicator)] = _marked(facts.value(indicator, cell["value"], limit), state)
            states[position, _heading(indicator)] = f"num {state}"
        if case.scheme.school_rule:
            own = standing[unit]
            entry["达标项数"] = f"{int(own['n_met'])}"
            entry["判定"] = LABELS[own["verdict"]]
            states[position, "判定"] = CLASSES[own["verdict"]]
        rows.append(entry)
    notes = []
    if case.scheme.school_rule:
        limits = "；".join(
            f"{i.short}{formats.plain(i.threshold[stage])}" for i in case.scheme.indicators if stage in i.threshold
        )
        notes = [f"标准：{limits}。▽ 未达标准但不低于底线，▼ 低于底线，？ 缺数据。"]
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年{STAGES[stage]}各校指标",
        classes=lambda label, column: states.get((label, column), "num" if column in ("学生数", "达标项数") else ""),
        notes=notes,
        numbers=numbers,
    )


def _heading(indicator: Indicator) -> str:
    return f"{indicator.short}（{indicator.unit}）"


def _state(verdict: str, below_floor: bool, value: float) -> str:
    if math.isnan(value):
        return "unknown"
    if verdict != Verdict.NOT_MET.value:
        return ""
    return "not-met" if below_floor else "floor"


def _marked(text: str, state: str) -> str:
    """A mark beside the colour, for readers who cannot see it and for grey prints."""
    return {"not-met": f"▼{text}", "floor": f"▽{text}", "unknown": "？"}.get(state, text)


def resources(case: Case, stage: str) -> Table | None:
    """What the values were made from: pupils and the resource totals of each unit after the split."""
    now = case.now
    units = now.units[now.units["stage"] == stage]
    if units.empty:
        return None
    totals = now.matrix("resource", stage)
    frame = pd.DataFrame({"学校": units["school"], "学生数": [formats.whole(n) for n in units["pupils"]]})
    numbers = {"学生数": units["pupils"]}
    for indicator in case.scheme.indicators:
        numbers[f"{indicator.resource}（{indicator.resource_unit}）"] = totals[indicator.id]
        frame[f"{indicator.resource}（{indicator.resource_unit}）"] = [_total(x) for x in totals[indicator.id]]
    return table(
        frame.reset_index(drop=True),
        caption=f"{STAGES[stage]}测算所用的资源总量（拆分后）",
        classes=lambda _, column: "" if column == "学校" else "num",
        numbers=numbers,
    )


def _total(value: float) -> str:
    """A resource total; decimals only where the split made some."""
    return "？" if math.isnan(value) else formats.decimal(value, 0 if float(round(value, 6)).is_integer() else 2)

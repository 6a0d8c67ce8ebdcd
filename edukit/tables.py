"""The tables of a report, made from a case. Numbers are rounded for display only; the verdicts beside them are not."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats, trend
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.findings import Severity
from edukit.schemes import Indicator
from edukit.showing import Table, table
from edukit.text import facts
from edukit.verdict import Verdict

LABELS = {verdict.value: verdict.label for verdict in Verdict} | {"": formats.DASH}
CLASSES = {"met": "met", "not_met": "not-met", "undetermined": "unknown", "": ""}


def balance(case: Case) -> Table | None:
    """Mean, standard deviation, CV, limit and verdict of every indicator and stage."""
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    mean = f"{formats.area(case.county)}平均值"
    for row in case.now.balance.to_dict("records"):
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
    for row in case.now.composite.to_dict("records"):
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
        notes=["平均值、标准差按学生数加权；判定使用未取整的数值。"],
    )


def _right(column: str) -> str:
    return "num" if column.endswith("平均值") or column in ("标准差", "上限") else ""


def schools(case: Case, stage: str) -> Table | None:
    """Every unit's value of every indicator, cells below the threshold marked."""
    now = case.now
    units = now.units[now.units["stage"] == stage]
    if units.empty:
        return None
    values, verdicts, below = (now.matrix(column, stage) for column in ("value", "verdict", "below_floor"))
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for position, (unit, row) in enumerate(units.iterrows()):
        entry: dict[str, str] = {"学校": row["school"], "学生数": formats.whole(row["pupils"])}
        for indicator in case.scheme.indicators:
            limit = indicator.threshold.get(stage, math.nan)
            state = _state(
                verdicts.at[unit, indicator.id], bool(below.at[unit, indicator.id]), values.at[unit, indicator.id]
            )
            entry[_heading(indicator)] = _marked(facts.value(indicator, values.at[unit, indicator.id], limit), state)
            states[position, _heading(indicator)] = f"num {state}"
        if case.scheme.school_rule:
            own = now.schools.loc[unit]
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


def plan(case: Case) -> Table | None:
    """Every shortfall: standard, value, what is short, and what to do about it (一校一案).

    What several sections of a school share is one row for the school, with the need of the section that asks for most:
    a section's own part of a room means nothing.
    """
    if case.gaps.empty:
        return None
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    shared = case.gaps["split"] & (case.now.units.loc[case.gaps["unit"], "share"] < 1).to_numpy()
    order = case.gaps.assign(row=case.gaps["unit"].map(case.now.units["row"]), shared=shared)
    order = order.assign(group=order["unit"].mask(shared, -1)).sort_values(["row", "unit"], kind="stable")
    for _, part in order.groupby(["row", "group", "indicator"], sort=False):
        states[len(rows)] = "not-met" if part["below_floor"].any() else "floor"
        rows.append(_plan_row(case, part.to_dict("records")))
    least = "缺数据的学校和指标没有列入。" if facts.known_only(case) else ""
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年各校缺口与措施",
        classes=lambda label, column: {
            "现状": f"num {states[label]}",
            "标准": "num",
            "缺口": "num",
            "至底线": "num",
        }.get(column, ""),
        notes=[
            "缺口为达到标准还需增加的数量，“至底线”为达到标准的底线还需增加的数量。"
            f"多学段共用的资源按全校计，以要求最高的学段为准。{least}"
        ],
    )


def _plan_row(case: Case, gaps: list[dict[str, Any]]) -> dict[str, str]:
    """One unit's shortfall of one indicator; or that of all sections of a school where they share the resource."""
    first = gaps[0]
    indicator, whole = case.scheme.indicator(first["indicator"]), bool(first["shared"])
    lead = [STAGES[gap["stage"]] if whole else "" for gap in gaps]
    values = [facts.value(indicator, gap["value"], gap["threshold"]) for gap in gaps]
    to_floor = max(gap["school_to_floor"] for gap in gaps)
    below = any(gap["below_floor"] for gap in gaps)
    return {
        "学校": f"{first['school']}（全校）" if whole else facts.unit_name(case.now, first["unit"]),
        "指标": indicator.short,
        "标准": "、".join(f"{at}{formats.plain(gap['threshold'])}" for at, gap in zip(lead, gaps, strict=True)),
        "现状": "、".join(f"{at}{value}" for at, value in zip(lead, values, strict=True)),
        "缺口": formats.amount(max(gap["school_to_threshold"] for gap in gaps), indicator.resource_unit),
        "至底线": formats.amount(to_floor, indicator.resource_unit) if below else formats.DASH,
        "措施": indicator.remedy,
    }


def items(case: Case) -> Table | None:
    """Every item of the other blocks with its verdict and what it rests on."""
    if case.now.items.empty:
        return None
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for row in case.now.items.to_dict("records"):
        states[len(rows)] = CLASSES[row["verdict"]]
        rows.append(
            {
                "编号": row["id"],
                "事项": row["name"],
                "判定": {"met": "达到", "not_met": "未达到", "undetermined": "无法判定"}[row["verdict"]],
                "依据": row["evidence"],
            }
        )
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年政府保障程度、教育质量等事项判定",
        classes=lambda label, column: states[label] if column == "判定" else "",
        row_header="事项",
    )


def change(case: Case) -> Table | None:
    """CV and mean of both years; nothing where there is no year before."""
    if case.before is None:
        return None
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for row in trend.balance_change(case.before, case.now).to_dict("records"):
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
                "变化": _signed(round(row["cv"], 3) - round(row["cv_before"], 3)),  # as a reader subtracts
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


def _signed(value: float) -> str:
    return formats.DASH if math.isnan(value) else f"{value:+.3f}".replace("-", "−")


def excluded(case: Case) -> Table | None:
    """Schools that were left out, each with the reason."""
    frame = case.now.excluded
    if frame.empty:
        return None
    rows = pd.DataFrame(
        {
            "学校": frame["school"],
            "学段": frame["stage"].map({**STAGES, "": formats.DASH}),
            "学生数": [formats.whole(float(n)) for n in frame["pupils"]],
            "原因": frame["reason"],
        }
    )
    return table(rows, caption="未计入的学校", classes=lambda _, column: "num" if column == "学生数" else "")


def findings(case: Case) -> Table | None:
    """Everything that reading and checking noticed, with its cell."""
    if not case.now.findings:
        return None
    rows = [
        {
            "程度": f.severity.label,
            "位置": f.where,
            "问题": f.problem,
            "应为": f.expected,
            "实为": f.found,
            "处理": f.action,
        }
        for f in case.now.findings
    ]
    warned = {i for i, f in enumerate(case.now.findings) if f.severity is Severity.WARNING}
    return table(
        pd.DataFrame(rows),
        caption="数据问题清单",
        classes=lambda label, column: "floor" if column == "程度" and label in warned else "",
        row_header="位置",
    )


def resources(case: Case, stage: str) -> Table | None:
    """What the values were made from: pupils and the resource totals of each unit after the split."""
    now = case.now
    units = now.units[now.units["stage"] == stage]
    if units.empty:
        return None
    totals = now.matrix("resource", stage)
    frame = pd.DataFrame({"学校": units["school"], "学生数": [formats.whole(n) for n in units["pupils"]]})
    for indicator in case.scheme.indicators:
        frame[f"{indicator.resource}（{indicator.resource_unit}）"] = [_total(x) for x in totals[indicator.id]]
    return table(
        frame.reset_index(drop=True),
        caption=f"{STAGES[stage]}测算所用的资源总量（拆分后）",
        classes=lambda _, column: "" if column == "学校" else "num",
    )


def _total(value: float) -> str:
    """A resource total; decimals only where the split made some."""
    return "？" if math.isnan(value) else formats.decimal(value, 0 if float(round(value, 6)).is_integer() else 2)

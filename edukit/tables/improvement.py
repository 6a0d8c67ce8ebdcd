"""Tables of an improvement report, made from an :class:`edukit.improvement.Improvement`; None for nothing to show."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats
from edukit.changes import KINDS
from edukit.dictionary import STAGES
from edukit.fragility import PUPILS_IN, PUPILS_OUT, RESOURCE_OUT
from edukit.frames import records
from edukit.improvement import TARGETS, Improvement
from edukit.plan.costs import lever_field
from edukit.showing import Table, table
from edukit.style import VERDICT_MARKS
from edukit.tables.states import CLASSES
from edukit.text.improvement.risks import newly
from edukit.text.improvement.words import thing, year
from edukit.verdict import Verdict

MOST = 60
"""Rows that a page lists; all are in the workbook."""
SPREAD = {"narrows": "缩小", "widens": "扩大", "mixed": "不一致", "same": "不变", "unknown": "缺数据"}


def costs(made: Improvement) -> Table | None:
    """元 of the cheapest plans by indicator and kind, the targets side by side."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    scheme = made.case.scheme
    targets = [target for target, plan in made.least.items() if len(plan.actions)]
    for target in targets:
        actions = made.least[target].actions
        for (id_, kind), own in actions.groupby(["indicator", "kind"], sort=False):
            row = rows.setdefault((str(id_), str(kind)), {})
            row[target] = (float(own["quantity"].sum()), float(own["cost"].sum()), str(own["unit"].iloc[0]))
    if not rows:
        return None
    order = sorted(rows, key=lambda key: (scheme.ids.index(key[0]), list(KINDS).index(key[1])))
    lines: list[dict[str, str]] = []
    for id_, kind in order:
        line = {"指标": scheme.indicator(id_).short, "措施": KINDS[kind]}
        for target in targets:
            quantity, cost, unit = rows[id_, kind].get(target, (math.nan, math.nan, ""))
            line[f"{TARGETS[target]}：数量"] = formats.amount(quantity, unit)
            line[f"{TARGETS[target]}：费用"] = formats.amount(cost, "元")
        lines.append(line)
    total = {"指标": "合计", "措施": ""}
    for target in targets:
        total[f"{TARGETS[target]}：数量"] = f"{len(made.least[target].actions)}项措施"
        total[f"{TARGETS[target]}：费用"] = formats.amount(made.least[target].cost, "元")
    return table(
        pd.DataFrame([*lines, total]),
        caption="最省方案的数量和费用",
        classes=lambda _, column: "" if column in ("指标", "措施") else "num",
    )


def unit_costs(made: Improvement) -> Table | None:
    """What one unit of each resource is taken to cost, and where the number comes from."""
    lines = []
    for indicator in made.case.scheme.indicators:
        cost = made.costs.of(lever_field(indicator).replace("_{stage}", ""))
        moved = "" if cost.move is None else f"{formats.whole(cost.move)}元/人"
        lines.append(
            {
                "指标": indicator.short,
                "措施": KINDS[cost.kind],
                "单价": f"{formats.plain(cost.cost)}元/{indicator.resource_unit}",
                "交流一人": moved or formats.DASH,
                "来源": cost.source or "估计",
            }
        )
    return table(
        pd.DataFrame(lines),
        caption="单价及来源",
        classes=lambda _, column: "num" if column in ("单价", "交流一人") else "",
    )


def roadmap(made: Improvement) -> Table | None:
    """Year by year: schools to be repaired and repaired, units, coefficients above their limit, money, verdict."""
    if made.plan.actions.empty:
        return None
    lines: list[dict[str, Any]] = []
    states: dict[tuple[int, str], str] = {}
    for row in records(made.plan.yearly):
        states[len(lines), "年末预期结论"] = CLASSES[row["verdict"]]
        lines.append(
            {
                "年度": str(row["year"]),
                "应达标学校（累计）": int(row["target"]),
                "预计达标学校（累计）": int(row["repaired"]),
                "达标的学段单位": f"{row['units_met']}/{row['units']}",
                "超限差异系数": int(row["cvs_over"]),
                "投入": formats.amount(float(row["cost"]), "元"),
                "年末预期结论": f"{VERDICT_MARKS[row['verdict']]}{Verdict(row['verdict']).label}",
            }
        )
    return table(
        pd.DataFrame(lines),
        caption="分年度路线图",
        classes=lambda label, column: states.get(
            (label, column), "num" if column in ("达标的学段单位", "投入") else ""
        ),
        notes=[f"整改前未达到目标的学校{int(made.plan.yearly['failing_schools'].iloc[0])}所。"],
    )


def actions(made: Improvement) -> Table | None:
    """一校一案: everything that is to be done, by year and school."""
    found = made.plan.actions
    if found.empty:
        return None
    lines = []
    for row in records(found.head(MOST)):
        indicator = made.case.scheme.indicator(row["indicator"])
        origin = f"（自{row['from_school']}）" if row["from_school"] else ""
        lines.append(
            {
                "年度": str(row["year"]),
                "学校": row["school"],
                "学段": STAGES.get(row["stage"], "全校"),
                "指标": indicator.short,
                "措施": f"{KINDS[row['kind']]}{origin}",
                "数量": formats.amount(float(row["quantity"]), row["unit"]),
                "费用": formats.amount(float(row["cost"]), "元"),
            }
        )
    cut = [f"共{len(found)}项，列出{MOST}项，全部见 Excel。"] if len(found) > MOST else []
    return table(
        pd.DataFrame(lines),
        caption=f"一校一案：{TARGETS[made.target]}的措施",
        classes=lambda _, column: "num" if column in ("数量", "费用") else "",
        row_header="学校",
        notes=cut,
    )


def coefficients_near(made: Improvement) -> Table | None:
    """For each coefficient within its limit the smallest change at one school that takes it beyond."""
    near = made.cvs_near
    if near.empty or near["amount"].apply(math.isinf).all():
        return None
    lines = []
    for (stage, id_), part in near.groupby(["stage", "indicator"], sort=False):
        own = part.set_index("cause")
        first = part.iloc[0]
        short = "综合差异系数" if id_ == "composite" else made.case.scheme.indicator(str(id_)).short
        lines.append(
            {
                "near": first["cv"] / first["limit"],
                "学段": STAGES[str(stage)],
                "指标": short,
                "差异系数": formats.cv(first["cv"], first["limit"]),
                "上限": formats.plain(first["limit"]),
                "学生增加": _change(own.loc[PUPILS_IN]),
                "学生减少": _change(own.loc[PUPILS_OUT]),
                "资源减少": _change(own.loc[RESOURCE_OUT]),
            }
        )
    rows = pd.DataFrame(lines).sort_values("near", ascending=False, kind="stable").drop(columns="near")
    return table(
        rows.reset_index(drop=True),
        caption="使差异系数超过上限的最小变化（只在一所学校发生，其他不变）",
        classes=lambda _, column: "num" if column in ("差异系数", "上限") else "",
        row_header="指标",
        notes=["“不会”指任何一所学校单独变化都不会使该项超过上限。"],
    )


def _change(row: pd.Series) -> str:
    if math.isinf(row["amount"]):
        return "不会"
    unit = str(row["measure"])
    if unit.endswith("）"):  # of a composite: the indicator and its unit
        name, _, own = unit.removesuffix("）").partition("（")
        return f"{name}{formats.amount(row['amount'], own)}（{row['school']}）"
    return f"{formats.amount(row['amount'], unit)}（{row['school']}）"


def ahead(made: Improvement) -> Table | None:
    """What is met today and may fail, with the first year at the low and at the high end of the range."""
    rows = newly(made)
    if rows.empty:
        return None
    lines = [
        {
            "最早年份": year(row["earliest"]),
            "事项": thing(made, row),
            "低值时": year(row["first_low"]),
            "高值时": year(row["first_high"]),
        }
        for row in records(rows.head(MOST))
    ]
    notes = ["资源、教师和班级数不变，只有学生数按推算范围变化；“—”表示推算期内没有。"]
    notes += [f"共{len(rows)}项，列出最早的{MOST}项。"] if len(rows) > MOST else []
    return table(pd.DataFrame(lines), caption="不整改时各项要求最早不再达到的年份", row_header="事项", notes=notes)


def convergence(made: Improvement) -> Table | None:
    """First and last year of each indicator: coefficient, and the weakest and strongest quarter."""
    found = made.convergence
    if found is None:
        return None
    first, last = made.watch.base.year, made.case.year
    lines = []
    for row in records(found):
        indicator = made.case.scheme.indicator(row["indicator"])
        lines.append(
            {
                "学段": STAGES[row["stage"]],
                "指标": f"{indicator.short}（{indicator.unit}）",
                f"差异系数{first}→{last}": _pair(row["cv_first"], row["cv"], 3),
                "校际差距": SPREAD[row["spread"]],
                "最弱四分之一": _pair(row["bottom_first"], row["bottom"], indicator.digits),
                "最强四分之一": _pair(row["top_first"], row["top"], indicator.digits),
                "薄弱学校是否追上": {True: "是", False: "否", None: formats.DASH}[row["catching_up"]],
            }
        )
    return table(
        pd.DataFrame(lines),
        caption=f"{first}年至{last}年校际差距的变化",
        classes=lambda _, column: "num" if "四分之一" in column or "差异系数" in column else "",
        row_header="指标",
        notes=[
            "最弱（最强）四分之一为期初水平最低（最高）的学校，合计占学生的四分之一；薄弱学校增加得更多为“是”。"
            "校际差距按差异系数和泰尔指数判断，两者方向不同的为“不一致”。"
        ],
    )


def _pair(first: float, last: float, digits: int) -> str:
    if math.isnan(first) and math.isnan(last):
        return formats.DASH
    return f"{formats.decimal(first, digits)}→{formats.decimal(last, digits)}"

"""Tables of a city, made from an :class:`edukit.city.City`."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats
from edukit.city import COMPOSITE, PACES, City, gap_ledger, overview
from edukit.city import blocks as blocks_of
from edukit.city import cvs as cvs_of
from edukit.city import targets as targets_of
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.showing import Table, table
from edukit.tables.states import CLASSES
from edukit.verdict import Verdict

OUTCOMES = {"met": "达到", "not_met": "未达到", "undetermined": "无法判定", "": formats.DASH}


def counties(city: City) -> Table | None:
    """Every county: units, share that passes, coefficients over their limit, the largest, verdicts, target year."""
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    targets = not overview(city)["target"].isna().all()
    for row in records(overview(city)):
        here = len(rows)
        unknown = f"，缺{row['n_cv_unknown']}项" if row["n_cv_unknown"] else ""
        states[here, "总的结论"] = CLASSES[row["verdict"]]
        target = (
            {"目标年份": formats.DASH if math.isnan(row["target"]) else f"{row['target']:.0f}年"} if targets else {}
        )
        rows.append(
            {
                "县（市、区）": row["county"],
                "总的结论": OUTCOMES[row["verdict"]],
                **target,
                "学校": f"{row['n_schools']}",
                "单位": f"{row['n_units']}",
                "达标比例": formats.percent(row["met_share"]),
                "差异系数超上限": f"{row['n_over']}/{row['n_cvs']}项{unknown}",
                "最大差异系数": _largest(city, row),
            }
        )
    return table(
        pd.DataFrame(rows),
        caption=f"{city.name}{city.year}年各县一览",
        classes=lambda label, column: states.get(
            (label, column), "num" if column in ("学校", "单位", "达标比例", "差异系数超上限") else ""
        ),
        notes=["单位：学校按学段计。最大差异系数为与上限之比最大的一项；没有上限的，为数值最大的一项。"],
    )


def _largest(city: City, row: dict[str, Any]) -> str:
    if math.isnan(row["max_cv"]):
        return formats.DASH
    return (
        f"{STAGES[row['max_stage']]}{_short(city, row['max_indicator'])} {formats.cv(row['max_cv'], row['max_limit'])}"
    )


def _short(city: City, id_: str) -> str:
    return "综合差异系数" if id_ == COMPOSITE else city.scheme.indicator(id_).short


def blocks(city: City) -> Table | None:
    """Every county's verdict on every block."""
    found = blocks_of(city)
    rows = [
        {"县（市、区）": str(name)} | {column: OUTCOMES[own] for column, own in row.items()}
        for name, row in found.iterrows()
    ]
    states = {
        (i, str(column)): CLASSES[own] for i, (_, row) in enumerate(found.iterrows()) for column, own in row.items()
    }
    return table(pd.DataFrame(rows), caption=f"{city.name}{city.year}年各县分方面判定", classes=states)


def coefficients(city: City, stage: str) -> Table | None:
    """Every county's coefficients of one stage, those over their limit marked."""
    every = cvs_of(city)
    own = every[every["stage"] == stage]
    if own.empty:
        return None
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for county, part in own.groupby("county", sort=False):
        row = {"县（市、区）": str(county)}
        for cell in records(part):
            name = _short(city, cell["indicator"])
            row[name] = "？" if math.isnan(cell["cv"]) else formats.cv(cell["cv"], cell["limit"])
            row[name] += "▼" if cell["verdict"] == Verdict.NOT_MET.value else ""
            states[len(rows), name] = f"num {CLASSES[cell['verdict']]}"
        rows.append(row)
    limits = own.drop_duplicates("indicator").dropna(subset=["limit"])
    told = "；".join(f"{_short(city, row.indicator)}{formats.plain(row.limit)}" for row in limits.itertuples())
    if limits["limit"].nunique() == 1 and len(limits) > 1:
        told = f"各项均为{formats.plain(limits['limit'].iloc[0])}"
    return table(
        pd.DataFrame(rows).fillna(formats.DASH),
        caption=f"各县{STAGES[stage]}校际差异系数",
        classes=states,
        notes=[f"上限：{told}。▼ 超过上限，？ 缺数据。"] if told else (),
    )


def shortfalls(city: City) -> Table | None:
    """The ledger of gaps by county and indicator: units below, what is short, what a year must repair."""
    found = gap_ledger(city)
    if found.empty:
        return None
    yearly = found["share"].notna().any()
    rows = [
        {
            "县（市、区）": row["county"],
            "指标": city.scheme.indicator(row["indicator"]).short,
            "未达标单位": f"{row['units']}/{row['n_units']}",
            "低于底线": f"{row['below_floor']}",
            "缺数据": f"{row['unknown']}" if row["unknown"] else formats.DASH,
            "缺口": formats.amount(row["amount"], row["resource_unit"]) if row["units"] else formats.DASH,
            **(
                {"一年内至少修复": f"{row['due']:.0f}个（{row['share']:.0%}）" if row["units"] else formats.DASH}
                if yearly
                else {}
            ),
        }
        for row in records(found)
    ]
    lacking = {(i, "缺数据"): "unknown" for i, unknown in enumerate(found["unknown"]) if unknown}
    return table(
        pd.DataFrame(rows),
        caption=f"{city.name}{city.year}年县级主要差距台账",
        classes=lambda label, column: (
            "" if column in ("县（市、区）", "指标") else f"num {lacking.get((label, column), '')}"
        ),
        notes=[
            "缺口为各校达到标准须增加的数量之和；多学段共用的资源按全校计，以要求最高的学段为准。缺数据的单位没有计入。"
        ],
    )


def targets(city: City) -> Table | None:
    """Who is on the way to its target year."""
    found = targets_of(city)
    if found.empty:
        return None
    tones = {"done": "met", "ahead": "met", "behind": "not-met", "due": "not-met", "untold": "unknown"}
    rows = [
        {
            "县（市、区）": row["county"],
            "目标年份": f"{row['target']}年",
            "还有": f"{row['years_left']}年" if row["years_left"] > 0 else "已到期",
            "未达标单位": formats.whole(row["failing"]),
            "缺数据": formats.whole(row["unknown"]),
            "每年须减少": formats.whole(row["per_year"]),
            "上年未达标": formats.whole(row["failing_before"]),
            "一年修复": formats.whole(row["repaired"]),
            "一年退步": formats.whole(row["fallen"]),
            "进度": PACES[row["state"]],
        }
        for row in records(found)
    ]
    states = found["state"].map(tones).tolist()
    return table(
        pd.DataFrame(rows),
        caption=f"{city.name}各县目标年份与进度",
        classes=lambda label, column: states[label] if column == "进度" else "" if column == "县（市、区）" else "num",
        notes=["单位：学段单位数（个）。一年修复、一年退步为上年到本年由未达标变为达标、由达标变为未达标的单位。"],
    )

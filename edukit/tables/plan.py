"""The table of what every school is short of, and what to do about it (一校一案)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.showing import Table, table
from edukit.text import facts


def plan(case: Case) -> Table | None:
    """Every shortfall: standard, value, what is short, and what to do about it (一校一案).

    What several sections of a school share is one row for the school, with the need of the section that asks for most:
    a section's own part of a room means nothing.
    """
    if case.gaps.empty:
        return None
    split = case.gaps["split"] & (case.now.units.loc[case.gaps["unit"], "share"] < 1).to_numpy()
    order = case.gaps.assign(shared=split).sort_values(["row", "unit"], kind="stable")
    together: dict[Any, list[dict[str, Any]]] = {}
    for gap in records(order):
        section = None if gap["shared"] else gap["unit"]
        together.setdefault((gap["row"], section, gap["indicator"]), []).append(gap)
    states = ["not-met" if any(gap["below_floor"] for gap in gaps) else "floor" for gaps in together.values()]
    least = "缺数据的学校和指标没有列入。" if facts.known_only(case) else ""
    return table(
        pd.DataFrame([_plan_row(case, gaps) for gaps in together.values()]),
        caption=f"{case.county}{case.year}年各校缺口与措施",
        classes=lambda label, column: (
            f"num {states[label]}" if column == "现状" else "num" if column in ("标准", "缺口", "至底线") else ""
        ),
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
        "学校": f"{first['school']}（全校）" if whole else case.now.unit_names[first["unit"]],
        "指标": indicator.short,
        "标准": "、".join(f"{at}{formats.plain(gap['threshold'])}" for at, gap in zip(lead, gaps, strict=True)),
        "现状": "、".join(f"{at}{value}" for at, value in zip(lead, values, strict=True)),
        "缺口": formats.amount(max(gap["school_to_threshold"] for gap in gaps), indicator.resource_unit),
        "至底线": formats.amount(to_floor, indicator.resource_unit) if below else formats.DASH,
        "措施": indicator.remedy,
    }

"""From year to year: what is spent, how many units meet the standard, and the verdict to expect at the year's end."""

from __future__ import annotations

from typing import Any

import pandas as pd

from edukit import formats, style
from edukit.figures.canvas import EDGE, WIDTH, Sheet
from edukit.figures.measuring import SMALL, measure, widest
from edukit.figures.wording import MET, NOT_MET
from edukit.frames import records
from edukit.improvement import TEN_THOUSAND, Improvement
from edukit.showing import Chart
from edukit.verdict import Verdict

ROW, BAR = 0.36, 0.18


def steps(made: Improvement) -> pd.DataFrame:
    """Today and the end of each year: year, cost (元 of the year), units_met, units, cvs_over, verdict."""
    now = made.now
    bad, good = Verdict.NOT_MET.value, Verdict.MET.value
    today = {
        "year": made.case.year,
        "cost": 0.0,
        "units_met": int((now.schools["verdict"] == good).sum()),
        "units": len(now.schools),
        "cvs_over": int((now.balance["verdict"] == bad).sum() + (now.composite["verdict"] == bad).sum()),
        "verdict": now.resource_verdict.value,
    }
    return pd.concat([pd.DataFrame([today]), made.plan.yearly[list(today)]], ignore_index=True)


def roadmap(made: Improvement) -> Chart | None:
    """A row for today and each year of the plan: money, units that meet the standard, coefficients above, verdict.

    Returns:
        None where nothing is planned.
    """
    if made.plan.actions.empty:
        return None
    rows = steps(made)
    judged = made.case.scheme.school_rule is not None
    money = [formats.amount(float(cost), "元") if year > made.case.year else "现状" for year, cost in _pairs(rows)]
    units = [f"{met}/{of}" for met, of in zip(rows["units_met"], rows["units"], strict=True)]
    over = [f"{n}项" if n else "无" for n in rows["cvs_over"]]
    words = [f"{style.VERDICT_MARKS[v]}{Verdict(v).label}" for v in rows["verdict"]]
    heads = ("投入", "达标的学段单位", "超限差异系数", "年末结论" if len(rows) > 1 else "结论")
    year_width = measure("0000年末") + 0.2
    over_width = max(widest(over, SMALL), measure(heads[2], SMALL)) + 0.2
    word_width = max(widest(words, SMALL), measure(heads[3], SMALL)) + 0.1
    bars = WIDTH - 2 * EDGE - year_width - over_width - word_width
    half = bars / 2 if judged else bars
    lefts = (EDGE + year_width, EDGE + year_width + half, EDGE + year_width + bars, WIDTH - EDGE - word_width)
    top = EDGE + 0.32
    sheet = Sheet(top + ROW * len(rows) + EDGE)
    for place, (left, head) in enumerate(zip(lefts, heads, strict=True)):
        if place != 1 or judged:
            sheet.text(left, top - 0.16, head, size=SMALL, colour=style.MUTED)
    sheet.lines([(EDGE, top + i * ROW, WIDTH - EDGE, top + i * ROW) for i in range(len(rows) + 1)], style.RULE)
    money_room = half - widest(money, SMALL) - 0.3
    unit_room = half - widest(units, SMALL) - 0.3
    for i, row in enumerate(records(rows)):
        y = top + (i + 0.5) * ROW
        sheet.text(EDGE, y, f"{row['year']}年" + ("末" if i else ""))
        length = row["cost"] / max(rows["cost"].max(), 1.0) * money_room
        sheet.bars([(lefts[0], y - BAR / 2, max(length, 0.01), BAR)] if row["cost"] else [], style.EMPHASIS)
        sheet.text(lefts[0] + (length + 0.06 if row["cost"] else 0), y, money[i], size=SMALL)
        if judged:
            met = row["units_met"] / max(row["units"], 1) * unit_room
            sheet.bars([(lefts[1], y - BAR / 2, unit_room, BAR)], style.NOT_MET_TINT, edge=style.NOT_MET)
            sheet.bars([(lefts[1], y - BAR / 2, met, BAR)] if met else [], style.MET)
            sheet.text(lefts[1] + unit_room + 0.06, y, units[i], size=SMALL)
        colour = style.NOT_MET_TEXT if row["cvs_over"] else style.MET_TEXT
        sheet.text(lefts[2], y, over[i], size=SMALL, colour=colour)
        sheet.text(lefts[3], y, words[i], size=SMALL, colour=style.VERDICT_TEXTS[row["verdict"]])
    return sheet.chart(made.case, alt=_alt(rows), caption=_caption(made), data=_data(rows))


def _pairs(rows: pd.DataFrame) -> list[tuple[int, float]]:
    return list(zip(rows["year"], rows["cost"], strict=True))


def _caption(made: Improvement) -> str:
    end = made.case.year + len(made.plan.yearly)
    return (
        f"{made.case.year + 1}年至{end}年路线图：各年投入和年末预期（只就资源配置指标，学生数按{made.case.year}年计）"
    )


def _alt(rows: pd.DataFrame) -> str:
    parts = [_told(row) for row in records(rows)]
    return "；".join(parts) + "。"


def _told(row: dict[str, Any]) -> str:
    word = {MET: "达标", NOT_MET: "未达标"}.get(row["verdict"], "无法判定")
    spent = f"投入{row['cost'] / TEN_THOUSAND:,.2f}万元，" if row["cost"] else ""
    return (
        f"{row['year']}年{spent}{row['units']}个学段单位中{row['units_met']}个达标、"
        f"{row['cvs_over']}项差异系数超限，结论{word}"
    )


def _data(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "年度": rows["year"].map(str),
            "投入（元）": rows["cost"],
            "达标的学段单位": rows["units_met"],
            "学段单位": rows["units"],
            "超限差异系数": rows["cvs_over"],
            "年末结论": [Verdict(verdict).label for verdict in rows["verdict"]],
        }
    )

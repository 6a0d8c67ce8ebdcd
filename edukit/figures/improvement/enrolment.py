"""Pupils so far and in the years to come: a range for each year, and how much fails by then if nothing is done."""

from __future__ import annotations

import math
from itertools import pairwise

import pandas as pd

from edukit import formats, schools, style
from edukit.dictionary import STAGES
from edukit.figures.canvas import EDGE, WIDTH, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, TITLE
from edukit.improvement import Improvement
from edukit.showing import Chart

TALL, HEAD, FOOT, PAD = 1.15, 0.3, 0.26, 0.16
"""Height of a panel's drawing, room for its title, for the years below, and within above and below, in inches."""
BAR = 0.16


def past(made: Improvement) -> pd.DataFrame:
    """Pupils of the years with data: stage, year, low, high (the same; NaN where a school's are unknown)."""
    rows = []
    for each in made.years:
        pupils = schools.stage_pupils(each.source)
        for stage in each.scheme.stages:
            total = float(pupils[stage].sum(skipna=False))
            if total or math.isnan(total):
                rows.append({"stage": stage, "year": each.year, "low": total, "high": total})
    return pd.DataFrame(rows, columns=["stage", "year", "low", "high"])


def enrolment(made: Improvement) -> Chart | None:
    """A panel for each stage: dots for the years with data, bars from the low to the high end for those to come.

    Returns:
        None where nothing can be projected.
    """
    ahead = made.projected.county
    ahead = ahead[ahead["year"] > made.case.year]
    if not ahead["low"].notna().any():
        return None
    rows = pd.concat([past(made).assign(known=True), ahead.assign(known=False)], ignore_index=True)
    stages = [stage for stage in made.now.scheme.stages if rows.loc[rows["stage"] == stage, "low"].notna().any()]
    key = [KeyEntry("o", style.EMPHASIS, "已有数据"), KeyEntry("bar", style.NEUTRAL, "推算范围（低值至高值）")]
    first, last = int(rows["year"].min()), int(rows["year"].max())
    top = EDGE + key_height(key)
    each = HEAD + TALL + FOOT
    sheet = Sheet(top + each * len(stages) + EDGE)
    sheet.key(EDGE, key)
    x = Scale(first, last, EDGE + 0.5, WIDTH - EDGE - 0.5)
    for place, stage in enumerate(stages):
        _stage(sheet, rows[rows["stage"] == stage], STAGES[stage], x, top + place * each, made.case.year)
    return sheet.chart(
        made.case,
        alt=_alt(made, rows, stages),
        caption=f"{first}年至{last}年在校生：{made.case.year}年以后为推算范围，不是预测值",
        data=_data(rows),
        formats={"低值": formats.whole, "高值": formats.whole},
    )


def _stage(sheet: Sheet, rows: pd.DataFrame, name: str, x: Scale, top: float, year: int) -> None:
    known = rows.dropna(subset=["low"])
    low, high = float(known["low"].min()), float(known["high"].max())
    room = (high - low) * 0.15 or max(high * 0.05, 1.0)
    start = top + HEAD
    y = Scale(high + room, max(0.0, low - room), start + PAD, start + TALL - PAD)
    sheet.text(EDGE, top + 0.12, f"{name}在校生（人）", size=TITLE)
    sheet.lines([(EDGE, start + TALL, WIDTH - EDGE, start + TALL)], style.RULE)
    border = (x(year) + x(year + 1)) / 2
    sheet.lines([(border, start, border, start + TALL)], style.RULE, dash=True)
    seen = [(x(r.year), y(r.low), r.year) for r in known[known["known"]].itertuples()]
    sheet.lines([(a[0], a[1], b[0], b[1]) for a, b in pairwise(seen) if b[2] == a[2] + 1], style.EMPHASIS, width=1.4)
    for row in known.itertuples():
        middle = x(row.year)
        if row.known:
            sheet.dots([(middle, y(row.low))], style.EMPHASIS)
            sheet.text(middle, y(row.low) - 0.13, formats.whole(row.low), size=SMALL, align="center")
            continue
        upper, lower = y(row.high), y(row.low)
        height = max(lower - upper, 0.03)
        sheet.bars([(middle - BAR / 2, upper, BAR, height)], style.NEUTRAL)
        text = formats.whole(row.low)
        if formats.whole(row.high) != text:
            sheet.text(middle, lower + 0.12, text, size=SMALL, align="center")
            text = formats.whole(row.high)
        sheet.text(middle, upper - 0.11, text, size=SMALL, align="center")
    for own in sorted(set(rows["year"])):
        sheet.text(x(own), start + TALL + 0.13, f"{own}", size=SMALL, colour=style.MUTED, align="center")


def _alt(made: Improvement, rows: pd.DataFrame, stages: list[str]) -> str:
    parts = []
    for stage in stages:
        own = rows[(rows["stage"] == stage) & rows["low"].notna()]
        now = own[own["known"]].tail(1)
        then = own[~own["known"]].tail(1)
        if now.empty or then.empty:
            parts.append(f"{STAGES[stage]}缺数据，无法推算")
            continue
        a, b = now.iloc[0], then.iloc[0]
        low, high = formats.whole(b["low"]), formats.whole(b["high"])
        span = f"{low}人" if low == high else f"{low}至{high}人"
        parts.append(f"{STAGES[stage]}在校生{a['year']}年{formats.whole(a['low'])}人，{b['year']}年推算为{span}")
    return "；".join(parts) + "。"


def _data(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "学段": rows["stage"].map(STAGES),
            "年度": rows["year"].map(str),
            "低值": rows["low"],
            "高值": rows["high"],
            "来源": rows["known"].map({True: "学校数据", False: "推算"}),
        }
    )

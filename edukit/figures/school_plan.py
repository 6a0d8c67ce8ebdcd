"""One school's indicators against the standards, small enough for the school's page."""

from __future__ import annotations

import math

import pandas as pd

from edukit import formats, style
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.figures.canvas import EDGE, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, measure, widest
from edukit.figures.wording import FLOOR, MET, NOT_MET, has_thresholds, share_text, state_words, states_of
from edukit.school_plan import SchoolPlan, has_floor
from edukit.showing import Chart
from edukit.verdict import Verdict

WIDTH, ROW, GAP = 6.0, 0.195, 0.25
"""Narrower than other figures: it is printed small, and its words must still be read."""
AXIS = 0.24
FARTHEST = 2.0
"""End of the scale, as a multiple of the standard; what lies beyond is drawn at the end with an arrow."""
PLAIN = "plain"
MARKERS = {MET: "o", FLOOR: "v", NOT_MET: "v", PLAIN: "o"}
COLOURS = {**style.VERDICT_COLOURS, PLAIN: style.PRIMARY, FLOOR: style.FLOOR_TEXT}


def school(case: Case, plan: SchoolPlan) -> Chart | None:
    """Every indicator of one school relative to the standard, or to the county's mean, a panel for each stage.

    Returns:
        None where nothing is known of the school, and where it passes in everything: its page stays short.
    """
    if plan.verdict is Verdict.MET and plan.problems.empty:
        return None
    judged = has_thresholds(case.scheme)
    rows = _rows(case, plan, judged)
    known = rows[rows["ratio"].notna()]
    if known.empty:
        return None
    words = state_words(case.scheme)
    key = [
        KeyEntry("o" if state == MET else "v", COLOURS[state], words[state], hollow=state == FLOOR)
        for state in (MET, FLOOR, NOT_MET)
        if state in set(known["state"])
    ]
    indicators = case.scheme.indicators
    left = EDGE + widest(indicator.short for indicator in indicators) + 0.15
    several = len(plan.stages) > 1
    top = EDGE + key_height(key, WIDTH) + 0.22
    bottom = top + ROW * len(indicators)
    sheet = Sheet(bottom + AXIS, WIDTH)
    sheet.key(EDGE, key)
    for i, indicator in enumerate(indicators):
        sheet.text(left - 0.12, top + (i + 0.5) * ROW, indicator.short, align="right")
    across = (WIDTH - EDGE - 0.1 - left + GAP) / len(plan.stages)
    highest = min(max(known["ratio"].max() * 1.06, 1.15), FARTHEST)
    base = "标准" if judged else "平均值"
    for number, stage in enumerate(plan.stages):
        start = left + number * across
        scale = Scale(0, highest, start, start + across - GAP - 0.12)
        if several:
            sheet.text(start, top - 0.11, STAGES[stage])
        sheet.axis(scale, top, bottom, "", most=4, form=lambda value: f"{value:.0%}")
        _standards(case, sheet, scale, top, bottom, base)
        _marks(sheet, scale, top, rows[rows["stage"] == stage].reset_index(drop=True))
    return sheet.chart(
        case,
        alt=_alt(plan, rows, base),
        caption=f"{plan.name}各项指标相当于{base}的百分比"
        + (f"（箭头：超过{FARTHEST:.0%}）" if _beyond(known) else ""),
        data=_data(rows, base),
        formats={f"相当于{base}": formats.percent},
    )


def _beyond(rows: pd.DataFrame) -> bool:
    return bool((rows["ratio"] > FARTHEST).any())


def _rows(case: Case, plan: SchoolPlan, judged: bool) -> pd.DataFrame:
    """The school's cells with name, base, ratio to it, and state."""
    cells = case.now.cells[case.now.cells["unit"].isin(plan.units.index)].reset_index(drop=True)
    if judged:
        base = cells["threshold"]
        state = states_of(cells).replace("", PLAIN).tolist()
    else:
        means = case.now.balance.set_index(["stage", "indicator"])["mean"].to_dict()
        pairs = zip(cells["stage"], cells["indicator"], strict=True)
        base, state = pd.Series([means.get(pair, math.nan) for pair in pairs], dtype=float), [PLAIN] * len(cells)
    short = {indicator.id: f"{indicator.short}（{indicator.unit}）" for indicator in case.scheme.indicators}
    ratio = (cells["value"] / base).where(base > 0)
    return cells.assign(name=cells["indicator"].map(short), base=base, ratio=ratio, state=state)


def _standards(case: Case, sheet: Sheet, scale: Scale, top: float, bottom: float, base: str) -> None:
    """The lines of the standard and of the floor, named once above the panel."""
    rule = case.scheme.school_rule
    if rule and base == "标准" and has_floor(case.scheme):
        floor = scale(rule.floor_share)
        sheet.lines([(floor, top - 0.03, floor, bottom)], style.FLOOR, width=1.2, dash=True)
        text = f"{rule.floor_share:.0%}"
        sheet.text(floor - 0.04, top - 0.11, text, size=SMALL, colour=style.FLOOR_TEXT, align="right")
    sheet.lines([(scale(1), top - 0.03, scale(1), bottom)], style.EMPHASIS, width=1.5)
    x = min(scale(1), scale.right - measure(base, SMALL))
    sheet.text(x, top - 0.11, base, size=SMALL, colour=style.EMPHASIS)


def _marks(sheet: Sheet, scale: Scale, top: float, rows: pd.DataFrame) -> None:
    """A stem and a mark for each indicator; an arrow beyond the scale, a word where the number is missing."""
    places = [(scale(min(ratio, FARTHEST)), top + (i + 0.5) * ROW) for i, ratio in enumerate(rows["ratio"].fillna(0))]
    known = rows["ratio"].notna()
    sheet.lines([(scale.left, y, x, y) for (x, y), told in zip(places, known, strict=True) if told], style.NEUTRAL)
    for state in (MET, PLAIN, FLOOR, NOT_MET):
        chosen = rows.index[known & (rows["state"] == state) & (rows["ratio"] <= FARTHEST)]
        sheet.dots([places[i] for i in chosen], COLOURS[state], marker=MARKERS[state], hollow=state == FLOOR)
    for state in (MET, PLAIN):
        far = rows.index[known & (rows["state"] == state) & (rows["ratio"] > FARTHEST)]
        sheet.dots([places[i] for i in far], COLOURS[state], marker=">", sizes=7.5)
    for i in rows.index[~known]:
        why = "？缺数据" if pd.isna(rows.at[i, "value"]) else "没有标准"
        sheet.text(scale.left + 0.05, places[i][1], why, size=SMALL, colour=style.UNDETERMINED_TEXT)


def _alt(plan: SchoolPlan, rows: pd.DataFrame, base: str) -> str:
    several = len(plan.stages) > 1
    low = rows[rows["ratio"] < 1].sort_values("ratio", kind="stable")
    named = [
        f"{STAGES[row.stage] if several else ''}{row.name_}（{share_text(row.ratio)}）"
        for row in low.rename(columns={"name": "name_"}).itertuples()
    ]
    unknown = int(rows["value"].isna().sum())
    tail = f"；{unknown}项缺数据" if unknown else ""
    if not named:
        return f"{plan.name}已知的各项指标均不低于{base}{tail}。"
    return f"{plan.name}低于{base}的有{'、'.join(named)}{tail}。"


def _data(rows: pd.DataFrame, base: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "学段": rows["stage"].map(STAGES),
            "指标": rows["name"],
            "数值": rows["value"],
            base: rows["base"],
            f"相当于{base}": rows["ratio"],
        }
    )

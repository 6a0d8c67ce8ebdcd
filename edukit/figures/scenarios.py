"""One indicator of every school before and after a scenario."""

from __future__ import annotations

import math

import pandas as pd

from edukit import formats, style
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, KeyEntry, Scale, Sheet, Sign, key_height
from edukit.figures.measuring import SMALL, measure, widest
from edukit.figures.wording import MET, NOT_MET, UNDETERMINED, standard_text
from edukit.frames import records
from edukit.scenario import WhatIf
from edukit.schemes import Indicator
from edukit.showing import Chart

ROW, MOST = 0.26, 40
"""Height of a row in inches; most schools that are drawn: those that changed, then the lowest."""
WORDS = {MET: "达标", NOT_MET: "未达标", UNDETERMINED: "无法判定", "": "变更后"}


def values(found: WhatIf, stage: str, indicator: str) -> Chart | None:
    """Every school's value of an indicator: a ring for what it is, a dot for what it would be, the standard as a line.

    Args:
        found: the county before and after.
        stage: whose schools.
        indicator: id of the indicator, e.g. ``Q4``.

    Returns:
        None where nothing is known.
    """
    cells = found.cells[(found.cells["stage"] == stage) & (found.cells["indicator"] == indicator)]
    rows = _chosen(cells)
    known = rows[["value_before", "value"]].max(axis=1)
    if not known.notna().any():
        return None
    spec = found.after.scheme.indicator(indicator)
    limit = spec.threshold.get(stage, math.nan)
    texts = [_text(row, spec) for row in records(rows)]
    key = _key(rows)
    left = EDGE + widest(rows["school"]) + 0.15
    right = Sheet(1).width - EDGE - widest(texts, SMALL) - 0.15
    top = EDGE + key_height(key) + 0.26
    bottom = top + ROW * len(rows)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    highest = max(float(known.max()), 0 if math.isnan(limit) else limit) * 1.06 or 1.0
    scale = Scale(0, highest, left, right)
    sheet.axis(scale, top, bottom, f"{spec.short}（{spec.unit}）")
    _line(sheet, scale, top, bottom, found, spec, stage)
    _marks(sheet, scale, top, rows, texts)
    return Chart(
        sheet.figure,
        alt=_alt(rows, spec, stage, found),
        caption=f"变更前后{STAGES[stage]}各校的{spec.short}" + (f"（画出{MOST}所）" if len(rows) < len(cells) else ""),
        data=_data(rows, spec),
        source=f"数据来源：{found.before.county or '本县'}{found.before.year}年学校数据（edukit 测算）；变更后为设想",
    )


def _chosen(cells: pd.DataFrame) -> pd.DataFrame:
    """The schools to draw, lowest first; of too many those that changed and the lowest."""
    same = cells["value"].eq(cells["value_before"]) | (cells["value"].isna() & cells["value_before"].isna())
    rows = cells.assign(changed=~same, order=cells["value"].fillna(cells["value_before"]))
    if len(rows) > MOST:
        rows = rows.sort_values(["changed", "order"], ascending=[False, True], kind="stable").head(MOST)
    return rows.sort_values("order", kind="stable", na_position="last").reset_index(drop=True)


def _line(sheet: Sheet, scale: Scale, top: float, bottom: float, found: WhatIf, spec: Indicator, stage: str) -> None:
    """The standard, or without one the county's mean afterwards."""
    limit, text = spec.threshold.get(stage, math.nan), f"标准 {standard_text(spec, stage)}"
    if math.isnan(limit):
        rows = found.balance[(found.balance["stage"] == stage) & (found.balance["indicator"] == spec.id)]
        limit = float(rows["mean"].iloc[0]) if len(rows) else math.nan
        text = f"变更后平均 {formats.decimal(limit, spec.digits)}"
    if math.isnan(limit):
        return
    sheet.lines([(scale(limit), top - 0.04, scale(limit), bottom)], style.EMPHASIS, width=1.5)
    half = measure(text, SMALL) / 2
    x = min(max(scale(limit), scale.left + half), scale.right - half)
    sheet.text(x, top - 0.13, text, size=SMALL, colour=style.EMPHASIS, align="center")


def _marks(sheet: Sheet, scale: Scale, top: float, rows: pd.DataFrame, texts: list[str]) -> None:
    places = [top + (i + 0.5) * ROW for i in range(len(rows))]
    for y, row, text in zip(places, records(rows), texts, strict=True):
        sheet.text(scale.left - 0.12, y, str(row["school"]), align="right")
        colour = style.VERDICT_TEXTS.get(row["verdict"], style.INK)
        sheet.text(scale.right + 0.12, y, text, size=SMALL, colour=colour)
    moved = rows[rows["changed"] & rows["value"].notna() & rows["value_before"].notna()]
    sheet.lines([(scale(row.value_before), places[row.Index], scale(row.value), places[row.Index])
                 for row in moved.itertuples()], style.NEUTRAL, width=2.2)  # fmt: skip
    was = rows[rows["changed"] & rows["value_before"].notna()]
    sheet.dots([(scale(row.value_before), places[row.Index]) for row in was.itertuples()], style.NEUTRAL, hollow=True)
    for verdict, here in rows[rows["value"].notna()].groupby("verdict", sort=False):
        colour = style.VERDICT_COLOURS.get(str(verdict), style.INK)
        marks = [(scale(row.value), places[row.Index]) for row in here.itertuples()]
        sheet.dots(marks, colour, marker="v" if verdict == NOT_MET else "o", sizes=7.5)


def _key(rows: pd.DataFrame) -> list[KeyEntry]:
    key = [KeyEntry("o", style.NEUTRAL, "变更前", hollow=True)] if rows["changed"].any() else []
    after = "变更后，" if rows["changed"].any() else ""
    for verdict in (MET, NOT_MET):
        if verdict in set(rows.loc[rows["value"].notna(), "verdict"]):
            sign: Sign = "v" if verdict == NOT_MET else "o"
            key.append(KeyEntry(sign, style.VERDICT_COLOURS[verdict], f"{after}{WORDS[verdict]}"))
    return key


def _text(row: dict[str, object], spec: Indicator) -> str:
    """The numbers beside a row."""
    old, new = (float(row[name]) for name in ("value_before", "value"))  # type: ignore[arg-type]
    limit = float(row["threshold"])  # type: ignore[arg-type]
    words = ["？缺数据" if math.isnan(each) else formats.beside(each, limit, spec.digits) for each in (old, new)]
    if math.isnan(new) and row["verdict"] == "":
        words[1] = "不再计入"
    return f"{words[0]} → {words[1]}" if row["changed"] else words[1]


def _alt(rows: pd.DataFrame, spec: Indicator, stage: str, found: WhatIf) -> str:
    changed = records(rows[rows["changed"]])
    told = [f"{row['school']}由{_text(row, spec).replace(' → ', '变为')}" for row in changed[:5]]
    below = rows.loc[rows["verdict"] == NOT_MET, "school"].tolist()
    tail = f"；变更后仍低于标准的有{formats.listed(below)}" if below else ""
    head = f"{STAGES[stage]}各校{spec.short}（{spec.unit}）"
    return f"{head}：{'、'.join(told) if told else '没有变化'}{tail}。"


def _data(rows: pd.DataFrame, spec: Indicator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "学校": rows["school"],
            f"变更前（{spec.unit}）": rows["value_before"],
            f"变更后（{spec.unit}）": rows["value"],
            "标准": rows["threshold"],
            "变更后判定": rows["verdict"].map({**WORDS, "": formats.DASH}),
        }
    )

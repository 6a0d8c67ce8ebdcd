"""Which schools cause the coefficients that stand in the way, and what one of them repaired would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from edukit import formats, style
from edukit.dictionary import STAGES
from edukit.figures.canvas import EDGE, LINE, WIDTH, KeyEntry, Sheet, key_height
from edukit.figures.measuring import BODY, SMALL, measure, widest, wrap
from edukit.figures.wording import MET, NOT_MET, limit_text
from edukit.frames import records
from edukit.improvement import Improvement
from edukit.showing import Chart
from edukit.text import facts

ROW, BAR, HEAD, FOOT = 0.25, 0.14, 0.34, 0.14
"""Height of a row, a bar, a panel's title, the space after a panel, in inches."""
MOST, NAMED = 6, 4
"""Coefficients that are shown, and schools of each."""
LEAST = 0.05
"""Share of CV² from which on a school is named."""


@dataclass(frozen=True)
class Panel:
    """One coefficient and the schools behind it: name, share, below (the mean), at_mean (CV with it repaired)."""

    title: str
    cv: float
    limit: float
    rows: pd.DataFrame
    rest: float


def looked_at(made: Improvement) -> pd.DataFrame:
    """The coefficients above their limit, farthest first; where there are none, the nearest to it of each stage."""
    balance = made.now.balance
    over = facts.failing_cvs(made.now)
    if len(over):
        return over
    known = balance.assign(over=balance["cv"] / balance["cv_limit"].fillna(1.0))
    known = known[known["cv"] > 0]
    return known.loc[known.groupby("stage", sort=False)["over"].idxmax()]


def drivers(made: Improvement) -> Chart | None:
    """The schools that make up most of each coefficient above its limit, as bars of their share of CV².

    Returns:
        None where no coefficient is known or nothing varies.
    """
    every = looked_at(made)
    panels = [_panel(made, row) for row in records(every.head(MOST))]
    if not panels:
        return None
    key = [
        KeyEntry("bar", style.EMPHASIS, "低于平均，应加强"),
        KeyEntry("bar", style.NEUTRAL, "高于平均"),
    ]
    names = [wrap(name, 2.1) for panel in panels for name in panel.rows["name"]]
    name_width = max(widest(names), measure("其余学校")) + 0.12
    top = EDGE + key_height(key)
    sheet = Sheet(top + sum(map(_height, panels)))
    sheet.key(EDGE, key)
    y = top
    for panel in panels:
        _draw(sheet, panel, y, name_width)
        y += _height(panel)
    data = pd.concat([_data(panel) for panel in panels], ignore_index=True)
    cut = f"（共{len(every)}项，图中为超出最多的{MOST}项）" if len(every) > MOST else ""
    over = bool((every["verdict"] == NOT_MET).any())
    which = "超过上限" if over else "最接近上限" if every["cv_limit"].notna().any() else "各学段最大"
    return sheet.chart(
        made.case,
        alt=_alt(panels),
        caption=f"{which}的差异系数由哪些学校造成{cut}",
        data=data,
        formats={"占差异的比重": formats.percent, "补到平均值后的差异系数": formats.cv},
    )


def _panel(made: Improvement, row: dict[str, Any]) -> Panel:
    short = made.case.scheme.indicator(row["indicator"]).short
    own = made.influence[(made.influence["stage"] == row["stage"]) & (made.influence["indicator"] == row["indicator"])]
    cells = made.now.cells.set_index(["unit", "indicator"])["value"]
    values = [cells[unit, row["indicator"]] for unit in own["unit"]]
    rows = own.assign(name=[made.now.unit_names[unit] for unit in own["unit"]], value=values)
    rows = rows.assign(below=rows["value"] < row["mean"]).sort_values("share", ascending=False, kind="stable")
    shown = rows[rows["share"] >= LEAST].head(NAMED)
    shown = shown if len(shown) else rows.head(1)
    cv, limit = float(row["cv"]), float(row["cv_limit"])
    side = "" if limit != limit else f"，{'超过' if row['verdict'] == NOT_MET else '不超过'}上限{limit_text(limit)}"
    title = f"{STAGES[row['stage']]}{short}：差异系数{formats.cv(cv, limit)}{side}"
    return Panel(title, cv, limit, shown, float(max(0.0, 1 - shown["share"].sum())) if len(rows) > len(shown) else 0.0)


def _labels(panel: Panel) -> list[str]:
    return [wrap(name, 2.1) for name in panel.rows["name"]]


def _height(panel: Panel) -> float:
    names = sum(ROW + LINE * 0.9 * label.count("\n") for label in _labels(panel))
    return HEAD + names + (ROW if panel.rest else 0) + FOOT


def _draw(sheet: Sheet, panel: Panel, top: float, name_width: float) -> None:
    sheet.text(EDGE, top + 0.14, wrap(panel.title, WIDTH - 2 * EDGE, BODY, lines=1))
    sheet.lines([(EDGE, top + 0.27, WIDTH - EDGE, top + 0.27)], style.RULE)
    start, y = EDGE + name_width, top + HEAD
    texts = [_told(panel, row) for row in records(panel.rows)]
    room = WIDTH - EDGE - start - widest(texts, SMALL) - 0.12
    largest = max(panel.rows["share"].max(), panel.rest)
    for row, label, text in zip(records(panel.rows), _labels(panel), texts, strict=True):
        height = ROW + LINE * 0.9 * label.count("\n")
        middle, length = y + height / 2, max(row["share"] / largest * room, 0.01)
        sheet.text(start - 0.08, middle, label, align="right")
        sheet.bars([(start, middle - BAR / 2, length, BAR)], style.EMPHASIS if row["below"] else style.NEUTRAL)
        sheet.text(start + length + 0.06, middle, text, size=SMALL)
        y += height
    if panel.rest:
        length = max(panel.rest / largest * room, 0.01)
        sheet.text(start - 0.08, y + ROW / 2, "其余学校", colour=style.MUTED, align="right")
        sheet.bars([(start, y + (ROW - BAR) / 2, length, BAR)], style.RULE)
        shown = formats.percent(panel.rest, 0)
        sheet.text(start + length + 0.06, y + ROW / 2, shown, size=SMALL, colour=style.MUTED)


def _told(panel: Panel, row: dict[str, Any]) -> str:
    share = formats.percent(row["share"], 0)
    if not row["below"]:
        return share
    after = float(row["at_mean"])
    mark = "" if panel.limit != panel.limit else style.VERDICT_MARKS[MET if after <= panel.limit else NOT_MET]
    return f"{share}；补到平均值后{formats.cv(after, panel.limit)}{mark}"


def _alt(panels: list[Panel]) -> str:
    parts = []
    for panel in panels:
        names = [
            f"{row['name']}占{formats.percent(row['share'], 0)}（{'低于' if row['below'] else '高于'}平均）"
            for row in records(panel.rows)
        ]
        parts.append(f"{panel.title}，{'、'.join(names)}")
    return "；".join(parts) + "。"


def _data(panel: Panel) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "指标": panel.title.partition("：")[0],
            "学校": panel.rows["name"],
            "数值": panel.rows["value"],
            "占差异的比重": panel.rows["share"],
            "与平均值比": panel.rows["below"].map({True: "低于平均", False: "不低于平均"}),
            "补到平均值后的差异系数": panel.rows["at_mean"].where(panel.rows["below"]),
        }
    )

"""What is missing, school by school, in people, square metres, rooms and yuan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from edukit import formats, gaps, style
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.figures.canvas import EDGE, LINE, WIDTH, KeyEntry, Sheet, key_height
from edukit.figures.measuring import BODY, SMALL, widest, wrap
from edukit.figures.wording import FLOOR, NOT_MET, state_words, states_of
from edukit.frames import Row, records
from edukit.schemes import Indicator
from edukit.showing import Chart

ROW, BAR, HEAD, FOOT, GUTTER = 0.24, 0.14, 0.34, 0.16, 0.3
"""Height of a row, a bar, a panel's title, the space after a panel; space between two columns; in inches."""
ONE_COLUMN = 16
"""Rows up to which all panels stand in one column."""
MOST = {1: 12, 2: 8}
"""Schools that a panel shows with one and with two columns; the others are added up in one line."""


@dataclass(frozen=True)
class Panel:
    """One indicator: its schools from the largest need down, and what is left over."""

    title: str
    rows: Sequence[Row]
    rest: str
    labels: tuple[str, ...]

    @property
    def heights(self) -> list[float]:
        """Height of each row in inches."""
        return [ROW + LINE * 0.9 * label.count("\n") for label in self.labels]

    @property
    def height(self) -> float:
        """Height of the panel in inches."""
        return HEAD + sum(self.heights) + (ROW if self.rest else 0) + FOOT


def shortfalls(case: Case) -> Chart | None:
    """What each school must add to reach the standards, one panel per indicator in its own unit.

    Where a school's resource is split between stages the bar is what the whole school must add, set by the stage
    that needs most.

    Returns:
        None where nothing is missing.
    """
    if case.gaps.empty:
        return None
    rows = _rows(case)
    columns = 1 if len(rows) <= ONE_COLUMN else 2
    width = (WIDTH - 2 * EDGE - GUTTER * (columns - 1)) / columns
    name_width = min(widest(rows["label"]), 2.6 if columns == 1 else 1.35) + 0.1
    totals = gaps.totals(case.gaps).set_index("indicator")[["schools", "amount"]].to_dict("index")
    panels = _panels(case, rows, totals, columns, name_width)
    words = state_words(case.scheme)
    colours = {FLOOR: style.FLOOR, NOT_MET: style.NOT_MET}
    marks = style.VERDICT_MARKS
    key = [
        KeyEntry("bar", colours[state], f"{marks[state]}{words[state]}")
        for state in (FLOOR, NOT_MET)
        if state in set(rows["state"])
    ]
    top = EDGE + key_height(key)
    places = _places(panels, columns)
    sheet = Sheet(top + max(y + panel.height for panel, (_, y) in zip(panels, places, strict=True)))
    sheet.key(EDGE, key)
    for panel, (column, y) in zip(panels, places, strict=True):
        _draw(sheet, panel, EDGE + column * (width + GUTTER), top + y, width, name_width)
    return sheet.chart(
        case,
        alt=_alt(case, totals),
        caption="各校距标准的缺口（多学段共用的资源按全校需增加的数量计）",
        data=_data(case, rows),
    )


def _rows(case: Case) -> pd.DataFrame:
    """One row per bar: indicator, label, amount, text, state; a shared resource once per school."""
    found = case.gaps
    units = case.now.units
    parts = units["row"].duplicated(keep=False) | (units["share"] < 1)
    rows = found.assign(split=found["split"].astype(bool), several=found["unit"].map(parts), verdict=NOT_MET)
    rows = rows[rows["binding"] | ~rows["split"]]
    rows = rows[~rows["split"] | ~rows.duplicated(["indicator", "row"])]
    rows["amount"] = rows["school_to_threshold"]
    rows["state"] = states_of(rows)
    part = rows["stage"].map(STAGES).where(~rows["split"], "全校")
    rows["label"] = rows["school"] + ("（" + part + "）").where(rows["several"], "")
    amounts = zip(rows["amount"], rows["resource_unit"], rows["state"], strict=True)
    rows["text"] = [f"{formats.amount(amount, unit)}{style.VERDICT_MARKS[state]}" for amount, unit, state in amounts]
    order = rows["indicator"].map(list(case.scheme.ids).index)
    return rows.assign(order=order).sort_values(["order", "amount"], ascending=[True, False], kind="stable")


def _panels(case: Case, rows: pd.DataFrame, totals: Mapping[str, Row], columns: int, name_width: float) -> list[Panel]:
    panels = []
    for id_, here in rows.groupby("indicator", sort=False):
        indicator = case.scheme.indicator(str(id_))
        shown, hidden = records(here.iloc[: MOST[columns]]), here["amount"].iloc[MOST[columns] :]
        rest = ""
        if len(hidden):
            rest = f"其余{len(hidden)}处共缺{formats.amount(hidden.sum(), indicator.resource_unit)}"
        labels = tuple(wrap(row["label"], name_width - 0.08) for row in shown)
        panels.append(Panel(_title(indicator, totals[indicator.id]), shown, rest, labels))
    return panels


def _title(indicator: Indicator, total: Row) -> str:
    amount = formats.amount(float(total["amount"]), indicator.resource_unit)
    return f"{indicator.short}：{int(total['schools'])}所学校，共缺{amount}"


def _places(panels: list[Panel], columns: int) -> list[tuple[int, float]]:
    """Column and top of each panel; a panel goes where there is most room left."""
    filled = [0.0] * columns
    places = []
    for panel in panels:
        column = min(range(columns), key=lambda i: (round(filled[i], 6), i))
        places.append((column, filled[column]))
        filled[column] += panel.height
    return places


def _draw(sheet: Sheet, panel: Panel, left: float, top: float, width: float, name_width: float) -> None:
    sheet.text(left, top + 0.14, wrap(panel.title, width, BODY, lines=1))
    sheet.lines([(left, top + 0.27, left + width, top + 0.27)], style.RULE)
    start = left + name_width
    room = width - name_width - widest((row["text"] for row in panel.rows), SMALL) - 0.1
    largest = max(row["amount"] for row in panel.rows)
    y = top + HEAD
    bars, colours = [], []
    for row, label, height in zip(panel.rows, panel.labels, panel.heights, strict=True):
        middle = y + height / 2
        length = max(row["amount"] / largest * room, 0.01)
        bars.append((start, middle - BAR / 2, length, BAR))
        colours.append(style.VERDICT_COLOURS[row["state"]])
        sheet.text(start - 0.08, middle, label, align="right")
        sheet.text(start + length + 0.06, middle, row["text"], size=SMALL, colour=style.VERDICT_TEXTS[row["state"]])
        y += height
    sheet.bars(bars, colours)
    if panel.rest:
        sheet.text(start, y + ROW / 2, panel.rest, size=SMALL, colour=style.MUTED)


def _alt(case: Case, totals: Mapping[str, Row]) -> str:
    schools = case.gaps.groupby("indicator")["school"].unique()
    parts = []
    for id_, total in totals.items():
        indicator, names = case.scheme.indicator(id_), list(schools[id_])
        amount = formats.amount(float(total["amount"]), indicator.resource_unit)
        parts.append(f"{indicator.short}共缺{amount}（{formats.listed(names, most=3)}）")
    return f"各项资源的缺口：{'；'.join(parts)}。"


def _data(case: Case, rows: pd.DataFrame) -> pd.DataFrame:
    words = state_words(case.scheme)
    return pd.DataFrame(
        {
            "学校": rows["label"],
            "指标": rows["indicator"].map({i.id: i.short for i in case.scheme.indicators}),
            "缺口": rows["amount"],
            "单位": rows["resource_unit"],
            "现值": rows["value"],
            "标准": rows["threshold"],
            "情况": rows["state"].map(words),
        }
    ).reset_index(drop=True)

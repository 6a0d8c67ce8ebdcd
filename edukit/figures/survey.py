"""How satisfied each group is, and with what, against the mark that must be reached."""

from __future__ import annotations

import pandas as pd

from edukit import formats, style
from edukit.case import Case
from edukit.figures.canvas import AXIS, EDGE, WIDTH, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, TITLE, measure, widest, wrap
from edukit.showing import Chart
from edukit.topics.opinion import Survey
from edukit.topics.opinion import survey as survey_of

ROW, PART, NAME, NUMBER = 0.29, 0.34, 1.9, 0.62
MOST = 20
"""Themes that one figure can show; those with the lowest rates."""


def survey(case: Case) -> Chart | None:
    """The rate of the whole, of each group and theme, with its interval, beside the pass mark.

    Returns:
        None without a survey, or where all of it is withheld.
    """
    found = survey_of(case)
    if found is None or found.parts.empty:
        return None
    parts = {name: _shown(found, name) for name in ("总体", "群体", "主题")}
    parts = {name: rows for name, rows in parts.items() if len(rows)}
    if not parts:
        return None
    rows = pd.concat(parts.values())
    mark, level = found.rule.pass_rate, formats.plain(found.rule.confidence * 100)
    key = [
        KeyEntry("o", style.MET, f"满意率不低于{formats.plain(mark * 100)}%"),
        KeyEntry("v", style.NOT_MET, f"满意率低于{formats.plain(mark * 100)}%"),
        KeyEntry("line", style.NEUTRAL, f"{level}%置信区间"),
    ]
    names = {label: wrap(label, NAME, lines=1) for label in rows["label"]}
    left = EDGE + widest(names.values()) + 0.14
    top = EDGE + key_height(key) + 0.3
    places: list[tuple[float, pd.Series]] = []
    heads: list[tuple[float, str]] = []
    y = top
    for name, own in parts.items():
        if name != "总体":
            heads.append((y + PART / 2, f"按{name}"))
            y += PART
        for _, row in own.iterrows():
            places.append((y + ROW / 2, row))
            y += ROW
    sheet = Sheet(y + AXIS)
    sheet.key(EDGE, key)
    lowest = min(float(rows["low"].min()), mark)
    scale = Scale(max(0.0, lowest - 0.03), 1.0, left, WIDTH - EDGE - NUMBER)
    sheet.axis(scale, top, y, "满意率", most=5, form=lambda value: f"{value:.0%}")
    sheet.lines([(scale(mark), top - 0.04, scale(mark), y)], style.EMPHASIS, width=1.5)
    label = f"合格线{formats.plain(mark * 100)}%"
    x = min(max(scale(mark), left + measure(label, SMALL) / 2), scale.right - measure(label, SMALL) / 2)
    sheet.text(x, top - 0.14, label, size=SMALL, colour=style.EMPHASIS, align="center")
    for place, text in heads:
        sheet.text(EDGE, place, text, size=TITLE)
    for place, row in places:
        sheet.text(left - 0.1, place, names[row["label"]], align="right")
        reached = row["rate"] >= mark
        colour = style.MET if reached else style.NOT_MET
        sheet.lines([(scale(row["low"]), place, scale(row["high"]), place)], style.NEUTRAL, width=2.0)
        sheet.dots([(scale(row["rate"]), place)], colour, marker="o" if reached else "v", sizes=7.5)
        text = f"{formats.beside(row['rate'] * 100, mark * 100, 1)}%"
        ink = style.INK if reached else style.NOT_MET_TEXT
        sheet.text(WIDTH - EDGE, place, text, size=SMALL, colour=ink, align="right")
    return sheet.chart(
        case,
        alt=_alt(found, rows),
        caption=_caption(found, rows),
        data=_data(rows, level),
        formats={column: formats.percent for column in ("满意率", f"{level}%区间下限", f"{level}%区间上限")},
    )


def _shown(found: Survey, part: str) -> pd.DataFrame:
    rows = found.rows(part).dropna(subset=["rate"])
    if part == "总体":
        return rows
    # A single group or theme is the whole over again.
    if len(found.rows(part)) < 2:
        return rows.iloc[:0]
    return rows if len(rows) <= MOST else rows.sort_values("rate", kind="stable").head(MOST)


def _caption(found: Survey, rows: pd.DataFrame) -> str:
    notes = []
    if found.parts["withheld"].any():
        notes.append(f"不足{found.rule.publish_from}份或可由此推算的不单列")
    if len(found.rows("主题")) > MOST:
        notes.append(f"主题只画满意率最低的{MOST}项")
    return f"{found.name}调查的满意率" + (f"（{'；'.join(notes)}）" if notes else "")


def _alt(found: Survey, rows: pd.DataFrame) -> str:
    mark = formats.plain(found.rule.pass_rate * 100)
    whole = rows[rows["part"] == "总体"]
    text = f"总体满意率{formats.percent(whole['rate'].iloc[0])}，合格线{mark}%" if len(whole) else f"合格线{mark}%"
    for part in ("群体", "主题"):
        own = rows[rows["part"] == part]
        low = own[own["rate"] < found.rule.pass_rate]
        if len(own):
            names = [f"{row['label']}（{formats.percent(row['rate'])}）" for _, row in low.iterrows()]
            listed = f"低于合格线的有{formats.listed(names, 4, '个')}" if names else "都不低于合格线"
            text += f"；{len(own)}个{part}中{listed}"
    return f"{text}。"


def _data(rows: pd.DataFrame, level: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "分组": rows["part"],
            "名称": rows["label"],
            "计入的回答": rows["n"],
            "满意": rows["satisfied"],
            "满意率": rows["rate"],
            f"{level}%区间下限": rows["low"],
            f"{level}%区间上限": rows["high"],
        }
    ).reset_index(drop=True)

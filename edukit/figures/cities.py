"""Charts of a city: its counties side by side."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats, style
from edukit.city import (
    AHEAD,
    BEHIND,
    COMPOSITE,
    DONE,
    DUE,
    PACES,
    UNTOLD,
    City,
    cvs,
    gap_ledger,
    met_shares,
    targets,
)
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, LINE, WIDTH, KeyEntry, Scale, Sheet, key_height, unknown_key
from edukit.figures.measuring import SMALL, TITLE, widest, wrap
from edukit.figures.wording import MET, NOT_MET, UNDETERMINED, limit_text, marked, share_text
from edukit.frames import records
from edukit.showing import Chart, Format

ROW, BAR, GAP, STRIP = 0.3, 0.17, 0.26, 0.34
"""Height of a row and of a bar, space between stages, height of a strip of dots, in inches."""
NAME = 1.4
"""Room for a county's name in inches."""
TINTS = (style.MET_TINT, "#fbe9e6", "#f3c4bd", "#e48f84", "#c23b2e")
STEPS = (0.0, 0.25, 0.5, 0.75)
"""Shares of units below the standard beyond which the next tint begins."""
LABELS = {MET: "达标", NOT_MET: "未达标", UNDETERMINED: "缺数据，无法判定"}


def _chart(
    city: City, sheet: Sheet, *, alt: str, caption: str, data: pd.DataFrame, forms: dict[str, Format] | None = None
) -> Chart:
    source = f"数据来源：{city.name}各县{city.year}年学校数据（edukit 测算）"
    return Chart(sheet.figure, alt=alt, caption=caption, data=data, source=source, formats=forms or {})


def _label(city: City, id_: str) -> str:
    return "综合差异系数" if id_ == COMPOSITE else city.scheme.indicator(id_).short


def coefficients(city: City) -> Chart | None:
    """A strip of dots per indicator and stage, one dot a county, with the limit and the name of the largest.

    Returns:
        None where no coefficient is known.
    """
    rows = cvs(city)
    rows = rows.assign(label=[_label(city, id_) for id_ in rows["indicator"]])
    known = rows.dropna(subset=["cv"])
    if known.empty:
        return None
    stages = [stage for stage in city.scheme.stages if stage in set(known["stage"])]
    labels = list(dict.fromkeys(rows["label"]))
    tops = {key: part.loc[part["cv"].idxmax()].to_dict() for key, part in known.groupby(["stage", "label"])}
    texts = {
        place: f"{wrap(row['county'], NAME, SMALL, lines=1)} "
        + marked(formats.cv(row["cv"], row["limit"]), row["verdict"])
        for place, row in tops.items()
    }
    key = [
        KeyEntry("o", style.VERDICT_COLOURS[verdict], marked(word, verdict))
        for verdict, word in ((MET, "一个县，不超过上限"), (NOT_MET, "一个县，超过上限"))
        if verdict in set(known["verdict"])
    ]
    key += [KeyEntry("o", style.NEUTRAL, "一个县，单项不设上限")] if "" in set(known["verdict"]) else []
    key += [KeyEntry("line", style.EMPHASIS, "上限")]
    name_width, text_width = widest(labels) + 0.12, widest(texts.values(), SMALL) + 0.12
    top = EDGE + key_height(key) + 0.5
    bottom = top + len(labels) * STRIP
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    across = (WIDTH - 2 * EDGE - name_width + GAP) / len(stages)
    highest = float(known[["cv", "limit"]].max().max()) * 1.05 or 1.0
    for i, label in enumerate(labels):
        sheet.text(EDGE + name_width - 0.12, top + (i + 0.5) * STRIP, label, align="right")
    for i, stage in enumerate(stages):
        left, right = EDGE + name_width + i * across, EDGE + name_width + (i + 1) * across - GAP
        scale = Scale(0, highest, left, right - text_width)
        sheet.text(left, top - 0.34, STAGES[stage], size=TITLE)
        sheet.text(right, top - 0.1, "最大的县", size=SMALL, colour=style.MUTED, align="right")
        sheet.axis(scale, top, bottom, "差异系数", most=4)
        for j, label in enumerate(labels):
            y = top + (j + 0.5) * STRIP
            here = known[(known["stage"] == stage) & (known["label"] == label)]
            sheet.lines([(scale.left, y, scale.right, y)], style.RULE)
            ends = sorted(set(here["limit"].dropna()))
            sheet.lines(
                [(scale(end), y - STRIP * 0.4, scale(end), y + STRIP * 0.4) for end in ends], style.EMPHASIS, width=1.6
            )
            for verdict, part in here.groupby("verdict", sort=False):
                colour = style.VERDICT_COLOURS.get(str(verdict), style.NEUTRAL)
                sheet.dots([(scale(row.cv), y) for row in part.itertuples()], colour, sizes=7)
            if (stage, label) in tops:
                colour = style.VERDICT_TEXTS.get(tops[stage, label]["verdict"], style.INK)
                sheet.text(right, y, texts[stage, label], size=SMALL, colour=colour, align="right")
    over = [
        f"{row.county}{STAGES[row.stage]}{row.label}{formats.cv(row.cv, row.limit)}"
        for row in known[known["verdict"] == NOT_MET].itertuples()
    ]
    told = f"超过上限的有{len(over)}项：{formats.listed(over, 6, '项')}" if over else "没有一项超过上限"
    words = {MET: "不超过上限", NOT_MET: "超过上限", UNDETERMINED: "无法判定", "": "不设上限"}
    data = pd.DataFrame(
        {
            "县": rows["county"],
            "学段": rows["stage"].map(STAGES),
            "指标": rows["label"],
            "差异系数": rows["cv"],
            "上限": rows["limit"],
            "结论": rows["verdict"].map(words),
        }
    )
    blank = "（缺数据的不画）" if len(known) < len(rows) else ""
    return _chart(
        city,
        sheet,
        alt=f"全市{len(city.cases)}个县的差异系数中，{told}。",
        caption=f"各县各项指标的校际差异系数{blank}",
        data=data,
        forms={"差异系数": formats.cv, "上限": limit_text},
    )


def shares(city: City) -> Chart | None:
    """The share of units that reach the standards, county by county and stage by stage.

    Returns:
        None for a scheme that judges no single school.
    """
    rows = met_shares(city)
    if rows.empty:
        return None
    stages = [stage for stage in city.scheme.stages if stage in set(rows["stage"])]
    names = {county: wrap(county, NAME) for county in city.counties}
    present = [verdict for verdict in LABELS if rows[verdict].sum()]
    key = [KeyEntry("bar", style.VERDICT_COLOURS[v], f"{style.VERDICT_MARKS[v]}{LABELS[v]}的单位") for v in present]
    texts = {row.Index: f"{row.met}/{row.units}" for row in rows.itertuples()}
    name_width, text_width = widest(names.values()) + 0.12, widest(texts.values(), SMALL) + 0.1
    top = EDGE + key_height(key) + 0.34
    bottom = top + len(names) * ROW
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    across = (WIDTH - 2 * EDGE - name_width + GAP) / len(stages)
    places = {county: top + (i + 0.5) * ROW for i, county in enumerate(names)}
    for county, y in places.items():
        sheet.text(EDGE + name_width - 0.12, y, names[county], align="right")
    for i, stage in enumerate(stages):
        left = EDGE + name_width + i * across
        scale = Scale(0, 1, left, left + across - GAP - text_width)
        sheet.text(left, top - 0.18, STAGES[stage], size=TITLE)
        sheet.axis(scale, top, bottom, "占全部单位的比例", most=4, form=lambda value: f"{value:.0%}")
        for row in rows[rows["stage"] == stage].itertuples():
            y, start = places[row.county], 0.0
            for verdict in present:
                part = getattr(row, verdict) / row.units
                if part:
                    box = (scale(start), y - BAR / 2, scale(start + part) - scale(start), BAR)
                    sheet.bars([box], style.VERDICT_COLOURS[verdict], edge=style.PAPER)
                start += part
            sheet.text(scale(1) + 0.07, y, texts[row.Index], size=SMALL)
    totals = rows.groupby("county", sort=False)[["met", "units"]].sum()
    told = [f"{county}{row.met}/{row.units}（{share_text(row.met / row.units)}）" for county, row in totals.iterrows()]
    data = pd.DataFrame(
        {
            "县": rows["county"],
            "学段": rows["stage"].map(STAGES),
            "单位数": rows["units"],
            **{LABELS[verdict]: rows[verdict] for verdict in LABELS},
        }
    )
    return _chart(
        city,
        sheet,
        alt=f"各县达标单位占全部单位：{'，'.join(told)}。",
        caption="各县学校达标比例（右侧为达标单位数/全部单位数）",
        data=data,
    )


def shortfalls(city: City) -> Chart | None:
    """How many units of each county are below the standard of each indicator, shaded by their share.

    Returns:
        None where none is below or unknown.
    """
    rows = gap_ledger(city)
    if rows.empty:
        return None
    by_place = rows.set_index(["county", "indicator"])
    indicators = [i for i in city.scheme.indicators if i.id in set(rows["indicator"])]
    names = {county: wrap(county, NAME) for county in city.counties}
    bands = ("没有", "不超过25%", "25%～50%", "50%～75%", "超过75%")
    key = [KeyEntry("bar", tint, band) for tint, band in zip(TINTS, bands, strict=True)]
    key += [unknown_key("有单位缺数据")] if rows["unknown"].any() else []
    name_width = widest(names.values()) + 0.1
    width = (WIDTH - 2 * EDGE - name_width) / len(indicators)
    heads = [wrap(indicator.short, width - 0.06, SMALL, lines=3) for indicator in indicators]
    top = EDGE + key_height(key) + (max(head.count("\n") for head in heads) + 1) * LINE + 0.1
    sheet = Sheet(top + len(names) * ROW + EDGE)
    sheet.key(EDGE, key)
    for k, head in enumerate(heads):
        y = top - 0.07 - (head.count("\n") + 1) * LINE / 2
        sheet.text(EDGE + name_width + (k + 0.5) * width, y, head, size=SMALL, align="center")
    for i, (county, name) in enumerate(names.items()):
        y = top + i * ROW
        sheet.text(EDGE + name_width - 0.1, y + ROW / 2, name, align="right")
        for k, indicator in enumerate(indicators):
            box = (EDGE + name_width + k * width, y, width - 0.03, ROW - 0.03)
            text, ground, ink, hatch = "0", style.MET_TINT, style.MET_TEXT, False
            if (county, indicator.id) in by_place.index:
                found = by_place.loc[(county, indicator.id)]
                band = sum(found["units"] / found["n_units"] > step for step in STEPS)
                ground, ink = TINTS[band], style.PAPER if band == len(TINTS) - 1 else style.INK
                hatch = bool(found["unknown"])
                text = f"{found['units']}/{found['n_units']}" + (style.VERDICT_MARKS[UNDETERMINED] if hatch else "")
            sheet.bars([box], ground, hatch=hatch and text.startswith("0/"))
            sheet.text(box[0] + box[2] / 2, y + ROW / 2, text, size=SMALL, colour=ink, align="center")
    worst = rows.assign(part=rows["units"] / rows["n_units"]).sort_values("part", ascending=False, kind="stable")
    told = [
        f"{row.county}{city.scheme.indicator(row.indicator).short}{row.units}/{row.n_units}"
        for row in worst.head(3).itertuples()
    ]
    data = pd.DataFrame(
        {
            "县": rows["county"],
            "指标": [city.scheme.indicator(id_).short for id_ in rows["indicator"]],
            "单位数": rows["n_units"],
            "未达标单位": rows["units"],
            "缺数据单位": rows["unknown"],
        }
    )
    return _chart(
        city,
        sheet,
        alt=f"各县各项指标未达标单位所占比例，最高的是{'、'.join(told)}。",
        caption="各县各项指标未达标的单位数/全部单位数（颜色为所占比例）",
        data=data,
    )


def paces(city: City) -> Chart | None:
    """How many units must stop failing each year until the target, beside how many did in the last.

    Returns:
        None where the scheme sets no targets.
    """
    rows = targets(city)
    if rows.empty:
        return None
    names = {row.county: wrap(row.county, NAME) for row in rows.itertuples()}
    colours = {DONE: style.MET, AHEAD: style.MET, BEHIND: style.NOT_MET, DUE: style.NOT_MET, UNTOLD: style.UNDETERMINED}
    inks = {DONE: style.MET_TEXT, AHEAD: style.MET_TEXT, BEHIND: style.NOT_MET_TEXT, DUE: style.NOT_MET_TEXT}
    texts = [_pace_text(row) for row in records(rows)]
    name_width, text_width = widest(names.values()) + 0.12, widest(texts, SMALL) + 0.12
    top = EDGE + 0.1
    bottom = top + len(rows) * ROW
    sheet = Sheet(bottom + AXIS)
    last = max(int(rows["target"].max()), city.year + 1)
    scale = Scale(city.year, last, EDGE + name_width + 0.1, WIDTH - EDGE - text_width - 0.1)
    sheet.axis(scale, top, bottom, "年度", most=min(8, last - city.year), form=lambda value: f"{value:.0f}")
    for i, (row, text) in enumerate(zip(rows.itertuples(), texts, strict=True)):
        y = top + (i + 0.5) * ROW
        end = scale(max(row.target, city.year))
        sheet.text(EDGE + name_width - 0.12, y, names[row.county], align="right")
        sheet.lines([(scale.left, y, end, y)], colours[row.state], width=3)
        sheet.dots([(end, y)], colours[row.state], marker="D" if row.state in (BEHIND, DUE) else "o", sizes=8)
        sheet.text(WIDTH - EDGE, y, text, size=SMALL, colour=inks.get(row.state, style.MUTED), align="right")
    told = [f"{row.county}{row.target}年（{PACES[row.state]}）" for row in rows.itertuples()]
    data = pd.DataFrame(
        {
            "县": rows["county"],
            "目标年份": rows["target"].map(str),
            "未达标单位": rows["failing"],
            "每年须减少": rows["per_year"],
            "上年减少": rows["failing_before"] - rows["failing"],
            "进度": rows["state"].map(PACES),
        }
    )
    return _chart(
        city,
        sheet,
        alt=f"各县的目标年份：{'、'.join(told)}。",
        caption=f"各县距目标年份的时间（从{city.year}年起）与所需进度",
        data=data,
    )


def _pace_text(row: dict[str, Any]) -> str:
    need = float(row["per_year"])
    each = "" if math.isnan(need) or not need or row["state"] in (DONE, DUE) else f"，每年须减少{need:.0f}个"
    return f"{row['target']}年：{PACES[str(row['state'])]}{each}"

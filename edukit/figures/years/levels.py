"""How coefficients and means moved over the years."""

from __future__ import annotations

import math
from itertools import pairwise

import pandas as pd

from edukit import formats, style
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, WIDTH, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, TITLE, widest
from edukit.figures.wording import MET, NOT_MET, UNDETERMINED, marked
from edukit.frames import records
from edukit.monitoring import COMPOSITE, Monitoring, against_base, levels
from edukit.showing import Chart

SPARK, PAD, GAP, ROW, BAR = 0.52, 0.09, 0.24, 0.27, 0.15
"""Height of a row of lines and the room in it above and below; space between stages; rows and bars; in inches."""


def coefficients(watch: Monitoring) -> Chart | None:
    """The coefficient of every indicator and stage, year by year, with its limit.

    Returns:
        None with a single year, or where no coefficient is known.
    """
    rows = levels(watch.years)
    if not watch.compares or not rows["cv"].notna().any():
        return None
    rows = rows.assign(label=[_label(watch, id_) for id_ in rows["indicator"]])
    stages, labels = list(watch.case.now.stages), list(dict.fromkeys(rows["label"]))
    rows = rows[rows["stage"].isin(stages)]
    ended = {(stage, label): _ended(records(part), watch) for (stage, label), part in rows.groupby(["stage", "label"])}
    key = [KeyEntry("dash", style.EMPHASIS, "上限")]
    key += [
        KeyEntry("o", style.VERDICT_COLOURS[verdict], marked(word, verdict))
        for verdict, word in ((MET, "不超过上限"), (NOT_MET, "超过上限"))
        if verdict in set(rows["verdict"])
    ]
    key += [KeyEntry("o", style.NEUTRAL, "不设上限")] if "" in set(rows["verdict"]) else []
    name_width, text_width = widest(labels) + 0.12, widest(ended.values(), SMALL) + 0.12
    top = EDGE + key_height(key) + 0.34
    sheet = Sheet(top + len(labels) * SPARK + 0.3)
    sheet.key(EDGE, key)
    across = (WIDTH - 2 * EDGE - name_width + GAP) / len(stages)
    highest = float(rows[["cv", "limit"]].max().max()) or 1.0
    first, last = watch.base.year, watch.case.year
    for i, label in enumerate(labels):
        sheet.text(EDGE + name_width - 0.12, top + (i + 0.5) * SPARK, label, align="right")
    for i in range(len(labels) + 1):
        sheet.lines([(EDGE, top + i * SPARK, WIDTH - EDGE, top + i * SPARK)], style.RULE)
    for i, stage in enumerate(stages):
        left = EDGE + name_width + i * across
        scale = Scale(first, last, left + 0.08, left + across - GAP - text_width - 0.06)
        sheet.text(left, top - 0.16, STAGES[stage], size=TITLE)
        for j, label in enumerate(labels):
            here = rows[(rows["stage"] == stage) & (rows["label"] == label)]
            _spark(sheet, here, scale, Scale(highest, 0, top + j * SPARK + PAD, top + (j + 1) * SPARK - PAD))
            verdict = here["verdict"].iloc[-1] if len(here) else ""
            colour = style.VERDICT_TEXTS.get(verdict, style.INK)
            text, right = ended.get((stage, label), ""), left + across - GAP
            sheet.text(right, top + (j + 0.5) * SPARK, text, size=SMALL, colour=colour, align="right")
        for year, align in ((first, "left"), (last, "right")):
            x = scale(year) + (-0.06 if align == "left" else 0.06)
            foot = top + len(labels) * SPARK + 0.14
            sheet.text(x, foot, str(year), size=SMALL, colour=style.MUTED, align="left" if align == "left" else "right")
    return sheet.chart(
        watch.case,
        alt=_coefficients_alt(watch),
        caption=f"{first}年至{last}年各项指标的校际差异系数",
        data=_coefficients_data(rows),
        formats={"差异系数": formats.cv, "上限": formats.plain},
    )


def _label(watch: Monitoring, id_: str) -> str:
    return "综合差异系数" if id_ == COMPOSITE else watch.case.scheme.indicator(id_).short


def _ended(rows: list[dict[str, float]], watch: Monitoring) -> str:
    """The first and the last value, marked by the last verdict."""
    known = {row["year"]: row for row in rows}
    first, last = known.get(watch.base.year), known.get(watch.case.year)
    if last is None:
        return ""
    old = formats.cv(first["cv"], first["limit"]) if first else formats.DASH
    return f"{old}→{marked(formats.cv(last['cv'], last['limit']), str(last['verdict']))}"


def _spark(sheet: Sheet, rows: pd.DataFrame, x: Scale, y: Scale) -> None:
    """One indicator's line: gaps where a year is unknown, the limit dashed."""
    points = [(x(row.year), y(row.cv), row.year) for row in rows.itertuples() if not math.isnan(row.cv)]
    limits = rows.dropna(subset=["limit"])
    if len(limits):
        level = y(limits["limit"].iloc[-1])
        sheet.lines([(x.left - 0.06, level, x.right + 0.06, level)], style.EMPHASIS, width=0.9, dash=True)
    years = sorted(rows["year"])
    joined = [(a, b) for a, b in pairwise(points) if years.index(b[2]) - years.index(a[2]) == 1]
    sheet.lines([(a[0], a[1], b[0], b[1]) for a, b in joined], style.NEUTRAL, width=1.4)
    for verdict, here in rows.dropna(subset=["cv"]).groupby("verdict", sort=False):
        colour = style.VERDICT_COLOURS.get(str(verdict), style.NEUTRAL)
        sheet.dots([(x(row.year), y(row.cv)) for row in here.itertuples()], colour, sizes=5.5)


def _coefficients_alt(watch: Monitoring) -> str:
    both = against_base(levels(watch.years), watch.base.year, watch.case.year)
    sentences = []
    for stage, part in both.dropna(subset=["cv_change"]).groupby("stage", sort=False):
        single = part[part["indicator"] != COMPOSITE]
        down = int((single["cv_change"] < 0).sum())
        text = f"{STAGES[str(stage)]}{len(single)}项差异系数中{down}项比{watch.base.year}年下降"
        over = part[(part["verdict"] == NOT_MET)]
        names = [f"{_label(watch, row.indicator)}{formats.cv(row.cv, row.limit)}" for row in over.itertuples()]
        sentences.append(text + (f"，{watch.case.year}年超过上限的有{'、'.join(names)}" if names else ""))
    return "；".join(sentences) + "。" if sentences else "两年都有数据的差异系数一项也没有。"


def _coefficients_data(rows: pd.DataFrame) -> pd.DataFrame:
    words = {MET: "不超过上限", NOT_MET: "超过上限", UNDETERMINED: "无法判定", "": "不设上限"}
    return pd.DataFrame(
        {
            "指标": rows["label"],
            "学段": rows["stage"].map(STAGES),
            "年度": rows["year"].map(str),
            "差异系数": rows["cv"],
            "上限": rows["limit"],
            "结论": rows["verdict"].map(words),
        }
    ).reset_index(drop=True)


def _signed(change: float) -> str:
    return f"{change:+.1%}".replace("-", "−") if round(change, 3) else "0.0%"


def means(watch: Monitoring) -> Chart | None:
    """How far the county's mean of every indicator has moved since the base year, in percent.

    Returns:
        None with a single year, or where no mean is known in both years.
    """
    both = against_base(levels(watch.years), watch.base.year, watch.case.year).dropna(subset=["mean_change"])
    if not watch.compares or both.empty:
        return None
    both = both.assign(label=[_label(watch, id_) for id_ in both["indicator"]])
    stages = [stage for stage in watch.case.now.stages if stage in set(both["stage"])]
    labels = [i.short for i in watch.case.scheme.indicators if i.short in set(both["label"])]
    name_width = widest(labels) + 0.12
    texts = {row.Index: _signed(row.mean_change) for row in both.itertuples()}
    room = widest(texts.values(), SMALL) + 0.1
    top = EDGE + 0.36
    bottom = top + len(labels) * ROW
    sheet = Sheet(bottom + AXIS)
    across = (WIDTH - 2 * EDGE - name_width + GAP) / len(stages)
    low, high = min(0.0, float(both["mean_change"].min())), max(0.0, float(both["mean_change"].max()))
    if low == high:
        low, high = -0.01, 0.01
    for i, label in enumerate(labels):
        sheet.text(EDGE + name_width - 0.12, top + (i + 0.5) * ROW, label, align="right")
    for i, stage in enumerate(stages):
        left = EDGE + name_width + i * across
        scale = Scale(low, high, left + (room if low < 0 else 0), left + across - GAP - room)
        sheet.text(left, top - 0.18, STAGES[stage], size=TITLE)
        sheet.axis(scale, top, bottom, f"比{watch.base.year}年增减", most=4, form=lambda value: f"{value:.0%}")
        for row in both[both["stage"] == stage].itertuples():
            y = top + (labels.index(row.label) + 0.5) * ROW
            ends = sorted((scale(0), scale(row.mean_change)))
            rises = row.mean_change >= 0
            sheet.bars([(ends[0], y - BAR / 2, ends[1] - ends[0], BAR)], style.EMPHASIS if rises else style.NEUTRAL)
            x = ends[1] + 0.06 if rises else ends[0] - 0.06
            sheet.text(x, y, texts[row.Index], size=SMALL, align="left" if rises else "right")
        sheet.lines([(scale(0), top, scale(0), bottom)], style.MUTED)
    fallen = [f"{STAGES[row.stage]}{row.label}" for row in both.itertuples() if round(row.mean_change, 3) < 0]
    told = f"下降的有{'、'.join(fallen)}" if fallen else "没有一项下降"
    data = pd.DataFrame(
        {
            "指标": both["label"],
            "学段": both["stage"].map(STAGES),
            f"{watch.base.year}年平均": both["mean_base"],
            f"{watch.case.year}年平均": both["mean"],
            "增减": both["mean_change"],
        }
    ).reset_index(drop=True)
    return sheet.chart(
        watch.case,
        alt=f"{watch.case.year}年各项指标的{formats.area(watch.case.county)}平均值与{watch.base.year}年相比，{told}。",
        caption=f"各项指标{formats.area(watch.case.county)}平均值比{watch.base.year}年的增减",
        data=data,
        formats={"增减": formats.percent},
    )

"""What inequality consists of, and what moved it: two charts, each with a panel for each stage."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from edukit import formats, style
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, WIDTH, Bar, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, TITLE, widest
from edukit.figures.wording import marked
from edukit.improvement import Improvement
from edukit.movement import PARTS
from edukit.showing import Chart
from edukit.text.improvement.words import CAUSES, main_cause

ROW, BAR, GAP = 0.29, 0.15, 0.22
BETWEEN, WITHIN = "城乡之间", "同类地区的学校之间"
COLOURS = {"resources": style.EMPHASIS, "pupils": style.NEUTRAL, "schools": style.UNDETERMINED_TINT}
"""Schools opened or closed are hatched too."""
SMALLEST = 0.0005
"""A change of a coefficient that would be shown as nought."""


Form = Callable[[float], str]


@dataclass(frozen=True)
class Panels:
    """Where the panels of a chart are: the sheet, the rows' middles by indicator, each stage's scale and right end."""

    sheet: Sheet
    middles: dict[str, float]
    scales: dict[str, Scale]
    ends: dict[str, float]
    top: float
    bottom: float


def places(made: Improvement) -> Chart | None:
    """How much of each CV² lies between urban, town and rural schools, and how much among those of the same kind.

    Returns:
        None where fewer than two kinds of places are known, or nothing varies.
    """
    rows = made.split[(made.split["n_groups"] > 1) & (made.split["total"] > 0)].reset_index(drop=True)
    if rows.empty or made.now.units["urban"].dropna().nunique() < 2:
        return None
    rows = rows.assign(share=rows["between"] / rows["total"])
    key = [KeyEntry("bar", style.EMPHASIS, BETWEEN), KeyEntry("bar", style.UNDETERMINED, WITHIN)]
    balance = made.now.balance.set_index(["stage", "indicator"])
    rows["text"] = [
        marked(formats.cv(own["cv"], own["cv_limit"]), own["verdict"])
        for own in (balance.loc[(row.stage, row.indicator)] for row in rows.itertuples())
    ]
    drawn = _panels(made, rows, key, 0.0, 1.0, "占差异（CV²）的比重", lambda value: f"{value:.0%}")
    for row in rows.itertuples():
        scale, y = drawn.scales[row.stage], drawn.middles[row.indicator]
        edge, end = scale(row.share), scale(1.0)
        drawn.sheet.bars([(scale.left, y - BAR / 2, edge - scale.left, BAR)], style.EMPHASIS)
        drawn.sheet.bars([(edge, y - BAR / 2, end - edge, BAR)], style.UNDETERMINED)
    short = {i.id: i.short for i in made.case.scheme.indicators}
    data = pd.DataFrame(
        {
            "学段": rows["stage"].map(STAGES),
            "指标": rows["indicator"].map(short),
            "差异系数的平方": rows["total"],
            BETWEEN: rows["between"],
            WITHIN: rows["within"],
            "城乡之间所占比重": rows["share"],
        }
    )
    return drawn.sheet.chart(
        made.case,
        alt=_places_alt(made, rows),
        caption=f"各项指标的校际差异有多少在城乡之间（右侧为差异系数{_left_out(made, rows)}）",
        data=data,
        formats={"城乡之间所占比重": formats.percent},
    )


def _left_out(made: Improvement, rows: pd.DataFrame) -> str:
    """That some indicators of a stage are not drawn; empty where all are."""
    return "；缺数据的不画" if len(rows) < len(made.now.balance) else ""


def _places_alt(made: Improvement, rows: pd.DataFrame) -> str:
    parts = []
    for stage, part in rows.groupby("stage", sort=False):
        most = part[part["share"] >= 0.5].sort_values("share", ascending=False)
        names = [f"{made.case.scheme.indicator(r.indicator).short}（{r.share:.0%}）" for r in most.itertuples()]
        told = f"{len(most)}项差异一半以上在城乡之间：{'、'.join(names)}" if names else "各项差异主要在同类地区内部"
        parts.append(f"{STAGES[str(stage)]}{len(part)}项指标中，{told}")
    return "；".join(parts) + "。"


def movement(made: Improvement) -> Chart | None:
    """What moved each coefficient since the year before: resources, pupils, schools opened and closed.

    Returns:
        None without a year before, or where it shares no known coefficient with this year, or nothing moved.
    """
    found = made.movement
    rows = pd.DataFrame() if found is None else found.dropna(subset=["change"]).reset_index(drop=True)
    if rows.empty or made.case.before is None or (rows[list(PARTS)].abs() < SMALLEST).all(axis=None):
        return None
    up = rows[list(PARTS)].clip(lower=0).sum(axis=1).max()
    down = rows[list(PARTS)].clip(upper=0).sum(axis=1).min()
    limits = made.now.balance.set_index(["stage", "indicator"])["cv_limit"]
    rows["text"] = [
        f"{formats.cv(r.cv, limits[(r.stage, r.indicator)])}（{_signed(r.change)}）" for r in rows.itertuples()
    ]
    shown = [part for part in CAUSES if (rows[part].abs() >= SMALLEST).any()]
    key = [KeyEntry("hatch" if part == "schools" else "bar", COLOURS[part], CAUSES[part]) for part in shown]
    key += [KeyEntry("D", style.NOT_MET, "合计")]
    name = f"差异系数比{made.case.before.year}年的变化（向右为扩大）"
    drawn = _panels(made, rows, key, min(down, 0.0), max(up, 0.0), name, _axis_number)
    for row in rows.itertuples():
        scale, y = drawn.scales[row.stage], drawn.middles[row.indicator]
        for part, bar in _stacked({part: float(getattr(row, part)) for part in shown}, scale, y):
            drawn.sheet.bars([bar], COLOURS[part], hatch=part == "schools")
        drawn.sheet.dots([(scale(row.change), y)], style.NOT_MET, marker="D", sizes=5.5)
    for scale in drawn.scales.values():
        drawn.sheet.lines([(scale(0), drawn.top, scale(0), drawn.bottom)], style.MUTED)
    short = {i.id: i.short for i in made.case.scheme.indicators}
    data = pd.DataFrame(
        {
            "学段": rows["stage"].map(STAGES),
            "指标": rows["indicator"].map(short),
            f"{made.case.before.year}年": rows["cv_before"],
            f"{made.case.year}年": rows["cv"],
            "变化": rows["change"],
            **{f"其中：{CAUSES[part]}": rows[part] for part in CAUSES},
        }
    )
    return drawn.sheet.chart(
        made.case,
        alt=_movement_alt(made, rows),
        caption=f"{made.case.before.year}年至{made.case.year}年差异系数为何变化（右侧为当年数{_left_out(made, rows)}）",
        data=data,
        formats={name: formats.cv for name in data.columns[2:4]} | {name: _signed for name in data.columns[4:]},
    )


def _signed(value: float) -> str:
    if math.isnan(value):
        return formats.DASH
    return f"{value:+.3f}".replace("-", "−") if abs(value) >= SMALLEST else "0.000"


def _axis_number(value: float) -> str:
    return f"{value:+g}".replace("-", "−") if value else "0"


def _stacked(parts: dict[str, float], scale: Scale, y: float) -> Iterator[tuple[str, Bar]]:
    """Parts above nought to the right of it, those below to the left."""
    ends = {True: 0.0, False: 0.0}
    for part, value in parts.items():
        start = ends[value > 0]
        ends[value > 0] += value
        left, right = sorted((scale(start), scale(start + value)))
        if right > left:
            yield part, (left, y - BAR / 2, right - left, BAR)


def _movement_alt(made: Improvement, rows: pd.DataFrame) -> str:
    down, up = rows[rows["change"] <= -SMALLEST], rows[rows["change"] >= SMALLEST]
    told = [f"{len(part)}项{word}" for part, word in ((down, "下降"), (up, "上升")) if len(part)]
    parts = [f"{len(rows)}项差异系数中{'、'.join(told) or '没有一项变化'}"]
    for part, word, rank in ((down, "降幅", True), (up, "升幅", False)):
        if len(part):
            row = part.sort_values("change", ascending=rank).iloc[0]
            main = main_cause(row)
            name = f"{STAGES[row['stage']]}{made.case.scheme.indicator(row['indicator']).short}"
            parts.append(f"{word}最大的是{name}（{_signed(row['change'])}，主要由于{main}）")
    return "，".join(parts) + "。"


def _panels(
    made: Improvement, rows: pd.DataFrame, key: list[KeyEntry], low: float, high: float, axis: str, form: Form
) -> Panels:
    """A panel for each stage of the rows, with the indicators' names on the left and the rows' texts on the right."""
    stages = [stage for stage in made.now.stages if stage in set(rows["stage"])]
    short = {i.id: i.short for i in made.case.scheme.indicators if i.id in set(rows["indicator"])}
    name_width = widest(short.values()) + 0.12
    text_width = widest(rows["text"], SMALL) + 0.1
    top = EDGE + key_height(key) + 0.34
    bottom = top + ROW * len(short)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    across = (WIDTH - 2 * EDGE - name_width + GAP) / len(stages)
    middles = {id_: top + (i + 0.5) * ROW for i, id_ in enumerate(short)}
    for id_, name in short.items():
        sheet.text(EDGE + name_width - 0.12, middles[id_], name, align="right")
    scales, ends = {}, {}
    for i, stage in enumerate(stages):
        left = EDGE + name_width + i * across
        ends[stage] = left + across - GAP
        scales[stage] = Scale(low, high, left + 0.04, ends[stage] - text_width - 0.06)
        sheet.text(left, top - 0.18, STAGES[stage], size=TITLE)
        sheet.axis(scales[stage], top, bottom, axis, most=3, form=form)
        for row in rows[rows["stage"] == stage].itertuples():
            sheet.text(ends[stage], middles[row.indicator], row.text, size=SMALL, align="right")
    return Panels(sheet, middles, scales, ends, top, bottom)

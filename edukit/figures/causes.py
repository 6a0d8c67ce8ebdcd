"""Who causes the inequality: each school's share of the squared deviations behind a coefficient."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from edukit import formats, style
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, WIDTH, Bar, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, measure, widest, wrap
from edukit.figures.wording import NOT_MET, marked
from edukit.schemes import Indicator
from edukit.showing import Chart

NAMED = 6
"""Schools with a colour of their own."""
LETTERS = "ABCDEF"
# Light enough for dark text on them; the letter repeats what the colour says.
COLOURS = ("#a9c8e8", "#f2c48d", "#b9d8a6", "#dfb3cd", "#a4dcd5", "#cfc4ea")
REST = "#e3e6ea"
REST_NAME = "其余学校"
ABOVE, BELOW = "↑", "↓"
ROW, BAR = 0.36, 0.24


class Part(NamedTuple):
    """A part of a bar: what stands on it and how it looks, the side of the mean, the share of the bar."""

    letter: str
    colour: str
    side: str
    share: float


def contributions(case: Case, stage: str) -> Chart | None:
    """Each school's share of S² for every indicator, as stacked bars; arrows say on which side of the mean it is.

    The schools with the largest shares over all indicators have a colour and a letter, the same in every bar.

    Returns:
        None where the stage has fewer than two units, or nothing varies or is known.
    """
    rows = _rows(case, stage)
    if rows["share"].notna().sum() < 2:
        return None
    units = rows.groupby("unit", sort=False)["share"].sum().sort_values(ascending=False, kind="stable")
    named = [int(unit) for unit in units.index[:NAMED] if units[unit] > 0]
    names = rows.drop_duplicates("unit").set_index("unit")["school"]
    rest = len(units) - len(named)
    key = [
        KeyEntry("bar", COLOURS[i], wrap(f"{LETTERS[i]} {names[unit]}", WIDTH / 2 - 0.6, SMALL, lines=1))
        for i, unit in enumerate(named)
    ]
    key += [KeyEntry("bar", REST, f"{REST_NAME}（{rest}所）")] if rest else []
    balance = case.now.balance[case.now.balance["stage"] == stage].set_index("indicator")
    ends = {
        i.id: marked(formats.cv(balance.at[i.id, "cv"], balance.at[i.id, "cv_limit"]), balance.at[i.id, "verdict"])
        for i in _balanced(case)
    }
    labels = {i.id: i.short for i in _balanced(case)}
    name_width = widest(labels.values()) + 0.12
    end_width = max(widest(ends.values(), SMALL), measure("差异系数", SMALL)) + 0.12
    legend = f"{ABOVE}高于平均值　{BELOW}低于平均值"
    top = EDGE + key_height(key) + 0.3
    bottom = top + ROW * len(labels)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    scale = Scale(0, 1, EDGE + name_width, WIDTH - EDGE - end_width - 0.1)
    sheet.text(scale.left, top - 0.16, legend, size=SMALL, colour=style.MUTED)
    sheet.text(WIDTH - EDGE, top - 0.16, "差异系数", size=SMALL, colour=style.MUTED, align="right")
    sheet.axis(scale, top, bottom, "占该项指标差异（方差）的比重", most=4, form=lambda value: f"{value:.0%}")
    parts, unknown = _parts(rows, named), set(rows.loc[rows["value"].isna(), "indicator"])
    for i, (id_, label) in enumerate(labels.items()):
        y = top + (i + 0.5) * ROW
        sheet.text(EDGE + name_width - 0.1, y, label, align="right")
        colour = style.VERDICT_TEXTS.get(balance.at[id_, "verdict"], style.INK)
        sheet.text(WIDTH - EDGE, y, ends[id_], size=SMALL, colour=colour, align="right")
        if id_ in parts:
            _bar(sheet, scale, y, parts[id_])
        else:
            reason = "缺数据，无法计算" if id_ in unknown else "各校相同，没有差异"
            sheet.text(scale.left + 0.08, y, reason, size=SMALL, colour=style.MUTED)
    return sheet.chart(
        case,
        alt=_alt(case, stage, rows),
        caption=f"{STAGES[stage]}各校对校际差异的影响：占该项指标方差的比重",
        data=_data(case, rows),
        formats={"占方差的比重": formats.percent},
    )


def _balanced(case: Case) -> list[Indicator]:
    """The indicators that have a coefficient; a county's own school standards have none."""
    return [indicator for indicator in case.scheme.indicators if indicator.balance]


def _rows(case: Case, stage: str) -> pd.DataFrame:
    """The cells of a stage with share of S² and side of the mean; the share is NaN where S is unknown or 0."""
    ids = [indicator.id for indicator in _balanced(case)]
    cells = case.now.cells[(case.now.cells["stage"] == stage) & case.now.cells["indicator"].isin(ids)]
    cells = cells.reset_index(drop=True)
    totals = cells.groupby("indicator")["contribution"].transform("sum")
    share = (cells["contribution"] / totals).where(totals > 0)
    means = case.now.balance[case.now.balance["stage"] == stage].set_index("indicator")["mean"]
    above = cells["value"] > cells["indicator"].map(means)
    return cells.assign(share=share, side=above.map({True: ABOVE, False: BELOW}))


def _parts(rows: pd.DataFrame, named: list[int]) -> dict[str, list[Part]]:
    """The parts of each bar: the named schools in their fixed order, then the others above and below the mean."""
    known = rows[rows["share"] > 0]
    number = known["unit"].map({unit: i for i, unit in enumerate(named)}).fillna(len(named)).astype(int)
    sums = known.groupby(["indicator", number, "side"])["share"].sum()
    letters, colours = [*LETTERS[: len(named)], ""], [*COLOURS[: len(named)], REST]
    parts: dict[str, list[Part]] = {}
    for (indicator, i, side), share in sums.items():
        parts.setdefault(str(indicator), []).append(Part(letters[i], colours[i], side, share))
    return parts


def _bar(sheet: Sheet, scale: Scale, y: float, parts: list[Part]) -> None:
    """One stacked bar with what fits into its parts of letter, side and share."""
    bars: list[Bar] = []
    start = 0.0
    for part in parts:
        left, right = scale(start), scale(start + part.share)
        start += part.share
        bars.append((left, y - BAR / 2, right - left, BAR))
        for text in (f"{part.letter}{part.side}{part.share:.0%}", f"{part.letter}{part.side}", part.letter):
            if text and measure(text, SMALL) + 0.06 <= right - left:
                sheet.text((left + right) / 2, y, text, size=SMALL, align="center")
                break
    sheet.bars(bars, [part.colour for part in parts], edge=style.PAPER)


def _alt(case: Case, stage: str, rows: pd.DataFrame) -> str:
    """Who leads how often, and who leads where a limit is exceeded, else where the coefficient is highest."""
    known = rows[rows["share"] > 0]
    if known.empty:
        return f"{STAGES[stage]}各校各项指标相同，没有差异。"
    first = known.loc[known.groupby("indicator", sort=False)["share"].idxmax()].set_index("indicator")
    leads = [f"{school}{count}项" for school, count in first["school"].value_counts().items()]
    balance = case.now.balance[case.now.balance["stage"] == stage].set_index("indicator").loc[first.index]
    over = list(balance.index[balance["verdict"] == NOT_MET])
    parts = []
    for id_ in over or [balance["cv"].idxmax()]:
        row, short = first.loc[id_], case.scheme.indicator(str(id_)).short
        side = "高于" if row["side"] == ABOVE else "低于"
        what = "超过上限的" if over else "差异系数最高的"
        parts.append(f"{what}{short}为{row['school']}（占{row['share']:.0%}，{side}平均值）")
    return f"{STAGES[stage]}{len(first)}项指标中对差异影响最大的学校：{formats.listed(leads)}；其中{'、'.join(parts)}。"


def _data(case: Case, rows: pd.DataFrame) -> pd.DataFrame:
    short = {indicator.id: f"{indicator.short}（{indicator.unit}）" for indicator in case.scheme.indicators}
    sides = {ABOVE: "高于平均值", BELOW: "低于平均值"}
    known = rows[rows["share"].notna()]
    return pd.DataFrame(
        {
            "学校": known["school"],
            "指标": known["indicator"].map(short),
            "数值": known["value"],
            "占方差的比重": known["share"],
            "位置": known["side"].map(sides).where(known["share"] > 0, "等于平均值"),
        }
    ).reset_index(drop=True)

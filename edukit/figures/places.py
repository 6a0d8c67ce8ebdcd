"""Town and country side by side."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from edukit import formats, style
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, WIDTH, KeyEntry, Scale, Sheet, Sign, key_height
from edukit.figures.measuring import SMALL, TITLE, measure, widest
from edukit.figures.wording import has_thresholds, share_text, stage_names
from edukit.frames import records
from edukit.showing import Chart

MARKERS: dict[str, Sign] = {"城区": "s", "镇区": "D", "乡村": "o"}
ROW, GAP = 0.34, 0.3
COVER, STAGGER = 0.1, 0.085
"""Distance below which two marks cover each other; how far such marks are set apart, in inches."""


def urban_rural(case: Case) -> Chart | None:
    """The level of each indicator in urban, town and rural schools, relative to the standard or the county's mean.

    The level of a kind of place is the ratio of sums: all its schools' resources over all their pupils.

    Returns:
        None where no stage has schools of two kinds of place.
    """
    rows = _rows(case)
    kinds = rows[rows["ratio"].notna()].groupby("stage")["place"].nunique()
    stages = [stage for stage in case.now.stages if kinds.get(stage, 0) >= 2]
    if not stages:
        return None
    rows = rows[rows["stage"].isin(stages)]
    base = "标准" if has_thresholds(case.scheme) else "平均值"
    places = [place for place in MARKERS if place in set(rows["place"])]
    key = [KeyEntry(MARKERS[place], style.PLACE_COLOURS[place], place) for place in places]
    labels = {indicator.id: indicator.short for indicator in case.scheme.indicators}
    name_width = widest(labels.values()) + 0.12
    top = EDGE + key_height(key) + 0.68
    bottom = top + ROW * len(labels)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    place_of = {id_: top + (i + 0.5) * ROW for i, id_ in enumerate(labels)}
    for id_, label in labels.items():
        sheet.text(EDGE + name_width - 0.1, place_of[id_], label, align="right")
    across = (WIDTH - 2 * EDGE - name_width - 0.1 + GAP) / len(stages)
    lowest, highest = min(rows["ratio"].min(), 1), max(rows["ratio"].max(), 1)
    room = (highest - lowest) * 0.08 or 0.1
    for i, stage in enumerate(stages):
        left = EDGE + name_width + i * across
        scale = Scale(max(0, lowest - room), highest + room, left, left + across - GAP)
        here = rows[(rows["stage"] == stage) & rows["ratio"].notna()]
        sheet.text(left, top - 0.54, STAGES[stage], size=TITLE)
        sheet.text(left, top - 0.35, _counts(case, stage), size=SMALL, colour=style.MUTED)
        sheet.axis(scale, top, bottom, f"相当于{base}的百分比", most=4, form=lambda value: f"{value:.0%}")
        sheet.lines([(scale(1), top - 0.04, scale(1), bottom)], style.EMPHASIS, width=1.5)
        x = min(max(scale(1), left + measure(base, SMALL) / 2), scale.right - measure(base, SMALL) / 2)
        sheet.text(x, top - 0.14, base, size=SMALL, colour=style.EMPHASIS, align="center")
        spans = here.groupby("indicator", sort=False)["ratio"].agg(["min", "max"])
        spans = zip(spans.index, spans["min"], spans["max"], strict=True)
        ends = [(scale(low), place_of[id_], scale(high), place_of[id_]) for id_, low, high in spans]
        sheet.lines(ends, style.NEUTRAL, width=2.0)
        for place, dots in _dots(here, scale, place_of).items():
            sheet.dots(dots, style.PLACE_COLOURS[place], marker=MARKERS[place], sizes=7)
    return sheet.chart(
        case,
        alt=_alt(case, rows, stages, base),
        caption=_caption(case, stages, base),
        data=_data(case, rows, base),
        formats={f"相当于{base}": formats.percent},
    )


def _rows(case: Case) -> pd.DataFrame:
    """Stage, indicator, place, schools, mean (ratio of sums, unrounded) and its ratio to the standard or the mean."""
    scheme = case.scheme
    cells = case.now.cells.assign(place=case.now.cells["unit"].map(case.now.units["urban"]))
    cells = cells[cells["place"].isin(list(MARKERS))]
    grouped = cells.groupby(["stage", "indicator", "place"], sort=False)
    # One unknown school leaves the level of its kind of place unknown.
    sums = grouped[["resource", "pupils"]].sum(skipna=False)
    rows = sums.assign(schools=grouped["unit"].nunique(), threshold=grouped["threshold"].first()).reset_index()
    rows["mean"] = rows["resource"] * rows["indicator"].map({i.id: i.per for i in scheme.indicators}) / rows["pupils"]
    if has_thresholds(scheme):
        rows["base"] = rows["threshold"]
    else:
        means = case.now.balance.set_index(["stage", "indicator"])["mean"]
        rows["base"] = means.reindex(pd.MultiIndex.from_frame(rows[["stage", "indicator"]])).to_numpy()
    return rows.assign(ratio=(rows["mean"] / rows["base"]).where(rows["base"] > 0))


def _dots(rows: pd.DataFrame, scale: Scale, place_of: dict[str, float]) -> dict[str, list[tuple[float, float]]]:
    """Places of the marks by kind of place; those that would cover each other are set one below the other."""
    dots: dict[str, list[tuple[float, float]]] = {}
    for id_, here in rows.groupby("indicator", sort=False):
        xs = {place: scale(ratio) for place, ratio in zip(here["place"], here["ratio"], strict=True)}
        close = any(right - left < COVER for left, right in pairwise(sorted(xs.values())))
        for place, x in xs.items():
            aside = (list(MARKERS).index(place) - 1) * STAGGER if close else 0.0
            dots.setdefault(place, []).append((x, place_of[str(id_)] + aside))
    return {place: dots[place] for place in MARKERS if place in dots}


def _counts(case: Case, stage: str) -> str:
    """城区2所 乡村3所: how many units of each kind a stage has."""
    counts = case.now.units.loc[case.now.units["stage"] == stage, "urban"].value_counts()
    return "　".join(f"{place}{counts[place]}所" for place in MARKERS if place in counts)


def _caption(case: Case, stages: list[str], base: str) -> str:
    units = case.now.units[case.now.units["stage"].isin(stages)]
    blank = units.loc[~units["urban"].isin(list(MARKERS)), "school"].nunique()
    notes = [f"{blank}所学校未填城乡类型，未计入"] if blank else []
    rows = case.now.cells
    notes += ["有学校缺数据的不画"] if rows.loc[rows["stage"].isin(stages), "value"].isna().any() else []
    return f"{stage_names(stages)}各项指标的城乡水平，相当于{base}的百分比" + (
        f"（{'；'.join(notes)}）" if notes else ""
    )


def _alt(case: Case, rows: pd.DataFrame, stages: list[str], base: str) -> str:
    short = {indicator.id: indicator.short for indicator in case.scheme.indicators}
    sentences = []
    for stage in stages:
        known = rows[(rows["stage"] == stage) & rows["ratio"].notna()]
        parts = []
        if base == "标准":
            low = known[known["mean"] < known["base"]]
            parts = [f"{row['place']}的{short[row['indicator']]}（{share_text(row['ratio'])}）" for row in records(low)]
            start = (
                f"{STAGES[stage]}平均水平低于标准的有" if parts else f"{STAGES[stage]}已知的各类地区平均水平均达到标准"
            )
            sentences.append(start + "、".join(parts))
            continue
        ratios = known.pivot(index="indicator", columns="place", values="ratio")
        widest_gap = (ratios.max(axis=1) - ratios.min(axis=1)).idxmax()
        row = ratios.loc[widest_gap].dropna()
        sentences.append(
            f"{STAGES[stage]}城乡差距最大的是{short[widest_gap]}：{row.idxmax()}为平均值的{row.max():.0%}，"
            f"{row.idxmin()}为{row.min():.0%}"
        )
    return "；".join(sentences) + "。"


def _data(case: Case, rows: pd.DataFrame, base: str) -> pd.DataFrame:
    short = {indicator.id: f"{indicator.short}（{indicator.unit}）" for indicator in case.scheme.indicators}
    return pd.DataFrame(
        {
            "指标": rows["indicator"].map(short),
            "学段": rows["stage"].map(STAGES),
            "城乡类型": rows["place"],
            "学校数": rows["schools"],
            "平均": rows["mean"],
            base if base == "标准" else "全部学校平均": rows["base"],
            f"相当于{base}": rows["ratio"],
        }
    ).reset_index(drop=True)

"""Where the groups of pupils go to school: their shares in town and country."""

from __future__ import annotations

import pandas as pd

from edukit import formats, style
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, WIDTH, KeyEntry, Scale, Sheet, Sign, key_height
from edukit.figures.measuring import widest
from edukit.groups import all_groups, by_place
from edukit.showing import Chart

MARKERS: dict[str, Sign] = {"城区": "s", "镇区": "D", "乡村": "o"}
ROW = 0.32
APART = 0.085
"""How far marks of one row are set apart, in inches, so that none covers another."""


def groups(case: Case) -> Chart | None:
    """Share of each group in the pupils of each stage, by kind of place.

    Returns:
        None where fewer than two kinds of place have a share that is known and may be published.
    """
    rows = by_place(case.now.source)
    rows = rows[rows["published"] & rows["share"].notna() & (rows["place"].isin([*MARKERS]) | (rows["place"] == ""))]
    rows = rows[rows.groupby(["group", "stage"])["share"].transform("max") > 0]
    if rows.loc[rows["place"] != "", "place"].nunique() < 2:
        return None
    names = {id_: group.name for id_, group in all_groups().items()}
    lines = list(rows.groupby(["group", "stage"], sort=False).groups)
    labels = [f"{names[group]}（{STAGES[stage]}）" for group, stage in lines]
    places = [place for place in MARKERS if place in set(rows["place"])]
    key = [KeyEntry(MARKERS[place], style.PLACE_COLOURS[place], place) for place in places]
    key.append(KeyEntry("line", style.EMPHASIS, formats.area(case.county)))
    left = EDGE + widest(labels) + 0.15
    top = EDGE + key_height(key)
    bottom = top + ROW * len(lines)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    scale = Scale(0, max(rows["share"].max() * 1.06, 0.01), left, WIDTH - EDGE - 0.2)
    sheet.axis(scale, top, bottom, "占该学段在校生的比例", form=_percent)
    for i, (group, stage) in enumerate(lines):
        y = top + (i + 0.5) * ROW
        sheet.text(left - 0.12, y, labels[i], align="right")
        own = rows[(rows["group"] == group) & (rows["stage"] == stage)].set_index("place")["share"]
        known = own.drop("", errors="ignore")
        if len(known) > 1:
            sheet.lines([(scale(known.min()), y, scale(known.max()), y)], style.NEUTRAL, width=2.0)
        if "" in own:
            sheet.lines([(scale(own[""]), y - 0.13, scale(own[""]), y + 0.13)], style.EMPHASIS, width=1.8)
        for place in (place for place in places if place in known):
            down = (places.index(place) - (len(places) - 1) / 2) * APART
            dot = (scale(known[place]), y + down)
            sheet.dots([dot], style.PLACE_COLOURS[place], marker=MARKERS[place], sizes=6.5)
    return sheet.chart(
        case,
        alt=_alt(rows, dict(zip(lines, labels, strict=True))),
        caption="随迁子女、留守儿童等占在校生的比例，按城乡分（没有填报齐全的和不公布的不画）",
        data=_data(rows, names),
        formats={"占比": formats.percent},
    )


def _percent(value: float) -> str:
    return f"{value * 100:.3g}%"


def _alt(rows: pd.DataFrame, labels: dict[tuple[str, str], str]) -> str:
    parts = []
    for (group, stage), label in labels.items():
        own = rows[(rows["group"] == group) & (rows["stage"] == stage) & (rows["place"] != "")]
        shares = [f"{row.place}{formats.percent(row.share)}" for row in own.itertuples()]
        if shares:
            parts.append(f"{label}{'、'.join(shares)}")
    return f"占在校生的比例：{'；'.join(parts)}。"


def _data(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "群体": rows["group"].map(names),
            "学段": rows["stage"].map(STAGES),
            "范围": rows["place"].replace("", "全部"),
            "人数": rows["number"],
            "在校生": rows["pupils"],
            "占比": rows["share"],
        }
    ).reset_index(drop=True)

"""How many classes there are of which size, against the limits."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from edukit import formats, style
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, WIDTH, Bar, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, TITLE, measure, widest
from edukit.figures.wording import stage_names
from edukit.frames import records
from edukit.showing import Chart
from edukit.topics import classes as sizes

ROW, BAR, GAP = 0.27, 0.18, 0.35


def classes(case: Case) -> Chart | None:
    """Classes of all schools by stage and band; those above the limit and the large ones stand out.

    Returns:
        None where no school has filled in bands.
    """
    bands = sizes.by_band(case)
    stages = [stage for stage in STAGES if bands.loc[bands["stage"] == stage, "classes"].sum() > 0]
    if not stages:
        return None
    bands = bands[bands["stage"].isin(stages)]
    asked, large = _limits(case)
    states = [_state(row["low"], asked.get(row["stage"]), large.get(row["stage"])) for row in records(bands)]
    bands = bands.assign(state=states)
    key = [KeyEntry("bar", style.STAGE_COLOURS[stage], f"{STAGES[stage]}，不超过规定班额") for stage in stages]
    if not asked:
        key = [KeyEntry("bar", style.STAGE_COLOURS[stage], STAGES[stage]) for stage in stages]
    key += [
        KeyEntry("bar", colour, label)
        for state, colour, label in (
            ("over", style.FLOOR, "超过规定班额"),
            (
                "large",
                style.NOT_MET,
                f"大班额（超过{formats.plain(next(iter(large.values())))}人）" if large else "大班额",
            ),
        )
        if bands.loc[bands["state"] == state, "classes"].any()
    ]
    if asked:
        key.append(KeyEntry("dash", style.EMPHASIS, f"规定班额（{_limit_text(asked, stages)}）"))
    fields = bands.drop_duplicates("low").sort_values("low")
    labels = [sizes.band_name(row["low"], row["high"]) for row in records(fields)]
    name_width = widest(labels) + 0.12
    top = EDGE + key_height(key) + 0.36
    bottom = top + ROW * len(labels)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    middle = {low: top + (i + 0.5) * ROW for i, low in enumerate(fields["low"])}
    for label, y in zip(labels, middle.values(), strict=True):
        sheet.text(EDGE + name_width - 0.1, y, label, align="right")
    end = measure("0,000", SMALL) + 0.12
    across = (WIDTH - 2 * EDGE - name_width + GAP) / len(stages)
    highest = max(float(bands["classes"].max()), 1.0)
    for i, stage in enumerate(stages):
        left = EDGE + name_width + i * across
        scale = Scale(0, highest, left, left + across - GAP - end)
        own = bands[bands["stage"] == stage]
        sheet.text(left, top - 0.2, f"{STAGES[stage]}（{_total(own)}）", size=TITLE)
        sheet.axis(scale, top, bottom, "班数（个）", most=max(1, min(4, int(highest))))
        bars: list[Bar] = []
        colours: list[str] = []
        for row in records(own):
            y = middle[row["low"]]
            if row["classes"]:
                bars.append((scale(0), y - BAR / 2, scale(row["classes"]) - scale(0), BAR))
                colours.append(_colour(row["state"], stage))
            ink = style.NOT_MET_TEXT if row["state"] == "large" and row["classes"] else style.INK
            shown = formats.whole(row["classes"])
            ink = ink if row["classes"] else style.MUTED
            sheet.text(scale(row["classes"]) + 0.07, y, shown, size=SMALL, colour=ink)
        sheet.bars(bars, colours)
        if stage in asked:
            lines = [low for low in middle if low > asked[stage]]
            y = middle[lines[0]] - ROW / 2 if lines else bottom
            sheet.lines([(left, y, left + across - GAP, y)], style.EMPHASIS, width=1.3, dash=True)
    return sheet.chart(case, alt=_alt(bands, stages, bool(asked)), caption=_caption(bands, stages), data=_data(bands))


def _limits(case: Case) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """The limit that an item asks for (of several the lowest), and the size that is nationally called large."""
    asked = min((each.most for each in sizes.limits(case) if each.asked), key=lambda m: sum(m.values()), default={})
    return asked, min(sizes.meanings().values(), key=lambda most: sum(most.values()), default={})


def _state(low: float, asked: float | None, large: float | None) -> str:
    if large is not None and low > large:
        return "large"
    return "over" if asked is not None and low > asked else ""


def _colour(state: str, stage: str) -> str:
    return {"large": style.NOT_MET, "over": style.FLOOR}.get(state, style.STAGE_COLOURS[stage])


def _limit_text(asked: Mapping[str, float], stages: list[str]) -> str:
    return "、".join(f"{STAGES[stage]}{formats.plain(asked[stage])}人" for stage in stages if stage in asked)


def _total(own: pd.DataFrame) -> str:
    least = "至少" if own["unknown"].iloc[0] else ""
    return f"{least}{formats.whole(float(own['classes'].sum()))}个班"


def _caption(bands: pd.DataFrame, stages: list[str]) -> str:
    blank = {name for names in bands["unknown"] for name in names}
    return f"{stage_names(stages)}各档班额的班数" + (f"（{len(blank)}所学校缺分档班数，未计全）" if blank else "")


def _alt(bands: pd.DataFrame, stages: list[str], asked: bool) -> str:
    sentences = []
    for stage in stages:
        own = bands[bands["stage"] == stage]
        most = own.loc[own["classes"].idxmax()]
        over = float(own.loc[own["state"] != "", "classes"].sum()) if asked else None
        large = float(own.loc[own["state"] == "large", "classes"].sum())
        text = f"{STAGES[stage]}{_total(own)}，最多的是{sizes.band_name(most['low'], most['high'])}的班"
        text += f"，超过规定班额的{formats.whole(over)}个" if over is not None else ""
        sentences.append(f"{text}，大班额{formats.whole(large)}个")
    return "；".join(sentences) + "。"


def _data(bands: pd.DataFrame) -> pd.DataFrame:
    words = {"large": "大班额", "over": "超过规定班额", "": formats.DASH}
    return pd.DataFrame(
        {
            "学段": bands["stage"].map(STAGES),
            "班额": [sizes.band_name(row["low"], row["high"]) for row in records(bands)],
            "班数": bands["classes"],
            "说明": bands["state"].map(words),
        }
    ).reset_index(drop=True)

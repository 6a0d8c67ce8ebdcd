"""How large schools and their classes are, against the limits that a scheme sets."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from edukit import formats, style
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, LINE, WIDTH, KeyEntry, Scale, Sheet, key_height, unknown_key
from edukit.figures.measuring import SMALL, TITLE, measure, widest, wrap
from edukit.figures.wording import UNDETERMINED
from edukit.schemes import SchoolItem
from edukit.showing import Chart

MOST = 40
"""Schools that one figure can show."""
NAME, ROW, BAR, CLASSES, GAP = 1.9, 0.27, 0.15, 1.75, 0.25
COVER = 0.1
"""Distance below which two dots cover each other, in inches."""
NEAR = 0.6
"""From this share of its limit on a school's size has the limit drawn beside it."""


def sizes(case: Case) -> Chart | None:
    """Pupils of each school by stage and its largest class by stage, beside the limits.

    Returns:
        None without units.
    """
    rows = _rows(case)
    if rows.empty:
        return None
    pupil_item, most = _size_item(case), _class_limits(case)
    shown = rows.iloc[:MOST]
    stages = list(case.now.stages)
    with_classes = bool(shown[[f"class_{stage}" for stage in stages]].notna().any(axis=None))
    key = [KeyEntry("bar", style.STAGE_COLOURS[stage], f"{STAGES[stage]}在校生") for stage in stages]
    if with_classes:
        key += [KeyEntry("o", style.STAGE_COLOURS[stage], f"{STAGES[stage]}最大班额") for stage in stages]
        if most:
            limits = "、".join(f"{STAGES[s]}{most[s]:g}人" for s in stages if s in most)
            key.append(KeyEntry("dash", style.EMPHASIS, f"班额上限（{limits}）"))
    if (shown["pupils"] >= shown["limit"] * NEAR).any():
        key.append(KeyEntry("line", style.EMPHASIS, "学校规模上限"))
    if with_classes and _over(shown, most, stages).any():
        key.append(KeyEntry("v", style.NOT_MET, "班额超过上限"))
    if shown["pupils"].isna().any():
        key.append(unknown_key("缺数据"))
    names = [wrap(name, NAME) for name in shown["school"]]
    name_width = widest(names) + 0.12
    texts = [_pupils_text(row.pupils, row.limit) for row in shown.itertuples()]
    room = WIDTH - 2 * EDGE - name_width - (CLASSES + GAP if with_classes else 0)
    top = EDGE + key_height(key) + 0.36
    heights = [ROW + LINE * 0.9 * name.count("\n") for name in names]
    middles = [top + sum(heights[:i]) + heights[i] / 2 for i in range(len(names))]
    bottom = top + sum(heights)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    left = EDGE + name_width
    scale = _pupil_scale(shown, left, left + room - widest(texts, SMALL) - 0.1)
    title = wrap(_title(shown, pupil_item), room, TITLE, lines=1)
    sheet.text(left, top - 0.2, title, size=TITLE)
    sheet.axis(scale, top, bottom, "在校生（人）", most=4, form=formats.whole)
    for name, y in zip(names, middles, strict=True):
        sheet.text(left - 0.1, y, name, align="right")
    _pupils(sheet, scale, shown, stages, middles, texts)
    if with_classes:
        _classes(sheet, shown, stages, most, middles, (WIDTH - EDGE - CLASSES, top, bottom))
    return sheet.chart(
        case,
        alt=_alt(case, rows, stages, most),
        caption=_caption(len(rows), with_classes),
        data=_data(rows, stages, with_classes),
        formats={column: formats.whole for column in ("在校生合计", "规模上限")},
    )


def _size_item(case: Case) -> SchoolItem | None:
    return next((item for item in case.scheme.school_items if item.measure == "pupils"), None)


def _class_limits(case: Case) -> Mapping[str, float]:
    """The most pupils of a class by stage; empty where the scheme does not say."""
    limits: Mapping[str, float] = (case.scheme.condition("class_sizes") or {}).get("limits", {})
    return limits


def _rows(case: Case) -> pd.DataFrame:
    """One row per school from the largest down: school, pupils and class_<stage> by stage, pupils in all, limit."""
    units, source = case.now.units, case.now.source
    rows = units.pivot(index="row", columns="stage", values="pupils").reindex(columns=list(case.now.scheme.stages))
    first = units.drop_duplicates("row").set_index("row").loc[rows.index]
    item = _size_item(case)
    result = pd.DataFrame({"school": first["school"], **{stage: rows[stage] for stage in case.now.scheme.stages}})
    # A stage that a school does not teach adds nothing; one that it teaches with unknown pupils leaves all unknown.
    result["pupils"] = units.groupby("row")["pupils"].sum(skipna=False)
    result["limit"] = first["type"].map(item.limit).astype(float) if item else math.nan
    for stage in case.now.scheme.stages:
        teaches = rows.index.isin(units.loc[units["stage"] == stage, "row"])
        result[f"class_{stage}"] = source.loc[rows.index, f"max_class_{stage}"].astype(float).where(teaches)
    return result.sort_values("pupils", ascending=False, kind="stable").reset_index(drop=True)


def _pupil_scale(rows: pd.DataFrame, left: float, right: float) -> Scale:
    largest = rows["pupils"].max()
    highest = 1.0 if math.isnan(largest) else largest
    near = rows.loc[rows["pupils"] >= rows["limit"] * NEAR, "limit"]
    return Scale(0, max(highest, near.max() if len(near) else 0.0), left, right)


def _title(rows: pd.DataFrame, item: SchoolItem | None) -> str:
    if item is None or rows["limit"].isna().all():
        return "学校规模"
    over = int((rows["pupils"] > rows["limit"]).sum())
    return f"学校规模（{over}所超过上限）" if over else "学校规模（均未超过上限）"


def _pupils_text(pupils: float, limit: float) -> str:
    if math.isnan(pupils):
        return style.VERDICT_MARKS[UNDETERMINED]
    return f"{formats.whole(pupils)}（限{formats.whole(limit)}）" if pupils > limit else formats.whole(pupils)


def _pupils(
    sheet: Sheet, scale: Scale, rows: pd.DataFrame, stages: list[str], middles: list[float], texts: list[str]
) -> None:
    """Stacked bars with the number of pupils, and the limit of the schools that come near to it."""
    starts = [0.0] * len(rows)
    for stage in stages:
        bars = []
        for i, pupils in enumerate(rows[stage]):
            if pupils > 0:
                bars.append((scale(starts[i]), middles[i] - BAR / 2, scale(pupils) - scale(0), BAR))
                starts[i] += pupils
        sheet.bars(bars, style.STAGE_COLOURS[stage])
    blank = [(scale.left, y - BAR / 2, 0.5, BAR) for y, p in zip(middles, rows["pupils"], strict=True) if math.isnan(p)]
    sheet.bars(blank, style.UNDETERMINED_TINT, hatch=True)
    lines = {i: scale(row.limit) for i, row in enumerate(rows.itertuples()) if row.pupils >= row.limit * NEAR}
    sheet.lines(
        [(x, middles[i] - ROW / 2, x, middles[i] + ROW / 2) for i, x in lines.items()], style.EMPHASIS, width=1.5
    )
    for i, (row, text) in enumerate(zip(rows.itertuples(), texts, strict=True)):
        x = (scale.left + 0.5 if math.isnan(row.pupils) else scale(starts[i])) + 0.06
        # A number never stands on the line of its limit.
        if i in lines and x - 0.06 < lines[i] < x + measure(text, SMALL) + 0.04:
            x = lines[i] + 0.06
        colour = style.NOT_MET_TEXT if row.pupils > row.limit else style.INK
        sheet.text(x, middles[i], text, size=SMALL, colour=colour)


def _over(rows: pd.DataFrame, limits: Mapping[str, float], stages: list[str]) -> pd.DataFrame:
    """Which classes are above their limit, by school and stage."""
    return pd.DataFrame({s: rows[f"class_{s}"] > limits.get(s, math.inf) for s in stages}, index=rows.index).stack()


def _classes(
    sheet: Sheet,
    rows: pd.DataFrame,
    stages: list[str],
    most: Mapping[str, float],
    middles: list[float],
    place: tuple[float, float, float],
) -> None:
    """The largest class of each stage as a dot, the limits as lines through all rows."""
    left, top, bottom = place
    limits = {stage: most[stage] for stage in stages if stage in most}
    known = rows[[f"class_{stage}" for stage in stages]]
    highest = max([float(known.max().max()), *limits.values()]) * 1.05
    scale = Scale(0, highest, left, left + CLASSES - 0.25)
    sheet.text(left, top - 0.2, "最大班额", size=TITLE)
    sheet.axis(scale, top, bottom, "学生（人/班）", most=3)
    for stage, limit in limits.items():
        sheet.lines([(scale(limit), top, scale(limit), bottom)], style.STAGE_COLOURS[stage], width=1.4, dash=True)
    largest = {stage: rows[f"class_{stage}"].tolist() for stage in stages}
    places: dict[tuple[str, bool], list[tuple[float, float]]] = {}
    for i, y in enumerate(middles):
        values = {stage: largest[stage][i] for stage in stages}
        xs = [scale(value) for value in values.values() if not math.isnan(value)]
        close = len(xs) > 1 and max(xs) - min(xs) < COVER
        for k, (stage, value) in enumerate(values.items()):
            if math.isnan(value):
                continue
            aside = (k - 0.5) * COVER if close else 0.0
            over = value > limits.get(stage, math.inf)
            places.setdefault((stage, over), []).append((scale(value), y + aside))
            if over:
                sheet.text(scale(value) + 0.09, y + aside, f"{value:g}", size=SMALL, colour=style.NOT_MET_TEXT)
    for (stage, over), dots in places.items():
        colour = style.NOT_MET if over else style.STAGE_COLOURS[stage]
        sheet.dots(dots, colour, marker="v" if over else "o", sizes=7 if over else 6.5)


def _caption(total: int, with_classes: bool) -> str:
    what = "各校在校生数与最大班额" if with_classes else "各校在校生数"
    return what + (f"（共{total}所，图中为规模最大的{MOST}所）" if total > MOST else "")


def _alt(case: Case, rows: pd.DataFrame, stages: list[str], most: Mapping[str, float]) -> str:
    known = rows[rows["pupils"].notna()]
    if known.empty:
        return f"{len(rows)}所学校的在校生数都缺数据。"
    large, small = known.iloc[0], known.iloc[-1]
    text = f"{len(rows)}所学校中，规模最大的是{large['school']}（{formats.whole(large['pupils'])}人）"
    if len(known) > 1:
        text += f"，最小的是{small['school']}（{formats.whole(small['pupils'])}人）"
    over = [f"{row.school}" for row in known.itertuples() if row.pupils > row.limit]
    parts = [f"超过规模上限的有{formats.listed(over)}"] if over else []
    if most:
        over = [
            f"{school}（{STAGES[stage]}{value:g}人）"
            for stage in stages
            for school, value in zip(rows["school"], rows[f"class_{stage}"], strict=True)
            if value > most.get(stage, math.inf)
        ]
        parts += [f"最大班额超过上限的有{formats.listed(over)}"] if over else []
    return "；".join([text, *parts]) + "。"


def _data(rows: pd.DataFrame, stages: list[str], with_classes: bool) -> pd.DataFrame:
    data = pd.DataFrame({"学校": rows["school"]})
    for stage in stages:
        data[f"{STAGES[stage]}在校生"] = rows[stage]
    data["在校生合计"] = rows["pupils"]
    if rows["limit"].notna().any():
        data["规模上限"] = rows["limit"]
    if with_classes:
        for stage in stages:
            data[f"{STAGES[stage]}最大班额"] = rows[f"class_{stage}"]
    return data

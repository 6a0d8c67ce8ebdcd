"""Charts of the nation or a province: tiles by province, and how coefficients are spread over the counties."""

from __future__ import annotations

import pandas as pd

from edukit import formats, style
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, WIDTH, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, TITLE, widest
from edukit.figures.wording import limit_text, share_text
from edukit.frames import records
from edukit.national import COMPOSITE, PROVINCES, National, by_province
from edukit.national import distribution as distribution_of
from edukit.showing import Chart, Format
from edukit.verdict import Verdict

TILES = """
.. .. .. .. .. .. .. .. 23
.. .. .. .. .. .. .. .. 22
65 .. .. .. 15 11 .. 21 ..
.. 62 64 61 14 13 12 .. ..
54 63 .. .. 41 37 .. .. ..
.. .. 51 50 42 34 32 31 ..
.. .. .. 52 43 36 33 .. ..
.. .. 53 45 44 35 .. 71 ..
.. .. .. 46 82 81 .. .. ..
"""
"""One tile a province, roughly where it lies; a sketch without borders."""
TILE, STRIP, GAP = 0.56, 0.34, 0.26
STEPS = (0.2, 0.4, 0.6, 0.8)
TINTS = ("#e6f2f3", "#bfdde0", "#8fc2c8", "#559da8", style.MET)
BANDS = ("不到20%", "20%～40%", "40%～60%", "60%～80%", "80%以上")
DARK = 3
"""From this tint on, names are written in white."""


def _chart(
    place: National, sheet: Sheet, *, alt: str, caption: str, data: pd.DataFrame, forms: dict[str, Format]
) -> Chart:
    source = f"数据来源：各县{place.year}年学校数据（edukit 测算）"
    return Chart(sheet.figure, alt=alt, caption=caption, data=data, source=source, formats=forms)


def tiles(place: National) -> Chart | None:
    """A tile per province, shaded by the share of its counties that pass.

    Returns:
        None for a single province.
    """
    table = by_province(place)
    if place.province or table.empty:
        return None
    grid = [line.split() for line in TILES.split("\n") if line]
    where = {code: (i, j) for i, line in enumerate(grid) for j, code in enumerate(line) if code != ".."}
    found = {str(row["province"]): row for row in records(table)}
    key = [KeyEntry("bar", tint, band) for tint, band in zip(TINTS, BANDS, strict=True)]
    key += [KeyEntry("bar", style.PAPER, "没有数据")] if set(where) - set(found) else []
    top = EDGE + key_height(key)
    sheet = Sheet(top + len(grid) * TILE + EDGE)
    sheet.key(EDGE, key)
    left = (WIDTH - len(grid[0]) * TILE) / 2
    for code, (i, j) in where.items():
        x, y = left + j * TILE, top + i * TILE
        box = (x + 0.02, y + 0.02, TILE - 0.04, TILE - 0.04)
        row = found.get(code)
        band = sum(row["share"] >= step for step in STEPS) if row else 0
        sheet.bars([box], TINTS[band] if row else style.PAPER, edge=style.NEUTRAL if not row else "none")
        ink = style.MUTED if not row else style.PAPER if band >= DARK else style.INK
        sheet.text(
            x + TILE / 2,
            y + (TILE * 0.36 if row else TILE / 2),
            PROVINCES[code],
            size=SMALL,
            colour=ink,
            align="center",
        )
        if row:
            text = f"{row[Verdict.MET.value]}/{row['counties']}"
            sheet.text(x + TILE / 2, y + TILE * 0.68, text, size=SMALL, colour=ink, align="center")
    best = table.sort_values("share", ascending=False, kind="stable").head(3)
    told = "、".join(
        f"{row.name_}{share_text(row.share)}" for row in best.rename(columns={"name": "name_"}).itertuples()
    )
    data = pd.DataFrame(
        {"省份": table["name"], "县数": table["counties"], "达到的县": table[Verdict.MET.value], "比例": table["share"]}
    )
    return _chart(
        place,
        sheet,
        alt=f"{len(table)}个省份中达到要求的县所占比例，最高的是{told}。",
        caption="各省达到要求的县数/全部县数（方格为省份的大致位置，不表示边界）",
        data=data,
        forms={"比例": formats.percent},
    )


def distribution(place: National) -> Chart | None:
    """Per indicator and stage a bar from the 10th to the 90th of a hundred counties, the median, and the limit.

    Returns:
        None where no coefficient is known.
    """
    rows = distribution_of(place.now, place.scheme)
    rows = rows[rows["n"] > 0]
    if rows.empty:
        return None
    rows = rows.assign(
        label=["综合差异系数" if id_ == COMPOSITE else place.scheme.indicator(id_).short for id_ in rows["indicator"]]
    )
    stages = [stage for stage in place.scheme.stages if stage in set(rows["stage"])]
    labels = list(dict.fromkeys(rows["label"]))
    texts = {
        (r.stage, r.label): share_text(r.over / r.n) if r.limit == r.limit else formats.DASH for r in rows.itertuples()
    }
    key = [
        KeyEntry("bar", style.NEUTRAL, "中间80%的县"),
        KeyEntry("o", style.INK, "中位数"),
        KeyEntry("line", style.NOT_MET, "上限"),
    ]
    name_width, text_width = widest(labels) + 0.12, max(widest(texts.values(), SMALL), 0.62) + 0.1
    top = EDGE + key_height(key) + 0.5
    bottom = top + len(labels) * STRIP
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    for i, name in enumerate(labels):
        sheet.text(EDGE + name_width - 0.12, top + (i + 0.5) * STRIP, name, align="right")
    across = (WIDTH - 2 * EDGE - name_width + GAP) / len(stages)
    highest = float(rows[["high", "limit"]].max().max()) * 1.05 or 1.0
    for i, stage in enumerate(stages):
        left, right = EDGE + name_width + i * across, EDGE + name_width + (i + 1) * across - GAP
        scale = Scale(0, highest, left, right - text_width)
        sheet.text(left, top - 0.34, STAGES[stage], size=TITLE)
        sheet.text(right, top - 0.1, "超过上限", size=SMALL, colour=style.MUTED, align="right")
        sheet.axis(scale, top, bottom, "差异系数", most=4)
        for row in rows[rows["stage"] == stage].itertuples():
            y = top + (labels.index(row.label) + 0.5) * STRIP
            sheet.bars([(scale(row.low), y - 0.06, max(scale(row.high) - scale(row.low), 0.02), 0.12)], style.NEUTRAL)
            if row.limit == row.limit:
                sheet.lines([(scale(row.limit), y - 0.13, scale(row.limit), y + 0.13)], style.NOT_MET, width=1.6)
            sheet.dots([(scale(row.median), y)], style.INK, sizes=6)
            colour = style.NOT_MET_TEXT if row.over else style.MUTED
            sheet.text(right, y, texts[stage, row.label], size=SMALL, colour=colour, align="right")
    worst = rows.assign(share=rows["over"] / rows["n"]).sort_values("share", ascending=False, kind="stable").iloc[0]
    data = pd.DataFrame(
        {
            "学段": rows["stage"].map(STAGES),
            "指标": rows["label"],
            "10%": rows["low"],
            "中位数": rows["median"],
            "90%": rows["high"],
            "上限": rows["limit"],
            "超过上限的县": rows["over"],
            "可计算的县": rows["n"],
        }
    )
    return _chart(
        place,
        sheet,
        alt=f"超过上限的县所占比例最高的是{STAGES[worst['stage']]}{worst['label']}（{share_text(worst['share'])}）。",
        caption="县域校际差异系数的分布与上限（右侧为超过上限的县占可计算的县的比例）",
        data=data,
        forms={"10%": formats.cv, "中位数": formats.cv, "90%": formats.cv, "上限": limit_text},
    )

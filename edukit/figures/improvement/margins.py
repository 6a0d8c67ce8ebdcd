"""How near each unit that passes is to failing: pupils that may come, teachers that may leave."""

from __future__ import annotations

import math

import pandas as pd

from edukit import formats, style
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, LINE, WIDTH, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, TITLE, measure, widest, wrap
from edukit.improvement import NEAR, Improvement
from edukit.improvement import margins as margins_of
from edukit.showing import Chart

ROW, BAR, GAP = 0.27, 0.15, 0.25
MOST = 14
"""Units that one figure shows, the most fragile."""
CAP = 0.3
"""End of the scale; longer margins are cut off and say so by their number."""


def margins(made: Improvement) -> Chart | None:
    """The margin of each passing unit as a share of its pupils and of its teachers, thinnest first.

    Returns:
        None where no unit passes, or the scheme judges no single school.
    """
    every = margins_of(made)
    if every.empty:
        return None
    rows = every.head(MOST)
    labels = [wrap(_label(made, row.unit), 1.9) for row in rows.itertuples()]
    heights = [ROW + LINE * 0.9 * label.count("\n") for label in labels]
    panels = (
        ("再增加多少学生就不达标", "占现有学生", rows["more_pupils"], rows["pupils_share"]),
        ("减少多少专任教师就不达标", "占现有教师", rows["gone"], rows["gone_share"]),
    )
    key = [
        KeyEntry("bar", style.FLOOR, f"余量不到{NEAR:.0%}"),
        KeyEntry("bar", style.MET, f"余量{NEAR:.0%}以上"),
        KeyEntry("dash", style.EMPHASIS, f"{NEAR:.0%}"),
    ]
    name_width = widest(labels) + 0.12
    top = EDGE + key_height(key) + 0.34
    bottom = top + sum(heights)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    across = (WIDTH - 2 * EDGE - name_width + GAP) / 2
    y = top
    for label, height in zip(labels, heights, strict=True):
        sheet.text(EDGE + name_width - 0.12, y + height / 2, label, align="right")
        y += height
    for place, (title, axis, amounts, shares) in enumerate(panels):
        texts = [_told(amount, share) for amount, share in zip(amounts, shares, strict=True)]
        left = EDGE + name_width + place * across
        room = widest(texts, SMALL) + 0.1
        known = [min(share, CAP) for share in shares if share < math.inf]
        scale = Scale(0, max([*known, NEAR * 1.5]), left, left + across - GAP - room)
        sheet.text(left, top - 0.18, title, size=TITLE if widest([title], TITLE) < across - GAP else SMALL)
        sheet.axis(scale, top, bottom, axis, most=3, form=lambda value: f"{value:.0%}")
        sheet.lines([(scale(NEAR), top, scale(NEAR), bottom)], style.EMPHASIS, width=1.0, dash=True)
        y = top
        for share, text, height in zip(shares, texts, heights, strict=True):
            middle = y + height / 2
            length = 0.0 if math.isnan(share) else scale(min(share, scale.high)) - left
            colour = style.FLOOR if share < NEAR else style.MET
            sheet.bars([(left, middle - BAR / 2, max(length, 0.01), BAR)] if length else [], colour)
            ground = (left + length + 0.03, middle - BAR / 2, measure(text, SMALL) + 0.06, BAR)
            sheet.bars([ground], style.PAPER)  # so that no line runs through the text
            sheet.text(left + length + 0.06, middle, text, size=SMALL)
            y += height
    cut = f"（共{len(every)}个达标单位，图中为余量最小的{MOST}个）" if len(every) > MOST else ""
    return sheet.chart(
        made.case,
        alt=_alt(made, every),
        caption=f"达标的学段单位离不达标还有多远{cut}{_capped(every.head(MOST))}",
        data=_data(made, every),
        formats={"占现有学生": formats.percent, "占现有教师": formats.percent},
    )


def _capped(rows: pd.DataFrame) -> str:
    shares = rows[["pupils_share", "gone_share"]].replace(math.inf, math.nan)
    return f"（余量超过{CAP:.0%}的只画到{CAP:.0%}）" if (shares > CAP).any(axis=None) else ""


def _label(made: Improvement, unit: int) -> str:
    name, stage = made.now.unit_names[unit], STAGES[made.now.units.at[unit, "stage"]]
    return name if name.endswith(f"{stage}部") else f"{name}（{stage}）"


def _told(amount: float, share: float) -> str:
    if math.isnan(amount) or math.isnan(share):
        return "缺数据" if math.isnan(share) and not math.isnan(amount) else formats.DASH
    if math.isinf(amount):
        return "不影响"
    return f"{amount:.0f}人（{formats.percent(share)}）"


def _alt(made: Improvement, rows: pd.DataFrame) -> str:
    thin = rows[rows["thin"] < NEAR]
    if thin.empty:
        return f"{len(rows)}个达标的学段单位余量都在{NEAR:.0%}以上。"
    named = []
    for row in thin.itertuples():
        parts = [
            f"增加{row.more_pupils:.0f}名学生" if row.pupils_share < NEAR else "",
            f"减少{row.gone:.0f}名教师" if row.gone_share < NEAR else "",
        ]
        named.append(f"{made.now.unit_names[row.unit]}（{'或'.join(part for part in parts if part)}即不达标）")
    told = formats.listed(named, 6, "个")
    return f"{len(rows)}个达标的学段单位中，{len(thin)}个的余量不到{NEAR:.0%}：{told}。"


def _data(made: Improvement, rows: pd.DataFrame) -> pd.DataFrame:
    short = {i.id: i.short for i in made.case.scheme.indicators}
    finite = rows[["more_pupils", "gone"]].replace(math.inf, math.nan)
    return pd.DataFrame(
        {
            "学校": [made.now.unit_names[unit] for unit in rows["unit"]],
            "学段": rows["stage"].map(STAGES),
            "在校生": rows["pupils"],
            "增加学生至不达标": finite["more_pupils"],
            "占现有学生": rows["pupils_share"].replace(math.inf, math.nan),
            "届时不达标的指标": ["、".join(short[id_] for id_ in broken) or formats.DASH for broken in rows["broken"]],
            "专任教师": rows["teachers"],
            "减少教师至不达标": finite["gone"],
            "占现有教师": rows["gone_share"].replace(math.inf, math.nan),
        }
    )

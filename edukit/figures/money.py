"""Money over the years, and what each school sets aside for training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from edukit import formats, style
from edukit.case import Case
from edukit.figures.canvas import AXIS, EDGE, WIDTH, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, TITLE, measure, widest, wrap
from edukit.showing import Chart
from edukit.spending import ALLOCATION, EXPENDITURE, GROWING, PER_PUPIL, PER_PUPIL_EXPENDITURE, REVENUE
from edukit.topics import money as funds
from edukit.verdict import Verdict

PANELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("财政教育拨款与经常性收入的增长", (ALLOCATION, REVENUE)),
    ("一般公共预算教育支出", (EXPENDITURE,)),
    ("生均教育事业费", PER_PUPIL_EXPENDITURE),
    ("生均公用经费", tuple(field for field in GROWING if field.startswith("funds_pp"))),
    ("教师年人均工资", ("wage",)),
    ("生均一般公共预算教育支出", (PER_PUPIL,)),
)
"""Title and fields of each panel; the first shows growth, the others the numbers themselves."""
HEIGHT, HEAD, FOOT, GAP, COLUMNS = 1.2, 0.36, 0.44, 0.3, 2
MOST, NAME, ROW, BAR = 40, 1.9, 0.27, 0.16


def money(case: Case) -> Chart | None:
    """One panel per rule: what should grow, by year; a fall is marked.

    Returns:
        None where no field has two years.
    """
    found = funds.growth(case)
    if found is None:
        return None
    rows = found.rows
    panels = [(title, fields, _lines(rows, title, fields)) for title, fields in PANELS]
    panels = [each for each in panels if any(len(line) > 1 for line in each[2].values())]
    if not panels:
        return None
    years = sorted(set(rows["year"]))
    key = [
        KeyEntry("o", style.PRIMARY, "小学"),
        KeyEntry("o", style.JUNIOR, "初中"),
        KeyEntry("s", style.EMPHASIS, "教育拨款、支出、工资（不分学段）"),
        KeyEntry("o", style.NEUTRAL, "财政经常性收入"),
        KeyEntry("v", style.NOT_MET, "比上年下降"),
    ]
    top = EDGE + key_height(key)
    deep = HEAD + HEIGHT + FOOT
    sheet = Sheet(top + deep * math.ceil(len(panels) / COLUMNS))
    sheet.key(EDGE, key)
    wide = (WIDTH - 2 * EDGE + GAP) / COLUMNS
    for i, (title, fields, lines) in enumerate(panels):
        left, high = EDGE + (i % COLUMNS) * wide, top + (i // COLUMNS) * deep
        _panel(sheet, (left, high, wide - GAP), title, _unit(rows, title, fields), lines, years)
    return sheet.chart(
        case,
        alt=_alt(rows, years),
        caption=f"{years[0]}至{years[-1]}年教育经费的变化",
        data=_data(rows),
        formats={"年度": lambda year: f"{year:.0f}", "数值": _exactly, "比上年": lambda rate: f"{rate:+.2%}"},
    )


def _lines(rows: pd.DataFrame, title: str, fields: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Field -> year, shown (growth in % in the first panel, else the number), falls."""
    rates = title == PANELS[0][0]
    lines = {}
    for field in fields:
        own = rows[rows["field"] == field]
        shown = own["rate"] * 100 if rates else own["value"]
        lines[field] = pd.DataFrame({"year": own["year"], "shown": shown, "falls": own["rate"] < 0}).dropna()
    return lines


def _unit(rows: pd.DataFrame, title: str, fields: Sequence[str]) -> str:
    return "%" if title == PANELS[0][0] else str(rows.loc[rows["field"].isin(fields), "unit"].iloc[0])


def _colour(field: str) -> str:
    if field == REVENUE:
        return style.NEUTRAL
    stage = field.rpartition("_")[2]
    return style.STAGE_COLOURS.get(stage, style.EMPHASIS)


def _panel(
    sheet: Sheet,
    place: tuple[float, float, float],
    title: str,
    unit: str,
    lines: dict[str, pd.DataFrame],
    years: Sequence[int],
) -> None:
    left, top, wide = place
    sheet.text(left, top + HEAD / 2, f"{title}（{unit}）", size=TITLE)
    shown = pd.concat([line["shown"] for line in lines.values()])
    low, high = float(shown.min()), float(shown.max())
    room = (high - low) * 0.32 or abs(high) * 0.1 or 1.0
    inner = 0.42
    across = Scale(years[0], years[-1], left + inner, left + wide - inner)
    up = Scale(low - room, high + room, top + HEAD + HEIGHT, top + HEAD)
    bottom = top + HEAD + HEIGHT
    sheet.lines([(left, bottom, left + wide, bottom)], style.RULE)
    if unit == "%" and low - room < 0 < high + room:
        sheet.lines([(left, up(0), left + wide, up(0))], style.RULE, width=1.2)
    for year in years:
        sheet.text(across(year), bottom + 0.13, f"{year}年", size=SMALL, colour=style.MUTED, align="center")
    taken: list[tuple[float, float]] = []
    ordered = sorted(lines.items(), key=lambda item: -float(item[1]["shown"].max()) if len(item[1]) else 0.0)
    for k, (field, line) in enumerate(ordered):
        points = [(across(row.year), up(row.shown)) for row in line.itertuples()]
        colour = _colour(field)
        # A year without a number leaves a gap in the line.
        steps = [
            (*a, *b)
            for (a, b), (first, second) in zip(pairwise(points), pairwise(line["year"]), strict=True)
            if second == first + 1
        ]
        sheet.lines(steps, colour, width=1.6)
        falls = list(line["falls"])
        marker = "s" if colour == style.EMPHASIS else "o"
        sheet.dots([p for p, fell in zip(points, falls, strict=True) if not fell], colour, marker=marker, sizes=6)
        sheet.dots([p for p, fell in zip(points, falls, strict=True) if fell], style.NOT_MET, marker="v", sizes=7.5)
        for (x, y), row in zip(points, line.itertuples(), strict=True):
            text = _exactly(row.shown) if unit != "%" else f"{row.shown:.1f}".replace("-", "−")
            half = measure(text, SMALL) / 2
            # Below where the line comes down from above, or another line is above.
            above = y - 0.15 if k == 0 and not row.falls else y + 0.16
            if any(abs(x - ox) < half and abs(above - oy) < 0.13 for ox, oy in taken):
                continue
            taken.append((x, above))
            ink = style.NOT_MET_TEXT if row.falls else style.INK
            sheet.text(x, above, text, size=SMALL, colour=ink, align="center")


def _exactly(value: float) -> str:
    return formats.decimal(value, 0 if float(value).is_integer() or abs(value) >= 1000 else 2)


def _alt(rows: pd.DataFrame, years: Sequence[int]) -> str:
    fell = [f"{row.year}年{row.header}" for row in rows.itertuples() if row.rate < 0]
    span = f"{years[0]}至{years[-1]}年"
    text = f"比上年下降的有{formats.listed(fell, 6, '项')}" if fell else "各项均没有比上年下降"
    both = rows.pivot_table(index="year", columns="field", values="rate", sort=False)
    slower = []
    if {ALLOCATION, REVENUE} <= set(both.columns):
        slower = [f"{year}年" for year, row in both.iterrows() if row[ALLOCATION] <= row[REVENUE]]
    lag = f"；财政教育拨款增长没有高于财政经常性收入增长的有{'、'.join(slower)}" if slower else ""
    return f"{span}教育经费：{text}{lag}。"


def _data(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "项目": rows["header"],
            "单位": rows["unit"],
            "年度": rows["year"],
            "数值": rows["value"],
            "比上年": rows["rate"],
        }
    ).reset_index(drop=True)


def training(case: Case) -> Chart | None:
    """The share of each school's public funds that goes into training, against the share that is asked for.

    Returns:
        None where no school's share is known.
    """
    found = funds.training(case)
    if found is None or found.ledger["share"].isna().all():
        return None
    ledger = found.ledger.dropna(subset=["share"]).sort_values("share", kind="stable")
    shown, limit = ledger.head(MOST), found.limit
    asked = f"{formats.plain(limit * 100)}%"
    key = [
        KeyEntry("bar", style.MET, f"不低于{asked}"),
        KeyEntry("bar", style.NOT_MET, f"▼低于{asked}"),
        KeyEntry("line", style.EMPHASIS, f"要求{asked}"),
    ]
    names = [wrap(str(name), NAME, lines=1) for name in shown["school"]]
    texts = [
        f"{'▼' if verdict == Verdict.NOT_MET.value else ''}{formats.beside(x * 100, limit * 100, 2)}%"
        for x, verdict in zip(shown["share"], shown["verdict"], strict=True)
    ]
    left = EDGE + widest(names) + 0.14
    top = EDGE + key_height(key) + 0.06
    bottom = top + ROW * len(shown)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    scale = Scale(0, max(float(shown["share"].max()), limit) * 1.02, left, WIDTH - EDGE - widest(texts, SMALL) - 0.14)
    sheet.axis(scale, top, bottom, "教师培训经费占公用经费预算总额的比例", form=lambda value: f"{value * 100:g}%")
    for i, (row, name, text) in enumerate(zip(shown.itertuples(), names, texts, strict=True)):
        y, met = top + (i + 0.5) * ROW, row.verdict == Verdict.MET.value
        sheet.text(left - 0.1, y, name, align="right")
        sheet.bars([(left, y - BAR / 2, scale(row.share) - left, BAR)], style.MET if met else style.NOT_MET)
        x = scale(row.share) + 0.06
        # A number never stands on the line of the limit.
        if x - 0.06 < scale(limit) < x + measure(text, SMALL) + 0.04:
            x = scale(limit) + 0.06
        sheet.text(x, y, text, size=SMALL, colour=style.INK if met else style.NOT_MET_TEXT)
    sheet.lines([(scale(limit), top, scale(limit), bottom)], style.EMPHASIS, width=1.5)
    below = ledger[ledger["verdict"] == Verdict.NOT_MET.value]
    notes = [f"共{len(ledger)}所，图中为比例最低的{MOST}所"] if len(ledger) > MOST else []
    unknown = int(found.ledger["share"].isna().sum())
    notes += [f"{unknown}所缺数据，未画"] if unknown else []
    head = f"各校教师培训经费{found.kind}占公用经费预算的比例"
    low = formats.listed(list(below["school"]), 5) if len(below) else ""
    told = f"低于要求的{len(below)}所：{low}" if low else "均不低于要求"
    return sheet.chart(
        case,
        alt=f"{len(ledger)}所学校的教师培训经费占比（要求{asked}），{told}。",
        caption=head + (f"（{'；'.join(notes)}）" if notes else ""),
        data=pd.DataFrame(
            {
                "学校": ledger["school"],
                "培训经费（万元）": ledger["training"],
                "公用经费预算（万元）": ledger["funds"],
                "占比": ledger["share"],
            }
        ).reset_index(drop=True),
        formats={"占比": lambda x: formats.percent(x, 2)},
    )

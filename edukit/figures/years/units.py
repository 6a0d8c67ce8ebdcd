"""What became of every school over the years."""

from __future__ import annotations

import pandas as pd

from edukit import formats, style
from edukit.dictionary import STAGES
from edukit.figures.canvas import EDGE, LINE, WIDTH, KeyEntry, Sheet, key_height
from edukit.figures.measuring import SMALL, widest, wrap
from edukit.figures.wording import MET, NOT_MET, UNDETERMINED
from edukit.monitoring import (
    KEPT,
    LASTING,
    NEW,
    REPAIRED,
    SCHOOL,
    SLIPPED,
    STATES,
    Monitoring,
    units_over_time,
)
from edukit.showing import Chart
from edukit.verdict import Verdict

ROW, TILE = 0.27, 1.2
"""Height of a row and most width of a tile in inches."""
MOST = 40
"""Schools that one figure can show."""
NAME = 1.9
"""Room for a school's name in inches."""


def units(watch: Monitoring) -> Chart | None:
    """What became of every school: its verdict in each year, those that slipped back on top.

    Returns:
        None with a single year, or for a scheme that judges no single school.
    """
    rows = units_over_time(watch.years)
    rows = rows[rows["verdict"] != ""]
    if not watch.compares or rows.empty:
        return None
    turned = watch.turns[watch.turns["kind"] == SCHOOL].set_index(["unit", "stage"])
    rank = {state: i for i, state in enumerate(STATES)}
    order = sorted(turned.index, key=lambda key: rank[turned.at[key, "state"]])
    shown = order[:MOST]
    several = rows.groupby("unit")["stage"].nunique() > 1
    names = {
        (unit, stage): wrap(f"{school}（{STAGES[stage]}）" if several[unit] else school, NAME - 0.1)
        for unit, stage, school in rows[["unit", "stage", "school"]].itertuples(index=False, name=None)
    }
    years = [each.year for each in watch.years]
    by_year = rows.set_index(["unit", "stage", "year"])
    present = [verdict for verdict in (MET, NOT_MET, UNDETERMINED) if verdict in set(rows["verdict"])]
    key = [
        KeyEntry("bar", style.VERDICT_TINTS[v], f"{style.VERDICT_MARKS[v]}{Verdict(v).label}（数字为达标项数）")
        for v in present[:1]
    ]
    key += [KeyEntry("bar", _ground(v), f"{style.VERDICT_MARKS[v]}{Verdict(v).label}") for v in present[1:]]
    name_width = max(widest(names[key] for key in shown), 0.6) + 0.1
    state_width = widest(STATES.values(), SMALL) + 0.15
    width = min((WIDTH - 2 * EDGE - name_width - state_width) / len(years), TILE)
    top = EDGE + key_height(key) + 0.28
    heights = [ROW + LINE * 0.9 * names[key].count("\n") for key in shown]
    sheet = Sheet(top + sum(heights) + EDGE)
    sheet.key(EDGE, key)
    left, y = EDGE + name_width, top
    for i, year in enumerate(years):
        sheet.text(left + (i + 0.5) * width, top - 0.14, f"{year}年", size=SMALL, colour=style.MUTED, align="center")
    for unit, height in zip(shown, heights, strict=True):
        sheet.text(left - 0.1, y + height / 2, names[unit], align="right")
        for i, year in enumerate(years):
            box = (left + i * width, y, width - 0.03, height - 0.03)
            middle = (box[0] + box[2] / 2, box[1] + box[3] / 2)
            if (*unit, year) not in by_year.index:
                sheet.text(*middle, formats.DASH, size=SMALL, colour=style.MUTED, align="center")
                continue
            found = by_year.loc[(*unit, year)]
            verdict = found["verdict"]
            sheet.bars([box], _ground(verdict), hatch=verdict == UNDETERMINED)
            colour = style.PAPER if verdict == NOT_MET else style.VERDICT_TEXTS[verdict]
            text = f"{style.VERDICT_MARKS[verdict]}{int(found['n_met'])}"
            sheet.text(*middle, text, size=SMALL, colour=colour, align="center")
        state = turned.at[unit, "state"]
        sheet.text(left + len(years) * width + 0.1, y + height / 2, STATES[state], size=SMALL, colour=_ink(state))
        y += height
    cut = f"（共{len(order)}个单位，图中为变化最不利的{MOST}个）" if len(order) > MOST else ""
    return sheet.chart(
        watch.case,
        alt=_units_alt(turned),
        caption=f"各校历年达标情况{cut}",
        data=_units_data(rows, turned, order, years),
    )


def _ground(verdict: str) -> str:
    return style.NOT_MET if verdict == NOT_MET else style.VERDICT_TINTS[verdict]


def _ink(state: str) -> str:
    if state in (SLIPPED, NEW, LASTING):
        return style.NOT_MET_TEXT
    return style.MET_TEXT if state in (REPAIRED, KEPT) else style.MUTED


def _units_alt(turned: pd.DataFrame) -> str:
    counts = turned["state"].value_counts()
    told = [f"{word}{counts[state]}个" for state, word in STATES.items() if state in counts]
    back = [str(school) for school in turned.loc[turned["state"] == SLIPPED, "school"]]
    named = f"，反弹的是{formats.listed(back, 5, '个')}" if back else ""
    return f"{len(turned)}个学段单位中{'、'.join(told)}{named}。"


def _units_data(
    rows: pd.DataFrame, turned: pd.DataFrame, order: list[tuple[int, str]], years: list[int]
) -> pd.DataFrame:
    words = {verdict.value: verdict.label for verdict in Verdict}
    told = {(row.unit, row.stage, row.year): f"{words[row.verdict]}（{int(row.n_met)}项）" for row in rows.itertuples()}
    lines = [
        {"学校": turned.at[key, "school"], "学段": STAGES[key[1]]}
        | {f"{year}年": told.get((*key, year), formats.DASH) for year in years}
        | {"变化": STATES[turned.at[key, "state"]]}
        for key in order
    ]
    return pd.DataFrame(lines)

"""Where every school stands: one strip of dots per indicator, all on the scale of the standard."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from edukit import formats, style
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, WIDTH, Bar, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import BODY, SMALL, measure, widest
from edukit.figures.wording import (
    FLOOR,
    MET,
    NOT_MET,
    has_thresholds,
    share_text,
    standard_text,
    state_words,
    states_of,
)
from edukit.frames import Row, records
from edukit.schemes import Indicator
from edukit.showing import Chart

STRIP, LANE = 0.74, 0.235
"""Height of a strip; distance from its middle to the middle of a lane of names, in inches."""
FARTHEST = 3.0
"""End of the scale, as a multiple of the standard; schools beyond it are drawn at the end with an arrow."""
DOTS = (4.5, 6.0, 7.5, 9.0)
"""Diameters for the quarters of schools by pupils, in points."""
SWARM = 0.12
"""How far dots may give way upwards and downwards, in inches."""
PLAIN = "plain"
"""State of a school where nothing is judged."""
MARKERS = {MET: "o", PLAIN: "o", FLOOR: "v", NOT_MET: "v"}
COLOURS = {**style.VERDICT_COLOURS, PLAIN: style.PRIMARY, FLOOR: style.FLOOR_TEXT}


class Marks:
    """The marks of all strips, collected to be drawn kind by kind, which takes a fraction of the time.

    Attributes:
        stems: lines from dots to names.
        grounds: what is left white behind names.
        dots: by state, place and diameter of the schools on the scale.
        arrows: by state, places at the end of the scale.
    """

    def __init__(self) -> None:
        self.stems: list[tuple[float, float, float, float]] = []
        self.grounds: list[Bar] = []
        self.dots: dict[str, list[tuple[tuple[float, float], float]]] = {state: [] for state in MARKERS}
        self.arrows: dict[str, list[tuple[float, float]]] = {state: [] for state in MARKERS}

    def draw(self, sheet: Sheet) -> None:
        """Draw all of them, dots on top of names, worse dots on top of better ones."""
        sheet.lines(self.stems, style.NEUTRAL, width=0.6)
        sheet.bars(self.grounds, style.PAPER)
        for state, dots in self.dots.items():
            places, sizes = [place for place, _ in dots], [size for _, size in dots]
            sheet.dots(places, COLOURS[state], marker=MARKERS[state], sizes=sizes, hollow=state == FLOOR)
        for state, places in self.arrows.items():
            sheet.dots(places, COLOURS[state], marker=">", sizes=8)


def against_threshold(case: Case, stage: str) -> Chart | None:
    """Each school as a dot on a strip per indicator; the standard, and the floor, as lines through all strips.

    Values are shown relative to the standard, so that the strips share a scale; without thresholds relative to the
    county's mean.

    Returns:
        None where the stage has no units or nothing is known of them.
    """
    rows = _rows(case, stage)
    known = rows[rows["ratio"].notna()]
    if known.empty:
        return None
    judged = has_thresholds(case.scheme)
    key = _key(known, state_words(case.scheme))
    indicators = [i for i in case.scheme.indicators if not judged or stage in i.threshold]
    schools = {i.id: [] for i in indicators} | _by_indicator(rows)
    notes = {i.id: _note(schools[i.id], judged) for i in indicators}
    heads = {i.id: standard_text(i, stage) or _mean_text(case, stage, i) for i in indicators}
    name_width = max(widest((i.short for i in indicators), BODY), widest(heads.values(), SMALL)) + 0.15
    note_width = widest(notes.values(), SMALL) + 0.12
    top = EDGE + key_height(key) + 0.28
    bottom = top + STRIP * len(indicators)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    highest = min(max(known["ratio"].max() * 1.03, 1.25), FARTHEST)
    scale = Scale(0, highest, EDGE + name_width + 0.08, WIDTH - EDGE - note_width - 0.08)
    base = "标准" if judged else "平均值"
    sheet.axis(scale, top, bottom, f"相当于{base}的百分比", most=6, form=lambda value: f"{value:.0%}")
    sheet.lines(
        [(EDGE, top + i * STRIP, WIDTH - EDGE, top + i * STRIP) for i in range(len(indicators) + 1)], style.RULE
    )
    _lines(case, sheet, scale, top, bottom, judged)
    marks = Marks()
    for i, indicator in enumerate(indicators):
        y = top + (i + 0.5) * STRIP
        sheet.text(EDGE, y - 0.1, indicator.short)
        sheet.text(EDGE, y + 0.1, heads[indicator.id], size=SMALL, colour=style.MUTED)
        sheet.text(WIDTH - EDGE, y, notes[indicator.id], size=SMALL, colour=style.MUTED, align="right")
        _strip(sheet, scale, y, schools[indicator.id], marks)
    marks.draw(sheet)
    return sheet.chart(
        case,
        alt=_alt(case, stage, rows, schools) if judged else _alt_without_standards(case, stage, rows),
        caption=_caption(stage, judged, bool((known["ratio"] > FARTHEST).any())),
        data=_data(case, rows, base),
        formats={f"相当于{base}": formats.percent},
    )


def _rows(case: Case, stage: str) -> pd.DataFrame:
    """The cells of a stage with ratio, state, and whether a school is to be named; under thresholds what has one."""
    cells = case.now.cells[case.now.cells["stage"] == stage].reset_index(drop=True)
    if has_thresholds(case.scheme):
        cells = cells[cells["threshold"].notna()].reset_index(drop=True)
        state = states_of(cells)
        ratio = cells["value"] / cells["threshold"]
        return cells.assign(ratio=ratio, state=state, rank=ratio, named=state.isin([NOT_MET, FLOOR]))
    means = case.now.balance[case.now.balance["stage"] == stage].set_index("indicator")["mean"]
    rows = cells.assign(ratio=cells["value"] / cells["indicator"].map(means), state=PLAIN)
    rows.loc[rows["ratio"].isin([math.inf]), "ratio"] = math.nan
    by_part = rows.groupby("indicator")["contribution"].rank(ascending=False, method="first")
    rows["rank"] = by_part
    # Without a verdict the schools that cause most of the inequality are the ones to name.
    return rows.assign(named=(by_part <= 2) & (rows["contribution"] > 0))


def _by_indicator(rows: pd.DataFrame) -> dict[str, list[Row]]:
    """The rows of each indicator, with the diameter of the dots of those that are on the scale."""
    inside = rows[rows["ratio"] <= FARTHEST]
    quarters = np.ceil(inside.groupby("indicator")["pupils"].rank(pct=True) * len(DOTS))
    rows = rows.assign(size=quarters.map(dict(enumerate(DOTS, start=1))))
    found: dict[str, list[Row]] = {}
    for row in records(rows):
        found.setdefault(row["indicator"], []).append(row)
    return found


def _strip(sheet: Sheet, scale: Scale, y: float, schools: Sequence[Row], marks: Marks) -> None:
    """Dots and names of one indicator."""
    inside = [school for school in schools if school["ratio"] <= FARTHEST]
    places = _swarm([(scale(school["ratio"]), y) for school in inside], [school["size"] for school in inside])
    _names(sheet, scale, y, inside, places, marks)
    for school, place in zip(inside, places, strict=True):
        marks.dots[school["state"]].append((place, school["size"]))
    beyond = Counter(school["state"] for school in schools if school["ratio"] > FARTHEST)
    for state, number in beyond.items():
        marks.arrows[state].append((scale.right + 0.04, y))
        if number > 1:
            place, text = (scale.right - 0.03, y - LANE * 0.8), f"{number}所"
            sheet.text(*place, text, size=SMALL, colour=style.MUTED, align="right")


def _swarm(places: list[tuple[float, float]], sizes: Iterable[float]) -> list[tuple[float, float]]:
    """Dots moved up or down so that they cover each other as little as the strip allows."""
    radii = [size / 72 / 2 for size in sizes]
    done: list[tuple[float, float, float]] = []
    result = list(places)
    step = 0.045
    offsets = [0.0] + [sign * i * step for i in range(1, int(SWARM / step) + 1) for sign in (-1, 1)]
    for i in sorted(range(len(places)), key=lambda i: places[i][0]):
        x, y = places[i]
        near = [(a, b, r) for a, b, r in done[-12:] if x - a < r + radii[i]]

        def overlap(
            offset: float,
            x: float = x,
            y: float = y,
            own: float = radii[i],
            near: list[tuple[float, float, float]] = near,
        ) -> float:
            return sum(max(0.0, r + own - math.hypot(x - a, y + offset - b)) for a, b, r in near)

        best = 0.0 if not near else min(offsets, key=lambda offset: (round(overlap(offset), 4), abs(offset)))
        result[i] = (x, y + best)
        done.append((x, y + best, radii[i]))
    return result


def _names(
    sheet: Sheet, scale: Scale, y: float, schools: Sequence[Row], places: list[tuple[float, float]], marks: Marks
) -> None:
    """Names of the schools that count, worst first, above and below the dots as long as there is room."""
    lanes: dict[float, list[tuple[float, float]]] = {-LANE: [], LANE: []}
    named = [(school, place) for school, place in zip(schools, places, strict=True) if school["named"]]
    for school, (x, dot) in sorted(named, key=lambda pair: pair[0]["rank"]):
        name = str(school["school"])
        width = measure(name, SMALL)
        for lane, taken in lanes.items():
            # Towards the side away from the standard, so that the names leave its line free.
            aside = 0.85 if school["ratio"] < 1 else 0.15
            left = _room(x - width * aside, width, taken, scale)
            if left is None or not left - 0.02 <= x <= left + width + 0.02:
                continue
            taken.append((left - 0.08, left + width + 0.08))
            edge = y + lane - math.copysign(0.075, lane)
            marks.stems.append((x, dot + math.copysign(0.05, lane), x, edge))
            marks.grounds.append((left - 0.02, y + lane - 0.075, width + 0.04, 0.15))
            colour = style.VERDICT_TEXTS.get(school["state"], style.INK)
            sheet.text(left, y + lane, name, size=SMALL, colour=colour)
            break


def _room(left: float, width: float, taken: list[tuple[float, float]], scale: Scale) -> float | None:
    """A free place for a name of some width near ``left``, or None."""
    low, high = scale.left - 0.05, scale.right + 0.05 - width
    candidates = [left, *(end for _, end in taken), *(start - width for start, _ in taken)]
    for place in sorted((min(max(c, low), high) for c in candidates), key=lambda c: abs(c - left)):
        if place >= low and all(place >= end or place + width <= start for start, end in taken):
            return place
    return None


def _lines(case: Case, sheet: Sheet, scale: Scale, top: float, bottom: float, judged: bool) -> None:
    sheet.lines([(scale(1), top - 0.04, scale(1), bottom)], style.EMPHASIS, width=1.5)
    text = "标准" if judged else "平均值"
    sheet.text(
        scale(1) + (0 if judged else -measure(text, SMALL) / 2), top - 0.14, text, size=SMALL, colour=style.EMPHASIS
    )
    rule = case.scheme.school_rule
    if judged and rule and rule.floor_share < 1:
        floor = scale(rule.floor_share)
        sheet.lines([(floor, top - 0.04, floor, bottom)], style.FLOOR, width=1.3, dash=True)
        sheet.text(
            floor + 0.03,
            top - 0.14,
            f"标准的{rule.floor_share:.0%}",
            size=SMALL,
            colour=style.FLOOR_TEXT,
            align="right",
        )


def _key(rows: pd.DataFrame, words: dict[str, str]) -> list[KeyEntry]:
    present = [state for state in (MET, FLOOR, NOT_MET) if state in set(rows["state"])]
    entries = [
        KeyEntry("o" if state == MET else "v", COLOURS[state], words[state], hollow=state == FLOOR) for state in present
    ]
    size = [KeyEntry("o", style.NEUTRAL, "点越大，在校生越多")] if rows["pupils"].nunique() > 1 else []
    return entries + size


def _note(schools: Sequence[Row], judged: bool) -> str:
    """What stands right of a strip: how many reach the standard, how many are unknown."""
    unknown = sum(math.isnan(school["value"]) for school in schools)
    blank = f"{unknown}所缺数据" if unknown else ""
    if not judged:
        return blank
    met = f"达标 {sum(school['state'] == MET for school in schools)}/{len(schools)}"
    return f"{met}\n{blank}" if blank else met


def _mean_text(case: Case, stage: str, indicator: Indicator) -> str:
    balance = case.now.balance
    mean = balance.loc[(balance["stage"] == stage) & (balance["indicator"] == indicator.id), "mean"].iloc[0]
    return f"平均值{formats.decimal(mean, indicator.digits)}{indicator.unit}"


def _caption(stage: str, judged: bool, beyond: bool) -> str:
    what = "与标准的距离" if judged else "与平均值的距离"
    return f"{STAGES[stage]}各校各项指标{what}" + (f"（箭头为超过{FARTHEST:.0%}的学校）" if beyond else "")


def _unknown(rows: pd.DataFrame) -> str:
    unknown = int(rows["value"].isna().sum())
    return f"；另有{unknown}项次缺数据" if unknown else ""


def _alt_without_standards(case: Case, stage: str, rows: pd.DataFrame) -> str:
    short = {indicator.id: indicator.short for indicator in case.scheme.indicators}
    farthest = rows.loc[(rows["ratio"] - 1).abs().sort_values(ascending=False, kind="stable").index]
    named = [
        f"{row.school}的{short[row.indicator]}（{share_text(row.ratio)}）" for row in farthest.head(3).itertuples()
    ]
    return f"{STAGES[stage]}各校各项指标中，与平均值相差最大的是{'、'.join(named)}{_unknown(rows)}。"


def _alt(case: Case, stage: str, rows: pd.DataFrame, schools: Mapping[str, Sequence[Row]]) -> str:
    label, tail, parts = STAGES[stage], _unknown(rows), []
    for id_, own in schools.items():
        indicator = case.scheme.indicator(id_)
        low = sorted((school for school in own if school["named"]), key=lambda low: low["rank"])
        named = [f"{school['school']}{share_text(school['ratio'])}" for school in low]
        if named:
            parts.append(f"{indicator.short}{len(low)}所低于标准（{formats.listed(named, most=3)}）")
    return f"{label}：{'；'.join(parts)}{tail}。" if parts else f"{label}各校已知的各项指标均达到标准{tail}。"


def _data(case: Case, rows: pd.DataFrame, base: str) -> pd.DataFrame:
    short = {indicator.id: f"{indicator.short}（{indicator.unit}）" for indicator in case.scheme.indicators}
    words = {**state_words(case.scheme), PLAIN: ""}
    data = pd.DataFrame(
        {
            "学校": rows["school"],
            "指标": rows["indicator"].map(short),
            "数值": rows["value"],
            "标准": rows["threshold"],
            f"相当于{base}": rows["ratio"],
            "情况": rows["state"].map(words),
        }
    )
    return data if base == "标准" else data.drop(columns=["标准", "情况"])

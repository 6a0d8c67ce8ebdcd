"""Schools by indicators in one table of shaded cells: who is short of what."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import pandas as pd

from edukit import formats, style
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.figures.canvas import EDGE, LINE, WIDTH, KeyEntry, Sheet, key_height, unknown_key
from edukit.figures.measuring import SMALL, widest, wrap
from edukit.figures.wording import FLOOR, MET, NOT_MET, UNDETERMINED, has_thresholds, share_text, state_of, state_words
from edukit.frames import Row
from edukit.schemes import Indicator
from edukit.showing import Chart
from edukit.verdict import Verdict

MOST = 40
"""Schools that one figure can show."""
NAME, ROW, CELL_GAP = 1.75, 0.25, 0.025
"""Room for names, height of a row, gap between cells, in inches."""

# Ratios to the county's mean, from far below to far above: no verdicts, so not in the verdicts' colours.
RATIO_TINTS = ("#e3b98c", "#f0d6b8", "#f9ecdd", "#f7f8f9", "#dfeaf5", "#bdd5ec", "#95bce0")
RATIO_STEPS = (0.5, 0.75, 0.95, 1.05, 1.25, 1.5)
"""Upper ends of the bands of ratio, the last one open."""


@dataclass(frozen=True)
class Cell:
    """What a cell says and how it looks."""

    text: str
    ground: str
    colour: str
    unknown: bool = False


def matrix(case: Case, stage: str) -> Chart | None:
    """Every school's value of every indicator, shaded by its verdict, those with the most shortfalls on top.

    Without thresholds the shade says how far a value is from the county's mean.

    Returns:
        None where the stage has no units.
    """
    cells = case.now.cells[case.now.cells["stage"] == stage]
    if cells.empty:
        return None
    judged = has_thresholds(case.scheme)
    order = _order(cells) if judged else _order_by_distance(cells)
    shown = order[:MOST]
    schools = case.now.schools.set_index("unit").loc[order]
    names = [wrap(str(name), NAME - 0.1) for name in schools.loc[shown, "school"]]
    means = case.now.balance[case.now.balance["stage"] == stage].set_index("indicator")["mean"]
    by_cell = case.now.by_cell
    drawn = {
        (unit, indicator.id): _judged(by_cell[unit, indicator.id], indicator)
        if judged
        else _compared(by_cell[unit, indicator.id]["value"], means[indicator.id], indicator)
        for unit in shown
        for indicator in case.scheme.indicators
    }
    margin = _margin(case, schools.loc[shown]) if case.scheme.school_rule else []
    key = _judged_key(case, cells) if judged else _compared_key(any(cell.unknown for cell in drawn.values()))
    sheet = _draw(case, stage, shown, names, drawn, margin, key)
    return sheet.chart(
        case,
        alt=_judged_alt(case, stage, cells, schools) if judged else _compared_alt(case, stage, cells, means),
        caption=_caption(case, stage, len(order), judged),
        data=_data(case, cells, schools, order),
        formats={_column(i): partial(formats.decimal, digits=i.digits) for i in case.scheme.indicators},
    )


def _order(cells: pd.DataFrame) -> list[int]:
    """Units by thresholds reached, then by how much is missing in all, then as given."""
    missing = (1 - cells["value"] / cells["threshold"]).clip(lower=0)
    each = pd.DataFrame({"met": cells["verdict"].eq(MET), "missing": missing}).groupby(cells["unit"]).sum()
    return list(each.sort_values(["met", "missing"], ascending=[True, False], kind="stable").index)


def _order_by_distance(cells: pd.DataFrame) -> list[int]:
    """Units by their part in all coefficients together, largest first."""
    parts = cells["contribution"] / cells.groupby("indicator")["contribution"].transform("sum")
    return list(parts.groupby(cells["unit"]).sum().sort_values(ascending=False, kind="stable").index)


def _judged(cell: Row, indicator: Indicator) -> Cell:
    state = state_of(cell["verdict"], cell["below_floor"], cell["floor"])
    if state == UNDETERMINED:
        text = style.VERDICT_MARKS[state]
        return Cell(text, style.UNDETERMINED_TINT, style.UNDETERMINED_TEXT, unknown=True)
    if not cell["verdict"]:  # an indicator that the scheme sets no threshold for
        text = style.VERDICT_MARKS[UNDETERMINED] if math.isnan(cell["value"]) else ""
        return Cell(text or formats.decimal(cell["value"], indicator.digits), style.PAPER, style.INK)
    # As many decimals as it takes to tell it from the threshold and from the floor.
    limits = (cell["threshold"], cell["floor"])
    text = max((formats.beside(cell["value"], limit, indicator.digits) for limit in limits), key=len)
    if state == NOT_MET:
        return Cell(f"{text}{style.VERDICT_MARKS[state]}", style.NOT_MET, style.PAPER)
    mark = style.VERDICT_MARKS[state] if state == FLOOR else ""
    ground = style.FLOOR_TINT if state == FLOOR else style.MET_TINT
    return Cell(f"{text}{mark}", ground, style.VERDICT_TEXTS[state])


def _compared(value: float, mean: float, indicator: Indicator) -> Cell:
    if math.isnan(value):
        mark = style.VERDICT_MARKS[UNDETERMINED]
        return Cell(mark, style.UNDETERMINED_TINT, style.UNDETERMINED_TEXT, unknown=True)
    text = formats.decimal(value, indicator.digits)
    if math.isnan(mean) or mean == 0:
        return Cell(text, style.PAPER, style.INK)
    band = sum(value / mean > step for step in RATIO_STEPS)
    middle = len(RATIO_STEPS) // 2
    return Cell(text + ("↓" if band < middle else "↑" if band > middle else ""), RATIO_TINTS[band], style.INK)


def _margin(case: Case, schools: pd.DataFrame) -> list[tuple[str, list[tuple[str, str]]]]:
    """Columns right of the cells: header, and text and colour of each row."""
    total = sum(bool(indicator.threshold) for indicator in case.scheme.indicators)
    met = [(f"{int(number)}/{total}", style.INK) for number in schools["n_met"]]
    verdicts = [
        (f"{style.VERDICT_MARKS[verdict]}{Verdict(verdict).label}", style.VERDICT_TEXTS[verdict])
        for verdict in schools["verdict"]
    ]
    return [("达标\n项数", met), ("学校\n结论", verdicts)]


def _draw(
    case: Case,
    stage: str,
    shown: list[int],
    names: list[str],
    drawn: dict[tuple[int, str], Cell],
    margin: list[tuple[str, list[tuple[str, str]]]],
    key: list[KeyEntry],
) -> Sheet:
    name_width = max(widest(names), 0.6) + 0.1
    indicators = case.scheme.indicators
    margins = [max(widest([head, *(text for text, _ in texts)], SMALL) + 0.12, 0.45) for head, texts in margin]
    width = (WIDTH - 2 * EDGE - name_width - sum(margins)) / len(indicators)
    heads = [wrap(indicator.short, width - 0.04, SMALL, lines=3) for indicator in indicators]
    standards = [_standard(indicator, stage) for indicator in indicators]
    head_lines = max(head.count("\n") for head in heads) + 1
    foot_lines = max(text.count("\n") for text in standards) + 1
    top = EDGE + key_height(key) + (head_lines + foot_lines) * LINE + 0.12
    heights = [ROW + LINE * name.count("\n") * 0.9 for name in names]
    tops = [top + sum(heights[:i]) for i in range(len(names))]
    sheet = Sheet(top + sum(heights) + EDGE)
    sheet.key(EDGE, key)
    left = EDGE + name_width
    foot = top - 0.06 - foot_lines * LINE / 2
    for k, (head, standard) in enumerate(zip(heads, standards, strict=True)):
        middle = left + (k + 0.5) * width
        sheet.text(middle, foot - (foot_lines + head.count("\n") + 1) * LINE / 2, head, size=SMALL, align="center")
        sheet.text(middle, foot, standard, size=SMALL, colour=style.MUTED, align="center")
    for name, y, height in zip(names, tops, heights, strict=True):
        sheet.text(left - 0.1, y + height / 2, name, align="right")
    grounds: dict[tuple[str, bool], list[tuple[float, float, float, float]]] = {}
    for unit, y, height in zip(shown, tops, heights, strict=True):
        for k, indicator in enumerate(indicators):
            cell = drawn[unit, indicator.id]
            box = (left + k * width, y, width - CELL_GAP, height - CELL_GAP)
            grounds.setdefault((cell.ground, cell.unknown), []).append(box)
            middle = left + k * width + (width - CELL_GAP) / 2
            sheet.text(middle, y + (height - CELL_GAP) / 2, cell.text, size=SMALL, colour=cell.colour, align="center")
    for (ground, unknown), boxes in grounds.items():
        sheet.bars(boxes, ground, hatch=unknown)
    edge = left + len(indicators) * width
    for (head, texts), room in zip(margin, margins, strict=True):
        middle = edge + room / 2
        sheet.text(middle, top - 0.06 - LINE, head, size=SMALL, colour=style.MUTED, align="center")
        for (text, colour), y, height in zip(texts, tops, heights, strict=True):
            sheet.text(middle, y + (height - CELL_GAP) / 2, text, size=SMALL, colour=colour, align="center")
        edge += room
    return sheet


def _standard(indicator: Indicator, stage: str) -> str:
    threshold = indicator.threshold.get(stage)
    if threshold is None:
        return indicator.unit
    return f"≥{formats.plain(threshold)}\n{indicator.unit}"


def _judged_key(case: Case, cells: pd.DataFrame) -> list[KeyEntry]:
    marks = style.VERDICT_MARKS
    states = {
        state_of(verdict, below, floor)
        for verdict, below, floor in zip(cells["verdict"], cells["below_floor"], cells["floor"], strict=True)
    }
    words = state_words(case.scheme)
    entries = {
        MET: KeyEntry("bar", style.MET_TINT, words[MET]),
        FLOOR: KeyEntry("bar", style.FLOOR_TINT, f"{marks[FLOOR]}{words[FLOOR]}"),
        NOT_MET: KeyEntry("bar", style.NOT_MET, f"{marks[NOT_MET]}{words[NOT_MET]}"),
        UNDETERMINED: unknown_key(),
    }
    return [entry for state, entry in entries.items() if state in states]


def _compared_key(unknown: bool) -> list[KeyEntry]:
    low, high = RATIO_STEPS[len(RATIO_STEPS) // 2 - 1], RATIO_STEPS[len(RATIO_STEPS) // 2]
    entries = [
        KeyEntry("bar", RATIO_TINTS[0], f"↓ 不足平均值的{RATIO_STEPS[0]:.0%}"),
        KeyEntry("bar", RATIO_TINTS[1], f"↓ {RATIO_STEPS[0]:.0%}～{RATIO_STEPS[1]:.0%}"),
        KeyEntry("bar", RATIO_TINTS[3], f"{low:.0%}～{high:.0%}"),
        KeyEntry("bar", RATIO_TINTS[-2], f"↑ {RATIO_STEPS[-2]:.0%}～{RATIO_STEPS[-1]:.0%}"),
        KeyEntry("bar", RATIO_TINTS[-1], f"↑ 超过{RATIO_STEPS[-1]:.0%}"),
    ]
    return [*entries, unknown_key("缺数据")] if unknown else entries


def _caption(case: Case, stage: str, total: int, judged: bool) -> str:
    what = "达标情况" if judged else "与平均值的比较"
    cut = f"（共{total}个单位，图中为{'达标项数最少' if judged else '差异最大'}的{MOST}个）" if total > MOST else ""
    return f"{STAGES[stage]}各校各项指标的数值及{what}{cut}"


def _judged_alt(case: Case, stage: str, cells: pd.DataFrame, schools: pd.DataFrame) -> str:
    label = STAGES[stage]
    total = len(case.scheme.indicators)
    if not schools["verdict"].any():
        short = cells[cells["verdict"] == NOT_MET]
        return f"{label}{len(schools)}所学校中，{short['unit'].nunique()}所有未达标的指标，共{len(short)}项次。"
    parts = []
    for verdict, word in ((NOT_MET, "未达标"), (UNDETERMINED, "无法判定")):
        failing = schools[schools["verdict"] == verdict]
        if len(failing):
            names = [f"{row.school}（达标{int(row.n_met)}项）" for row in failing.itertuples()]
            parts.append(f"{len(failing)}所{word}：{formats.listed(names)}")
    if not parts:
        least = int(schools["n_met"].min())
        how_many = f"{total}项指标全部" if least == total else f"每所至少{least}项指标"
        return f"{label}{len(schools)}所学校均达标，{how_many}达到标准。"
    good = int((schools["verdict"] == MET).sum())
    return f"{label}{len(schools)}所学校中{good}所达标，{'；'.join(parts)}。"


def _compared_alt(case: Case, stage: str, cells: pd.DataFrame, means: pd.Series) -> str:
    ratios = cells.assign(ratio=cells["value"] / cells["indicator"].map(means)).dropna(subset=["ratio"])
    if ratios.empty:
        return f"{STAGES[stage]}各项指标缺数据，无法与平均值比较。"
    low, high = ratios.loc[ratios["ratio"].idxmin()], ratios.loc[ratios["ratio"].idxmax()]
    short = {indicator.id: indicator.short for indicator in case.scheme.indicators}
    return (
        f"{STAGES[stage]}各校与平均值相比，最低的是{low['school']}的{short[low['indicator']]}"
        f"（为平均值的{share_text(low['ratio'])}），最高的是{high['school']}的{short[high['indicator']]}（{share_text(high['ratio'])}）。"
    )


def _column(indicator: Indicator) -> str:
    return f"{indicator.short}（{indicator.unit}）"


def _data(case: Case, cells: pd.DataFrame, schools: pd.DataFrame, order: list[int]) -> pd.DataFrame:
    wide = cells.pivot(index="unit", columns="indicator", values="value").loc[order]
    data = pd.DataFrame({"学校": schools["school"], "在校生（人）": schools["pupils"]})
    for indicator in case.scheme.indicators:
        data[_column(indicator)] = wide[indicator.id]
    if case.scheme.school_rule:
        data["达标项数"] = schools["n_met"].astype(int)
        data["学校结论"] = [Verdict(verdict).label for verdict in schools["verdict"]]
    return data.reset_index(drop=True)

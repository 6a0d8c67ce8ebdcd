"""How many schools reach how many of the standards."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from edukit import style
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.figures.canvas import AXIS, EDGE, WIDTH, Bar, KeyEntry, Scale, Sheet, key_height
from edukit.figures.measuring import SMALL, TITLE, measure, widest
from edukit.figures.wording import MET, NOT_MET, UNDETERMINED, stage_names
from edukit.showing import Chart

ROW, BAR, GAP = 0.3, 0.19, 0.3
LABELS = {MET: "学校达标", NOT_MET: "学校未达标", UNDETERMINED: "缺数据，无法判定"}


def met_counts(case: Case) -> Chart | None:
    """How many units reach all, all but one … of the standards, by stage, with the verdict on each school.

    Returns:
        None for a scheme that sets no standards for a school, or without units.
    """
    rule = case.scheme.school_rule
    schools = case.now.schools
    if rule is None or schools.empty:
        return None
    stages = list(case.now.stages)
    total = sum(bool(indicator.threshold) for indicator in case.scheme.indicators)
    needed = total if rule.min_met is None else rule.min_met
    lowest = min(int(schools["n_met"].min()), needed - 1)
    numbers = list(range(total, lowest - 1, -1))
    counts = schools.groupby(["stage", "n_met", "verdict"]).size().to_dict()
    present = [verdict for verdict in LABELS if verdict in set(schools["verdict"])]
    key = [
        KeyEntry("bar", style.VERDICT_COLOURS[verdict], f"{style.VERDICT_MARKS[verdict]}{LABELS[verdict]}")
        for verdict in present
    ]
    key.append(KeyEntry("dash", style.EMPHASIS, f"要求：至少{needed}项"))
    labels = [f"{number}项" for number in numbers]
    name_width = widest(labels) + 0.12
    end_width = measure("000所", SMALL) + 0.1
    top = EDGE + key_height(key) + 0.36
    bottom = top + ROW * len(numbers)
    sheet = Sheet(bottom + AXIS)
    sheet.key(EDGE, key)
    across = (WIDTH - 2 * EDGE - name_width + GAP) / len(stages)
    highest = float(schools.groupby(["stage", "n_met"]).size().max())
    divider = top + (numbers.index(needed) + 1) * ROW
    for number, label in zip(numbers, labels, strict=True):
        sheet.text(EDGE + name_width - 0.1, top + (total - number + 0.5) * ROW, label, align="right")
    for i, stage in enumerate(stages):
        left = EDGE + name_width + i * across
        scale = Scale(0, highest, left, left + across - GAP - end_width)
        sheet.text(left, top - 0.2, STAGES[stage], size=TITLE)
        sheet.axis(scale, top, bottom, "单位数（个）", most=max(1, min(4, int(highest))))
        bars: list[Bar] = []
        colours: list[str] = []
        for number in numbers:
            y, start = top + (total - number + 0.5) * ROW, 0.0
            for verdict in present:
                count = counts.get((stage, number, verdict), 0)
                if not count:
                    continue
                bars.append((scale(start), y - BAR / 2, scale(start + count) - scale(start), BAR))
                colours.append(style.VERDICT_COLOURS[verdict])
                start += count
            text = f"{start:.0f}所" if start else "0"
            sheet.text(scale(start) + 0.07, y, text, size=SMALL, colour=style.INK if start else style.MUTED)
        sheet.bars(bars, colours, edge=style.PAPER)
        sheet.lines([(left, divider, left + across - GAP, divider)], style.EMPHASIS, width=1.2, dash=True)
    rest = f"，其余项不低于标准的{rule.floor_share:.0%}" if needed < total else ""
    asked = f"每所学校至少{needed}项达标{rest}"
    return sheet.chart(
        case,
        alt=_alt(case, needed),
        caption=f"{stage_names(stages)}各校达标项数的分布（{asked}）",
        data=_data(list(dict.fromkeys(schools["stage"])), numbers, present, counts),
    )


def _alt(case: Case, min_met: int) -> str:
    total = len(case.scheme.indicators)
    sentences = []
    for stage in case.now.stages:
        here = case.now.schools[case.now.schools["stage"] == stage]
        few = here[here["n_met"] < min_met]
        full = int((here["n_met"] == total).sum())
        text = f"{STAGES[stage]}{len(here)}所学校中，{total}项全部达标的有{full}所"
        if len(few):
            lowest = few.loc[few["n_met"].idxmin()]
            known = "已知达标项" if few["n_unknown"].any() else "达标项"
            text += f"，{known}不足{min_met}项的有{len(few)}所（最少的是{lowest['school']}，{int(lowest['n_met'])}项）"
        sentences.append(text)
    return "；".join(sentences) + "。"


def _data(
    stages: list[str], numbers: list[int], present: list[str], counts: Mapping[tuple[str, int, str], int]
) -> pd.DataFrame:
    rows = []
    for stage in stages:
        for number in numbers:
            here = {LABELS[verdict]: counts.get((stage, number, verdict), 0) for verdict in present}
            rows.append({"达标项数": f"{number}项", "学段": STAGES[stage], "学校数": sum(here.values()), **here})
    return pd.DataFrame(rows)

"""Facts that several chapters speak of, gathered once from a case and put into words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import pandas as pd

from edukit import formats
from edukit.assess import Assessment
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.frames import Row, records
from edukit.gaps import settle
from edukit.schemes import Indicator
from edukit.verdict import Verdict

MET, NOT_MET, UNDETERMINED = (verdict.value for verdict in (Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED))

FEW_UNITS = 4
"""With fewer units than this a coefficient hangs on single schools, and the text says so."""


def value(indicator: Indicator, number: float, limit: float = math.nan) -> str:
    """An indicator's value for display, never looking equal to a threshold that it misses."""
    return formats.beside(number, limit, indicator.digits)


def counts(frame: pd.DataFrame) -> tuple[int, int, int]:
    """How many rows are met, not met, undetermined."""
    seen = frame["verdict"].value_counts()
    return int(seen.get(MET, 0)), int(seen.get(NOT_MET, 0)), int(seen.get(UNDETERMINED, 0))


def tally(met: int, missed: int, unknown: int, measure: str) -> str:
    """A tally in words: 全部达标, or how many of each; what is nought is left out.

    >>> tally(3, 2, 1, "个单位"), tally(4, 0, 0, "个单位")
    ('6个单位中3个达标、2个未达标、1个无法判定', '4个单位全部达标')
    """
    total = met + missed + unknown
    found = [(met, "达标"), (missed, "未达标"), (unknown, "无法判定")]
    for count, word in found:
        if total == count:
            return f"{total}{measure}全部{word}" if total > 1 else f"{total}{measure}{word}"
    return f"{total}{measure}中" + "、".join(f"{count}个{word}" for count, word in found if count)


def failing_cvs(assessment: Assessment) -> pd.DataFrame:
    """Rows of ``balance`` whose coefficient is above its limit, farthest above first."""
    rows = assessment.balance[assessment.balance["verdict"] == NOT_MET]
    return rows.assign(over=rows["cv"] / rows["cv_limit"]).sort_values("over", ascending=False, kind="stable")


def culprits(assessment: Assessment, stage: str, indicator_id: str, most: int = 3) -> pd.DataFrame:
    """The units that make up most of a coefficient: name, share of CV², above (whether above the mean)."""
    here = assessment.cells[(assessment.cells["stage"] == stage) & (assessment.cells["indicator"] == indicator_id)]
    total = here["contribution"].sum()
    if not total > 0:
        return pd.DataFrame(columns=["name", "share", "above", "value"])
    mean = here["resource"].sum() / here["pupils"].sum() * assessment.scheme.indicator(indicator_id).per
    top = here.sort_values("contribution", ascending=False, kind="stable").head(most)
    return pd.DataFrame(
        {
            "name": [assessment.unit_names[unit] for unit in top["unit"]],
            "share": (top["contribution"] / total).to_numpy(),
            "above": (top["value"] > mean).to_numpy(),
            "value": top["value"].to_numpy(),
        }
    )


def why_unequal(assessment: Assessment, stage: str, indicator_id: str) -> str:
    """Which schools cause a coefficient, as a sentence."""
    found = culprits(assessment, stage, indicator_id)
    found = found[found["share"] >= 0.05]
    if found.empty:
        return ""
    indicator = assessment.scheme.indicator(indicator_id)
    area = formats.area(assessment.county)
    parts = [
        f"{row['name']}（{value(indicator, row['value'])}，{'高于' if row['above'] else '低于'}{area}平均，"
        f"占{formats.percent(row['share'], 0)}）"
        for row in records(found)
    ]
    share = float(found["share"].sum())
    if share < 0.5:
        return f"差异分散在多所学校，影响较大的有{'、'.join(parts)}，合计占{formats.percent(share, 0)}。"
    total = f"，合计占{formats.percent(share, 0)}" if len(parts) > 1 else ""
    return f"差异主要来自{'、'.join(parts)}{total}。"


def what_settles(assessment: Assessment, stage: str, indicator_id: str) -> str:
    """What would bring a coefficient within its limit, as a sentence."""
    steps, area = settle(assessment, stage, indicator_id), formats.area(assessment.county)
    indicator = assessment.scheme.indicator(indicator_id)
    limit = indicator.cv_limit.get(stage, math.nan)
    if steps.empty:
        return f"仅把低于平均的学校补到{area}平均值，仍不能降到上限以内，须同时调整资源富余学校的配置。"
    parts = [
        f"{row.school}{STAGES[stage]}增加{formats.amount(row.added, indicator.resource_unit)}"
        for row in steps.itertuples()
    ]
    after = formats.cv(float(steps["cv"].iloc[-1]), limit)
    return f"按影响大小依次补到{area}平均值，只需{'、'.join(parts)}，差异系数即降到{after}，不超过上限。"


def indicator_problems(case: Case) -> Iterator[tuple[Indicator, str]]:
    """Each indicator whose threshold is missed: how many units miss it, which, and how much is short."""
    needs = school_needs(case.gaps).groupby("indicator").sum()
    found: dict[str, list[Row]] = {indicator.id: [] for indicator in case.scheme.indicators}
    for gap in records(case.gaps):
        found[gap["indicator"]].append(gap)
    for indicator in case.scheme.indicators:
        if indicator.id in needs:
            yield indicator, _indicator_problem(case, indicator, found[indicator.id], needs[indicator.id])


def _indicator_problem(case: Case, indicator: Indicator, found: Sequence[Row], need: float) -> str:
    units, missing = Counter(case.now.units["stage"]), Counter(gap["stage"] for gap in found)
    by_stage = "、".join(
        f"{STAGES[stage]}{units[stage]}个单位中{missing[stage]}个" for stage in case.now.stages if stage in missing
    )
    worst = [
        f"{case.now.unit_names[row['unit']]}{value(indicator, row['value'], row['threshold'])}"
        f"（标准{formats.plain(row['threshold'])}）"
        for row in found[:3]
    ]
    below = sum(gap["below_floor"] for gap in found)
    floor = ""
    if case.scheme.school_rule:
        every = "均" if len(found) > 1 else ""
        floor = (
            f"，{every or '但'}不低于底线"
            if not below
            else f"，{every or '且'}低于底线"
            if below == len(found)
            else f"，其中{below}个低于底线"
        )
    total = formats.amount(need, indicator.resource_unit)
    lowest = f"与标准差距最大的是{'、'.join(worst)}" if len(found) > len(worst) else "、".join(worst)
    return f"{by_stage}低于标准{floor}。{lowest}，单位{indicator.unit}；补齐共需增加{total}。"


def known_only(case: Case) -> str:
    """Words that limit a sum where numbers are missing; empty where all are known."""
    return "按已有数据（缺数据的学校和指标未计）至少" if (case.now.cells["verdict"] == UNDETERMINED).any() else ""


def school_needs(gaps: pd.DataFrame) -> pd.Series:
    """What each school must add to bring its sections in ``gaps`` to the threshold.

    Args:
        gaps: rows of ``Case.gaps``.

    Returns:
        By indicator, in the order of ``gaps``, and school row of the source, in rising order. What the sections
        share counts once, with the need of the section that asks for most.
    """
    once = ~(gaps["split"].astype(bool) & gaps.duplicated(["indicator", "row"]))
    return gaps[once].groupby(["indicator", "row"])["school_to_threshold"].sum()

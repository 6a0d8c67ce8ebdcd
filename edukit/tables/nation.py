"""Tables of the nation or a province, made from a :class:`edukit.national.National`."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.national import COMPOSITE, National, by_province
from edukit.national import change as change_of
from edukit.national import distribution as distribution_of
from edukit.national import ranking as ranking_of
from edukit.showing import Table, table
from edukit.tables.states import CLASSES

ENDS = 20
"""So many counties are shown from each end of the ranking."""
OUTCOMES = {"met": "达到", "not_met": "未达到", "undetermined": "无法判定"}


def _label(place: National, indicator: str) -> str:
    return "综合差异系数" if indicator == COMPOSITE else place.scheme.indicator(indicator).short


def provinces(place: National) -> Table | None:
    """Counties by verdict, province by province."""
    found = by_province(place)
    rows = pd.DataFrame(
        {
            "省份": found["name"],
            "县数": found["counties"],
            **{OUTCOMES[verdict]: found[verdict] for verdict in OUTCOMES},
            "达到的比例": found["share"],
        }
    )
    return table(rows, caption=f"{place.year}年各省达到要求的县", formats={"达到的比例": formats.percent})


def distribution(place: National) -> Table | None:
    """Median and spread of every coefficient over the counties, and how many are above the limit."""
    found = distribution_of(place.now, place.scheme)
    if found.empty:
        return None
    rows = pd.DataFrame(
        {
            "指标": [f"{STAGES[row.stage]}{_label(place, row.indicator)}" for row in found.itertuples()],
            "上限": [formats.plain(limit) for limit in found["limit"]],
            **{
                word: [formats.cv(value) for value in found[name]]
                for word, name in (("10%的县不超过", "low"), ("中位数", "median"), ("90%的县不超过", "high"))
            },
            "超过上限的县": [
                formats.DASH if math.isnan(row.limit) else f"{formats.whole(row.over)}/{formats.whole(row.n)}"
                for row in found.itertuples()
            ],
            "缺数据的县": found["unknown"],
        }
    )
    return table(
        rows,
        caption=f"{place.place}{place.year}年县域校际差异系数的分布",
        classes=lambda label, column: "" if column in ("指标", "缺数据的县") else "num",
    )


def ranking(place: National) -> Table | None:
    """The counties at both ends of the ranking; all of them where they are few."""
    found = ranking_of(place).dropna(subset=["rank"])
    if found.empty:
        return None
    shown = found if len(found) <= 2 * ENDS else pd.concat([found.head(ENDS), found.tail(ENDS)])
    rows: list[dict[str, str]] = []
    states: dict[Any, str] = {}
    for row in records(shown):
        states[len(rows), "资源配置结论"] = CLASSES[row["verdict"]]
        states[len(rows), "与上限之比"] = "num not-met" if row["n_over"] else "num"
        rows.append(_ranked(place, row))
    cut = f"共{formats.whole(len(found))}个县，只列前{ENDS}个和后{ENDS}个。" if len(shown) < len(found) else ""
    depends = "结论还取决于学校标准。" if place.scheme.school_rule else ""
    return table(
        pd.DataFrame(rows),
        caption=f"{place.place}{place.year}年各县差异系数排序",
        classes=lambda label, column: states.get((label, column), "num" if column in ("位次", "超上限") else ""),
        notes=[f"{cut}与上限之比为该县比值最大的一项。{depends}"],
    )


def _ranked(place: National, row: dict[str, Any]) -> dict[str, str]:
    return {
        "县（市、区）": f"{row['county']}（{row['code']}）",
        "位次": f"{row['rank']:.0f}",
        "资源配置结论": OUTCOMES[row["verdict"]],
        "最大的一项": f"{STAGES[row['stage']]}{_label(place, row['indicator'])} {formats.cv(row['cv'], row['limit'])}",
        "与上限之比": formats.beside(row["ratio"], 1.0, 2),
        "超上限": f"{row['n_over']:.0f}/{row['n_cvs']:.0f}项",
    }


def change(place: National) -> Table | None:
    """Verdicts of the year before against those of the year, and the median of every coefficient in both."""
    both = change_of(place)
    if both.empty or place.before is None:
        return None
    now, before = (distribution_of(judged, place.scheme) for judged in (place.now, place.before))
    rows = now.merge(before, on=["stage", "indicator"], suffixes=("", "_before"))
    shown = pd.DataFrame(
        {
            "指标": [f"{STAGES[row.stage]}{_label(place, row.indicator)}" for row in rows.itertuples()],
            f"{place.year - 1}年中位数": [formats.cv(value) for value in rows["median_before"]],
            f"{place.year}年中位数": [formats.cv(value) for value in rows["median"]],
            "变化": [formats.cv_change(row.median_before, row.median) for row in rows.itertuples()],
            f"{place.year - 1}年超上限": [formats.whole(value) for value in rows["over_before"]],
            f"{place.year}年超上限": [formats.whole(value) for value in rows["over"]],
        }
    )
    return table(
        shown,
        caption=f"差异系数的变化（{place.year - 1}年到{place.year}年）",
        classes=lambda label, column: "" if column == "指标" else "num",
        notes=["中位数和县数为当年有数据的全部县；变化为负，说明差距缩小。"],
    )

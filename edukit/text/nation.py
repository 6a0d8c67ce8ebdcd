"""Sentences of a national or provincial report, made from a :class:`edukit.national.National`."""

from __future__ import annotations

from html import escape

import pandas as pd

from edukit import __version__, formats
from edukit.dictionary import STAGES
from edukit.national import COMPOSITE, National, by_province
from edukit.national import change as change_of
from edukit.national import distribution as distribution_of
from edukit.national import ranking as ranking_of
from edukit.showing import Prose
from edukit.text.facts import MET, NOT_MET, UNDETERMINED
from edukit.text.markup import STATE_CLASSES, bullets, heading, led, paragraph, prose

WORDS = {MET: "达到要求", NOT_MET: "未达到要求", UNDETERMINED: "尚不能判定"}
LISTED = 20
"""So many counties whose data cannot be used are named one by one."""


def title(place: National) -> str:
    """The title of the report."""
    policy = place.scheme.short.partition("（")[0]
    return f"{place.place}{place.year}年义务教育{policy}发展县域资源配置汇总报告"


def label(place: National, indicator: str) -> str:
    """What a reader calls an indicator, or the composite."""
    return "综合差异系数" if indicator == COMPOSITE else place.scheme.indicator(indicator).short


def cover(place: National) -> Prose | None:
    """Title, scheme, how many counties and schools."""
    table = place.now.counties
    counted = f"汇总{formats.whole(len(table))}个县（市、区）、{formats.whole(float(table['n_schools'].sum()))}所学校"
    counted += f"；另有{len(place.failed)}个县的数据未能汇总" if place.failed else ""
    said = "；".join(f"{told}（{formats.whole(number)}个县）" for told, number in place.natures.items())
    nature = f'<p class="facts"><strong>{escape(said)}。</strong></p>' if said else ""
    return prose(
        f'<header class="cover"><h1>{escape(title(place))}</h1>'
        f'<p class="subtitle">依据《{escape(place.scheme.name)}》（{escape(place.scheme.document)}）</p>'
        f'<p class="facts">{escape(counted)}</p>{nature}</header>'
    )


def conclusion(place: National) -> Prose | None:
    """How many counties pass, and on what the others fail."""
    table = place.now.counties
    counts = {verdict: int((table["verdict"] == verdict).sum()) for verdict in WORDS}
    told = "、".join(f"{formats.whole(n)}个{WORDS[verdict]}" for verdict, n in counts.items() if n)
    parts = {"schools": "学校标准", "balance": "各项差异系数", "composite": "综合差异系数"}
    items, judged = [], []
    for name, word in parts.items():
        own = table[name]
        if (own != "").any():
            judged.append(word)
            text = "、".join(
                f"{formats.whole(int((own == v).sum()))}个{w}" for v, w in WORDS.items() if (own == v).any()
            )
            items.append((f"{word}：", f"{text}。"))
    state = MET if counts[MET] == len(table) and not place.failed else NOT_MET if counts[NOT_MET] else UNDETERMINED
    share = formats.percent(counts[MET] / len(table))
    return prose(
        f'<div class="verdict {STATE_CLASSES[state]}"><p class="verdict-word"><strong>'
        f"{escape(f'{formats.whole(len(table))}个县（市、区）中，{told}；达到要求的占{share}')}</strong></p>{led(items)}</div>",
        paragraph(
            f"本报告只就资源配置（{'、'.join(judged)}）作出判定，对所有县采用同一办法；"
            "各县启用的选项和其他方面的事项，见各县自己的报告。"
        ),
    )


def provinces(place: National) -> Prose | None:
    """Which provinces have the largest and the smallest share of counties that pass."""
    table = by_province(place)
    if len(table) < 2:
        return None
    best, worst = table["share"].max(), table["share"].min()
    if best == worst:
        same = f"所占比例均为{formats.percent(best)}" if best else "一个也没有"
        return prose(paragraph(f"{len(table)}个省份有数据，达到要求的县{same}。"))
    high, low = (_sharing(table[table["share"] == share]) for share in (best, worst))
    return prose(paragraph(f"{len(table)}个省份有数据。达到要求的县所占比例最高的是{high}，最低的是{low}。"))


def _sharing(table: pd.DataFrame) -> str:
    """Provinces with the same share of counties that pass."""
    names, share = table["name"].tolist(), formats.percent(table["share"].iloc[0])
    if len(names) == 1:
        return f"{names[0]}（{table[MET].iloc[0]}/{table['counties'].iloc[0]}，{share}）"
    return f"{formats.listed(names, 5, '个省份')}（均为{share}）"


def distribution(place: National) -> Prose | None:
    """On which coefficients most counties fail."""
    table = distribution_of(place.now, place.scheme)
    judged = table[table["limit"].notna() & (table["n"] > 0)]
    if judged.empty:
        return None
    worst = judged.assign(share=judged["over"] / judged["n"]).sort_values("share", ascending=False, kind="stable")
    items = [
        (
            f"{STAGES[row.stage]}{label(place, row.indicator)}：",
            f"{formats.whole(row.over)}个县超过上限{formats.plain(row.limit)}，占可计算的{formats.percent(row.share)}；"
            f"中位数{formats.cv(row.median, row.limit)}。",
        )
        for row in worst.head(3).itertuples()
        if row.over
    ]
    if not items:
        return prose(paragraph("可以计算的差异系数均不超过上限。"))
    return prose(paragraph("超过上限的县最多的是："), led(items))


def ranking(place: National) -> Prose | None:
    """How counties are ranked."""
    table = ranking_of(place)
    known = table.dropna(subset=["rank"])
    if known.empty:
        return prose(paragraph("没有一个县有可以计算且设上限的差异系数，不能排序。"))
    lacking = len(table) - len(known)
    return prose(
        paragraph(
            "按“与上限之比最大的一项差异系数”由小到大排序：比值不超过1，说明各项已知的差异系数都不超过上限。",
            f"{lacking}个县没有可以计算的差异系数，不参加排序。" if lacking else "",
        )
    )


def change(place: National) -> Prose | None:
    """How many counties reached the standard since the year before, and how many fell below it."""
    table = change_of(place)
    if table.empty:
        return prose(paragraph(f"没有{place.year - 1}年的数据，不能比较。"))
    up = table[(table["before"] != MET) & (table["now"] == MET)]
    down = table[(table["before"] == MET) & (table["now"] != MET)]
    before, now = ((table[column] == MET).sum() for column in ("before", "now"))
    return prose(
        paragraph(
            f"{formats.whole(len(table))}个县两年都有数据：达到要求的由{formats.whole(before)}个变为{formats.whole(now)}个，"
            f"新达到{len(up)}个{_of_these(up['before'], f'上年{WORDS[UNDETERMINED]}')}，"
            f"不再达到{len(down)}个{_of_these(down['now'], f'本年{WORDS[UNDETERMINED]}')}。"
        ),
        led(
            [
                (f"{word}：", f"{formats.listed([str(name) for name in own['county']], LISTED, '个县')}。")
                for word, own in (("新达到", up), ("不再达到", down))
                if len(own)
            ]
        ),
    )


def _of_these(verdicts: pd.Series, word: str) -> str:
    """How many of some counties could not be judged in the other year: theirs is a change of what is known."""
    number = int((verdicts == UNDETERMINED).sum())
    return f"（其中{number}个{word}）" if number else ""


def data(place: National) -> Prose | None:
    """Which counties are missing and why, and the versions."""
    absent = [f"{name}：{reason.rstrip('。')}。" for name, reason in place.failed[:LISTED]]
    more = len(place.failed) - len(absent)
    return prose(
        heading("没有汇总的县") + bullets(absent) if absent else paragraph("data/raw 中该年度的数据全部可用。"),
        paragraph(f"其余{more}个从略，可用 edukit check 逐个查看。" if more > 0 else ""),
        heading("版本"),
        led(
            [
                ("评估办法：", f"{place.scheme.id}，SHA-256 {place.scheme.digest[:16]}"),
                ("程序版本：", f"edukit {__version__}"),
            ]
        ),
    )

"""Sentences of a city's report (市级汇总), made from an :class:`edukit.city.City`."""

from __future__ import annotations

import math
import re
from html import escape
from typing import Any

import pandas as pd

from edukit import __version__, formats
from edukit.case import Case
from edukit.city import (
    AHEAD,
    BEHIND,
    COMPOSITE,
    DONE,
    DUE,
    PACES,
    UNTOLD,
    City,
    blocks,
    cvs,
    failing_on,
    gap_ledger,
    met_shares,
    overview,
    yearly_share,
)
from edukit.city import targets as targets_of
from edukit.dictionary import STAGES
from edukit.findings import Severity
from edukit.frames import records
from edukit.showing import Prose
from edukit.text.facts import MET, NOT_MET, UNDETERMINED
from edukit.text.markup import STATE_CLASSES, bullets, callout, heading, led, paragraph, prose
from edukit.verdict import Verdict, all_of

NAMED = 8
WORDS = {MET: "达到要求", NOT_MET: "未达到要求", UNDETERMINED: "尚不能判定"}


def cover(city: City) -> Prose | None:
    """Title, scheme, how many counties, and what kind of data they are."""
    table = overview(city)
    counted = (
        f"汇总{len(city.cases)}个县（市、区）、{formats.whole(float(table['n_schools'].sum()))}所学校、"
        f"{formats.whole(float(table['n_units'].sum()))}个学段单位（一贯制学校按学段各算一个）"
    )
    if city.failed:
        counted += f"；另有{len(city.failed)}个县的数据未能汇总"
    noted = [_of_any(case, case.book.notes[0]) for case in city.cases if case.book.notes]
    natures = dict.fromkeys(re.split("[：；。]", note)[0] for note in noted)
    nature = f'<p class="facts"><strong>{escape("；".join(natures))}。</strong></p>' if natures else ""
    return prose(
        f'<header class="cover"><h1>{escape(title(city))}</h1>'
        f'<p class="subtitle">依据《{escape(city.scheme.name)}》（{escape(city.scheme.document)}）</p>'
        f'<p class="facts">{escape(counted)}</p>{nature}</header>'
    )


def title(city: City) -> str:
    """The title of a city's report."""
    policy = city.scheme.short.partition("（")[0]  # what stands in brackets says whose variant it is
    return f"{city.name}{city.year}年义务教育{policy}发展市级汇总报告"


def notes(city: City) -> Prose | None:
    """What the counties' data say about themselves: each sentence once, with the counties that say it."""
    said: dict[str, list[str]] = {}
    for case in city.cases:
        for note in case.book.notes:
            said.setdefault(_of_any(case, note), []).append(case.county)
    lines = [
        note if len(counties) == len(city.cases) else f"{'、'.join(counties)}：{note}"
        for note, counties in said.items()
    ]
    return prose(callout("数据说明", lines, "notice")) if lines else None


def _of_any(case: Case, note: str) -> str:
    """A note without the county's own name, so that what all say in the same words is said once."""
    return note.replace(case.county, "本县")


def conclusion(city: City) -> Prose | None:
    """How many counties pass, by block, who fails on what, and who is missing."""
    whole = [case.now.verdict for case in city.cases]
    verdict = all_of([*whole, *([Verdict.UNDETERMINED] if city.failed else [])])
    passed = whole.count(Verdict.MET)
    total = len(city.cases) + len(city.failed)
    alike: dict[str, list[str]] = {}
    for name, column in blocks(city).items():
        alike.setdefault(_counted(column), []).append(str(name))
    items = [(f"{'、'.join(names)}：", f"{text}。") for text, names in alike.items()]
    items += [(f"{case.county}{WORDS[case.now.verdict.value]}。", _why(city, case.county)) for case in city.cases]
    missing = [slug.partition("-")[2] or slug for slug, _ in city.failed]
    lost = f"{'、'.join(missing)}的数据未能汇总，以下各项不包括；原因见“数据情况”。" if missing else ""
    only = [case.county for case in city.cases if case.now.scope != "all"]
    limited = f"{'、'.join(only)}没有填报资源配置以外各方面的数据，其结论只就资源配置作出。" if only else ""
    word = f"{city.name}{total}个县（市、区）中，{_passing(passed, whole)}"
    return prose(
        f'<div class="verdict {STATE_CLASSES[verdict.value]}"><p class="verdict-word"><strong>'
        f"{escape(word)}</strong></p>{led(items)}</div>",
        paragraph(lost, limited),
    )


def _passing(passed: int, whole: list[Verdict]) -> str:
    parts = [f"{passed}个达到要求"] if passed else ["没有一个达到要求"]
    unknown = whole.count(Verdict.UNDETERMINED)
    missed = whole.count(Verdict.NOT_MET)
    parts += [f"{missed}个未达到"] if missed and passed else []
    parts += [f"{unknown}个尚不能判定"] if unknown else []
    return "、".join(parts)


def _counted(column: pd.Series) -> str:
    parts = []
    for verdict, word in WORDS.items():
        names = [str(name) for name, own in column.items() if own == verdict]
        if len(names) == len(column):
            return f"{len(names)}个县均{word}" if len(names) > 1 else word
        if names:
            parts.append(f"{len(names)}个{word}（{formats.listed(names, NAMED, '个')}）")
    return "，".join(parts) or "没有判定"


def _why(city: City, county: str) -> str:
    """On what a county fails, in one sentence."""
    found = failing_on(city)
    own = found[found["county"] == county]
    schools = own[own["what"] == "school"]
    parts = [
        f"{STAGES[row.stage]}{row.count_}个单位未达标"
        for row in schools.rename(columns={"count": "count_"}).itertuples()
    ]
    over = [f"{STAGES[row.stage]}{_short(city, row.item)}" for row in own[own["what"] == "cv"].itertuples()]
    parts += [f"差异系数超过上限的有{'、'.join(over)}"] if over else []
    names = {case.county: case.now.items.set_index("id")["short"] for case in city.cases}[county]
    items = [str(names[id_]) for id_ in own.loc[own["what"] == "item", "item"]]
    parts += [f"{len(items)}个事项未达到（{formats.listed(items, 4, '项')}）"] if items else []
    return "；".join(parts) + "。" if parts else "没有发现未达到的单位和事项。"


def _short(city: City, id_: str) -> str:
    return "综合差异系数" if id_ == COMPOSITE else city.scheme.indicator(id_).short


def counties(city: City) -> Prose | None:
    """How to read the table of counties."""
    table = overview(city)
    parts = []
    if table["met_share"].notna().any():
        known = table.dropna(subset=["met_share"])
        best, worst = known.loc[known["met_share"].idxmax()], known.loc[known["met_share"].idxmin()]
        whole = known["n_met"].sum() / known["n_units"].sum()
        parts.append(
            f"全市{formats.whole(float(known['n_units'].sum()))}个学段单位中{int(known['n_met'].sum())}个达标"
            f"（{formats.percent(whole)}）。"
        )
        if len(known) > 1 and best["met_share"] > worst["met_share"]:
            parts.append(
                f"达标比例最高的是{best['county']}（{formats.percent(best['met_share'])}），"
                f"最低的是{worst['county']}（{formats.percent(worst['met_share'])}）。"
            )
    else:
        parts.append("该办法没有载入逐校标准，只比较差异系数。")
    return prose(paragraph(*parts))


def coefficients(city: City) -> Prose | None:
    """Which counties exceed which limits, and who comes closest where none does."""
    every = cvs(city)
    judged = every[every["verdict"] != ""]
    over, unknown = judged[judged["verdict"] == NOT_MET], judged[judged["verdict"] == UNDETERMINED]
    items = []
    for county, rows in over.groupby("county", sort=False):
        told = [
            f"{STAGES[row.stage]}{_short(city, row.indicator)}{formats.cv(row.cv, row.limit)}"
            f"（上限{formats.plain(row.limit)}）"
            for row in rows.itertuples()
        ]
        items.append((f"{county}：", f"{'、'.join(told)}。"))
    opening = f"各县共{len(judged)}项有上限的差异系数中，{len(over)}项超过上限。" if len(over) else ""
    if len(judged) and not len(over):
        known = judged.dropna(subset=["cv"])
        opening = f"各县{len(known)}项可以计算的差异系数均不超过上限。"
        if len(known):
            near = known.loc[(known["cv"] / known["limit"]).idxmax()]
            shown = f"{formats.cv(near['cv'], near['limit'])}，上限{formats.plain(near['limit'])}"
            name = f"{near['county']}{STAGES[near['stage']]}{_short(city, near['indicator'])}"
            opening += f"最接近上限的是{name}（{shown}）。"
    lacking = [f"{row.county}{STAGES[row.stage]}{_short(city, row.indicator)}" for row in unknown.itertuples()]
    return prose(
        paragraph(opening),
        led(items),
        paragraph(f"缺数据、无法计算的{len(lacking)}项：{formats.listed(lacking, NAMED, '项')}。" if lacking else ""),
    )


def shares(city: City) -> Prose | None:
    """The share of units at standard, stage by stage."""
    rows = met_shares(city)
    if rows.empty:
        return prose(paragraph("该办法没有载入逐校标准，不作逐校判定。"))
    parts = []
    for stage, own in rows.groupby("stage", sort=False):
        full = [str(name) for name in own.loc[own["met"] == own["units"], "county"]]
        told = f"{STAGES[str(stage)]}{int(own['units'].sum())}个单位中{int(own['met'].sum())}个达标"
        told += f"，全部达标的县：{'、'.join(full)}" if full else "，没有一个县全部达标"
        unknown = int(own["undetermined"].sum())
        parts.append(told + (f"；{unknown}个缺数据，无法判定。" if unknown else "。"))
    return prose(paragraph(*parts))


def shortfalls(city: City) -> Prose | None:
    """What is short in all of the city, indicator by indicator, and how much of it a year must repair."""
    rows = gap_ledger(city)
    if rows.empty:
        judged = met_shares(city)
        return prose(paragraph("各县没有低于标准的指标。" if len(judged) else "该办法没有载入逐校标准，未计算缺口。"))
    items = []
    for indicator in city.scheme.indicators:
        own = rows[(rows["indicator"] == indicator.id) & (rows["units"] > 0)]
        if own.empty:
            continue
        top = own.loc[(own["units"] / own["n_units"]).idxmax()]
        total = formats.amount(float(own["amount"].sum()), indicator.resource_unit)
        items.append(
            (
                f"{indicator.short}：",
                f"{len(own)}个县{int(own['units'].sum())}个单位低于标准，共缺{total}；"
                f"未达标比例最高的是{top['county']}（{top['units']}/{top['n_units']}）。",
            )
        )
    share = yearly_share(city.scheme)
    asked = (
        f"评估办法要求每年修复上年未达标单位的{share:.0%}以上，下表按此列出一年内至少应修复的单位数（不足一个的进位）。"
        if not math.isnan(share)
        else "评估办法没有规定每年修复的比例，下表不列年度任务。"
    )
    unknown = int(rows["unknown"].sum())
    lacking = f"另有{unknown}处缺数据，没有计入缺口，补全后缺口可能增加。" if unknown else ""
    return prose(led(items), paragraph(asked, lacking))


def targets(city: City) -> Prose | None:
    """Who is on the way to the target year, who is not, and what each year must bring."""
    rows = targets_of(city)
    if rows.empty:
        return prose(
            paragraph("该评估办法没有规定各县的目标年份。可在评估办法文件的 targets 中按“县名: {year: 年份}”填写。")
        )
    items = [(f"{row['county']}（{row['target']}年）：", _way(row)) for row in records(rows)]
    without = [name for name in city.counties if name not in set(rows["county"])]
    counted = rows["state"].value_counts()
    told = "、".join(
        f"{counted[state]}个{PACES[state]}" for state in (DONE, AHEAD, BEHIND, DUE, UNTOLD) if state in counted
    )
    return prose(
        paragraph(f"{len(rows)}个县有目标年份：{told}。"),
        led(items),
        paragraph(
            "每年须减少的单位数 = 现在未达标的单位数 ÷ 距目标年份的年数，进位取整；与上年的实际减少数比较。"
            "只比较学校达标的进度；差异系数和其他方面也须在目标年份达到。",
            f"没有目标年份的：{'、'.join(without)}。" if without else "",
        ),
    )


def _way(row: dict[str, Any]) -> str:
    left, failing = int(row["years_left"]), row["failing"]
    time = f"还有{left}年" if left > 0 else "目标年份就是本年" if left == 0 else f"目标年份已过{-left}年"
    level = f"，应通过{str(row['level']).removesuffix('评估')}评估" if row["level"] else ""
    if row["state"] == DONE:
        return f"{time}{level}，已达到要求。"
    if math.isnan(failing):
        return f"{time}{level}，本年{WORDS[row['verdict']]}；没有逐校标准，不能比较进度。"
    unknown = f"，另有{row['unknown']:.0f}个缺数据" if row["unknown"] else ""
    text = f"{time}{level}；现有{failing:.0f}个单位未达标{unknown}"
    text += f"，今后每年至少须减少{row['per_year']:.0f}个" if left > 0 and failing else ""
    if math.isnan(row["failing_before"]):
        text += "；没有上年数据，不能比较进度"
    else:
        text += f"；上年{row['failing_before']:.0f}个，一年来修复{row['repaired']:.0f}个"
        text += f"、由达标变为未达标{row['fallen']:.0f}个" if row["fallen"] else ""
    return f"{text}。{PACES[row['state']]}。"


def data(city: City) -> Prose | None:
    """Which counties are missing and why, what the checks found, options in use, versions."""
    lines = []
    for case in city.cases:
        found = case.now.findings
        counts = {severity: sum(f.severity is severity for f in found) for severity in Severity}
        told = "、".join(f"{severity.label}{count}处" for severity, count in counts.items() if count) or "没有发现问题"
        before = "" if case.before is not None else f"；没有{city.year - 1}年可用的数据，不能比较"
        used = "、".join(option.name for option in case.now.options)
        chosen = f"；启用的选项：{used}" if used else ""
        lines.append((f"{case.county}：", f"{case.book.path.name}，{told}{before}{chosen}。"))
    absent = bullets(f"{slug}：{reason}。" for slug, reason in city.failed)
    return prose(
        heading("没有汇总的县") + absent if city.failed else "",
        heading("已汇总各县的数据核对"),
        led(lines),
        paragraph("逐项问题和所在单元格见各县的报告。"),
        heading("版本"),
        led(
            [
                ("评估办法：", f"{city.scheme.id}，SHA-256 {city.scheme.digest[:16]}"),
                ("数据版本：", f"各县数据合并 SHA-256 {city.digest[:16]}"),
                ("程序版本：", f"edukit {__version__}"),
            ]
        ),
    )

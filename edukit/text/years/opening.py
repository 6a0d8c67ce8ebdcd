"""The first screen of a monitoring review, and which years and rules it rests on."""

from __future__ import annotations

import re
from html import escape

from edukit.dictionary import STAGES
from edukit.formats import listed
from edukit.frames import records
from edukit.monitoring import (
    COMPOSITE,
    CV,
    EARLIEST,
    GIVEN,
    ITEM,
    LASTING,
    NEW,
    REPAIRED,
    SCHOOL,
    SLIPPED,
    THRESHOLD,
    UNVERIFIED,
    Monitoring,
)
from edukit.showing import Prose
from edukit.text.markup import STATE_CLASSES, bullets, callout, led, paragraph, prose
from edukit.text.years.wording import what_of
from edukit.verdict import Verdict

MAIN = (COMPOSITE, CV, SCHOOL, ITEM)
"""Kinds that a conclusion counts; single indicators of a school are told apart."""
NAMED = 6


def cover(watch: Monitoring) -> Prose | None:
    """Title, scheme, and which years are compared."""
    case = watch.case
    title = f"{case.county}{case.year}年{case.scheme.short.partition('（')[0]}监测复查报告"
    years = "、".join(f"{each.year}年" for each in watch.years)
    compared = (
        f"基准年：{watch.base.year}年（{_basis(watch)}）；比较{years}" if watch.compares else f"只有{years}的数据"
    )
    nature = ""
    if case.book.notes:
        nature = f'<p class="facts"><strong>{escape(re.split("[：；。]", case.book.notes[0])[0])}。</strong></p>'
    return prose(
        f'<header class="cover"><h1>{escape(title)}</h1>'
        f'<p class="subtitle">依据《{escape(case.scheme.name)}》（{escape(case.scheme.document)}）</p>'
        f'<p class="facts">{escape(compared)}</p>{nature}</header>'
    )


def _basis(watch: Monitoring) -> str:
    return {GIVEN: "由使用者指定", EARLIEST: "有数据的最早年份"}.get(watch.basis, "基本均衡认定年份")


def conclusion(watch: Monitoring) -> Prose | None:
    """What slipped back, is new, was repaired since the base year; with a single year, what is missing."""
    if not watch.compares:
        return prose(_alone(watch))
    case = watch.case
    main = watch.turns[watch.turns["kind"].isin(MAIN)]
    found = {state: main[main["state"] == state] for state in (SLIPPED, NEW, LASTING, UNVERIFIED, REPAIRED)}
    back, lost = len(found[SLIPPED]), len(found[UNVERIFIED])
    word = f"有{back}项反弹" if back else f"没有发现反弹，另有{lost}项缺数据无法核实" if lost else "没有发现反弹"
    tone = Verdict.NOT_MET if back else Verdict.UNDETERMINED if lost else Verdict.MET
    leads = {
        SLIPPED: f"反弹{back}项。",
        NEW: f"新问题{len(found[NEW])}项。",
        REPAIRED: f"已修复{len(found[REPAIRED])}项。",
        LASTING: f"持续未达标{len(found[LASTING])}项。",
        UNVERIFIED: f"原已达到、现缺数据无法核实{lost}项。",
    }
    blocks = []
    for state, lead in leads.items():
        names = ["".join(what_of(watch, row)).replace(case.county, "") for row in records(found[state])]
        names = [name.removesuffix("学校达标") for name in names]
        if names:
            blocks.append((lead, f"{listed(names, NAMED, '项')}。"))
    cells = watch.in_state(SLIPPED, kind=THRESHOLD)
    if len(cells):
        blocks.append((f"单项指标退到标准以下{len(cells)}处。", "涉及的学校和指标见“反弹”一章。"))
    blocks = blocks or [("没有变坏的。", "达到过的学校、指标和事项没有退到要求以下的，也没有新出现的问题。")]
    return prose(
        f'<div class="verdict {STATE_CLASSES[tone.value]}"><p class="verdict-word">'
        f"<strong>{escape(case.county)}{case.year}年与{watch.base.year}年相比，{escape(word)}</strong></p>{led(blocks)}</div>",
        paragraph(_overall(watch)),
    )


def _alone(watch: Monitoring) -> str:
    case = watch.case
    lines = [
        f"监测复查须有{case.year}年以前至少一年的数据才能比较；现在只有{case.year}年的数据可用。",
        *(f"{year}年的数据不能使用：{reason}" for year, reason in watch.left_out),
        f"处理：把以前年度的工作簿放到 data/raw/{case.book.path.parent.name}/<年度>.xlsx，再生成本报告。",
    ]
    return callout("没有可以比较的年份", lines, "notice") + paragraph(_overall(watch))


def _overall(watch: Monitoring) -> str:
    words = {
        Verdict.MET: "达到要求",
        Verdict.NOT_MET: "未达到要求",
        Verdict.UNDETERMINED: "数据不全，尚不能判定",
    }
    about = "" if watch.case.now.scope == "all" else "（只就资源配置）"
    told = [f"{each.year}年{words[each.verdict]}" for each in watch.years]
    return f"按《{watch.case.scheme.name}》{about}，{'，'.join(told)}；分方面的结果见下表。"


def scope(watch: Monitoring) -> Prose | None:
    """Which years are compared and why, which are not, and by what rules."""
    case = watch.case
    known = watch.recognised == watch.recognised
    recognised = (
        f"“县级”表填写的基本均衡认定年份是{watch.recognised:.0f}年" if known else "“县级”表没有填写基本均衡认定年份"
    )
    why = "，该年没有可用的以前年度数据" if known else ""
    reason = {
        GIVEN: f"基准年{watch.base.year}年由使用者指定（参数 base_year）。",
        EARLIEST: f"{recognised}{why}，以有数据的最早年份{watch.base.year}年为基准年。",
    }.get(watch.basis, f"{recognised}，以该年为基准年。")
    lines = [reason if watch.compares else f"{recognised}；没有更早的数据可作基准。"]
    if watch.unused:
        lines.append(f"基准年以前的{'、'.join(f'{year}年' for year in watch.unused)}有数据，没有参与比较。")
    missing = sorted({*range(watch.base.year, case.year)} - {each.year for each in watch.years})
    gone = [year for year in missing if year not in dict(watch.left_out)]
    if gone:
        lines.append(f"没有数据的年份：{'、'.join(f'{year}年' for year in gone)}。")
    lines += [f"{year}年的数据没有使用：{reason}" for year, reason in watch.left_out]
    lines.append(f"各年的数据都按《{case.scheme.name}》（{case.scheme.id}）重新判定，不是当年公布的结论。")
    stages = "、".join(STAGES[stage] for stage in case.now.stages)
    lines.append(
        f"{stages}分别比较。学校按学校标识码对应各年，没有标识码的按校名对应；改名又没有标识码的学校会被当作两所。"
    )
    lines.append(
        "“反弹”指基准年以来曾经达到、本年未达到；“新出现”指以前没有判定过或无法判定、本年未达到；"
        "“持续未达标”指以前就未达到、从未达到过；“已修复”指以前未达到、本年达到。"
    )
    return prose(bullets(lines))

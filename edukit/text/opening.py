"""The first screen: whose report it is, passed or not, what fails, what next."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import pandas as pd

from edukit import formats
from edukit.assess.blocks import ALL
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.showing import Prose
from edukit.text import facts
from edukit.text.blocks import by_block, parts
from edukit.text.facts import MET, NOT_MET, UNDETERMINED
from edukit.text.markup import STATE_CLASSES, bullets, callout, judged, led, paragraph, prose
from edukit.verdict import Verdict

PAPER = "分析报告"
"""What the titles of the schemes call a report."""


def cover(case: Case, paper: str = "") -> Prose | None:
    """Title, scheme, what was counted, and what kind of data it is made from.

    Args:
        case: the county.
        paper: what the report calls itself, in place of the word for it at the end of the scheme's title; blank leaves
            the title as it is.
    """
    units = case.now.units
    title = case.scheme.title.format(county=case.county, year=case.year)
    title = title.removesuffix(PAPER) + paper if paper else title
    counted = (
        f"计入测算的学校 {units['row'].nunique()} 所，分学段 {len(units)} 个单位（一贯制学校按学段各算一个）；"
        f"在校生 {formats.whole(float(units['pupils'].sum()))} 人"
    )
    return prose(
        f'<header class="cover"><h1>{escape(title)}</h1>'
        f'<p class="subtitle">依据《{escape(case.scheme.name)}》（{escape(case.scheme.document)}）</p>'
        f'<p class="facts">{escape(counted)}</p>{_nature(case)}</header>'
    )


def _nature(case: Case) -> str:
    """The first clause of the data's notes, where the reader cannot miss it; :func:`notes` gives them whole."""
    if not case.book.notes:
        return ""
    clause = re.split("[：；。]", case.book.notes[0])[0]
    return f'<p class="facts"><strong>{escape(clause)}。</strong></p>'


def notes(case: Case) -> Prose | None:
    """What the data say about themselves: source, purpose, limits."""
    return prose(callout("数据说明", case.book.notes, "notice")) if case.book.notes else None


def conclusion(case: Case) -> Prose | None:
    """The verdict, in what it consists (by block, or by part of the resources), and what to do next."""
    verdict, complete = case.now.verdict, case.now.scope == ALL
    word = {
        Verdict.MET: case.scheme.passed_all if complete else case.scheme.passed,
        Verdict.NOT_MET: case.scheme.failed_all if complete else case.scheme.failed,
        Verdict.UNDETERMINED: "数据不全，尚不能判定",
    }[verdict]
    return prose(
        f'<div class="verdict {STATE_CLASSES[verdict.value]}"><p class="verdict-word">'
        f"<strong>{escape(case.county)}{case.year}年{escape(word)}</strong></p>"
        f"{judged(by_block(case) if complete else parts(case))}{_next(case)}</div>",
        paragraph(scope_note(case), _despite_unknowns(case)),
    )


def _next(case: Case) -> str:
    """The shortest way on: what failing schools lack, which differences to narrow, what to put right or find out."""
    now = case.now
    if now.verdict is Verdict.MET:
        steps = [_closest(case)]
    else:
        failing = set(now.schools.loc[now.schools["verdict"] == NOT_MET, "unit"]) if case.scheme.school_rule else set()
        needs = _needs(case, case.gaps[case.gaps["unit"].isin(failing)])
        unequal = [
            f"{STAGES[row['stage']]}{case.scheme.indicator(row['indicator']).short}"
            for row in records(facts.failing_cvs(now))
        ]
        wrong = now.items.loc[now.items["verdict"] == NOT_MET, "short"].tolist() if now.scope == ALL else []
        cells = sum(f.rule == "unknown-value" for f in now.findings)
        steps = [
            f"补齐未达标学校的缺口（{needs}）" if needs else "",
            f"缩小{formats.listed(unequal, 4, '项')}的校际差异" if unequal else "",
            f"整改{formats.listed(wrong, 8, '项')}" if wrong else "",
            f"补填{cells}处缺失数据" if cells else "",
        ]
    told = "；".join(step.removesuffix("。") for step in steps if step)
    return f'<p class="next"><strong>下一步：</strong>{escape(told)}。</p>' if told else ""


def _despite_unknowns(case: Case) -> str:
    """Where numbers or findings are missing: whether filling them could change the verdict."""
    cells = sum(f.rule == "unknown-value" for f in case.now.findings)
    items = int((case.now.items["verdict"] == UNDETERMINED).sum()) if case.now.scope == ALL else 0
    told = [f"{cells}处数据缺失" if cells else "", f"{items}项因缺数据或核查结论无法判定" if items else ""]
    missing = "、".join(part for part in told if part)
    if not missing:
        return ""
    if case.now.verdict is Verdict.NOT_MET:
        return f"另有{missing}，但已有数据足以作出未达到的结论，补全后结论不会改变。"
    where = "，所缺单元格见附录的数据问题清单" if cells else ""
    return (
        f"有{missing}，补全后才能作出结论{where}。" if case.now.verdict is Verdict.UNDETERMINED else f"另有{missing}。"
    )


def scope_note(case: Case) -> str:
    """What the verdict covers and what it does not."""
    rows = case.now.blocks
    if case.now.scope == ALL:
        apart = rows.loc[~rows["counts"], "name"].tolist()
        return f"{'、'.join(apart)}只作监测，不计入结论。" if apart else ""
    about = [case.scheme.resource_block] if rows["name"].iloc[0] == case.scheme.resource_block else []
    about = about or [case.scheme.school_block, case.scheme.resource_block]
    if case.scheme.school_block and "schools" not in case.now.parts:
        about = [case.scheme.resource_block]
    others = [name for name in rows["name"] if name not in about]
    rest = f"；{'、'.join(others)}没有数据可以判定，须另行核查" if others else ""
    return f"本结论只就{'、'.join(about)}作出{rest}。"


def problems(case: Case) -> Prose | None:
    """The problems in the order in which they decide the verdict, each with what would settle it."""
    now, items = case.now, []
    for row in records(facts.failing_cvs(now)):
        indicator = case.scheme.indicator(row["indicator"])
        items.append(
            (
                f"{STAGES[row['stage']]}{indicator.short}校际差异过大。",
                f"差异系数{formats.cv(row['cv'], row['cv_limit'])}，超过上限{formats.plain(row['cv_limit'])}。"
                + facts.why_unequal(now, row["stage"], row["indicator"])
                + facts.what_settles(now, row["stage"], row["indicator"]),
            )
        )
    items += [(f"{indicator.name}不足。", text) for indicator, text in facts.indicator_problems(case)]
    for row in records(now.composite[now.composite["verdict"] == NOT_MET]):
        text = f"八项平均{formats.cv(row['cv'], row['limit'])}，超过上限{formats.plain(row['limit'])}。"
        items.append((f"{STAGES[row['stage']]}综合差异系数过大。", text + _largest_cv(case, row["stage"])))
    for row in records(now.items[now.items["verdict"] == NOT_MET]):
        items.append((f"{row['block']}：{row['short']}未达到要求。", _briefly(row)))
    missing = [f.problem for f in now.findings if f.rule == "unknown-value"]
    if missing:
        items.append(("数据不全。", f"{'；'.join(missing[:5])}{f'等{len(missing)}处' if len(missing) > 5 else ''}。"))
    if not items:
        return prose(paragraph(_all_well(case), _closest(case)))
    return prose(led(items, ordered=True), _way_out(case))


def _briefly(row: dict[str, Any]) -> str:
    """An item's evidence, without the names where there are many: they stand where the items are judged one by one."""
    many = len(row["failing"]) > 2
    return f"{len(row['failing'])}处不符合，见逐项判定。" if many else f"{row['evidence']}。"


def _all_well(case: Case) -> str:
    if case.scheme.school_rule:
        return f"按现有数据，{case.county}各项资源配置指标均符合要求，没有发现问题。"
    shown = "，".join(
        f"{STAGES[row['stage']]}综合差异系数{formats.cv(row['cv'], row['limit'])}，"
        f"不超过上限{formats.plain(row['limit'])}"
        for row in records(case.now.composite)
    )
    return f"按现有数据，没有发现校际差异过大的问题：{shown}；单项差异系数不设上限。"


def _largest_cv(case: Case, stage: str) -> str:
    rows = case.now.balance[case.now.balance["stage"] == stage].sort_values("cv", ascending=False).head(2)
    names = "、".join(
        f"{case.scheme.indicator(row.indicator).short}（{formats.cv(row.cv)}）" for row in rows.itertuples()
    )
    return f"{STAGES[stage]}单项中最大的是{names}。"


def _closest(case: Case) -> str:
    """The coefficient that is nearest to its limit, as a warning where everything passes."""
    rows = case.now.balance[case.now.balance["verdict"] == MET]
    if rows.empty:
        return "".join(_largest_cv(case, stage) for stage in case.now.stages)
    row = rows.assign(near=rows["cv"] / rows["cv_limit"]).sort_values("near").iloc[-1]
    if not row["cv"] > 0:
        return ""
    name = f"{STAGES[row['stage']]}{case.scheme.indicator(row['indicator']).short}"
    shown = f"{formats.cv(row['cv'], row['cv_limit'])}（上限{formats.plain(row['cv_limit'])}）"
    return f"最接近上限的是{name}，差异系数{shown}，应持续关注。"


def _way_out(case: Case) -> str:
    """All shortfalls added up: what it takes for all schools, and how much of it lies at schools that fail."""
    if case.gaps.empty:
        return ""
    failing = set(case.now.schools.loc[case.now.schools["verdict"] != MET, "unit"])
    lines = [f"使所有学校的所有指标都达到标准，{facts.known_only(case)}共需增加：{_needs(case, case.gaps)}。"]
    decisive = case.gaps[case.gaps["unit"].isin(failing)]
    rule, total = case.scheme.school_rule, len(case.scheme.indicators)
    if rule and len(decisive) > 0:
        if len(decisive) < len(case.gaps):
            lines.append(f"其中影响结论的只是未达标学校的缺口：{_needs(case, decisive)}；已达标学校的缺口可以后解决。")
        lines.append(
            f"未达标学校不必{total}项全部达到标准：至少{rule.min_met}项达标、其余不低于标准的{rule.floor_share:.0%}，即为达标。"
        )
    return paragraph("下一步：") + bullets(lines)


def _needs(case: Case, found: pd.DataFrame) -> str:
    totals = facts.school_needs(found).groupby("indicator").sum()
    return "，".join(
        f"{indicator.resource}{formats.amount(totals[indicator.id], indicator.resource_unit)}"
        for indicator in case.scheme.indicators
        if indicator.id in totals
    )

"""The first screen: whose report it is, passed or not, what fails, what next."""

from __future__ import annotations

import re
from html import escape

from edukit import formats
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.schemes import Scheme
from edukit.showing import Prose
from edukit.text import facts
from edukit.text.facts import MET, NOT_MET
from edukit.text.markup import STATE_CLASSES, bullets, callout, led, paragraph, prose
from edukit.verdict import Verdict

BLOCKS = {"schools": "逐校指标", "balance": "校际差异系数", "composite": "综合差异系数"}
OUTCOMES = {"met": "达到要求", "not_met": "未达到要求", "undetermined": "无法判定"}


def cover(case: Case) -> Prose | None:
    """Title, scheme, what was counted, and what kind of data it is made from."""
    units = case.now.units
    title = case.scheme.title.format(county=case.county, year=case.year)
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
    """The verdict by block, and in what it consists."""
    verdict = case.now.verdict
    word = {
        Verdict.MET: case.scheme.passed,
        Verdict.NOT_MET: case.scheme.failed,
        Verdict.UNDETERMINED: "数据不全，尚不能判定",
    }[verdict]
    blocks = [
        (f"{BLOCKS[block]}{OUTCOMES[outcome.value]}。", _block(case, block))
        for block, outcome in case.now.blocks.items()
    ]
    return prose(
        f'<section class="verdict {STATE_CLASSES[verdict.value]}"><p class="verdict-word">'
        f"<strong>{escape(case.county)}{case.year}年{escape(word)}</strong></p>{led(blocks)}</section>",
        paragraph(scope_note(case.scheme), _despite_unknowns(case)),
    )


def _despite_unknowns(case: Case) -> str:
    """Where numbers are missing: whether filling them could change the verdict."""
    missing = sum(f.rule == "unknown-value" for f in case.now.findings)
    if not missing:
        return ""
    if case.now.verdict is Verdict.NOT_MET:
        return f"另有{missing}处数据缺失，但已有数据足以作出未达到的结论，补全后结论不会改变。"
    return f"有{missing}处数据缺失，补全后才能作出结论，所缺单元格见附录三。"


def scope_note(scheme: Scheme) -> str:
    """What the verdict does not cover."""
    if scheme.school_rule:
        return (
            "本结论只就资源配置（逐校指标和校际差异系数）作出；"
            "政府保障程度、教育质量、社会认可度三个方面和一票否决事项须另行核查。"
        )
    return "本结论只就校际间均衡状况（差异系数）作出；学校办学基本标准、政府推进工作和公众满意度须另行核查。"


def _block(case: Case, block: str) -> str:
    now = case.now
    if block == "schools":
        tally = facts.tally(*facts.counts(now.schools), "个单位")
        names = [facts.unit_name(now, unit) for unit in now.schools.loc[now.schools["verdict"] == NOT_MET, "unit"]]
        return f"{tally}" + (f"：{formats.listed(names, 6, '个')}" if names else "") + "。"
    if block == "balance":
        met, missed, unknown = facts.counts(now.balance[now.balance["verdict"] != ""])
        over = [
            f"{STAGES[row['stage']]}{now.scheme.indicator(row['indicator']).short}"
            f"{formats.cv(row['cv'], row['cv_limit'])}（上限{formats.plain(row['cv_limit'])}）"
            for row in facts.failing_cvs(now).to_dict("records")
        ]
        parts = [f"{met}项在上限以内" if met else "", f"{missed}项超过上限" if missed else ""]
        parts += [f"{unknown}项缺数据" if unknown else ""]
        text = f"{met + missed + unknown}项差异系数中，" + "，".join(part for part in parts if part)
        return text + (f"：{formats.listed(over, 4, '项')}" if over else "") + "。"
    rows = now.composite.to_dict("records")
    return "；".join(
        f"{STAGES[row['stage']]}{formats.cv(row['cv'], row['limit'])}（上限{formats.plain(row['limit'])}）"
        for row in rows
    ) + ("。" if rows else "没有可以计算的学段。")


def problems(case: Case) -> Prose | None:
    """The problems in the order in which they decide the verdict, each with what would settle it."""
    now, items = case.now, []
    for indicator in case.scheme.indicators:
        if text := facts.indicator_problem(case, indicator):
            items.append((f"{indicator.name}不足。", text))
    for row in facts.failing_cvs(now).to_dict("records"):
        indicator = case.scheme.indicator(row["indicator"])
        items.append(
            (
                f"{STAGES[row['stage']]}{indicator.short}校际差异过大。",
                f"差异系数{formats.cv(row['cv'], row['cv_limit'])}，超过上限{formats.plain(row['cv_limit'])}。"
                + facts.why_unequal(now, row["stage"], row["indicator"])
                + facts.what_settles(now, row["stage"], row["indicator"]),
            )
        )
    for row in now.composite[now.composite["verdict"] == NOT_MET].to_dict("records"):
        text = f"八项平均{formats.cv(row['cv'], row['limit'])}，超过上限{formats.plain(row['limit'])}。"
        items.append((f"{STAGES[row['stage']]}综合差异系数过大。", text + _largest_cv(case, row["stage"])))
    for row in now.items[now.items["verdict"] == NOT_MET].to_dict("records"):
        items.append((f"{row['short']}超过规定。", f"{row['evidence']}。"))
    missing = [f.problem for f in now.findings if f.rule == "unknown-value"]
    if missing:
        items.append(("数据不全。", f"{'；'.join(missing[:5])}{f'等{len(missing)}处' if len(missing) > 5 else ''}。"))
    if not items:
        subject = "各项资源配置指标" if case.scheme.school_rule else "校际差异系数"
        return prose(paragraph(f"按现有数据，{case.county}{subject}均符合要求，没有发现问题。", _closest(case)))
    return prose(led(items, ordered=True), _way_out(case))


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
    """All shortfalls added up: what it takes to bring every school to every threshold."""
    needs = []
    for indicator in case.scheme.indicators:
        if indicator.threshold and not case.gaps[case.gaps["indicator"] == indicator.id].empty:
            need = formats.amount(float(facts.school_needs(case, indicator).sum()), indicator.resource_unit)
            needs.append(f"{indicator.resource}{need}")
    if not needs:
        return ""
    rule = case.scheme.school_rule
    note = ""
    if rule:
        total = len(case.scheme.indicators)
        note = (
            f"按规定每所学校{total}项中至少{rule.min_met}项达标、其余不低于标准的{rule.floor_share:.0%}即可，"
            "因此可先解决低于底线和未达标项较多的学校。"
        )
    return paragraph("下一步：") + bullets(
        text for text in (f"使所有学校的所有指标都达到标准，共需增加：{'，'.join(needs)}。", note) if text
    )

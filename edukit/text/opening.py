"""The first screen: whose report it is, passed or not, what fails, what next."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import pandas as pd

from edukit import formats
from edukit.assess import Assessment
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.schemes import Scheme
from edukit.showing import Prose
from edukit.text import facts
from edukit.text.facts import MET, NOT_MET, UNDETERMINED
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
            "政府保障程度、教育质量和一票否决事项另行逐项判定，社会认可度须另行调查。"
        )
    return "本结论只就校际间均衡状况（差异系数）作出；学校办学基本标准、政府推进工作和公众满意度须另行核查。"


def _block(case: Case, block: str) -> str:
    now = case.now
    if block == "schools":
        listed = {}
        for verdict, word in ((NOT_MET, "未达标"), (UNDETERMINED, "无法判定")):
            names = [facts.unit_name(now, unit) for unit in now.schools.loc[now.schools["verdict"] == verdict, "unit"]]
            listed[word] = f"{len(names)}个{word}（{formats.listed(names, 6, '个')}）" if names else ""
        met = int((now.schools["verdict"] == MET).sum())
        parts = [f"{met}个达标" if met else "", *listed.values()]
        if met == len(now.schools):
            return f"{met}个学段单位全部达标。"
        return f"{len(now.schools)}个学段单位中" + "、".join(part for part in parts if part) + "。"
    if block == "balance":
        return _balance_block(now)
    rows = now.composite.to_dict("records")
    return "；".join(
        f"{STAGES[row['stage']]}{formats.cv(row['cv'], row['limit'])}（上限{formats.plain(row['limit'])}）"
        for row in rows
    ) + ("。" if rows else "没有可以计算的学段。")


def _balance_block(now: Assessment) -> str:
    judged = now.balance[now.balance["verdict"] != ""]
    met, _, unknown = facts.counts(judged)
    over = [
        f"{STAGES[row['stage']]}{now.scheme.indicator(row['indicator']).short}"
        f"{formats.cv(row['cv'], row['cv_limit'])}，上限{formats.plain(row['cv_limit'])}"
        for row in facts.failing_cvs(now).to_dict("records")
    ]
    lacking = [
        f"{STAGES[row['stage']]}{now.scheme.indicator(row['indicator']).short}"
        for row in judged[judged["verdict"] == UNDETERMINED].to_dict("records")
    ]
    if met == len(judged):
        text = f"{met}项差异系数均不超过上限"
    else:
        parts = [f"{met}项不超过上限" if met else ""]
        parts += [f"{len(over)}项超过上限（{'；'.join(over[:4])}{'等' if len(over) > 4 else ''}）" if over else ""]
        parts += [f"{unknown}项缺数据（{formats.listed(lacking, 4, '项')}）" if unknown else ""]
        text = f"{len(judged)}项差异系数中" + "，".join(part for part in parts if part)
    return text + "。" + _small(now)


def _small(now: Assessment) -> str:
    """What a reader must know before he trusts a coefficient: single units, few units, a stage without data."""
    sizes = {stage: int((now.units["stage"] == stage).sum()) for stage in now.scheme.stages}
    single = [STAGES[stage] for stage, size in sizes.items() if size == 1]
    few = [f"{STAGES[stage]}{size}个" for stage, size in sizes.items() if 1 < size < facts.FEW_UNITS]
    absent = [STAGES[stage] for stage, size in sizes.items() if not size]
    texts = [f"{'、'.join(single)}只有1个单位，差异系数恒为0，不反映差异。" if single else ""]
    texts += [f"单位很少（{'、'.join(few)}），差异系数受单个学校影响大。" if few else ""]
    texts += [f"没有{'、'.join(absent)}数据，该学段未判定。" if absent else ""]
    return "".join(texts)


def problems(case: Case) -> Prose | None:
    """The problems in the order in which they decide the verdict, each with what would settle it."""
    now, items = case.now, []
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
    for indicator in case.scheme.indicators:
        if text := facts.indicator_problem(case, indicator):
            items.append((f"{indicator.name}不足。", text))
    for row in now.composite[now.composite["verdict"] == NOT_MET].to_dict("records"):
        text = f"八项平均{formats.cv(row['cv'], row['limit'])}，超过上限{formats.plain(row['limit'])}。"
        items.append((f"{STAGES[row['stage']]}综合差异系数过大。", text + _largest_cv(case, row["stage"])))
    for row in now.items[now.items["verdict"] == NOT_MET].to_dict("records"):
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
        for row in case.now.composite.to_dict("records")
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
    needs = []
    for indicator in case.scheme.indicators:
        own = facts.school_needs(case, indicator, found)
        if len(own):
            needs.append(f"{indicator.resource}{formats.amount(float(own.sum()), indicator.resource_unit)}")
    return "，".join(needs)

"""The words of the plans of single schools (一校一案): the front page, and the head and the findings of each school."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.groups import all_groups, counts, least_shown
from edukit.school_plan import SchoolPlan, has_floor, totals
from edukit.showing import Prose
from edukit.text.markup import STATE_CLASSES, bullets, callout, paragraph, prose
from edukit.verdict import Verdict

ROOMS_SHEET = "专用教室"
WORDS = {Verdict.MET: "达标", Verdict.NOT_MET: "未达标", Verdict.UNDETERMINED: "数据不全，无法判定"}


def plans_cover(case: Case, made: Sequence[SchoolPlan]) -> Prose | None:
    """Title, scheme, and what the plans ask for together."""
    title = f"{case.county}{case.year}年义务教育学校一校一案"
    if len(made) == 1:
        title = f"{made[0].name}{case.year}年整改方案（一校一案）"
    failing = [plan for plan in made if not plan.problems.empty]
    open_ = [plan for plan in made if plan.problems.empty and plan.open]
    told = [f"{len(made)}所学校"]
    told += [f"{len(failing)}所有低于标准或不符合要求的事项"] if failing else []
    told += [f"{len(open_)}所因数据不全有事项尚未核对"] if open_ else []
    needs = "，".join(f"{resource}{amount}" for resource, amount in totals(case, list(made)).items())
    notes = case.book.notes
    return prose(
        f'<header class="cover"><h1>{escape(title)}</h1>'
        f'<p class="subtitle">依据《{escape(case.scheme.name)}》（{escape(case.scheme.document)}）</p></header>',
        callout("数据说明", notes, "notice") if notes else "",
        paragraph(
            "，".join(told) + "。",
            f"各项指标都达到标准共需增加：{needs}。" if needs else "",
        ),
        paragraph(
            "每校一页。标准值、现状值、缺口、措施和预期值由数据算出；原因、资金、责任单位和责任人、完成时限留空，由学校和主管部门填写。",
        ),
    )


def school_head(case: Case, plan: SchoolPlan) -> Prose | None:
    """Name, facts and verdict of one school; starts a page in print."""
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(said or formats.DASH)}</dd></div>" for name, said in _facts(plan)
    )
    heading = f"{plan.number}　{plan.name}"
    return prose(
        f'<section class="school-head"><h2>{escape(heading)}</h2><dl class="facts">{facts}</dl></section>',
        _verdict(case, plan),
        paragraph(_rooms(case, plan), _groups(case, plan)),
    )


def _verdict(case: Case, plan: SchoolPlan) -> str:
    if plan.verdict is None:
        said = f"没有载入学校标准，下面以{formats.area(case.county)}平均值（按在校生加权）为参照。"
        return f"<p>{escape(said)}</p>"
    rows = case.now.schools.loc[plan.units.index]
    several = len(rows) > 1
    asked = sum(bool(indicator.threshold) for indicator in case.scheme.indicators)
    parts = [
        f"{STAGES[row['stage']] if several else ''}{asked}项指标中{int(row['n_met'])}项达到标准"
        + (f"、{len(row['below_floor'])}项低于底线" if row["below_floor"] and has_floor(case.scheme) else "")
        for row in records(rows)
    ]
    return (
        f'<p class="school-verdict {STATE_CLASSES[plan.verdict.value]}"><strong>{WORDS[plan.verdict]}。</strong>'
        f"{escape('；'.join(parts))}。{escape(_rule(case, plan))}</p>"
    )


def _rule(case: Case, plan: SchoolPlan) -> str:
    """What it takes to pass, for a school that does not."""
    rule = case.scheme.school_rule
    if rule is None or plan.verdict is not Verdict.NOT_MET:
        return ""
    if rule.min_met is None:
        return "各项均达到标准为达标。"
    return f"至少{rule.min_met}项达到标准、其余不低于标准的{rule.floor_share:.0%}（底线），即为达标。"


def school_findings(case: Case, plan: SchoolPlan) -> Prose | None:
    """What cannot be told, or that nothing is wrong."""
    open_ = f"因数据或核查结论不全，尚不能核对：{'、'.join(plan.open)}。" if plan.open else ""
    if not plan.problems.empty:
        return prose(paragraph(open_))
    if plan.verdict is None:
        return prose(
            paragraph(open_, "没有标准，未作达标核对；在“办学标准”表填写本省标准后，本页即列出缺口和整改方案。")
        )
    well = "已有数据的" if plan.open else ""
    return prose(paragraph(f"{well}各项指标和逐校核对的事项均符合要求，没有需要整改的问题。", open_))


def _facts(plan: SchoolPlan) -> Iterator[tuple[str, str]]:
    school = plan.school
    yield "办学类型", _word(school["school_type"])
    yield "举办者", _word(school["sponsor_type"])
    yield "城乡类型", _word(school["urban_type"])
    yield "乡镇街道", _word(school["township"])
    yield "在校生", _by_stage(plan, "pupils", "人", ["senior"] if school["pupils_senior"] > 0 else [])
    yield "教学班", _by_stage(plan, "classes", "个")
    yield "最大班额", _by_stage(plan, "max_class", "人")
    yield "专任教师", _by_stage(plan, "teachers", "人")


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _by_stage(plan: SchoolPlan, what: str, unit: str, more: Sequence[str] = ()) -> str:
    """A number of the school by stage, the stage named only where there are several."""
    names = {**STAGES, "senior": "高中"}
    stages = [*plan.stages, *more]
    told = []
    for stage in stages:
        number = float(plan.school[f"{what}_{stage}"])
        said = "未填报" if math.isnan(number) else f"{formats.whole(number)}{unit}"
        told.append(f"{names[stage]}{said}" if len(stages) > 1 else said)
    return "，".join(told)


def _rooms(case: Case, plan: SchoolPlan) -> str:
    """The special rooms on the list, with their areas."""
    rooms = case.book.frames.get(ROOMS_SHEET, pd.DataFrame())
    own = rooms[rooms["school_name"] == plan.name] if len(rooms) else rooms
    if own.empty:
        return f"音乐、美术等专用教室：“{ROOMS_SHEET}”表没有填报。"
    told = []
    for kind, part in own.groupby("room_kind", sort=False):
        areas = "、".join(formats.amount(float(area), "㎡") for area in part["room_area"] if not pd.isna(area))
        told.append(f"{kind}{len(part)}间" + (f"（{areas}）" if areas else ""))
    return f"专用教室：{'；'.join(told)}。"


def _groups(case: Case, plan: SchoolPlan) -> str:
    """Migrants' children and others of the school, small sensitive numbers withheld."""
    found = counts(case.book.schools)
    own = found[(found["school"] == plan.name) & (found["row"] == plan.row) & found["number"].notna()]
    told = []
    for stage in plan.stages:
        parts = [
            f"{all_groups()[row['group']].name}"
            + (f"{formats.whole(row['number'])}人" if row["published"] else f"不足{least_shown()}人")
            for row in records(own[own["stage"] == stage])
        ]
        lead = f"{STAGES[stage]}" if len(plan.stages) > 1 else ""
        told += [lead + "、".join(parts)] if parts else []
    return f"特殊群体：{'；'.join(told)}。" if told else ""


def left_out(case: Case) -> Prose | None:
    """The schools that have no plan because the scheme does not judge them."""
    out = case.now.excluded.drop_duplicates("row")
    if out.empty:
        return None
    names = [f"{row['school']}（{row['reason']}）" for row in records(out)]
    return prose(paragraph("下列学校不计入本办法的测算，没有一校一案："), bullets(names))

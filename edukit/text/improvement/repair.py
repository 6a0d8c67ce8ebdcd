"""What the plan costs, in which order it is done, what each school does, and what it rests on."""

from __future__ import annotations

import math

from edukit import formats
from edukit.counties import COSTS_FILE
from edukit.frames import records
from edukit.improvement import TARGETS, Improvement
from edukit.plan.levers import rotation_share
from edukit.plan.wording import proof
from edukit.showing import Prose
from edukit.text.improvement.words import what_is_left
from edukit.text.markup import bullets, led, paragraph, prose
from edukit.verdict import Verdict


def costs(made: Improvement) -> Prose | None:
    """What each target costs at least, by kind, and how sure that is."""
    if all(plan.feasible and plan.actions.empty for plan in made.least.values()):
        return prose(paragraph(made.plan.reason))
    items = []
    for target, plan in made.least.items():
        if math.isnan(plan.cost):
            items.append((f"{TARGETS[target]}：", plan.reason))
            continue
        if plan.actions.empty:
            items.append((f"{TARGETS[target]}：", plan.reason))
            continue
        by_kind = plan.actions.groupby("kind")["cost"].sum()
        words = {"hire": "补充教师", "move": "教师交流", "build": "建设校舍场地", "buy": "购置设备"}
        parts = [f"{words[kind]}{formats.amount(float(by_kind[kind]), '元')}" for kind in words if kind in by_kind]
        schools = plan.actions["school"].nunique()
        items.append(
            (
                f"{TARGETS[target]}：",
                f"至少需{formats.amount(plan.cost, '元')}，涉及{schools}所学校{len(plan.actions)}项措施；"
                f"{'，'.join(parts)}。"
                f"{_proof(plan.optimality_gap)}",
            )
        )
    where = f"data/raw/{made.case.book.path.parent.name}/{COSTS_FILE}"
    how = f"单价采用本县 {where} 所填，没有填的用估计值" if made.costs_given else "单价为估计值"
    note = (
        f"{how}，来源见单价表，标“估计”的没有公开依据；按本县实际价格改写 {where} 后重新生成，方案和费用随之改变。"
        "补充教师按一年的人员经费计，以后各年另行列支。"
    )
    return prose(led(items), paragraph(note, _unknown(made)))


def _proof(gap: float) -> str:
    return "" if math.isnan(gap) else f"{proof(gap)}。"


def _unknown(made: Improvement) -> str:
    count = len(made.plan.unknown)
    return f"有{count}处数据缺失，方案按其余数据安排，补齐后费用可能增加。" if count else ""


def roadmap(made: Improvement) -> Prose | None:
    """The order of schools, the yearly targets, and the verdict to expect at the end of each year."""
    plan = made.plan
    if plan.actions.empty:
        reason = plan.reason if not plan.feasible else f"{plan.reason}没有需要分年安排的措施。"
        return prose(paragraph(reason), bullets(what_is_left(made)))
    lead = ""
    if not plan.feasible:
        lead = plan.reason
    order = "按先易后难排序：费用少的学校先做，每所学校的措施在一年内做完；已达标学校为缩小差异所需的措施放在最后一年。"
    items = []
    for row in records(plan.yearly):
        own = plan.actions[plan.actions["year"] == row["year"]]
        names = list(dict.fromkeys(own["school"]))
        schools = f"{len(names)}所学校（{formats.listed(names, 6)}）" if names else "没有措施"
        cvs = f"、{row['cvs_over']}项差异系数超限" if row["cvs_over"] else ""
        units = ""
        if made.case.scheme.school_rule is not None:
            units = f"{row['units']}个学段单位中{row['units_met']}个达标"
        end = "、".join(
            part for part in (units, f"{row['cvs_over']}项差异系数超限" if cvs else "差异系数均不超限") if part
        )
        verdict = Verdict(row["verdict"]).label
        money = formats.amount(float(row["cost"]), "元")
        items.append((f"{row['year']}年：", f"{schools}，投入{money}；年末{end}，预期结论{verdict}。"))
    after = (
        f"全部措施做完后重新测算：{plan.verdict_after.label}。"
        f"路线图按{made.case.year}年在校生测算，学生增减的影响见“今后几年”一章。"
    )
    return prose(paragraph(lead, order), led(items), paragraph(after), bullets(what_is_left(made)))


def actions(made: Improvement) -> Prose | None:
    """How many schools do how much; where the workbook is."""
    plan = made.plan
    if plan.actions.empty:
        return prose(paragraph("没有需要安排的措施，各校不另列清单。" if plan.feasible else _no_plan(made)))
    by_school = plan.actions.groupby("school", sort=False)["cost"].sum().sort_values(ascending=False, kind="stable")
    most = [f"{school}（{formats.amount(float(cost), '元')}）" for school, cost in by_school.head(3).items()]
    return prose(
        paragraph(
            f"{len(by_school)}所学校共{len(plan.actions)}项措施，费用最多的是{'、'.join(most)}。"
            "多学段共用的校舍、场地、设备按全校计。"
        )
    )


def _no_plan(made: Improvement) -> str:
    """That there is no list, and what to do."""
    where = f"data/raw/{made.case.book.path.parent.name}/{COSTS_FILE}"
    own = f"放宽 {where} 中的限制后再算" if made.costs_given else "增加预算后再算"
    return f"没有可行的方案，不列各校的措施；{own}。"


def method(made: Improvement) -> Prose | None:
    """How the plan was reckoned and checked."""
    plan = made.plan
    lines = [
        (
            "怎样求最省：",
            "在各校逐项标准和各项差异系数上限的约束下求费用最小的整数方案；哪一项留在底线以上、不补到标准，由程序按费用选定。",
        ),
        ("怎样复核：", "把方案中的数量加到各校数据上，按同一办法重新测算；复核不通过的方案不会列出。"),
        (
            "分年：",
            "每年至少使规定比例的未达标学校达标；学校按费用由少到多（先易后难）依次安排，每所学校在一年内做完。",
        ),
        (
            "差距由谁造成：",
            "差异系数的平方按学校分解，各校之和等于总数；按城乡分解为各类地区之间和各类地区内部两部分，相加等于总数。",
        ),
        (
            "变化由什么引起：",
            "学生数、资源、学校新开停办三种变化各自的作用，按全部先后次序取平均（沙普利值），三部分相加等于总变化。",
        ),
        (
            "余量：",
            "其他条件不变，使一个达标单位变为不达标的最少学生增加数，或最少教师减少数；教师减少按最不利情形计，即走的教师同时符合各项条件。",
        ),
    ]
    share = formats.percent(rotation_share(made.now, made.costs), 0)
    lines.append(("教师交流：", f"交流人数以符合交流条件教师的{share}为限；交出教师的学校不得因此低于标准。"))
    return prose(led(lines), bullets(plan.notes), bullets(made.projected.notes))

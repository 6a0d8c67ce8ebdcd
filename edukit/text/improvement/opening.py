"""The first screen of an improvement report: where the county stands, what it takes, by when, and what may go wrong."""

from __future__ import annotations

from html import escape

from edukit import formats
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.improvement import TARGETS, Improvement
from edukit.showing import Prose
from edukit.text import facts, opening
from edukit.text.improvement.risks import failing_ahead, thin_units
from edukit.text.markup import STATE_CLASSES, judged, paragraph, prose
from edukit.verdict import Verdict

PAPER = "整改提升方案"
MET, NOT_MET, UNDETERMINED = facts.MET, facts.NOT_MET, facts.UNDETERMINED


def cover(made: Improvement) -> Prose | None:
    """Title, scheme, what was counted, and what the plan aims at."""
    first = opening.cover(made.case, PAPER)
    years = len(made.plan.yearly) if len(made.plan.actions) else 1
    aim = f"整改目标：{TARGETS[made.target]}"
    when = f"；分{years}年完成（{made.case.year + 1}年至{made.case.year + years}年）" if years > 1 else ""
    money = f"；预算{formats.amount(made.budget, '元')}" if made.budget is not None else ""
    line = f'<p class="facts">{escape(aim + when + money)}</p>'
    return None if first is None else Prose(first.html.replace("</header>", f"{line}</header>"))


def summary(made: Improvement) -> Prose | None:
    """What a leader must know: standing, the least money, the year by which, what is fragile, what comes."""
    verdict = made.now.resource_verdict
    word = {
        Verdict.MET: "资源配置指标已达到要求，重点是防止反弹",
        Verdict.NOT_MET: "资源配置指标未达到要求",
        Verdict.UNDETERMINED: "数据不全，资源配置指标尚不能判定",
    }[verdict]
    items = [(verdict.value, "现状：", _standing(made)), *_plan(made), *_fragile(made), *_ahead(made)]
    return prose(
        f'<div class="verdict {STATE_CLASSES[verdict.value]}"><p class="verdict-word">'
        f"<strong>{escape(made.case.county)}{made.case.year}年{escape(word)}</strong></p>{judged(items)}</div>",
        paragraph(_scope(made)),
    )


def _standing(made: Improvement) -> str:
    now, parts = made.now, []
    if made.case.scheme.school_rule is not None:
        parts.append(facts.tally(*facts.counts(now.schools), "个学段单位"))
    over = facts.failing_cvs(now)
    names = [f"{STAGES[r['stage']]}{made.case.scheme.indicator(r['indicator']).short}" for r in records(over)]
    if names:
        parts.append(f"{len(names)}项差异系数超过上限（{formats.listed(names, 4, '项')}）")
    elif now.balance["cv_limit"].notna().any():
        unknown = int((now.balance["verdict"] == UNDETERMINED).sum())
        parts.append(f"{unknown}项差异系数缺数据" if unknown else "差异系数均不超过上限")
    for row in records(now.composite):
        side = {MET: "不超过", NOT_MET: "超过"}.get(row["verdict"])
        shown = formats.cv(row["cv"], row["limit"])
        what = f"{shown}，{side}上限{formats.plain(row['limit'])}" if side else "缺数据，无法判定"
        parts.append(f"{STAGES[row['stage']]}综合差异系数{what}")
    return "；".join(parts) + "。"


def _plan(made: Improvement) -> list[tuple[str, str, str]]:
    plan, year = made.plan, made.case.year
    if plan.actions.empty:
        state = MET if plan.feasible and not len(plan.unknown) else UNDETERMINED if plan.feasible else NOT_MET
        return [(state, "方案：", plan.reason)]
    last = plan.yearly.iloc[-1]
    needed = "；".join(
        f"{TARGETS[target]}至少需{formats.amount(own.cost, '元')}" for target, own in made.least.items() if own.cost > 0
    )
    items = [
        (MET if plan.feasible else NOT_MET, "最省方案：", f"{needed}（{_priced(made)}）。" if needed else plan.reason)
    ]
    spread = "、".join(
        f"{row['year']}年{formats.amount(row['cost'], '元')}" for row in records(plan.yearly) if row["cost"]
    )
    end = Verdict(last["verdict"]).label
    then = f"{spread}；{last['year']}年末预期{end}。"
    if not plan.feasible:
        then = f"{plan.reason}{then}"
    elif plan.verdict_after is Verdict.UNDETERMINED:
        then += f"另有{len(plan.unknown)}处数据补齐后才能作出结论。"
    elif (first := plan.yearly[plan.yearly["verdict"] == MET]).shape[0] and first["year"].iloc[0] > year:
        then = f"{spread}；{first['year'].iloc[0]}年末预期{Verdict.MET.label}。"
    items.append((last["verdict"], "按年安排：", then))
    return items


def _priced(made: Improvement) -> str:
    return "按本县单价" if made.costs_given else "按估计单价"


def _fragile(made: Improvement) -> list[tuple[str, str, str]]:
    told = thin_units(made)
    return [(NOT_MET, "不牢固的：", told)] if told else []


def _ahead(made: Improvement) -> list[tuple[str, str, str]]:
    told = failing_ahead(made)
    return [(NOT_MET, "不整改又会坏的：", told)] if told else []


def _scope(made: Improvement) -> str:
    scheme = made.case.scheme
    own = (scheme.resource_block, scheme.school_block if scheme.school_rule is not None else "")
    found = "、".join(name for name in made.now.blocks["name"] if name not in own)
    rest = f"其他方面（{found}）的整改见自评报告。" if found else ""
    return f"本方案只就资源配置指标（逐校标准和差异系数）作出。{rest}"

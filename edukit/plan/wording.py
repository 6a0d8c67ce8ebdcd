"""The sentences of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edukit import formats
from edukit.assess import Assessment
from edukit.dictionary import STAGES
from edukit.plan.levers import Problem, rotation_share
from edukit.plan.steps import Step, cost
from edukit.verdict import Verdict


def told(made: Problem, steps: Sequence[Step], after: Assessment, enough: bool) -> str:
    """What a plan does and where the county then stands."""
    unknown = int(made.now.cells["value"].isna().sum())
    blank = f"有 {unknown} 项指标缺数据，已按其余数据安排，补齐后才能作出结论。" if unknown else ""
    known = "" if after.resource_verdict is Verdict.MET else "已知各项"
    block = made.now.scheme.resource_block
    if not enough:
        return f"{_within(made, steps, after)}{blank}"
    if not steps:
        return f"{block}：{known or '现状'}已达到要求，不需要增加投入。{blank}"
    goal = "各项指标全部达到标准" if made.full else "达到办法要求"
    return f"{block}：共 {len(steps)} 项措施，需 {formats.amount(cost(steps), '元')}，实施后{known}{goal}。{blank}"


def _within(made: Problem, steps: Sequence[Step], after: Assessment) -> str:
    """What a budget that does not suffice can do."""
    rule, size = made.now.scheme.school_rule, len(after.schools)
    over = int((after.balance["verdict"] == Verdict.NOT_MET.value).sum())
    over += int((after.composite["verdict"] == Verdict.NOT_MET.value).sum())
    still = f"仍有 {over} 项差异系数超过限值，预算足够时才一并解决。" if over else ""
    if rule is None:
        return f"办法对单个学校没有标准，预算不足时不作部分安排；{still}"
    what = Verdict.MET.value, Verdict.NOT_MET.value
    before, met = ((each.schools["verdict"] == what[0]).sum() for each in (made.now, after))
    if not steps and not (after.schools["verdict"] == what[1]).any():
        return f"没有未达标的学段单位，预算不足时不作部分安排；{still}"
    if not steps:
        return f"在预算内不能使更多的学段单位达标（现有 {before} 个，共 {size} 个）。{still}"
    if made.full:
        return f"在预算内按各项全部达标安排，按办法达标的学段单位由 {before} 个变为 {met} 个（共 {size} 个）。{still}"
    return f"在预算内最多可使达标的学段单位由 {before} 个增至 {met} 个（共 {size} 个）。{still}"


def too_little(budget: float, whole: float) -> str:
    """A budget that does not suffice, and by how much."""
    lacking = formats.amount(whole - budget, "元")
    return (
        f"预算{formats.amount(budget, '元')}不足以全部达标：最省的方案需{formats.amount(whole, '元')}，还差{lacking}。"
    )


def suffices(budget: float, spent: float) -> str:
    """A budget that is enough, and what remains of it."""
    return f"预算{formats.amount(budget, '元')}够用，余{formats.amount(budget - spent, '元')}。"


def impossible(made: Problem, given: Mapping[str, int]) -> str:
    """Which limits make a plan impossible, and by how much they must give."""
    if parts := _giving(made, given):
        return f"没有可行的方案：{'；'.join(parts)}。"
    return "没有找到可行的方案：求解器判为无解，但没有查明由哪项限制造成。请核对单价表（costs.yaml）中的限制。"


def not_found(made: Problem, given: Mapping[str, int]) -> str:
    """Neither a plan nor proof that there is none; what would help if limits gave is said where it is known."""
    parts = _giving(made, given)
    more = f"，或放宽限制，这样就有可行的方案：{'；'.join(parts)}" if parts else ""
    return f"在限定时间内没有找到方案，也没有证明不存在。请延长求解时间（--seconds）{more}。"


def _giving(made: Problem, given: Mapping[str, int]) -> list[str]:
    parts = []
    for name, amount in given.items():
        kind, _, which = name.partition(":")
        if kind == "limit":
            indicator = made.now.scheme.indicator(which)
            most = made.costs.limits[which]
            parts.append(
                f"全县新增{indicator.resource}不超过{_full(most, indicator.resource_unit)}的限制，"
                f"要放宽到{_full(most + amount, indicator.resource_unit)}"
            )
        else:
            lever = made.levers[int(which)]
            indicator = made.now.scheme.indicator(lever.indicator)
            at = STAGES.get(lever.stage, "")
            parts.append(f"{lever.school}{at}的{indicator.resource}限定不能增加，而须增加{_full(amount, lever.unit)}")
    return parts


def _full(amount: float, unit: str) -> str:
    """A quantity that somebody will type into a file: nothing of it rounded away."""
    return f"{amount:,.0f}元" if unit == "元" else formats.amount(amount, unit)


def notes(made: Problem, steps: Sequence[Step] = ()) -> tuple[str, ...]:
    """What a reader must know of how it was reckoned."""
    found = [
        "单位成本见 edukit/plan/costs.yaml，标“估计”的没有公开依据；人员按一年的人员经费计。",
        "新聘教师只计入一项指标和专任教师总数：一人可能同时符合几项条件，但在录用前不能算数。",
    ]
    apart = "、".join(made.costs.apart)
    if made.movable is None:
        found.append("“县级”表没有填写“符合交流条件教师数”，没有安排教师交流。")
    elif made.moves:
        share = formats.percent(rotation_share(made.now, made.costs), 0)
        found.append(
            f"教师交流最多 {made.movable} 人（符合交流条件教师的 {share}）；"
            "交出教师的学校，各项教师指标即使同时减少也不低于标准（没有标准的，不低于全县平均）。"
            + (f"{apart}学校不参加。" if apart else "")
        )
    private = {step.lever.school: None for step in steps if _sponsor(made, step) == "民办"}
    if private:
        names = formats.listed(list(private))
        found.append(f"方案含民办学校（{names}）：民办学校的投入由举办者承担，费用不全是财政支出。")
    if made.means and steps:
        found.append(
            "综合差异系数是若干差异系数的平均，没有成熟的精确算法：方案已经复核可行，但不一定最省；"
            "“差距”是已经证明的上限，学校多、时间短时会偏大，延长求解时间（--seconds）可以缩小。"
        )
    return tuple(found)


def _sponsor(made: Problem, step: Step) -> object:
    return made.now.source.at[step.lever.row, "sponsor_type"]


def proof(gap: float) -> str:
    """How near a plan is proven to come to the cheapest.

    >>> proof(0.0), proof(0.00001), proof(0.0034)
    ('已证明没有更省的方案', '更省的方案最多再省不到0.01%', '更省的方案最多再省0.34%')
    """
    if gap == 0:
        return "已证明没有更省的方案"
    return f"更省的方案最多再省{'不到0.01%' if gap < 1e-4 else formats.percent(gap, 2)}"

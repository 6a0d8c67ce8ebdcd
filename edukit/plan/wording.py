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
    if not enough:
        met = int((after.schools["verdict"] == Verdict.MET.value).sum())
        before = int((made.now.schools["verdict"] == Verdict.MET.value).sum())
        return f"在预算内最多可使达标的学段单位由 {before} 个增至 {met} 个（共 {len(after.schools)} 个）。{blank}"
    if not steps:
        return f"{'已知各项' if unknown else '现状'}已达到要求，不需要增加投入。{blank}"
    goal = "各项指标全部达到标准" if made.full else "达到办法要求"
    return f"共 {len(steps)} 项措施，需 {formats.amount(cost(steps), '元')}，实施后{goal}。{blank}"


def too_little(budget: float, whole: float) -> str:
    """A budget that does not suffice, and by how much."""
    lacking = formats.amount(whole - budget, "元")
    return f"预算{formats.amount(budget, '元')}不足以全部达标：至少需{formats.amount(whole, '元')}，还差{lacking}。"


def impossible(made: Problem, given: Mapping[str, int]) -> str:
    """Which limits make a plan impossible, and by how much they must give."""
    parts = []
    for name, amount in given.items():
        kind, _, which = name.partition(":")
        if kind == "limit":
            indicator = made.now.scheme.indicator(which)
            most = made.costs.limits[which]
            parts.append(
                f"全县新增{indicator.resource}不超过{formats.amount(most, indicator.resource_unit)}的限制，"
                f"至少要放宽到{formats.amount(most + amount, indicator.resource_unit)}"
            )
        else:
            lever = made.levers[int(which)]
            indicator = made.now.scheme.indicator(lever.indicator)
            at = STAGES.get(lever.stage, "")
            quantity = formats.amount(amount, lever.unit)
            parts.append(f"{lever.school}{at}的{indicator.resource}限定不能增加，而至少须增加{quantity}")
    return f"没有可行的方案：{'；'.join(parts) or '各项限制互相矛盾'}。"


def notes(made: Problem) -> tuple[str, ...]:
    """What a reader must know of how it was reckoned."""
    found = [
        "单位成本见 edukit/plan/costs.yaml，标“估计”的没有公开依据；人员按一年的人员经费计。",
        "新聘教师只计入一项指标和专任教师总数：一人可能同时符合几项条件，但在录用前不能算数。",
    ]
    if made.movable is None:
        found.append("“县级”表没有填写“符合交流条件教师数”，没有安排教师交流。")
    elif made.moves:
        share = formats.percent(rotation_share(made.now, made.costs), 0)
        found.append(
            f"教师交流最多 {made.movable} 人（符合交流条件教师的 {share}）；"
            "交出教师的学校，各项教师指标即使同时减少也不低于标准（没有标准的，不低于全县平均）。"
        )
    if made.means:
        found.append(
            "综合差异系数是若干差异系数的平均，没有成熟的精确算法：方案已经复核可行，但不一定最省，“差距”只说明尚未证明更省的方案不存在。"
        )
    return tuple(found)

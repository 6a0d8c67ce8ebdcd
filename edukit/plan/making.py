"""The plan of a county: solved, put into years, applied, and judged again by ``assess``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from edukit import changes
from edukit.assess import Assessment, assess
from edukit.changes import Change
from edukit.errors import CallError, EdukitError
from edukit.exact import fraction
from edukit.plan import roadmap, solving, wording
from edukit.plan.costs import Costs, load_costs
from edukit.plan.levers import Problem, problem
from edukit.plan.model import ACTIONS, UNKNOWN, UNMET, VERDICTS, YEARLY, Plan
from edukit.plan.steps import Step, cost
from edukit.verdict import Verdict

SECONDS = 20.0
"""How long a search may take; it ends sooner where the best is proven."""


def plan(
    now: Assessment,
    costs: Costs | None = None,
    *,
    full: bool = False,
    budget: float | None = None,
    years: int = 1,
    urgency: float = 0.0,
    seconds: float = SECONDS,
    gap: float = 0.0,
) -> Plan:
    """The cheapest repair of a county.

    Args:
        now: the county as it is.
        costs: unit costs; the defaults where None.
        full: whether each unit must reach every threshold; otherwise as many as the scheme asks for, the rest at the
            floor.
        budget: 元; where it does not suffice, most units are brought to standard with it and balance is left aside.
        years: over how many years.
        urgency: weight from 0 (先易后难: cheap schools first) to 1 (先急后缓: those furthest from a standard first).
        seconds: how long the search may take.
        gap: relative gap at which it may end before that; 0 for the very cheapest.

    Raises:
        CallError: a number out of range, or no unit cost for an indicator.
        EdukitError: the plan did not stand the check by ``assess``.
    """
    _check(budget, years, urgency, seconds)
    costs = costs or load_costs(now.scheme)
    made = problem(now, costs, full=full)
    found = solving.cheapest(made, seconds, gap)
    if found.steps is None:
        given = solving.must_give(made, seconds)
        say = wording.impossible if found.bound == math.inf else wording.not_found
        return _without(made, say(made, given), _given_rows(made, given))
    whole = cost(found.steps)
    if budget is None or whole <= budget:
        reason = "" if budget is None else wording.suffices(budget, whole)
        return _finished(made, found.steps, years, urgency, found.gap, True, reason, [])
    urgent = roadmap.urgency(made)
    weights = {unit: 1 - urgency + urgency * value for unit, value in urgent.items()}
    best = solving.within_budget(made, budget, weights, seconds, gap)
    if best.steps is not None and solving.keeps_all(made, best.steps):  # cheaper than what the search had found
        spent = cost(best.steps)
        above = max(0.0, 1 - found.bound / spent) if spent else 0.0
        return _finished(made, best.steps, years, urgency, above, True, wording.suffices(budget, spent), [])
    unmet = [{"what": "budget", "amount": whole - budget, "unit": "元"}]
    reason = wording.too_little(budget, whole)
    return _finished(made, best.steps or (), years, urgency, best.gap, False, reason, unmet)


def _check(budget: float | None, years: int, urgency: float, seconds: float) -> None:
    if budget is not None and not budget >= 0:
        raise CallError(f"预算应不小于 0，实为 {budget:g}。")
    if not 1 <= years <= 30:
        raise CallError(f"年数应在 1 至 30 之间，实为 {years}。")
    if not 0 <= urgency <= 1:
        raise CallError(f"“先急后缓”的权重应在 0 与 1 之间，实为 {urgency:g}。")
    if not seconds > 0:
        raise CallError(f"求解时间应大于 0 秒，实为 {seconds:g}。")


def _finished(
    made: Problem,
    steps: Sequence[Step],
    years: int,
    urgency: float,
    gap: float,
    enough: bool,
    reason: str,
    unmet: list[dict[str, Any]],
) -> Plan:
    now = made.now
    parts, targets = roadmap.by_year(made, steps, years, urgency)
    doings = tuple(tuple(_change(made, step) for step in part) for part in parts)
    stages: list[Assessment] = []
    schools = now.source
    for own in doings:
        schools = changes.apply(schools, own)
        stages.append(_judged(now, schools) if own else (stages[-1] if stages else _judged(now, schools)))
    after = stages[-1]
    if enough and after.resource_verdict is Verdict.NOT_MET:
        raise EdukitError("方案没有通过复核：按方案增加资源后重新测算仍未达标。请把数据文件交给维护者。")
    if not enough:
        unmet += _left_over(after)
    yearly = _yearly(made, parts, targets, stages)
    return Plan(
        feasible=enough,
        cost=cost(steps),
        optimality_gap=gap,
        reason=reason + wording.told(made, steps, after, enough),
        verdict_after=after.resource_verdict,
        actions=_actions(made, parts),
        yearly=yearly,
        verdicts=_verdicts(now, stages),
        unmet=pd.DataFrame(unmet, columns=UNMET),
        unknown=_unknown(now),
        notes=wording.notes(made, steps),
        before=now,
        after=after,
        changes=doings,
    )


def _without(made: Problem, reason: str, unmet: list[dict[str, Any]]) -> Plan:
    """No plan: nothing changes, and the reason says why."""
    now = made.now
    return Plan(
        feasible=False,
        cost=math.nan,
        optimality_gap=math.nan,
        reason=reason,
        verdict_after=now.resource_verdict,
        actions=pd.DataFrame(columns=ACTIONS),
        yearly=pd.DataFrame(columns=YEARLY),
        verdicts=_verdicts(now, []),
        unmet=pd.DataFrame(unmet, columns=UNMET),
        unknown=_unknown(now),
        notes=wording.notes(made),
        before=now,
        after=now,
        changes=(),
    )


def _judged(now: Assessment, schools: pd.DataFrame) -> Assessment:
    return assess(schools, now.scheme, code=now.code, county=now.county, year=now.year)


def _name(made: Problem, row: Any) -> str:
    """How a change names a school: by its code where it has one of its own, else by its name."""
    code = made.now.source.at[row, "school_code"]
    codes = made.now.source["school_code"]
    return str(code) if isinstance(code, str) and code and (codes == code).sum() == 1 else str(
        made.now.source.at[row, "school_name"]
    )  # fmt: skip


def _change(made: Problem, step: Step) -> Change:
    lever = step.lever
    giver = _name(made, step.giver.lever.row) if step.giver else ""
    amount = float(lever.scale * step.quantity)
    assert fraction(amount) == lever.scale * step.quantity, "a quantity that no decimal can write"
    return Change("move" if giver else lever.kind, _name(made, lever.row), lever.field, amount, giver)


def _actions(made: Problem, parts: Sequence[Sequence[Step]]) -> pd.DataFrame:
    units = made.now.units
    rows = []
    for k, part in enumerate(parts, start=1):
        for step in part:
            lever = step.lever
            own = units.loc[units["row"] == lever.row, "stage"].unique()
            rows.append(
                {
                    "school": lever.school,
                    "stage": lever.stage or (own[0] if len(own) == 1 else ""),
                    "indicator": lever.indicator,
                    "kind": "move" if step.giver else lever.kind,
                    "from_school": step.giver.lever.school if step.giver else "",
                    "quantity": step.quantity,
                    "unit": lever.unit,
                    "cost": step.cost * step.quantity,
                    "year": made.now.year + k,
                    "order": (k, list(units["row"]).index(lever.row), made.now.scheme.ids.index(lever.indicator)),
                }
            )
    rows.sort(key=lambda row: (row["order"], row["stage"], row["kind"], row["from_school"]))
    return pd.DataFrame(rows, columns=ACTIONS)


def _yearly(
    made: Problem, parts: Sequence[Sequence[Step]], targets: Sequence[int], stages: Sequence[Assessment]
) -> pd.DataFrame:
    bad = Verdict.NOT_MET.value
    failing = _failing(made, made.now)
    rows = []
    for k, (part, target, stage) in enumerate(zip(parts, targets, stages, strict=True), start=1):
        rows.append(
            {
                "year": made.now.year + k,
                "target": target,
                "repaired": len(failing - _failing(made, stage)),
                "units_met": int((stage.schools["verdict"] == Verdict.MET.value).sum()),
                "units": len(stage.schools),
                "failing_schools": len(failing),
                "cvs_over": int((stage.balance["verdict"] == bad).sum() + (stage.composite["verdict"] == bad).sum()),
                "cost": cost(part),
                "verdict": stage.resource_verdict.value,
            }
        )
    return pd.DataFrame(rows, columns=YEARLY)


def _failing(made: Problem, stage: Assessment) -> set[Any]:
    """Row labels of the schools with a unit that fails what the plan asks for."""
    bad = set(stage.schools.loc[stage.schools["verdict"] == Verdict.NOT_MET.value, "unit"])
    if made.full:
        bad |= set(stage.cells.loc[stage.cells["verdict"] == Verdict.NOT_MET.value, "unit"])
    return set(stage.units.loc[sorted(bad), "row"])


def _verdicts(now: Assessment, stages: Sequence[Assessment]) -> pd.DataFrame:
    frame = now.schools[["school", "stage"]].assign(before=now.schools["verdict"])
    frame["after"] = stages[-1].schools["verdict"].to_numpy() if stages else frame["before"]
    year = pd.Series(pd.NA, index=frame.index, dtype="Int64")
    for k in range(len(stages), 0, -1):
        year = year.mask((stages[k - 1].schools["verdict"] == Verdict.MET.value).to_numpy(), now.year + k)
    frame["year"] = year.mask((frame["before"] == Verdict.MET.value).to_numpy(), now.year)
    return frame[VERDICTS]


def _left_over(after: Assessment) -> list[dict[str, Any]]:
    bad = Verdict.NOT_MET.value
    units = after.schools[after.schools["verdict"] == bad].to_dict("records")
    cvs = after.balance[after.balance["verdict"] == bad].to_dict("records")
    return [
        *({"what": "unit", "school": row["school"], "stage": row["stage"]} for row in units),
        *(
            {"what": "cv", "stage": r["stage"], "indicator": r["indicator"], "amount": r["cv"] - r["cv_limit"]}
            for r in cvs
        ),
    ]


def _given_rows(made: Problem, given: dict[str, int]) -> list[dict[str, Any]]:
    rows = []
    for name, amount in given.items():
        kind, _, which = name.partition(":")
        if kind == "limit":
            unit = made.now.scheme.indicator(which).resource_unit
            rows.append({"what": "limit", "indicator": which, "amount": amount, "unit": unit})
        else:
            lever = made.levers[int(which)]
            at = {"school": lever.school, "stage": lever.stage, "indicator": lever.indicator}
            rows.append({"what": "closed", **at, "amount": amount, "unit": lever.unit})
    return rows


def _unknown(now: Assessment) -> pd.DataFrame:
    rows = [
        {"school": f.school, "where": f.where, "field": f.field, "message": f.message}
        for f in now.findings
        if f.rule == "unknown-value"
    ]
    return pd.DataFrame(rows, columns=UNKNOWN)

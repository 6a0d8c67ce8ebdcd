"""What a plan is once it is made and checked."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from edukit import formats
from edukit.assess import Assessment
from edukit.cards import card
from edukit.changes import Change
from edukit.verdict import Verdict

ACTIONS = "school stage indicator kind from_school quantity unit cost year".split()
YEARLY = "year target repaired units_met units failing_schools cvs_over cost verdict".split()
VERDICTS = "school stage before after year".split()
UNMET = "what school stage indicator amount unit".split()
UNKNOWN = "school where field message".split()


@dataclass(frozen=True)
class Plan:
    """The cheapest repair of a county.

    Attributes:
        feasible: whether the actions bring all that is known to standard.
        cost: 元; NaN where there is no plan.
        optimality_gap: (cost - lower bound) ÷ cost: a cheaper plan could save this part at most. With a budget that
            does not suffice: the part of units (by weight) that might be missed. For the mean of CVs (basic-2012) the
            bound is weak, since the rule is not convex: a large gap says that nothing better is proven, no more.
        reason: one Chinese sentence or more: what the plan does, or what makes it impossible and by how much that must
            give.
        verdict_after: of the indicators, by :func:`edukit.assess.assess` on the repaired schools.
        actions: one row per thing to do: school, stage ("" for what all stages share), indicator, kind (hire, build,
            buy, move), from_school (move), quantity (whole, in unit), unit, cost (元), year.
        yearly: one row per year: year, target (failing schools that shall be repaired by its end), repaired (schools
            that are), units_met (by the scheme), units, failing_schools (before the plan; for the target ``full`` those
            below any threshold), cvs_over (CVs above their limit), cost (元 of the year), verdict (at its end).
        verdicts: one row per unit: school, stage, before, after, year (in which it first meets the standard; NA).
        unmet: what stands in the way: what (limit, closed, budget, unit, cv), school, stage, indicator, amount, unit.
        unknown: cells that must be filled before all can be told: school, where, field, message.
        notes: assumptions, for the reader.
        before, after: the assessments.
        changes: for each year what is done, to be given to :func:`edukit.changes.apply`.
    """

    feasible: bool
    cost: float
    optimality_gap: float
    reason: str
    verdict_after: Verdict
    actions: pd.DataFrame
    yearly: pd.DataFrame
    verdicts: pd.DataFrame
    unmet: pd.DataFrame
    unknown: pd.DataFrame
    notes: tuple[str, ...]
    before: Assessment
    after: Assessment
    changes: tuple[tuple[Change, ...], ...]

    def __repr__(self) -> str:
        return f"<Plan {'feasible' if self.feasible else 'not feasible'}, {len(self.actions)} actions>"

    def _repr_html_(self) -> str:
        """Whether it can be done, for how much, in how many steps, and what is said afterwards."""
        facts = [
            ("能否达到", "能" if self.feasible else "不能"),
            ("费用", formats.amount(self.cost, "元")),
            ("措施", f"{len(self.actions)} 项，涉及 {self.actions['school'].nunique()} 所学校"),
            ("年数", self.yearly["year"].nunique()),
            ("资源配置结论", f"{self.before.resource_verdict.label} → {self.verdict_after.label}"),
            ("说明", self.reason),
        ]
        note = "明细：.actions 措施，.yearly 分年，.verdicts 逐校结论，.unmet 障碍，.unknown 缺数据的单元格。"
        return card(f"{self.before.county or '本县'}补短板方案", facts, note)

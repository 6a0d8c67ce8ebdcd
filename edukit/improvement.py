"""A county that is to be improved: where it stands, why, what repairs it for how much, and what may still go wrong.

Everything that the improvement report speaks of is computed here once; how it is computed, the modules below know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import pandas as pd

from edukit import counties, formats, fragility, inequality, influence, movement
from edukit.assess import Assessment
from edukit.cards import card
from edukit.case import Case, open_case, open_years
from edukit.convergence import convergence
from edukit.errors import CallError
from edukit.monitoring import Monitoring, monitored
from edukit.outlook import outlook
from edukit.plan import Costs, Plan, load_costs, plan
from edukit.projection import Projection, projection

TARGETS: Final = {"pass": "达到办法要求", "full": "各项指标全部达到标准"}
"""What a plan may aim at."""
SECONDS: Final = 60.0
"""How long one search for a plan may take; a report makes three at most."""
SMALL, CLOSE = 20, 0.002
"""Up to so many units the very cheapest plan is searched for; above, one within this share of it is near enough: the
search then ends by that and not by the time, and the same data give the same plan on every machine."""
AHEAD: Final = 5
"""Years for which enrolment is projected."""
NEAR: Final = 0.05
"""A margin below this share of the pupils or teachers that there are now is called thin."""
TEN_THOUSAND: Final = 10_000


@dataclass(frozen=True)
class Improvement:
    """What an improvement report is about.

    Attributes:
        watch: the year that is judged, and the years from the base year on.
        years: all years up to it whose data can be used, earliest first.
        target: ``pass`` or ``full``.
        budget: 元; None for no limit.
        costs: unit costs and limits.
        costs_given: whether the county has a file of its own for them.
        plan: the plan for the target, the years and the budget.
        least: target -> the cheapest plan without a budget; ``full`` only where the scheme has thresholds.
    """

    watch: Monitoring
    years: tuple[Assessment, ...]
    target: str
    budget: float | None
    costs: Costs
    costs_given: bool
    plan: Plan
    least: Mapping[str, Plan]

    def __repr__(self) -> str:
        return f"<Improvement of {self.case.county}, {self.case.year}: {self.plan!r}>"

    def _repr_html_(self) -> str:
        """What the plan aims at and what it comes to."""
        facts = [
            ("目标", TARGETS[self.target]),
            ("预算", "不限" if self.budget is None else formats.amount(self.budget, "元")),
            *((f"{TARGETS[target]}至少需", formats.amount(own.cost, "元")) for target, own in self.least.items()),
            ("单价", "本县 costs.yaml" if self.costs_given else "估计值"),
            ("资源配置结论", f"{self.now.resource_verdict.label} → {self.plan.verdict_after.label}"),
            ("说明", self.plan.reason),
        ]
        note = "明细：.plan 方案，.influence、.split、.movement 原因，.units_near、.cvs_near 余量，.ahead 今后几年。"
        return card(f"{self.case.county}{self.case.year}年整改提升方案", facts, note)

    @property
    def case(self) -> Case:
        """The county in the year that is judged."""
        return self.watch.case

    @property
    def now(self) -> Assessment:
        """Its assessment."""
        return self.case.now

    @cached_property
    def influence(self) -> pd.DataFrame:
        """What each school does to each coefficient, see :func:`edukit.influence.influence`."""
        return influence.influence(self.now)

    @cached_property
    def split(self) -> pd.DataFrame:
        """CV² of each indicator between and within urban, town and rural schools: rows of ``inequality.splits``."""
        found = inequality.splits(self.now, "urban_type")
        return found[found["measure"] == "cv2"].reset_index(drop=True)

    @cached_property
    def movement(self) -> pd.DataFrame | None:
        """What moved each coefficient since the year before; None where there are no data of it."""
        return None if self.case.before is None else movement.movement(self.case.before, self.now)

    @cached_property
    def units_near(self) -> pd.DataFrame:
        """How near each passing unit is to failing, see :func:`edukit.fragility.unit_fragility`."""
        return fragility.unit_fragility(self.now)

    @cached_property
    def cvs_near(self) -> pd.DataFrame:
        """How near each coefficient is to its limit, see :func:`edukit.fragility.cv_fragility`."""
        return fragility.cv_fragility(self.now)

    @cached_property
    def projected(self) -> Projection:
        """Enrolment of the next :data:`AHEAD` years."""
        return projection(self.years, self.case.year + AHEAD)

    @cached_property
    def ahead(self) -> pd.DataFrame:
        """What fails first if nothing is done, see :func:`edukit.outlook.outlook`."""
        return outlook(self.now, self.projected)

    @cached_property
    def convergence(self) -> pd.DataFrame | None:
        """Whether schools became more alike since the base year; None with a single year."""
        return convergence(self.watch.years) if self.watch.compares else None


def open_improvement(
    county: str,
    year: int,
    scheme: str,
    target: str = "pass",
    years: int = 3,
    budget: float = 0,
    root: Path | None = None,
) -> Improvement:
    """Open a county with the cheapest plan that repairs it: the first line of an improvement notebook.

    >>> plan = open_improvement("210903", 2020, "quality-2017")
    >>> plan.plan.cost, len(plan.plan.actions), plan.plan.verdict_after.value
    (1775000.0, 13, 'met')

    Args:
        county: code, name or ``<code>-<name>``.
        year: the year to judge; all years before it that data/raw has are looked at too.
        scheme: id of a scheme, or path of a scheme file.
        target: ``pass``: what the scheme asks for; ``full``: every indicator of every school at its threshold.
        years: over how many years, 1 to 30.
        budget: 万元; 0 for no limit.
        root: project folder; found as :func:`edukit.counties.home` does where None.

    Raises:
        CallError: county, year or scheme do not exist, a number is out of range, or costs.yaml is not what it should
            be.
        DataError: the data of the year hold errors.
    """
    check_call(target, years, budget)
    case = open_case(county, year, scheme, root)
    earlier, left_out = open_years(county, scheme, int(year) - 1, root)
    own = counties.costs_beside(counties.find_county(county, root).folder)
    costs = load_costs(case.scheme, own)
    return improved(
        monitored(case, earlier, left_out),
        (*earlier, case.now),
        costs,
        target=target,
        years=years,
        budget=budget * TEN_THOUSAND if budget else None,
        costs_given=own is not None,
    )


def improved(
    watch: Monitoring,
    all_years: tuple[Assessment, ...],
    costs: Costs,
    *,
    target: str = "pass",
    years: int = 3,
    budget: float | None = None,
    costs_given: bool = False,
) -> Improvement:
    """The same from what is open already; ``budget`` in 元, None for no limit."""
    now = watch.case.now
    gap = 0.0 if len(now.units) <= SMALL else CLOSE
    judged = any(indicator.threshold for indicator in now.scheme.indicators)
    least = {
        each: plan(now, costs, full=each == "full", years=years, seconds=SECONDS, gap=gap)
        for each in TARGETS
        if judged or each == "pass"
    }
    aim = target if target in least else "pass"
    made = least[aim]
    if budget is not None and not made.cost <= budget:
        made = plan(now, costs, full=aim == "full", budget=budget, years=years, seconds=SECONDS, gap=gap)
    return Improvement(watch, all_years, aim, budget, costs, costs_given, made, least)


def check_call(target: str, years: int, budget: float) -> None:
    """Refuse what no plan can be made for, before data are read.

    Raises:
        CallError: which parameter, what it should be, what it is.
    """
    if target not in TARGETS:
        raise CallError(
            f"target 应为 {'、'.join(f'{name}（{word}）' for name, word in TARGETS.items())}，实为“{target}”。"
        )
    if not 1 <= years <= 30:
        raise CallError(f"years（分几年完成）应在 1 至 30 之间，实为 {years}。")
    if not budget >= 0:
        raise CallError(f"budget（预算，万元）应不小于 0，0 为不限，实为 {budget:g}。")


def margins(made: Improvement) -> pd.DataFrame:
    """How far each unit that passes is from failing, thinnest margin first.

    Returns:
        One row per passing unit: unit, stage, pupils, more_pupils (of its stage; smallest number that breaks the
        verdict, inf where none does), pupils_share (of its pupils), broken (indicators it then fails on), teachers,
        gone (smallest number of teachers leaving that breaks it), gone_share, broken_gone, thin (the smaller share).
        NaN where the school's number of teachers is unknown.
    """
    found = made.units_near
    own = found[found["cause"] == "pupils_" + found["stage"]].set_index("unit")
    staff = found[found["cause"] == "teachers"].set_index("unit").reindex(own.index)
    rows = pd.DataFrame(
        {
            "stage": own["stage"],
            "pupils": own["have"],
            "more_pupils": own["amount"],
            "pupils_share": own["amount"] / own["have"],
            "broken": own["broken"],
            "teachers": staff["have"],
            "gone": staff["amount"],
            "gone_share": staff["amount"] / staff["have"],
            "broken_gone": staff["broken"],
        },
        index=own.index,
    )
    rows["thin"] = rows[["pupils_share", "gone_share"]].min(axis=1)
    return rows.sort_values("thin", kind="stable").reset_index(names="unit")

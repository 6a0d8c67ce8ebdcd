"""How a county stands after some quantities, decided exactly: the judge of what the solver proposes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from edukit.assess.resources import composite_verdict
from edukit.dispersion import coefficient, exact_square
from edukit.exact import close, fraction
from edukit.plan.levers import Cell, Group, Mean, Problem
from edukit.verdict import Verdict


class Standing:
    """Resource totals of all units, as fractions, with the rules of the problem on top.

    Args:
        problem: the county's problem.
        asked: positions of the units that must meet the thresholds; all where None.
        balanced: whether the CVs count.
    """

    def __init__(self, problem: Problem, asked: Iterable[int] | None = None, balanced: bool = True) -> None:
        self.problem = problem
        self.have = [list(row) for row in problem.have]
        self.asked = frozenset(range(len(self.have)) if asked is None else asked)
        self.groups = problem.groups if balanced else ()
        self.means = problem.means if balanced else ()
        self._of_unit: dict[Cell, list[Group | Mean]] = {}
        for group in self.groups:
            for u in group.units:
                self._of_unit.setdefault((u, group.indicator), []).append(group)
        for mean in self.means:
            for group in mean.groups:
                for u in group.units:
                    self._of_unit.setdefault((u, group.indicator), []).append(mean)
        self.x = np.array([[np.nan if x is None else float(x) for x in row] for row in self.have])

    def add(self, effects: Mapping[Cell, Fraction], quantity: int) -> None:
        """Add so many units of a lever."""
        for (u, i), effect in effects.items():
            have = self.have[u][i]
            assert have is not None
            total = have + effect * quantity
            self.have[u][i] = total
            self.x[u, i] = float(total)

    def unit_meets(self, unit: int) -> bool:
        """Whether a unit misses no more thresholds than it may, and none by more than the floor allows."""
        missed = 0
        problem = self.problem
        for have, threshold, floor in zip(self.have[unit], problem.threshold[unit], problem.floor[unit], strict=True):
            if have is None or threshold is None or have >= threshold:
                continue
            missed += 1
            if missed > problem.spare[unit] or (floor is not None and have < floor):
                return False
        return True

    def cv(self, group: Group) -> float:
        """The CV of a group."""
        units = list(group.units)
        return coefficient(self.x[units, group.indicator], self.problem.pupils[units])

    def slopes(self, group: Group) -> NDArray[np.float64]:
        """By how much a unit's next resource unit changes the CV."""
        units = list(group.units)
        x, n = self.x[units, group.indicator], self.problem.pupils[units]
        mean = x.sum() / n.sum()
        deviation = x / n - mean
        sd = math.sqrt((n * deviation**2).sum() / n.sum())
        if sd == 0:  # as even as can be, or nobody has anything
            return np.zeros(len(units))
        slopes: NDArray[np.float64] = (deviation * mean / sd - sd) / (n.sum() * mean**2)
        return slopes

    def within(self, group: Group) -> bool:
        """Whether a group's CV is within its limit; where nobody has anything there is none that could exceed it."""
        cv = self.cv(group)
        if math.isnan(cv):
            return True
        if close(np.array([cv]), group.limit)[0]:
            return self._square(group) <= fraction(group.limit) ** 2
        return cv <= group.limit

    def mean_within(self, mean: Mean) -> bool:
        """Whether the mean of CVs is within its limit; those that are not known can only add to it."""
        cvs = np.full(mean.count, np.nan)
        cvs[: len(mean.groups)] = [self.cv(group) for group in mean.groups]
        verdict = composite_verdict(cvs, mean.limit, lambda: [self._square(g) for g in mean.groups])
        return verdict != Verdict.NOT_MET.value

    def _square(self, group: Group) -> Fraction:
        totals = [self.have[u][group.indicator] for u in group.units]
        return exact_square([x for x in totals if x is not None], self.problem.pupils[list(group.units)])

    def holds(self, limit: Group | Mean) -> bool:
        """Whether a limit on the balance is kept."""
        return self.within(limit) if isinstance(limit, Group) else self.mean_within(limit)

    def holds_around(self, cells: Iterable[Cell]) -> bool:
        """Whether all rules that look at some cells are kept."""
        cells = list(cells)
        if not all(self.unit_meets(u) for u in {u for u, _ in cells} & self.asked):
            return False
        limits: list[Group | Mean] = []
        for cell in cells:
            limits += [limit for limit in self._of_unit.get(cell, ()) if limit not in limits]
        return all(map(self.holds, limits))

    def broken(self) -> list[Group | Mean]:
        """The limits on the balance that are exceeded."""
        limits: list[Group | Mean] = [*self.groups, *self.means]
        return [limit for limit in limits if not self.holds(limit)]

    def failing(self) -> list[int]:
        """Positions of the units asked for that do not meet the thresholds."""
        return [u for u in sorted(self.asked) if not self.unit_meets(u)]

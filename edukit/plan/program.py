"""The solver behind one door: a linear program with whole numbers, built step by step and solved by HiGHS (MIT).

One thread and one seed, so that the same program gives the same answer; nothing that it says is taken for true before
:mod:`edukit.plan.standing` has checked it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

SEED = 2017
TOLERANCE = 1e-7
"""How far HiGHS may miss a row."""

SETTLED = frozenset(
    {
        highspy.HighsModelStatus.kOptimal,
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
        highspy.HighsModelStatus.kTimeLimit,
    }
)
"""How a run may end; anything else is tried again from scratch."""


@dataclass(frozen=True)
class Answer:
    """What the solver found.

    Attributes:
        values: one number per column; None where no solution was found.
        bound: no solution can cost less; minus infinity where that is not known, infinity where there is none.
        proven: whether the values are the best, within the gap asked for.
    """

    values: NDArray[np.float64] | None
    bound: float
    proven: bool


class _Quiet(highspy.Highs):
    """HiGHS without the banner that setting up its callbacks, which nobody here wants, would print."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.callbacks = []


class Program:
    """Columns with costs and bounds, and rows between them; the sum of costs is made least."""

    def __init__(self) -> None:
        self._solver = _Quiet()
        for name, value in {
            "output_flag": False,
            "threads": 1,
            "random_seed": SEED,
            "primal_feasibility_tolerance": TOLERANCE,
            "mip_feasibility_tolerance": TOLERANCE,
        }.items():
            self._solver.setOptionValue(name, value)
        self._costs: list[float] = []
        self._whole: list[int] = []

    def column(self, cost: float = 0.0, *, low: float = 0.0, high: float = math.inf, whole: bool = False) -> int:
        """A new column; returns its number."""
        self._solver.addCol(cost, low, high, 0, np.empty(0, np.int32), np.empty(0))
        self._costs.append(cost)
        if whole:
            self._whole.append(len(self._costs) - 1)
        return len(self._costs) - 1

    def row(self, terms: Mapping[int, float], *, low: float = -math.inf, high: float = math.inf) -> int:
        """A new row: low <= sum of coefficient x column <= high; returns its number."""
        self._solver.addRow(low, high, len(terms), np.array([*terms], np.int32), np.array([*terms.values()], float))
        return int(self._solver.getNumRow()) - 1

    def coefficient(self, row: int, column: int, value: float) -> None:
        """Another coefficient in a row."""
        self._solver.changeCoeff(row, column, value)

    def price(self, costs: Mapping[int, float]) -> None:
        """New costs: those named, 0 for all other columns."""
        self._costs = [costs.get(column, 0.0) for column in range(len(self._costs))]
        numbers = np.arange(len(self._costs), dtype=np.int32)
        self._solver.changeColsCost(len(numbers), numbers, np.array(self._costs))

    def solve(
        self, *, whole: bool, seconds: float, gap: float = 0.0, start: NDArray[np.float64] | None = None
    ) -> Answer:
        """Solve as it stands.

        Args:
            whole: whether the whole columns must be whole; without it the answer's cost is a lower bound only.
            seconds: how long it may take.
            gap: relative gap at which the search may stop.
            start: a solution to begin with.
        """
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        columns = np.array(self._whole, np.int32)
        self._solver.changeColsIntegrality(len(columns), columns, np.array([kind] * len(columns)))
        self._solver.setOptionValue("time_limit", float(self._solver.getRunTime() + max(0.1, seconds)))
        self._solver.setOptionValue("mip_rel_gap", gap)
        if start is not None and whole:
            given = highspy.HighsSolution()
            given.col_value = list(start)
            given.value_valid = True
            self._solver.setSolution(given)
        self._solver.run()
        if (
            not whole and self._solver.getModelStatus() not in SETTLED
        ):  # a warm start can fail where a cold one does not
            self._solver.clearSolver()
            self._solver.run()
        return self._answer(whole)

    def _answer(self, whole: bool) -> Answer:
        status, info = self._solver.getModelStatus(), self._solver.getInfo()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return Answer(None, math.inf, True)
        proven = status == highspy.HighsModelStatus.kOptimal
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        values = np.array(self._solver.getSolution().col_value) if found else None
        bound = info.mip_dual_bound if whole and self._whole else info.objective_function_value if proven else -math.inf
        return Answer(values, bound, proven)

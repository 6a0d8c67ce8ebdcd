r"""The rows that keep a CV within its limit, for a solver that knows straight lines only.

With :math:`r_i = x_i / n_i` and mean :math:`X`, CV ≤ c is :math:`\lVert d \rVert \le c X` where
:math:`d_i = \sqrt{n_i / N} (r_i - X)`: a cone, convex also where resources are added and the mean itself rises. It is
taken apart unit by unit: a column S for the norm, columns :math:`v_i \ge d_i^2 / S` with :math:`\sum v_i \le S`. Each
tangent :math:`v_i \ge 2 \rho d_i - \rho^2 S` is a valid row; those that the last answer breaks are added until none is
broken by more than a hair. So every answer's cost is a lower bound of the true one.

The mean of several CVs is not convex, since each is a quotient: see :mod:`edukit.plan.means`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edukit.plan.levers import Cell, Group, Problem
from edukit.plan.program import Program

HAIR = 1e-6
"""Relative excess of a norm that is left alone."""

Terms = Mapping[Cell, Mapping[int, float]]
"""Cell -> column -> how much of the column adds to the cell's resource total."""


class Evenness:
    """The columns and tangents of one group in a program.

    Args:
        program: where they are added.
        problem: the county's problem.
        group: the units and the indicator.
        terms: how columns change resource totals.
    """

    def __init__(self, program: Program, problem: Problem, group: Group, terms: Terms) -> None:
        self._program = program
        units = list(group.units)
        self._n = problem.pupils[units]
        self._base = np.array([float(problem.have[u][group.indicator] or 0) for u in units])
        self._scale = self._base.sum() / self._n.sum() or 1.0  # so that the mean is 1 to begin with
        self._columns = [dict(terms.get((u, group.indicator), {})) for u in units]
        self.level = program.column(low=-math.inf)  # mean after, over the mean before
        whole: dict[int, float] = {self.level: -self._n.sum() * self._scale}
        for own in self._columns:
            for column, effect in own.items():
                whole[column] = whole.get(column, 0.0) + effect
        program.row(whole, low=-self._base.sum(), high=-self._base.sum())
        self.norm = program.column()
        self._parts = [program.column() for _ in units]
        program.row({**dict.fromkeys(self._parts, 1.0), self.norm: -1.0}, high=0.0)
        self._root = math.sqrt(self._n.sum())
        self._limit: int | None = None

    def limit(self, cv: float) -> None:
        """Keep the CV within a limit; one that is given later takes the place of the one before."""
        if self._limit is None:
            self._limit = self._program.row({self.norm: 1.0, self.level: -cv * self._root}, high=0.0)
        self._program.coefficient(self._limit, self.level, -cv * self._root)

    def deviations(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """sqrt(n) x (value per pupil - mean), scaled, at an answer."""
        x = self._base + np.array([sum(values[c] * e for c, e in own.items()) for own in self._columns])
        deviation: NDArray[np.float64] = np.sqrt(self._n) * (x / self._n - x.sum() / self._n.sum()) / self._scale
        return deviation

    def cut(self, values: NDArray[np.float64], *, always: bool = False, hair: float = HAIR) -> bool:
        """Add the tangents that an answer breaks by more than a hair; whether there were any."""
        deviation = self.deviations(values)
        norm = float(np.linalg.norm(deviation))
        if norm == 0 or (not always and norm <= values[self.norm] * (1 + hair)):
            return False
        for u, rho in enumerate(deviation / norm):
            if abs(rho) * math.sqrt(len(self._n)) < 1e-5:
                continue
            root = math.sqrt(self._n[u])
            terms = {self._parts[u]: 1.0, self.norm: rho * rho}
            for column, effect in self._columns[u].items():
                terms[column] = terms.get(column, 0.0) - 2 * rho * effect / (root * self._scale)
            terms[self.level] = 2 * rho * root
            self._program.row(terms, low=2 * rho * self._base[u] / (root * self._scale))
        return True

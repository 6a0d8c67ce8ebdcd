"""The problem as a program: columns for what is added, moved, missed and met, and the rows between them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from edukit.plan.evenness import Evenness
from edukit.plan.levers import CONTINUOUS, Cell, Group, Problem
from edukit.plan.program import Program
from edukit.plan.steps import Step, added, matched

Key = tuple[str, int]
"""Stage and indicator's position."""


class Formulation:
    """A program with the meaning of its columns.

    Args:
        problem: the county's problem.
        optional: whether a unit may be left as it is (a budget decides); otherwise all units must meet the thresholds.
        elastic: whether limits and closed levers may be exceeded, counted in ``given``.
    """

    def __init__(self, problem: Problem, *, optional: bool = False, elastic: bool = False) -> None:
        self.problem, self.program = problem, Program()
        self.met: dict[int, int] = {}
        self.given: dict[str, int] = {}
        self._optional, self._elastic = optional, elastic
        self._terms: dict[Cell, dict[int, Fraction]] = {}
        self._whole: set[int] = set()
        self._even: dict[Key, Evenness] = {}
        self.adds = [self._add(lever_number) for lever_number in range(len(problem.levers))]
        self.outs = [self._column(move.cost / 2, high=move.most) for move in problem.moves]
        self.ins = [self._column(move.cost / 2, high=math.inf) for move in problem.moves]
        for move, out, in_ in zip(problem.moves, self.outs, self.ins, strict=True):
            for cell, effect in move.lever.effects.items():
                self._terms.setdefault(cell, {})[out] = -effect
                self._terms[cell][in_] = effect
        self._moves()
        self._limits()
        for unit in range(len(problem.have)):
            self._unit(unit)

    def costs(self) -> dict[int, float]:
        """元 by column."""
        adds = {column: lever.cost for column, lever in zip(self.adds, self.problem.levers, strict=True)}
        both = (*zip(self.outs, self.problem.moves, strict=True), *zip(self.ins, self.problem.moves, strict=True))
        return adds | {column: move.cost / 2 for column, move in both}

    def steps(self, values: NDArray[np.float64]) -> list[Step]:
        """An answer in whole quantities, rounded up where it is not whole."""
        steps = []
        for column, lever in zip(self.adds, self.problem.levers, strict=True):
            value = values[column]
            quantity = (
                round(value) if column in self._whole and abs(value - round(value)) < 1e-4 else math.ceil(value - 1e-6)
            )
            if quantity > 0:
                steps.append(added(lever, quantity))
        leaving = {k: n for k, column in enumerate(self.outs) if (n := round(values[column])) > 0}
        coming = {k: n for k, column in enumerate(self.ins) if (n := round(values[column])) > 0}
        return steps + matched(self.problem, leaving, coming)

    def even(self, group: Group) -> Evenness:
        """The columns of a group's balance, made when first asked for."""
        key = (group.stage, group.indicator)
        if key not in self._even:
            terms = {cell: {c: float(e) for c, e in own.items()} for cell, own in self._terms.items()}
            self._even[key] = Evenness(self.program, self.problem, group, terms)
        return self._even[key]

    def has(self, group: Group) -> bool:
        """Whether a group's balance is in the program."""
        return (group.stage, group.indicator) in self._even

    def cut(self, values: NDArray[np.float64]) -> bool:
        """Add the tangents that an answer breaks; whether there were any."""
        return any([even.cut(values) for even in self._even.values()])

    def cv(self, group: Group, values: NDArray[np.float64]) -> float:
        """The CV of a group at an answer."""
        units = list(group.units)
        n = self.problem.pupils[units]
        x = np.array([float(self.problem.have[u][group.indicator] or 0) for u in units])
        for k, u in enumerate(units):
            x[k] += sum(values[c] * float(e) for c, e in self._terms.get((u, group.indicator), {}).items())
        mean = x.sum() / n.sum()
        return math.sqrt((n * (x / n - mean) ** 2).sum() / n.sum()) / mean if mean else math.inf

    def _column(self, cost: float, high: float, whole: bool = True) -> int:
        column = self.program.column(cost, high=high, whole=whole)
        if whole:
            self._whole.add(column)
        return column

    def _add(self, number: int) -> int:
        lever = self.problem.levers[number]
        high = 0.0 if lever.closed and not self._elastic else math.inf
        counted = lever.unit != CONTINUOUS or lever.indicator in self.problem.costs.limits
        column = self._column(lever.cost, high, whole=counted)
        for cell, effect in lever.effects.items():
            self._terms.setdefault(cell, {})[column] = effect
        if lever.closed and self._elastic:
            self.given[f"closed:{number}"] = column
        return column

    def _moves(self) -> None:
        """As many teachers come as leave, of each kind; no school gives more than it can spare, nor the county."""
        kinds: dict[str, dict[int, float]] = {}
        units: dict[int, dict[int, float]] = {}
        for move, out, in_ in zip(self.problem.moves, self.outs, self.ins, strict=True):
            kinds.setdefault(move.lever.field, {}).update({out: 1.0, in_: -1.0})
            units.setdefault(move.unit, {})[out] = 1.0
        for terms in kinds.values():
            self.program.row(terms, low=0.0, high=0.0)
        for unit, terms in units.items():
            self.program.row(terms, high=self.problem.giving[unit])
        if self.outs:
            self.program.row(dict.fromkeys(self.outs, 1.0), high=self.problem.movable or 0)

    def _limits(self) -> None:
        for id_, most in self.problem.costs.limits.items():
            pairs = zip(self.adds, self.problem.levers, strict=True)
            terms = {column: 1.0 for column, lever in pairs if lever.indicator == id_}
            if not terms:
                continue
            if self._elastic:
                self.given[f"limit:{id_}"] = over = self.program.column()
                terms[over] = -1.0
            self.program.row(terms, high=most)

    def _unit(self, unit: int) -> None:
        """The thresholds of a unit: reached, or at the floor where it may miss one."""
        short = self.problem.short(unit)
        if not short:
            return
        met = None
        if self._optional:
            self.met[unit] = met = self.program.column(high=1.0, whole=True)
        spare = self.problem.spare[unit]
        misses = []
        for i in short:
            terms, to_threshold, to_floor = self._need(unit, i)
            row = dict(terms)
            if spare:
                misses.append(miss := self.program.column(high=1.0, whole=True))
                row[miss] = to_threshold - to_floor
                if met is not None:
                    self.program.row({miss: 1.0, met: -1.0}, high=0.0)
            if met is not None:
                row[met] = -to_threshold
            self.program.row(row, low=0.0 if met is not None else to_threshold)
        if len(misses) > spare > 0:
            self.program.row(dict.fromkeys(misses, 1.0), high=spare)

    def _need(self, unit: int, i: int) -> tuple[Mapping[int, float], float, float]:
        """What a cell lacks to threshold and floor, counted in the largest unit that fits: whole where all is whole."""
        problem, own = self.problem, self._terms.get((unit, i), {})
        have, threshold, floor = problem.have[unit][i], problem.threshold[unit][i], problem.floor[unit][i]
        assert have is not None and threshold is not None
        one = min((effect for effect in own.values() if effect > 0), default=Fraction(1))
        needs = [
            max(Fraction(0), (limit - have) / one) for limit in (threshold, floor if floor is not None else threshold)
        ]
        if all((effect / one).denominator == 1 for effect in own.values()):
            needs = [Fraction(math.ceil(need)) for need in needs]
        return {column: float(effect / one) for column, effect in own.items()}, float(needs[0]), float(needs[1])

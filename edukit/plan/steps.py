"""Steps: whole quantities of levers and moves, made from a solver's answer, completed and cut down exactly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from edukit.plan.levers import Cell, Group, Lever, Mean, Move, Problem
from edukit.plan.standing import Standing

MOST_ROUNDS = 3_000
"""After so many single additions an uneven county is given up."""

SHARE = 8
"""One addition takes at most this part of the excess, so that others, by then better, take the rest."""


@dataclass
class Step:
    """So many units of a lever, or so many teachers from one school to another.

    Attributes:
        lever: what grows; for a move the lever of the school that takes.
        giver: for a move who gives.
        cost: 元 per unit.
        effects: cell -> effect of one unit.
        quantity: whole number.
    """

    lever: Lever
    giver: Move | None
    cost: float
    effects: Mapping[Cell, Fraction]
    quantity: int


def added(lever: Lever, quantity: int = 0) -> Step:
    """A step that hires, builds or buys."""
    return Step(lever, None, lever.cost, lever.effects, quantity)


def moved(giver: Move, taker: Move, quantity: int) -> Step:
    """A step that moves teachers."""
    effects = dict(taker.lever.effects)
    for cell, effect in giver.lever.effects.items():
        effects[cell] = effects.get(cell, Fraction(0)) - effect
    return Step(taker.lever, giver, taker.cost, effects, quantity)


def cost(steps: Iterable[Step]) -> float:
    """What steps cost in 元."""
    return math.fsum(step.cost * step.quantity for step in steps)


def matched(problem: Problem, leaving: Mapping[int, int], coming: Mapping[int, int]) -> list[Step]:
    """Who goes where: teachers of one kind and stage, within the township first, then in the order of the schools.

    Args:
        problem: the county's problem.
        leaving: position in ``problem.moves`` -> number of teachers who leave.
        coming: the same of those who come; equal sums for each kind of teacher.
    """
    towns = problem.now.units["township"].tolist()
    left = dict(leaving)
    steps: list[Step] = []
    for same_town in (True, False):
        for taker, number in coming.items():
            to = problem.moves[taker]
            done = sum(s.quantity for s in steps if s.giver and s.lever is to.lever)
            for giver in left:
                out = problem.moves[giver]
                near = isinstance(towns[out.unit], str) and towns[out.unit] == towns[to.unit]
                quantity = min(number - done, left[giver])
                if (
                    out.lever.field != to.lever.field
                    or out.unit == to.unit
                    or quantity <= 0
                    or (same_town and not near)
                ):
                    continue
                steps.append(moved(out, to, quantity))
                left[giver] -= quantity
                done += quantity
    return steps


class Workshop:
    """Steps and how the county stands with them.

    Args:
        problem: the county's problem.
        steps: to begin with.
        asked: positions of the units that must meet the thresholds; all where None.
        balanced: whether the CVs count.
    """

    def __init__(
        self, problem: Problem, steps: Iterable[Step], asked: Iterable[int] | None = None, balanced: bool = True
    ) -> None:
        self.problem = problem
        self.standing = Standing(problem, asked, balanced)
        self.steps = [step for step in steps if step.quantity]
        for step in self.steps:
            self.standing.add(step.effects, step.quantity)
        self._of_cell: dict[Cell, list[Lever]] = {}
        for lever in problem.levers:
            for cell in lever.effects:
                self._of_cell.setdefault(cell, []).append(lever)

    def allowed(self) -> bool:
        """Whether no more is added, and no more teachers leave, than the limits allow: rounding can break them."""
        if any(self._left(step.lever) < 0 for step in self.steps if step.giver is None):
            return False
        leaving: dict[int, int] = {}
        for step in self.steps:
            if step.giver is not None:
                leaving[step.giver.unit] = leaving.get(step.giver.unit, 0) + step.quantity
        within = all(number <= self.problem.giving[unit] for unit, number in leaving.items())
        return within and sum(leaving.values()) <= (self.problem.movable or 0)

    def complete(self) -> bool:
        """Add what is still missing after rounding; whether everything then holds."""
        for unit in self.standing.failing():
            if not self._raise_unit(unit):
                return False
        for _ in range(MOST_ROUNDS):
            broken = self.standing.broken()
            if not broken:
                return True
            if not self._even_out(broken):
                return False
        return False

    def lower(self) -> None:
        """Take away whatever nothing depends on: whole steps first, then unit by unit, until every unit is needed."""
        changed = True
        while changed:
            changed = False
            for step in sorted(self.steps, key=lambda s: -s.cost * s.quantity):
                if self._takes(step, step.quantity):
                    changed = True
                    continue
                by = 1
                while by <= step.quantity and self._takes(step, by):
                    changed, by = True, by * 2
                while by > 1:
                    by //= 2
                    if by <= step.quantity and self._takes(step, by):
                        changed = True
            self.steps = [step for step in self.steps if step.quantity]

    def _takes(self, step: Step, quantity: int) -> bool:
        """Take a quantity away if all rules still hold."""
        self.standing.add(step.effects, -quantity)
        if quantity and self.standing.holds_around(step.effects):
            step.quantity -= quantity
            return True
        self.standing.add(step.effects, quantity)
        return False

    def _left(self, lever: Lever) -> float:
        """How much more of a lever there may be; below 0 where there is too much of it."""
        most = self.problem.costs.limits.get(lever.indicator, math.inf)
        used = sum(s.quantity for s in self.steps if s.giver is None and s.lever.indicator == lever.indicator)
        if lever.closed:
            return min(most - used, -sum(s.quantity for s in self.steps if s.giver is None and s.lever is lever))
        return most - used

    def _more(self, lever: Lever, quantity: int) -> None:
        step = next((s for s in self.steps if s.lever is lever and s.giver is None), None)
        if step is None:
            self.steps.append(step := added(lever))
        step.quantity += quantity
        self.standing.add(lever.effects, quantity)

    def _raise_unit(self, unit: int) -> bool:
        """Bring a unit to standard, leaving at the floor what would cost most to bring to the threshold."""
        problem, have = self.problem, self.standing.have[unit]
        wanted = []
        for i, (x, threshold) in enumerate(zip(have, problem.threshold[unit], strict=True)):
            if x is None or threshold is None or x >= threshold:
                continue
            lever = min(self._of_cell[unit, i], key=lambda lever: lever.cost / float(lever.effects[unit, i]))
            need = math.ceil((threshold - x) / lever.effects[unit, i])
            wanted.append((lever.cost * need, i, lever, need))
        wanted.sort(key=lambda one: -one[0])
        for number, (_, i, lever, need) in enumerate(wanted):
            floor, x = problem.floor[unit][i], have[i]
            assert x is not None
            if number < problem.spare[unit] and floor is not None:
                need = max(0, math.ceil((floor - x) / lever.effects[unit, i]))
            if need > self._left(lever):
                return False
            if need:
                self._more(lever, need)
        return self.standing.unit_meets(unit)

    def _even_out(self, broken: list[Group | Mean]) -> bool:
        """One addition where it lowers the excess most for its money."""
        slopes: dict[Cell, float] = {}
        excess = 0.0
        for limit in broken:
            groups, count = ([limit], 1) if isinstance(limit, Group) else (list(limit.groups), limit.count)
            excess += float(np.nansum([self.standing.cv(group) for group in groups])) - limit.limit * count
            for group in groups:
                for u, slope in zip(group.units, self.standing.slopes(group), strict=True):
                    slopes[u, group.indicator] = slopes.get((u, group.indicator), 0.0) + slope
        best: tuple[float, float, Lever] | None = None
        for lever in dict.fromkeys(lever for cell in slopes for lever in self._of_cell.get(cell, ())):
            fall = -sum(slopes.get(cell, 0.0) * float(effect) for cell, effect in lever.effects.items())
            if fall > 0 and (best is None or fall / lever.cost > best[0]) and self._left(lever) >= 1:
                best = fall / lever.cost, fall, lever
        if best is None:
            return False
        _, fall, lever = best
        room = min(self._room(cell, float(effect), broken) for cell, effect in lever.effects.items())
        self._more(lever, int(min(self._left(lever), max(1.0, min(room, excess / fall / SHARE)))))
        return True

    def _room(self, cell: Cell, effect: float, broken: list[Group | Mean]) -> float:
        """How many units of a lever lower the CV: until a unit's value is mean x (1 + CV²)."""
        for limit in broken:
            for group in [limit] if isinstance(limit, Group) else limit.groups:
                if group.indicator == cell[1] and cell[0] in group.units:
                    units = list(group.units)
                    x, n = self.standing.x[units, group.indicator], self.problem.pupils[units]
                    top = x.sum() / n.sum() * (1 + self.standing.cv(group) ** 2) * self.problem.pupils[cell[0]]
                    return float((top - self.standing.x[cell]) / effect)
        return math.inf

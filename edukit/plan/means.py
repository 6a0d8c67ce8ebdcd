r"""A limit on the mean of several CVs (基本均衡's eight): what each CV should come down to, and what it costs at least.

Each CV alone is convex, their mean is not. So the problem is taken apart: :math:`f_g(c)` is the least cost, in
fractions, of bringing the CV of group g down to c. What one lever does for several groups (a teacher with a degree is
also a teacher; a nine-year school has two sections) is shared out: each group has its own copy of the lever for a part
of the price, and the parts sum to the price. So whatever is done in truth costs no less than the copies together, and

.. math:: \min \sum_g f_g(c_g) \quad \text{where} \quad \sum_g c_g \le K L

is a lower bound for any such parts. It is tight for those of the best plan: the price times what the lever does for
each group's CV there. Between two points f is no less than at the higher one, so a choice of one cell per group with
the lower end of c counted is a lower bound too; the cells chosen are halved until that changes nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from edukit.plan.formulation import Formulation
from edukit.plan.levers import Group, Lever, Mean, Problem
from edukit.plan.program import Program
from edukit.plan.standing import Standing
from edukit.plan.steps import Step

STILL = 2e-4
"""A part of a plan's cost that is no matter: a round that raises the bound by no more may be the last."""
ENOUGH = 2
"""So many such rounds are enough."""
HAIR = 1e-4
"""Relative excess of a norm that is left alone: the cost of a point is then a little less, and still a bound."""
STEP = 0.85
"""The lowest point so far times this is the next: CVs seldom have to come down far."""
TANGENTS = 60
"""Most rounds of tangents for one point."""
Key = tuple[str, int]
Parts = Mapping[Lever, Mapping[Key, float]]
"""Lever -> group -> part of its price."""


class Curve:
    """The least cost of bringing one CV down, at the points asked for.

    Args:
        problem: the county's problem.
        group: whose CV.
        parts: the levers' prices in this group.
        start: the CV as it is: it costs nothing.
    """

    def __init__(self, problem: Problem, group: Group, parts: Parts, start: float) -> None:
        self._form = Formulation(_alone(problem, group, parts))
        self._even = self._form.even(group)
        self.points = {start: 0.0}

    def ask(self, cv: float, seconds: float) -> None:
        """Add a point; where time is up it costs no more than what is certain."""
        self._even.limit(cv)
        least = max(cost for at, cost in self.points.items() if at > cv)
        for _ in range(TANGENTS):
            answer = self._form.program.solve(whole=False, seconds=seconds)
            least = max(least, answer.bound)
            if answer.values is None or not self._even.cut(answer.values, hair=HAIR):
                break
        self.points[cv] = least

    def cells(self) -> list[tuple[float, float, float]]:
        """Lower end, upper end and least cost of each cell, highest first; those that cannot be reached left out."""
        ends = [*sorted(self.points, reverse=True), 0.0]
        return [(low, high, self.points[high]) for high, low in pairwise(ends) if self.points[high] < math.inf]


def lower(problem: Problem, steps: Sequence[Step], spent: float, seconds: float) -> tuple[float, list[Group]]:
    """A lower bound of any plan's cost, and the CVs at which it is reached, as limits.

    Args:
        problem: the county's problem.
        steps: a plan.
        spent: what it costs; infinity where there is none yet.
        seconds: how long it may take.

    Returns:
        The bound (infinity: there is no plan), and the groups with limits that together keep the means' limits.
    """
    now = Standing(problem)
    parts = _parts(problem, steps)
    bound, limits = 0.0, list[Group]()
    broken = [mean for mean in problem.means if not now.mean_within(mean)]
    for mean in broken:
        curves = {group: Curve(problem, group, parts, now.cv(group)) for group in mean.groups if now.cv(group) > 0}
        least, reached = _cheapest(mean, curves, spent, seconds / len(broken))
        bound, limits = bound + least, [*limits, *reached]
    return bound, limits


def _cheapest(mean: Mean, curves: Mapping[Group, Curve], spent: float, seconds: float) -> tuple[float, list[Group]]:
    """The cheapest choice of cells, those chosen parted until it stays; and limits within them.

    Cells may be mixed at first, which is quicker to solve and laxer still.
    """
    best, still, end, whole = 0.0, 0, time.monotonic() + seconds, False
    little = STILL * spent if math.isfinite(spent) else 0.0
    while True:
        left = max(0.1, end - time.monotonic())
        least, chosen = _choice(mean, curves, left, whole=whole)
        if least == math.inf:
            return math.inf, []
        still = still + 1 if least - best <= little else 0
        best = max(best, least)
        wide = [
            (curve, *cell[:2])
            for curve, cell in zip(curves.values(), chosen, strict=True)
            if curve.points.get(cell[0], math.inf) - cell[2] > little / len(curves)
        ]
        if left <= 0.1 or not chosen or (whole and (still > ENOUGH or not wide)):
            break
        if still > ENOUGH or not wide:
            whole, still = True, 0
        for curve, low, high in wide:
            curve.ask((low + high) / 2 if low else STEP * high, max(0.1, end - time.monotonic()))
    lows, highs = (math.fsum(cell[side] for cell in chosen) for side in (0, 1))
    share = min(1.0, max(0.0, mean.limit * mean.count - lows) / (highs - lows)) if highs > lows else 0.0
    limits = [
        replace(group, limit=low + share * (high - low)) for group, (low, high, _) in zip(curves, chosen, strict=True)
    ]
    return best, limits


def _choice(
    mean: Mean, curves: Mapping[Group, Curve], seconds: float, *, whole: bool
) -> tuple[float, list[tuple[float, float, float]]]:
    """The least cost of one cell of each curve whose lower ends keep the mean's limit, and the cells.

    Not ``whole``: where mixed cells cost least, the one that has most of the mixture. No cells where time was up.
    """
    program = Program()
    cells = [curve.cells() for curve in curves.values()]
    columns = [[program.column(cost, high=1.0, whole=True) for _, _, cost in own] for own in cells]
    for own in columns:
        program.row(dict.fromkeys(own, 1.0), low=1.0, high=1.0)
    terms = {c: low for own, ends in zip(columns, cells, strict=True) for c, (low, _, _) in zip(own, ends, strict=True)}
    program.row(terms, high=mean.limit * mean.count)
    answer = program.solve(whole=whole, seconds=seconds, gap=STILL)
    if answer.values is None:
        return max(0.0, answer.bound), []
    values = answer.values
    picked = [max(range(len(own)), key=lambda k, own=own: float(values[own[k]])) for own in columns]  # type: ignore[misc]
    return answer.bound, [own[k] for own, k in zip(cells, picked, strict=True)]


def _alone(problem: Problem, group: Group, parts: Parts) -> Problem:
    """The problem of one group: its own copies of the levers, no thresholds."""
    key, cells = (group.stage, group.indicator), {(u, group.indicator) for u in group.units}
    copies = {
        lever: replace(
            lever,
            cost=lever.cost * parts[lever][key],
            effects={cell: effect for cell, effect in lever.effects.items() if cell in cells},
        )
        for lever in problem.levers
        if cells & set(lever.effects)
    }
    moves = [
        replace(move, lever=copies[move.lever], cost=move.cost * parts[move.lever][key])
        for move in problem.moves
        if move.lever in copies
    ]
    blank = tuple((None,) * len(row) for row in problem.have)
    return replace(
        problem, levers=tuple(copies.values()), moves=tuple(moves), threshold=blank, floor=blank, groups=(), means=()
    )


def _parts(problem: Problem, steps: Iterable[Step]) -> dict[Lever, dict[Key, float]]:
    """Each lever's price shared out by what it does for each CV once the steps are done; the rest of it evenly."""
    now, after = Standing(problem), Standing(problem)
    for step in steps:
        after.add(step.effects, step.quantity)
    means = [mean for mean in problem.means if not now.mean_within(mean)]
    falls: dict[Lever, dict[Key, float]] = {lever: {} for lever in problem.levers}
    for mean in means:
        slopes = {group: dict(zip(group.units, after.slopes(group), strict=True)) for group in mean.groups}
        own: dict[Lever, dict[Key, float]] = {}
        for lever in problem.levers:
            for group, slope in slopes.items():
                effects = [(u, e) for (u, i), e in lever.effects.items() if i == group.indicator and u in slope]
                if effects:
                    fall = -sum(slope[u] * float(effect) for u, effect in effects)
                    own.setdefault(lever, {})[group.stage, group.indicator] = max(0.0, fall)
        prices = [lever.cost / sum(found.values()) for lever, found in own.items() if sum(found.values()) > 0]
        for lever, found in own.items():
            falls[lever] |= {key: min(prices, default=0.0) * fall / lever.cost for key, fall in found.items()}
    made = {}
    for lever, found in falls.items():
        whole = sum(found.values())
        scale, rest = (1 / whole, 0.0) if whole > 1 else (1.0, 1 - whole)
        made[lever] = {key: part * scale + rest / len(found) for key, part in found.items()}
    return made

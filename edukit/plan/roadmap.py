"""In which year what is done: schools in order, so many of the failing ones each year at least."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from edukit.exact import fraction
from edukit.plan.levers import Problem
from edukit.plan.standing import Standing
from edukit.plan.steps import Step, cost


def urgency(problem: Problem) -> dict[int, float]:
    """How far each unit is from the worst of its thresholds, as a share of it: 0 (none missed) to 1."""
    found = {}
    for unit, (have, threshold) in enumerate(zip(problem.have, problem.threshold, strict=True)):
        pairs = zip(have, threshold, strict=True)
        found[unit] = max([float(1 - x / t) for x, t in pairs if x is not None and t and x < t], default=0.0)
    return found


def yearly_share(problem: Problem) -> float:
    """The least share of failing schools per year: the user's, else that of the scheme's yearly goal."""
    costs = problem.costs
    if costs.yearly_share is not None:
        return costs.yearly_share
    goal = next(
        (
            condition.settings["at_least"]
            for item in problem.now.scheme.items
            for condition in item.conditions
            if condition.kind == "fewer" and condition.settings.get("what") == "units"
        ),
        None,
    )
    return float(costs.otherwise["yearly_share"] if goal is None else goal)


def by_year(problem: Problem, steps: Sequence[Step], years: int, weight: float) -> tuple[list[list[Step]], list[int]]:
    """The steps of each year, and how many of the failing schools shall have been repaired by its end.

    A school's steps are all done in one year. Cheap schools come first (先易后难), those furthest from a standard come
    first (先急后缓); ``weight`` mixes the two ranks, from 0 (only the first) to 1 (only the second). Schools that are
    not repaired by it come last: those that have steps for the sake of a CV only, or of one of their sections.

    Args:
        problem: the county's problem.
        steps: what is to be done.
        years: how many years there are.
        weight: of urgency.
    """
    rows = problem.now.units["row"].tolist()
    standing = Standing(problem)
    failing = {rows[u] for u in standing.failing()}
    for step in steps:
        standing.add(step.effects, step.quantity)
    repaired = failing - {rows[u] for u in standing.failing()}
    own: dict[Any, list[Step]] = {}
    for step in steps:
        own.setdefault(step.lever.row, []).append(step)
    urgent = urgency(problem)
    worst = {row: max(urgent[u] for u, r in enumerate(rows) if r == row) for row in own}
    order = sorted((row for row in own if row in repaired), key=_rank(own, worst, weight))
    targets = _targets(len(order), years, yearly_share(problem))
    made: list[list[Step]] = [[] for _ in range(years)]
    for position, row in enumerate(order):
        year = next(k for k, target in enumerate(targets) if position < target)
        made[year] += own[row]
    for row in own:
        if row not in repaired:
            made[-1] += own[row]
    return made, targets


def _rank(own: Mapping[Any, list[Step]], worst: Mapping[Any, float], weight: float) -> Any:
    cheap = {row: n for n, row in enumerate(sorted(own, key=lambda row: cost(own[row])))}
    urgent = {row: n for n, row in enumerate(sorted(own, key=lambda row: -worst[row]))}
    return lambda row: ((1 - weight) * cheap[row] + weight * urgent[row], urgent[row], cheap[row])


def _targets(failing: int, years: int, share: float) -> list[int]:
    """Cumulative: in each year the yearly share at least while any are left, evenly else, all by the last year.

    >>> _targets(10, 3, 0.15), _targets(10, 5, 0.25), _targets(3, 2, 0.15), _targets(3, 6, 0.15)
    ([4, 7, 10], [3, 6, 9, 10, 10], [2, 3], [1, 2, 3, 3, 3, 3])
    """
    least, targets = math.ceil(failing * fraction(share)), [0]
    for k in range(1, years):
        even = math.ceil(Fraction(failing * k, years))
        targets.append(min(failing, max(even, targets[-1] + least)))
    return [*targets[1:], failing]

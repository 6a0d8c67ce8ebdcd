"""From a problem to the cheapest steps: programs solved in rounds, every answer completed and cut down exactly.

Each answer is turned into whole steps that keep every rule (an upper bound), while its own cost, of a program that asks
for less, is a lower bound. The gap between the two is what is reported.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edukit.plan import means
from edukit.plan.formulation import Formulation
from edukit.plan.levers import Group, Mean, Problem
from edukit.plan.steps import Step, Workshop, cost

ROUNDS = 200
"""Most rounds of tangents before whole numbers are asked for."""
ENOUGH = 1e-6
"""A relative gap that is as good as none."""
GIVING = 1_000
"""What a limit gives costs so many times what the addition itself costs, so that no more is given than must be."""
TURNS = 2
"""Turns between a bound and a plan where the mean of CVs has a limit."""
SHARES = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
"""How far single CVs go from what a plan reached towards those at which the bound is reached."""
SLOW = 1e-9
"""A round of tangents that raises the bound by no more than this part is the last."""


@dataclass(frozen=True)
class Solution:
    """The best steps found.

    Attributes:
        steps: None where there are none that keep every rule.
        bound: no plan can cost less (infinity: there is none).
        met: positions of the units that meet the thresholds.
        gap: (cost - bound) ÷ cost; for a budget (bound - value) ÷ bound of the units' weight.
    """

    steps: tuple[Step, ...] | None
    bound: float
    gap: float = 0.0
    met: frozenset[int] = frozenset()


class Clock:
    """When a search ends: the relative gap that is enough, and the seconds that are left where it does not get there.

    A search that a gap ends gives the same answer on every machine; one that the time ends does not.
    """

    def __init__(self, seconds: float, gap: float = ENOUGH) -> None:
        self._end = time.monotonic() + seconds
        self.gap = max(gap, ENOUGH)

    @property
    def left(self) -> float:
        """How many, never below 0."""
        return max(0.0, self._end - time.monotonic())


def cheapest(problem: Problem, seconds: float, gap: float = ENOUGH) -> Solution:
    """The cheapest steps with which every unit and every CV keeps its rule.

    Args:
        problem: the county's problem.
        seconds: how long the search may take; the gap then says how far from the best its result may be.
        gap: relative gap that is enough.
    """
    clock = Clock(seconds, gap)
    model = Formulation(problem)
    found = _rounds(model, problem, clock)
    if not problem.means or found.bound == math.inf:
        return found
    if found.steps is not None and not _broken_means(problem, found.steps):
        return found
    return _with_means(problem, clock, found.bound)


def _rounds(model: Formulation, problem: Problem, clock: Clock) -> Solution:
    """Tangents first with fractions, then with whole numbers, until an answer keeps every CV or time is up."""
    values, bound = _relaxed(model, problem, clock)
    if values is None:
        return Solution(None, bound)
    found = _better(problem, None, model.steps(values), False)
    for _ in range(ROUNDS):
        if (found is not None and _gap(cost(found), bound) <= clock.gap) or not clock.left:
            break
        answer = model.program.solve(whole=True, seconds=clock.left / 2, gap=clock.gap)
        if answer.bound == math.inf and found is None:
            return Solution(None, math.inf)
        if answer.bound == math.inf:
            break  # the solver sees no plan where there is one, which was checked exactly: its word counts less
        bound = max(bound, answer.bound)
        if answer.values is None:
            break
        found = _better(problem, found, model.steps(answer.values), False)
        if not _tighten(model, problem.groups, answer.values):
            break
    if found is None:
        return Solution(None, bound)
    bound = min(cost(found), _sharpened(problem, bound))
    return Solution(tuple(found), bound, _gap(cost(found), bound), frozenset(range(len(problem.have))))


def _better(problem: Problem, best: list[Step] | None, steps: Sequence[Step], mean: bool) -> list[Step] | None:
    """The cheaper of the best steps so far and these, once they are finished."""
    made = _finished(problem, steps, mean=mean)
    return made if made is not None and (best is None or cost(made) < cost(best)) else best


def _sharpened(problem: Problem, bound: float) -> float:
    """A lower bound to the next whole 元 where every price is whole: then every cost is."""
    prices = [lever.cost for lever in problem.levers] + [move.cost for move in problem.moves]
    return float(math.ceil(bound - max(1e-4, 1e-9 * bound))) if all(float(p).is_integer() for p in prices) else bound


def _gap(spent: float, bound: float) -> float:
    return max(0.0, (spent - bound) / spent) if spent > 0 else 0.0


def _tighten(model: Formulation, limits: Iterable[Group], values: NDArray[np.float64]) -> bool:
    """Rows against what an answer breaks: new groups first, then tangents; whether there were any."""
    added = model.cut(values)
    for group in limits:
        if not model.has(group) and model.cv(group, values) > group.limit * (1 + 1e-12):
            even = model.even(group)
            even.limit(group.limit)
            even.cut(values, always=True)
            added = True
    return added


def _finished(problem: Problem, steps: Sequence[Step], *, mean: bool) -> list[Step] | None:
    """The steps once they keep every rule exactly and nothing in them is idle; None where they cannot."""
    whole = problem if mean else replace(problem, means=())
    shop = Workshop(whole, [replace(step) for step in steps])
    if not shop.complete():
        return None
    shop.lower()
    return shop.steps if shop.allowed() else None


def keeps_all(problem: Problem, steps: Sequence[Step]) -> bool:
    """Whether every unit and every CV keeps its rule with some steps."""
    standing = Workshop(problem, steps).standing
    return not standing.failing() and not standing.broken()


def _broken_means(problem: Problem, steps: Sequence[Step]) -> list[Mean]:
    return [limit for limit in Workshop(problem, steps).standing.broken() if isinstance(limit, Mean)]


def _with_means(problem: Problem, clock: Clock, least: float) -> Solution:
    """Where the mean of several CVs has a limit, which is not convex.

    A first plan: additions one by one, each where the mean falls most for its money. Then in turns a lower bound with
    the CVs at which it is reached, see :func:`edukit.plan.means.lower`, and the cheapest plan with limits of single CVs
    between those and what the last plan reached, which is convex and solved as usual.
    """
    shop = Workshop(problem, [])
    best = None
    if shop.complete():
        shop.lower()
        best = shop.steps if shop.allowed() else None
    if best is not None:
        best = _towards(problem, best, (), Clock(clock.left / 5, clock.gap))
    bound = least
    for _ in range(TURNS):
        spent = math.inf if best is None else cost(best)
        lower, wanted = means.lower(problem, best or (), spent, clock.left * 0.6)
        if lower == math.inf:
            return Solution(None, math.inf)
        bound = max(bound, lower)
        best = _towards(problem, best, wanted, Clock(clock.left * 0.6, clock.gap))
        if best is None or cost(best) > spent * (1 - ENOUGH):
            break
    if best is None:
        return Solution(None, bound)
    bound = min(cost(best), _sharpened(problem, bound))
    return Solution(tuple(best), bound, _gap(cost(best), bound), frozenset(range(len(problem.have))))


def _towards(problem: Problem, best: list[Step] | None, wanted: Sequence[Group], clock: Clock) -> list[Step] | None:
    """The cheapest plan found with limits of single CVs that together keep the means' limits.

    Args:
        problem: the county's problem.
        best: the best steps so far.
        wanted: CVs that would be good, as limits; none for those that the best steps reach.
        clock: when it ends.
    """
    standing = Workshop(problem, best or ()).standing
    reached = [replace(g, limit=standing.cv(g) * (1 + ENOUGH)) for mean in problem.means for g in mean.groups]
    reached = [group for group in reached if group.limit == group.limit]
    ends = _together(problem, reached, wanted)
    least, limits = math.inf, list[Group]()
    for share in SHARES if wanted and best is not None else (1.0,):
        pairs = zip(reached, ends, strict=True)
        tried = [replace(now, limit=share * end.limit + (1 - share) * now.limit) for now, end in pairs]
        apart = _apart(problem, tried)
        values, spent = _relaxed(Formulation(apart), apart, Clock(clock.left / 8))
        if values is not None and spent < least:
            least, limits = spent, tried
    if not limits:
        return best
    apart = _apart(problem, limits)
    found = _rounds(Formulation(apart), apart, clock)
    return best if found.steps is None else _better(problem, best, found.steps, True)


def _apart(problem: Problem, limits: Sequence[Group]) -> Problem:
    """The problem with limits of single CVs in the place of those of their mean."""
    return replace(problem, means=(), groups=(*problem.groups, *limits))


def _together(problem: Problem, reached: Sequence[Group], wanted: Sequence[Group]) -> list[Group]:
    """The limits wanted, those of the others as reached; the former made closer where the sum would be too much."""
    limits = {(group.stage, group.indicator): group.limit for group in wanted}
    made = []
    for mean in problem.means:
        own = [group for group in reached if group.stage == mean.stage]
        rest = math.fsum(g.limit for g in own if (g.stage, g.indicator) not in limits)
        whole = math.fsum(limits[g.stage, g.indicator] for g in own if (g.stage, g.indicator) in limits)
        scale = min(1.0, max(0.0, mean.limit * mean.count - rest) / whole) if whole else 1.0
        made += [replace(g, limit=scale * limits.get((g.stage, g.indicator), g.limit / scale)) for g in own]
    return made


def _relaxed(model: Formulation, problem: Problem, clock: Clock) -> tuple[NDArray[np.float64] | None, float]:
    """An answer in fractions that keeps the CVs to a hair, and a lower bound of any answer's cost.

    No values where none were found: the bound then is infinity if there is none.
    """
    values, bound = None, -math.inf
    for _ in range(ROUNDS):
        answer = model.program.solve(whole=False, seconds=clock.left)
        if answer.values is None:
            return (None, math.inf) if answer.bound == math.inf else (values, bound)
        slow = answer.bound > 0 and answer.bound - bound <= SLOW * answer.bound
        values, bound = answer.values, max(bound, answer.bound)
        if not _tighten(model, problem.groups, answer.values) or not clock.left or slow:
            break
    return values, bound


def within_budget(
    problem: Problem, budget: float, weights: Mapping[int, float], seconds: float, gap: float = ENOUGH
) -> Solution:
    """The steps that bring the units of most weight to standard for no more than a budget; balance is left aside.

    Args:
        problem: the county's problem.
        budget: 元.
        weights: position of a unit -> what bringing it to standard is worth.
        seconds: how long the search may take.
        gap: relative gap that is enough, of the weight and then of the money.
    """
    clock = Clock(seconds, gap)
    model = Formulation(problem, optional=True)
    model.program.row(model.costs(), high=budget)
    worth = {column: -weights[unit] for unit, column in model.met.items()}
    model.program.price(worth)
    first = model.program.solve(whole=True, seconds=clock.left / 2, gap=clock.gap)
    if first.values is None:
        return Solution(None, first.bound)
    value = -sum(worth[column] * round(first.values[column]) for column in worth)
    model.program.row({column: -price for column, price in worth.items()}, low=value * (1 - 1e-9))
    model.program.price(model.costs())
    second = model.program.solve(whole=True, seconds=clock.left, gap=clock.gap)
    values = second.values if second.values is not None else first.values
    met = {unit for unit in range(len(problem.have)) if unit not in model.met or values[model.met[unit]] > 0.5}
    shop = Workshop(problem, model.steps(values), met, balanced=False)
    if not shop.complete():
        return Solution(None, -first.bound)
    shop.lower()
    left = max(0.0, (-first.bound - value) / -first.bound) if first.bound < 0 else 0.0
    return Solution(tuple(shop.steps), -first.bound, left, frozenset(met))


def must_give(problem: Problem, seconds: float) -> dict[str, int]:
    """By how much limits must give so that there is a plan: ``limit:id`` or ``closed:number of the lever`` -> units.

    What is named is enough: there are steps that keep every other rule and use no more. Empty where none were found.
    """
    clock = Clock(seconds)
    model = Formulation(problem, elastic=True)
    prices = model.costs()
    for name, column in model.given.items():
        kind, _, which = name.partition(":")
        own = [lever.cost for n, lever in enumerate(problem.levers) if which in (lever.indicator, str(n))]
        prices[column] = GIVING * (min(own) if kind == "limit" else problem.levers[int(which)].cost)
    model.program.price(prices)
    values, _ = _relaxed(model, problem, clock)
    for _ in range(ROUNDS):
        answer = model.program.solve(whole=True, seconds=clock.left)
        values = answer.values if answer.values is not None else values
        if answer.values is None or not _tighten(model, problem.groups, answer.values) or not clock.left:
            break
    if values is None:
        return {}
    given = {name: math.ceil(values[c] - 1e-6) for name, c in model.given.items()}
    everything = dict.fromkeys(model.given, math.inf)
    for lifted in (_lifted(problem, given), _lifted(problem, everything)):
        shop = Workshop(lifted, _on(lifted, model.steps(values)))
        if shop.complete():
            shop.lower()
            return _exceeded(problem, shop.steps)
    return {}


def _lifted(problem: Problem, given: Mapping[str, float]) -> Problem:
    """The problem with limits raised, and levers opened, by what is given."""
    limits = {id_: most + given.get(f"limit:{id_}", 0) for id_, most in problem.costs.limits.items()}
    levers = [
        replace(lever, closed=lever.closed and not given.get(f"closed:{number}"))
        for number, lever in enumerate(problem.levers)
    ]
    return replace(problem, levers=tuple(levers), costs=replace(problem.costs, limits=limits))


def _on(problem: Problem, steps: Sequence[Step]) -> list[Step]:
    """The steps with the levers of another problem of the same county."""
    levers = {(lever.row, lever.field): lever for lever in problem.levers}
    return [replace(step, lever=levers[step.lever.row, step.lever.field]) for step in steps]


def _exceeded(problem: Problem, steps: Sequence[Step]) -> dict[str, int]:
    """What steps add beyond the limits and to closed levers, named as in :func:`must_give`."""
    added = [step for step in steps if step.giver is None]
    over = {
        f"limit:{id_}": math.ceil(sum(step.quantity for step in added if step.lever.indicator == id_) - most)
        for id_, most in problem.costs.limits.items()
    }
    for number, lever in enumerate(problem.levers):
        if lever.closed:
            own = [step.quantity for step in added if (step.lever.row, step.lever.field) == (lever.row, lever.field)]
            over[f"closed:{number}"] = sum(own)
    return {name: amount for name, amount in over.items() if amount > 0}

"""What a plan can change and what each change does: the data of the problem, exact, before any solver sees it.

A lever raises one number of one school: the teachers of a stage, or what belongs to the whole school (its building, its
field, its equipment), whose sections then each get their share. One unit of a lever is one unit of the resource: one
teacher, one ㎡, one room, one 元.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from edukit import changes, indicators
from edukit.assess import Assessment
from edukit.exact import fraction
from edukit.plan.costs import Costs, lever_field
from edukit.schemes import Indicator

Cell = tuple[int, int]
"""A unit's position and an indicator's position."""

CONTINUOUS = "元"
"""The resource unit that is so small that a solver need not count it one by one; quantities are rounded up later."""


@dataclass(frozen=True, eq=False)
class Lever:
    """One number of one school that can be raised.

    Attributes:
        row: row label of the school.
        school: name of the school.
        stage: the stage that it belongs to; "" where it is the whole school's.
        field: the dictionary's field.
        indicator: id of the indicator that it is named after.
        kind: hire, build or buy.
        cost: 元 per unit.
        unit: the resource unit.
        scale: how much of the field, in the field's unit, one unit is (equipment: 1/10000 万元).
        closed: whether it must stay as it is.
        effects: cell -> how much one unit adds to its resource total.
    """

    row: Any
    school: str
    stage: str
    field: str
    indicator: str
    kind: str
    cost: float
    unit: str
    scale: Fraction
    closed: bool
    effects: Mapping[Cell, Fraction]


@dataclass(frozen=True, eq=False)
class Move:
    """A kind of teacher of one unit, of whom some may move to or from another school.

    Attributes:
        unit: position of the unit.
        lever: the lever that hires such a teacher.
        cost: 元 per teacher moved.
        most: how many may leave; 0 where none can.
    """

    unit: int
    lever: Lever
    cost: float
    most: int


@dataclass(frozen=True)
class Group:
    """The units whose balance in one indicator has a limit: positions of stage's units, indicator, limit of its CV."""

    stage: str
    indicator: int
    units: tuple[int, ...]
    limit: float


@dataclass(frozen=True)
class Mean:
    """A limit on the mean of several CVs of a stage.

    Attributes:
        stage: whose CVs.
        groups: those that can be computed; they carry no limit of their own (NaN).
        limit: of the mean.
        count: how many CVs the mean is of; one that is not known counts as 0, so that the others alone must not exceed
            the limit, as :func:`edukit.assess.resources.composite_verdict` has it.
    """

    stage: str
    groups: tuple[Group, ...]
    limit: float
    count: int


@dataclass(frozen=True)
class Problem:
    """All that a plan is made from.

    Attributes:
        now: the assessment to start from.
        costs: unit costs and limits.
        full: whether every threshold is asked for, not only as many as the scheme needs.
        have: resource total of each unit and indicator; None where unknown.
        threshold, floor: what it must be; None where the scheme has none, or the pupils are unknown.
        spare: by unit, how many thresholds it may miss (down to the floor).
        levers: all levers.
        moves: all kinds of teachers that can move.
        giving: by unit, most teachers of all kinds together who can leave.
        groups: CVs with a limit that can be computed.
        means: limits on the mean of CVs that can be computed.
        movable: most teachers that may move in the county; None where that is not known, and nobody moves.
    """

    now: Assessment
    costs: Costs
    full: bool
    have: tuple[tuple[Fraction | None, ...], ...]
    threshold: tuple[tuple[Fraction | None, ...], ...]
    floor: tuple[tuple[Fraction | None, ...], ...]
    spare: tuple[int, ...]
    levers: tuple[Lever, ...]
    moves: tuple[Move, ...]
    giving: tuple[int, ...]
    groups: tuple[Group, ...]
    means: tuple[Mean, ...]
    movable: int | None

    @cached_property
    def pupils(self) -> np.ndarray:
        """Pupils by unit."""
        return self.now.units["pupils"].to_numpy(float)

    def short(self, unit: int) -> list[int]:
        """Positions of the indicators in which a unit is below its threshold."""
        pairs = zip(self.have[unit], self.threshold[unit], strict=True)
        return [i for i, (x, t) in enumerate(pairs) if x is not None and t is not None and x < t]


def problem(now: Assessment, costs: Costs, *, full: bool) -> Problem:
    """The problem of a county: see :class:`Problem`.

    Args:
        now: the county as it is; ``now.source`` are its schools.
        costs: unit costs of the scheme's indicators.
        full: whether each unit must reach every threshold.
    """
    have, threshold, floor = _standing(now)
    levers = tuple(_levers(now, costs, have))
    movable = _movable(now, costs)
    groups = _groups(now)
    known = {(group.stage, group.indicator): group for group in groups}
    made = Problem(
        now=now,
        costs=costs,
        full=full,
        have=have,
        threshold=threshold,
        floor=floor,
        spare=tuple(_spare(now, *pair, full) for pair in zip(now.units["stage"], threshold, strict=True)),
        levers=levers,
        moves=(),
        giving=(),
        groups=tuple(group for group in groups if group.limit == group.limit),
        means=tuple(_means(now, known)),
        movable=movable,
    )
    giving, moves = _moves(made)
    return Problem(**{**vars(made), "moves": moves, "giving": giving})


def _standing(now: Assessment) -> tuple[tuple[tuple[Fraction | None, ...], ...], ...]:
    scheme, rule = now.scheme, now.scheme.school_rule
    rows = {row: now.source.loc[row] for row in now.units["row"].unique()}
    unknown = now.matrix("value").isna().to_numpy()
    have, threshold, floor = [], [], []
    for u, unit in enumerate(now.units.to_dict("records")):
        x: list[Fraction | None] = []
        t: list[Fraction | None] = []
        f: list[Fraction | None] = []
        for i, indicator in enumerate(scheme.indicators):
            limit = indicator.threshold.get(unit["stage"]) if rule else None
            known = not unknown[u, i]
            x.append(indicators.exact_resource(indicator, unit, rows[unit["row"]], scheme) if known else None)
            asked = limit is not None and known
            per = fraction(unit["pupils"]) / indicator.per if asked else Fraction(0)
            t.append(fraction(limit) * per if asked and limit is not None else None)
            f.append(fraction(rule.floor(limit)) * per if asked and rule and limit is not None else None)
        have.append(tuple(x))
        threshold.append(tuple(t))
        floor.append(tuple(f))
    return tuple(have), tuple(threshold), tuple(floor)


def _spare(now: Assessment, stage: str, thresholds: tuple[Fraction | None, ...], full: bool) -> int:
    """How many thresholds may be missed. One that cannot be judged is taken for reached: nothing is planned for it."""
    rule = now.scheme.school_rule
    if full or rule is None or rule.min_met is None:
        return 0
    asked = sum(stage in indicator.threshold for indicator in now.scheme.indicators)
    return max(0, min(asked - rule.min_met, sum(t is not None for t in thresholds)))


def _levers(now: Assessment, costs: Costs, have: tuple[tuple[Fraction | None, ...], ...]) -> Iterator[Lever]:
    closed = {(changes.row_of(now.source, school), id_) for school, id_ in costs.closed}
    units_of: dict[Any, list[int]] = {}
    for u, row in enumerate(now.units["row"]):
        units_of.setdefault(row, []).append(u)
    stages = now.units["stage"].tolist()
    for row, units in units_of.items():
        seen: set[str] = set()
        for i, indicator in enumerate(now.scheme.indicators):
            template = lever_field(indicator)
            own = "{stage}" in template
            for stage in [stages[u] for u in units] if own else [""]:
                field = template.replace("{stage}", stage)
                mine = [u for u in units if not own or stages[u] == stage]
                if field in seen or all(have[u][i] is None for u in mine):
                    continue
                seen.add(field)
                cost = costs.of(field)
                scale = 1 / fraction(indicator.numerator[template])
                yield Lever(
                    row=row,
                    school=str(now.source.at[row, "school_name"]),
                    stage=stage,
                    field=field,
                    indicator=indicator.id,
                    kind=cost.kind,
                    cost=cost.cost,
                    unit=indicator.resource_unit,
                    scale=scale,
                    closed=(row, indicator.id) in closed,
                    effects=dict(_effects(now, have, field, scale, mine)),
                )


def _effects(
    now: Assessment, have: tuple[tuple[Fraction | None, ...], ...], field: str, scale: Fraction, units: list[int]
) -> Iterator[tuple[Cell, Fraction]]:
    grown = {field, *changes.wholes(field)}
    for u in units:
        unit = now.units.iloc[u]
        for i, indicator in enumerate(now.scheme.indicators):
            factor = sum((fraction(by) for f, by in indicator.fields(unit["stage"]).items() if f in grown), Fraction(0))
            if factor and have[u][i] is not None:
                yield (u, i), factor * scale * _share(now, indicator, unit)


def _share(now: Assessment, indicator: Indicator, unit: pd.Series) -> Fraction:
    if not indicator.split:
        return Fraction(1)
    return indicators.exact_share(unit, now.source.loc[unit["row"]], now.scheme)


def _groups(now: Assessment) -> list[Group]:
    """Every CV that can be computed, those without a limit of their own with NaN."""
    made = []
    for row in now.balance.to_dict("records"):
        units = tuple(np.flatnonzero(now.units["stage"] == row["stage"]).tolist())
        if not row["unknown"]:
            made.append(Group(row["stage"], now.scheme.ids.index(row["indicator"]), units, row["cv_limit"]))
    return made


def _means(now: Assessment, known: Mapping[tuple[str, int], Group]) -> Iterator[Mean]:
    for row in now.composite.to_dict("records"):
        counted = [i for i, indicator in enumerate(now.scheme.indicators) if indicator.balance]
        groups = [known[row["stage"], i] for i in counted if (row["stage"], i) in known]
        if groups:
            yield Mean(row["stage"], tuple(groups), row["limit"], len(counted))


def rotation_share(now: Assessment, costs: Costs) -> float:
    """Most teachers moved as a share of those eligible: the user's, else what the scheme's rotation item asks for."""
    if costs.rotation_share is not None:
        return costs.rotation_share
    for item in now.scheme.items:
        for condition in item.conditions:
            if list(condition.settings.get("denominator", ())) == ["rot_eligible"]:
                return float(condition.settings["at_least"])
    return float(costs.otherwise["rotation_share"])


def _movable(now: Assessment, costs: Costs) -> int | None:
    eligible = now.evidence.number("rot_eligible")
    return None if eligible != eligible else int(fraction(rotation_share(now, costs)) * fraction(eligible))


def _moves(made: Problem) -> tuple[tuple[int, ...], tuple[Move, ...]]:
    """Who can move.

    Nobody knows which of a school's teachers would leave, so whoever does is taken to count in all of its numbers of
    teachers at once: together no more may leave than each of them can spare.
    """
    size = len(made.have)
    if not made.movable:
        return (0,) * size, ()
    teachers = [
        lever
        for lever in made.levers
        if lever.kind == "hire"
        and made.costs.of(lever.field).move is not None
        and len({u for u, _ in lever.effects}) == 1
        and made.now.source.at[lever.row, "sponsor_type"] not in made.costs.apart
    ]
    least = _least(made)
    giving = [-1] * size
    for lever in teachers:
        for u, i in lever.effects:
            have = made.have[u][i]
            spare = 0 if have is None else max(0, int(have - least[u, i]))
            giving[u] = spare if giving[u] < 0 else min(giving[u], spare)
    giving = [max(0, number) for number in giving]
    moves = []
    for lever in teachers:
        u = next(iter(lever.effects))[0]
        cost = made.costs.of(lever.field).move
        assert cost is not None
        moves.append(Move(u, lever, cost, giving[u]))
    return tuple(giving), tuple(moves)


def _least(made: Problem) -> dict[Cell, Fraction]:
    """What a school must keep of each number of teachers: its threshold, or where there is none the county's mean."""
    means = {
        (row["stage"], row["indicator"]): fraction(row["mean"]) for row in made.now.balance.to_dict("records")
        if row["mean"] == row["mean"]
    }  # fmt: skip
    kept = {}
    for u, unit in enumerate(made.now.units.to_dict("records")):
        for i, indicator in enumerate(made.now.scheme.indicators):
            limit = made.threshold[u][i]
            mean = means.get((unit["stage"], indicator.id))
            if limit is None and mean is not None and unit["pupils"] == unit["pupils"]:
                limit = mean * fraction(unit["pupils"]) / indicator.per
            kept[u, i] = limit if limit is not None else made.have[u][i] or Fraction(0)
    return kept

r"""How near what passes is to failing: the pupils, teachers or rooms that would tip it.

A unit: its verdict with k more pupils, or with r of a resource gone, is computed in fractions, and k is the smallest
that breaks it. With more pupils every value falls; in a school of several stages so do the split ones of its other
sections, since :math:`x_s / n_s = T w_s / \sum_t w_t n_t`.

A coefficient: with :math:`CV^2 + 1 = N \sum (x_i^2 / n_i) / (\sum x_i)^2` one school's part is exchanged. More pupils
at a rich school first even things out, so every number up to the largest that a school may have is looked at. A
coefficient within 1e-12 of its limit counts as at it, and so within.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit import indicators
from edukit.assess import Assessment
from edukit.dictionary import STAGES_OF_TYPE, load
from edukit.exact import fraction
from edukit.schemes import Indicator, Scheme
from edukit.verdict import Verdict

PEOPLE: Final = "人"
"""Resource unit of the indicators that count teachers."""
PUPILS_IN, PUPILS_OUT, RESOURCE_OUT = "pupils_in", "pupils_out", "resource_out"
CAUSES: Final = (PUPILS_IN, PUPILS_OUT, RESOURCE_OUT)
_Failing = Callable[[int], tuple[str, ...]]
"""The indicators that a unit fails on once so much is added or gone."""
_UNIT_COLUMNS = "unit school code stage cause amount have measure broken".split()
_CV_COLUMNS = "stage indicator cv limit cause amount measure unit school cv_after".split()


def most_pupils(stage: str) -> int:
    """The most pupils that a school may have in a stage, by the data dictionary."""
    _, most = load().field(f"pupils_{stage}").hard
    assert most is not None  # the dictionary bounds it, since every number up to it is tried
    return int(most)


# ---- units ----------------------------------------------------------------------------------------------------------


def unit_fragility(assessment: Assessment) -> pd.DataFrame:
    """What would break the verdict of each unit that passes, everything else being as it is.

    Returns:
        One row per passing unit and cause: unit, school, code, stage, cause, amount (smallest whole number that breaks
        the verdict; inf where none up to the largest school does), have (what there is now of it), measure, broken
        (tuple of the indicators that the verdict then fails on). Causes: ``pupils_primary``, ``pupils_junior``,
        ``pupils_senior`` (more pupils of that stage at the school); ``teachers`` (teachers leaving who count in every
        indicator of teachers, the worst case); the id of an indicator (its resource alone lost, in whole units of
        the whole school's). Nothing of a unit that is not met or cannot be told, nor of a scheme that judges no
        single school.
    """
    met = assessment.schools.loc[assessment.schools["verdict"] == Verdict.MET.value, "unit"]
    rows = [row for unit in met for row in _of_unit(assessment, unit)]
    return pd.DataFrame(rows, columns=_UNIT_COLUMNS)


@dataclass(frozen=True)
class _Standing:
    """One unit with what its verdict depends on, as fractions.

    ``totals`` are the resources of the whole school where they are split, of the unit else.
    """

    scheme: Scheme
    unit: pd.Series
    school: pd.Series
    pupils: Mapping[str, Fraction]
    totals: Mapping[str, Fraction]

    def values(self, more: Mapping[str, int], less: Mapping[str, int]) -> dict[str, Fraction]:
        """Value of each indicator with more pupils by stage, and less of the resources by indicator."""
        stage = self.unit["stage"]
        pupils = {each: count + more.get(each, 0) for each, count in self.pupils.items()}
        weights = self.scheme.split_weights
        weighted = sum((fraction(weights[each]) * count for each, count in pupils.items()), Fraction(0))
        found = {}
        for indicator in self.scheme.indicators:
            total = max(Fraction(0), self._total(indicator, more) - less.get(indicator.id, 0))
            share = fraction(weights[stage]) / weighted if indicator.split else 1 / pupils[stage]
            found[indicator.id] = total * share * indicator.per
        return found

    def _total(self, indicator: Indicator, more: Mapping[str, int]) -> Fraction:
        if indicator.extra is None or indicator.extra.pupils is None or not any(more.values()):
            return self.totals[indicator.id]
        # A relaxation for schools of a size may end where the school grows out of it.
        grown = self.school.copy()
        for each, count in more.items():
            grown[f"pupils_{each}"] = float(self.pupils[each] + count)
        exact = indicators.exact_resource(indicator, self.unit, grown, self.scheme)
        return exact / indicators.exact_share(self.unit, grown, self.scheme) if indicator.split else exact

    def failing(self, more: Mapping[str, int], less: Mapping[str, int]) -> tuple[str, ...]:
        """The indicators that a verdict of not met rests on; empty where the unit still passes."""
        rule, stage = self.scheme.school_rule, self.unit["stage"]
        assert rule is not None  # a scheme without a rule has no unit that passes
        missed, below = [], []
        for id_, value in self.values(more, less).items():
            limit = self.scheme.indicator(id_).threshold.get(stage)
            if limit is not None and value < fraction(limit):
                missed.append(id_)
                if value < fraction(rule.floor(limit)):
                    below.append(id_)
        asked = [i for i in self.scheme.indicators if stage in i.threshold]
        return tuple(missed) if len(asked) - len(missed) < (rule.min_met or 0) else tuple(below)


def _of_unit(assessment: Assessment, number: Any) -> Iterator[dict[str, Any]]:
    scheme, unit = assessment.scheme, assessment.units.loc[number]
    school = assessment.source.loc[unit["row"]]
    pupils = {
        stage: Fraction(0) if math.isnan(count := float(school[f"pupils_{stage}"])) else fraction(count)
        for stage in scheme.split_weights
    }
    share = indicators.exact_share(unit, school, scheme)
    asked = [i for i in scheme.indicators if unit["stage"] in i.threshold]
    scored = [i for i in scheme.indicators if i in asked or not math.isnan(_value(assessment, number, i))]
    exact = {i.id: indicators.exact_resource(i, unit, school, scheme) for i in scored}
    totals = {i.id: exact[i.id] / share if i.split else exact[i.id] for i in scored}
    totals = {i.id: totals.get(i.id, Fraction(0)) for i in scheme.indicators}
    standing = _Standing(scheme, unit, school, pupils, totals)

    def row(cause: str, have: float, most: int, measure: str, failing: _Failing) -> dict[str, Any]:
        amount = _first(most, lambda k: bool(failing(k)), one_by_one=cause.startswith("pupils") and _sized(scheme))
        told = {"unit": number, **{name: unit[name] for name in ("school", "code", "stage")}, "cause": cause}
        found = {"amount": math.inf, "broken": ()} if amount is None else {"amount": amount, "broken": failing(amount)}
        return {**told, **found, "have": have, "measure": measure}

    def more(stage: str) -> _Failing:
        return lambda k: standing.failing({stage: k}, {})

    def less(ids: Sequence[str]) -> _Failing:
        return lambda k: standing.failing({}, dict.fromkeys(ids, k))

    split = any(indicator.split and indicator.threshold for indicator in scheme.indicators)
    for stage in STAGES_OF_TYPE[school["school_type"]] if split else (unit["stage"],):
        most = max(0, most_pupils(stage) - int(pupils[stage]))
        yield row(f"pupils_{stage}", float(pupils[stage]), most, PEOPLE, more(stage))
    people = [i.id for i in asked if i.resource_unit == PEOPLE]
    if people:
        have = float(school.get(f"teachers_{unit['stage']}", math.nan))
        yield row("teachers", have, math.ceil(max(totals[id_] for id_ in people)), PEOPLE, less(people))
    for i in asked:
        have = float(totals[i.id])
        yield row(i.id, have, math.ceil(have), i.resource_unit, less([i.id]))


def _value(assessment: Assessment, number: Any, indicator: Indicator) -> float:
    return float(assessment.evidence.values.at[number, indicator.id])


def _sized(scheme: Scheme) -> bool:
    return any(i.extra is not None and i.extra.pupils is not None for i in scheme.indicators)


def _first(most: int, broken: Callable[[int], bool], *, one_by_one: bool) -> int | None:
    """The smallest number from 1 to ``most`` that breaks; one by one where what is broken may come right again."""
    if one_by_one:
        return next((k for k in range(1, most + 1) if broken(k)), None)
    if most < 1 or not broken(most):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if broken(middle) else (middle, high)
    return high


# ---- coefficients ---------------------------------------------------------------------------------------------------


def cv_fragility(assessment: Assessment) -> pd.DataFrame:
    """The smallest change at a single school that takes a coefficient beyond its limit.

    Returns:
        One row per stage, indicator within its limit, and cause: stage, indicator, cv, limit, cause, amount (whole
        pupils, or whole resource units of the whole school; inf where no single school can do it), measure, unit,
        school (where; the first of several), cv_after. Causes: ``pupils_in`` (more pupils of the stage at one
        school), ``pupils_out`` (fewer, at least one stays), ``resource_out`` (resource lost). For the composite limit
        the indicator is ``composite``, its cv their mean; ``resource_out`` then names the indicator in ``measure``.
        Nothing where a coefficient is unknown, has no limit or is beyond it.
    """
    rows: list[dict[str, Any]] = []
    counted = [i for i in assessment.scheme.indicators if i.balance]
    for stage in assessment.stages:
        own = _Stage.of(assessment, stage, counted)
        known = assessment.balance[assessment.balance["stage"] == stage].set_index("indicator")
        for i in counted:
            if known.at[i.id, "verdict"] == Verdict.MET.value:
                told = {"stage": stage, "indicator": i.id, "cv": known.at[i.id, "cv"], "limit": i.cv_limit[stage]}
                rows += [{**told, **found} for found in _breaks(own, [i], i.cv_limit[stage])]
        for top in assessment.composite[assessment.composite["stage"] == stage].to_dict("records"):
            if top["verdict"] == Verdict.MET.value:
                told = {"stage": stage, "indicator": "composite", "cv": top["cv"], "limit": top["limit"]}
                rows += [{**told, **found} for found in _breaks(own, counted, top["limit"])]
    return pd.DataFrame(rows, columns=_CV_COLUMNS)


@dataclass(frozen=True)
class _Stage:
    """All units of one stage.

    Attributes:
        n: pupils; x: the units' resources by indicator.
        rest: weighted pupils of the school's other stages, in pupils of this one; 0 for a school with one stage.
    """

    stage: str
    units: pd.DataFrame
    n: NDArray[np.float64]
    x: Mapping[str, NDArray[np.float64]]
    rest: NDArray[np.float64]

    @classmethod
    def of(cls, assessment: Assessment, stage: str, counted: list[Indicator]) -> _Stage:
        units = assessment.units[assessment.units["stage"] == stage]
        cells = assessment.cells[assessment.cells["stage"] == stage]
        x = {i.id: cells.loc[cells["indicator"] == i.id, "resource"].to_numpy(float) for i in counted}
        n = units["pupils"].to_numpy(float)
        return cls(stage, units, n, x, n / units["share"].to_numpy(float) - n)

    def cv(self, indicator: Indicator, i: int, pupils: NDArray[np.float64] | float, lost: float = 0.0) -> Any:
        """The CV with other pupils at school i and some of its resource lost (the whole school's, where split)."""
        n, x = self.n, self.x[indicator.id]
        own: Any = x[i]
        if indicator.split:
            total = x[i] * (n[i] + self.rest[i]) / n[i]
            own = (total - lost) * pupils / (pupils + self.rest[i])
        else:
            own = own - lost
        others = np.arange(len(n)) != i
        squares, sum_x, sum_n = np.sum(x[others] ** 2 / n[others]), np.sum(x[others]), np.sum(n[others])
        with np.errstate(invalid="ignore", divide="ignore"):
            square = (sum_n + pupils) * (squares + own**2 / pupils) / (sum_x + own) ** 2 - 1
        return np.sqrt(np.maximum(square, 0.0))


def _breaks(stage: _Stage, those: list[Indicator], limit: float) -> Iterator[dict[str, Any]]:
    """The smallest change by cause that takes the mean CV of these indicators beyond a limit."""
    most = most_pupils(stage.stage)
    best: dict[str, tuple[float, int, float, str]] = {}
    beyond = limit * (1 + 1e-12)  # at the limit itself is within it

    def keep(cause: str, amount: float, i: int, after: float, measure: str) -> None:
        if cause not in best or amount < best[cause][0]:
            best[cause] = (amount, i, after, measure)

    for i, own in enumerate(stage.n):
        for cause, numbers in (
            (PUPILS_IN, np.arange(own + 1, most + 1)),
            (PUPILS_OUT, np.arange(own - 1, 0, -1)),
        ):
            if len(numbers):
                means = np.mean([stage.cv(each, i, numbers) for each in those], axis=0)
                if (over := means > beyond).any():
                    first = int(np.argmax(over))
                    keep(cause, float(first + 1), i, float(means[first]), PEOPLE)
        for each in those:
            name = each.resource_unit if len(those) == 1 else f"{each.short}（{each.resource_unit}）"
            spared = float(sum(stage.cv(other, i, own) for other in those if other is not each))
            lost = _least_lost(stage, each, i, beyond * len(those) - spared)
            if lost is not None:
                after = (float(stage.cv(each, i, own, lost)) + spared) / len(those)
                keep(RESOURCE_OUT, lost, i, after, name)
    for cause in CAUSES:
        nowhere = (math.inf, -1, math.nan, "" if cause == RESOURCE_OUT else PEOPLE)
        amount, where, after, measure = best.get(cause, nowhere)
        unit = stage.units.index[where] if where >= 0 else -1
        school = stage.units["school"].iloc[where] if where >= 0 else ""
        yield {"cause": cause, "amount": amount, "measure": measure, "unit": unit, "school": school, "cv_after": after}


def _least_lost(stage: _Stage, indicator: Indicator, i: int, limit: float) -> float | None:
    """The fewest whole units of a school's resource whose loss takes the CV beyond a limit; None where none do.

    With y left to the unit, N (Q + y² / n) > c (S + y)² for c = limit² + 1 and Q, S of the others: between or beyond
    the roots of a quadratic; the whole number beside the root is looked for.
    """
    n, x = stage.n, stage.x[indicator.id]
    own, others = x[i], np.arange(len(n)) != i
    share = n[i] / (n[i] + stage.rest[i]) if indicator.split else 1.0
    total = float(own / share)
    if not math.isfinite(total) or limit < 0:
        return None
    c, q, s = limit**2 + 1, float(np.sum(x[others] ** 2 / n[others])), float(np.sum(x[others]))
    a, b, rest = n.sum() / n[i] - c, -2 * c * s, n.sum() * q - c * s**2
    disc = b * b - 4 * a * rest
    if a == 0:
        roots = [-rest / b] if b else []
    else:
        roots = [] if disc < 0 else [(-b - math.sqrt(disc)) / (2 * a), (-b + math.sqrt(disc)) / (2 * a)]
    starts = {0.0, *((own - root) / share for root in roots if 0 <= root <= own)}
    for start in sorted(starts):
        for lost in range(max(1, math.floor(start) - 1), math.floor(start) + 3):
            if lost <= total and float(stage.cv(indicator, i, n[i], float(lost))) > limit:
                return float(lost)
    return None

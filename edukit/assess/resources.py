"""The block of the indicators: every unit against the thresholds, every CV against its limit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit import dispersion, indicators
from edukit.exact import at_least, close, fraction, roots_at_most
from edukit.frames import plain, records
from edukit.schemes import Indicator, Scheme
from edukit.verdict import Verdict, all_of

NEAR = 1e-9
"""A sum of known CVs must exceed its limit by more than this part before it decides alone."""


def cells(
    units: pd.DataFrame, source: pd.DataFrame, totals: pd.DataFrame, values: pd.DataFrame, scheme: Scheme
) -> pd.DataFrame:
    """One row per unit and indicator, one indicator after the other; see ``Assessment.cells``."""
    n, k = len(units), len(scheme.indicators)
    frame = units.loc[np.tile(units.index, k), ["school", "code", "stage", "pupils"]]
    frame.insert(0, "unit", frame.index)
    found = [
        judged(indicator, values[indicator.id].to_numpy(), units, source, scheme) for indicator in scheme.indicators
    ]
    columns = {
        "indicator": np.repeat(np.array(scheme.ids, dtype=object), n),
        "resource": totals.to_numpy(float).T.ravel(),
        "value": values.to_numpy(float).T.ravel(),
        **{name: np.concatenate([part[name] for part in found]) for name in found[0]},
        "contribution": np.concatenate([_contributions(totals[id_].to_numpy(), units) for id_ in scheme.ids]),
    }
    return plain(frame.assign(**columns)).reset_index(drop=True)


def judged(
    indicator: Indicator, value: NDArray[np.float64], units: pd.DataFrame, source: pd.DataFrame, scheme: Scheme
) -> dict[str, NDArray[np.generic]]:
    """Threshold, floor, verdict ("" without threshold) and whether it is below the floor, of every unit."""
    threshold, floor = np.full(len(units), np.nan), np.full(len(units), np.nan)
    reached, above = np.zeros(len(units), dtype=bool), np.zeros(len(units), dtype=bool)
    stages = units["stage"].to_numpy()
    for stage in scheme.stages:
        here = np.flatnonzero(stages == stage)

        def few(near: NDArray[np.intp], here: NDArray[np.intp] = here) -> pd.DataFrame:
            return units.iloc[here[near]]

        threshold[here], floor[here] = limits = thresholds(indicator, stage, scheme)
        reached[here], above[here] = compared(indicator, value[here], limits, few, source, scheme)
    verdict = np.select(
        [np.isnan(threshold), np.isnan(value), reached],
        ["", Verdict.UNDETERMINED.value, Verdict.MET.value],
        Verdict.NOT_MET.value,
    )
    below = ~(np.isnan(value) | np.isnan(floor) | above)
    return {"threshold": threshold, "floor": floor, "verdict": verdict.astype(object), "below_floor": below}


def thresholds(indicator: Indicator, stage: str, scheme: Scheme) -> tuple[float, float]:
    """Threshold of a stage, and the floor that a unit below it may not be below; NaN where there is none."""
    rule, threshold = scheme.school_rule, indicator.threshold.get(stage)
    return (
        math.nan if threshold is None else threshold,
        math.nan if threshold is None or rule is None else rule.floor(threshold),
    )


def compared(
    indicator: Indicator,
    value: NDArray[np.float64],
    limits: Iterable[float],
    few: Callable[[NDArray[np.intp]], pd.DataFrame],
    source: pd.DataFrame,
    scheme: Scheme,
) -> list[NDArray[np.bool_]]:
    """Whether the values of units of one stage reach each of some limits.

    Close calls are decided in fractions: ``few`` gives the units at some positions, which is not asked for often.
    """

    def exact(near: NDArray[np.intp]) -> list[Fraction]:
        return _exact_values(indicator, few(near), source, scheme)

    return [at_least(value, limit, exact) for limit in limits]


def _exact_values(indicator: Indicator, units: pd.DataFrame, source: pd.DataFrame, scheme: Scheme) -> list[Fraction]:
    """Values of units of one stage as fractions; those that the same cells give are worked out once, as many are."""
    unit = {"stage": units["stage"].iloc[0]}
    schools = records(source.loc[units["row"], indicators.inputs(source, [indicator])])
    known: dict[tuple[Any, ...], Fraction] = {}
    values = []
    for pupils, school in zip(units["pupils"].tolist(), schools, strict=True):
        cells = (pupils, *(None if cell != cell else cell for cell in school.values()))
        if cells not in known:
            resource = indicators.exact_resource(indicator, unit, school, scheme)
            known[cells] = resource * indicator.per / fraction(pupils)
        values.append(known[cells])
    return values


def _contributions(resource: NDArray[np.float64], units: pd.DataFrame) -> NDArray[np.float64]:
    """Each unit's part of CV² within its own stage."""
    parts = np.full(len(units), np.nan)
    for stage in units["stage"].unique():
        here = (units["stage"] == stage).to_numpy()
        parts[here] = dispersion.contributions(resource[here], units["pupils"].to_numpy()[here])
    return parts


def balance(units: pd.DataFrame, source: pd.DataFrame, totals: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """One row per stage and indicator that counts for the balance; see ``Assessment.balance``."""
    stage_number = units["stage"].map({stage: i for i, stage in enumerate(scheme.stages)}).to_numpy(dtype=np.intp)
    spread = dispersion.spread(totals.to_numpy(float), units["pupils"], stage_number, len(scheme.stages))
    rows = []
    for s, stage in enumerate(scheme.stages):
        if not spread.n_units[s]:
            continue
        here = units[units["stage"] == stage]
        for k, indicator in enumerate(scheme.indicators):
            if not indicator.balance:
                continue
            limit = indicator.cv_limit.get(stage, np.nan)
            exact = partial(exact_square, indicator, here, source, scheme)
            rows.append(
                {
                    "stage": stage,
                    "indicator": indicator.id,
                    "name": indicator.name,
                    "unit": indicator.unit,
                    "n_units": int(spread.n_units[s]),
                    "pupils": spread.pupils[s],
                    "mean": spread.mean[s, k] * indicator.per,
                    "sd": spread.sd[s, k] * indicator.per,
                    "cv": spread.cv[s, k],
                    "cv_limit": limit,
                    "verdict": _cv_verdict(spread.cv[s, k], limit, exact),
                    "unknown": int(spread.unknown[s, k]),
                }
            )
    columns = "stage indicator name unit n_units pupils mean sd cv cv_limit verdict unknown".split()
    return plain(pd.DataFrame(rows, columns=columns))


def exact_square(indicator: Indicator, units: pd.DataFrame, source: pd.DataFrame, scheme: Scheme) -> Fraction:
    """CV² of an indicator over the units given, as a fraction; all their cells must be known."""
    schools = source.loc[units["row"], indicators.inputs(source, [indicator])].to_dict("index")
    resources = [indicators.exact_resource(indicator, unit, schools[unit["row"]], scheme) for unit in records(units)]
    return dispersion.exact_square(resources, units["pupils"])


def _cv_verdict(cv: float, limit: float, exact: Callable[[], Fraction]) -> str:
    if np.isnan(limit):
        return ""
    if np.isnan(cv):
        return Verdict.UNDETERMINED.value
    within = exact() <= fraction(limit) ** 2 if close(np.array([cv]), limit)[0] else cv <= limit
    return (Verdict.MET if within else Verdict.NOT_MET).value


def composite(balance: pd.DataFrame, scheme: Scheme, units: pd.DataFrame, source: pd.DataFrame) -> pd.DataFrame:
    """The mean of all CVs of a stage against its limit: one that the known CVs alone exceed is exceeded."""
    counted = [indicator for indicator in scheme.indicators if indicator.balance]
    rows = []
    for stage, limit in scheme.composite_limit.items():
        cvs = balance.loc[balance["stage"] == stage, "cv"]
        if len(cvs):
            here = units[units["stage"] == stage]

            def squares(here: pd.DataFrame = here) -> list[Fraction]:
                return [exact_square(indicator, here, source, scheme) for indicator in counted]

            verdict = composite_verdict(cvs.to_numpy(), limit, squares)
            rows.append({"stage": stage, "cv": float(np.mean(cvs.to_numpy())), "limit": limit, "verdict": verdict})
    return pd.DataFrame(rows, columns=["stage", "cv", "limit", "verdict"])


def composite_verdict(cvs: NDArray[np.float64], limit: float, squares: Callable[[], Sequence[Fraction]]) -> str:
    """The verdict on the mean of all CVs; ``squares`` gives their exact squares where it is a close call."""
    mean = float(np.mean(cvs))
    if np.isnan(mean):
        return (Verdict.NOT_MET if exceeded(cvs, limit) else Verdict.UNDETERMINED).value
    within = roots_at_most(squares(), limit) if close(np.array([mean]), limit)[0] else mean <= limit
    return (Verdict.MET if within else Verdict.NOT_MET).value


def exceeded(cvs: NDArray[np.float64], limit: NDArray[np.float64] | float) -> NDArray[np.bool_]:
    """Whether the known CVs of a row alone, without those that are unknown, take the mean above its limit."""
    above: NDArray[np.bool_] = np.nansum(cvs, axis=-1) / cvs.shape[-1] > limit * (1 + NEAR)
    return above


def schools(units: pd.DataFrame, cells: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """One row per unit: thresholds reached, those below the floor, and the verdict; see ``Assessment.schools``."""
    result = units[["school", "code", "stage", "pupils"]].copy()
    result.insert(0, "unit", units.index)
    ruled, shape = bool(scheme.school_rule), (len(scheme.indicators), len(units))
    verdicts, below = (cells[column].to_numpy(object).reshape(shape) for column in ("verdict", "below_floor"))
    result["n_met"] = (verdicts == Verdict.MET.value).sum(axis=0) if ruled else np.nan
    result["n_unknown"] = (verdicts == Verdict.UNDETERMINED.value).sum(axis=0) if ruled else np.nan
    ids = np.array(scheme.ids, dtype=object)
    result["below_floor"] = [list(ids[own.astype(bool)]) for own in below.T]
    result["verdict"] = ""
    if ruled:
        result["verdict"] = [_school_verdict(row, scheme) for row in records(result)]
    return plain(result)


def _school_verdict(row: dict[str, object], scheme: Scheme) -> str:
    """At least ``min_met`` thresholds reached and none of the others below the floor, with unknowns left open."""
    rule = scheme.school_rule
    met, unknown = int(row["n_met"]), int(row["n_unknown"])  # type: ignore[call-overload]
    if rule is None:
        return ""
    if row["below_floor"] or met + unknown < (rule.min_met or 0):
        return Verdict.NOT_MET.value
    return Verdict.UNDETERMINED.value if unknown else Verdict.MET.value


def parts(
    balance: pd.DataFrame, composite: pd.DataFrame, by_school: pd.DataFrame, scheme: Scheme
) -> dict[str, Verdict]:
    """The verdicts within the block of the indicators: schools, balance, composite, those that the scheme has."""
    blocks = {}
    if scheme.school_rule:
        blocks["schools"] = all_of(Verdict(v) for v in by_school["verdict"])
    if any(indicator.cv_limit for indicator in scheme.indicators):
        blocks["balance"] = all_of(Verdict(v) for v in balance["verdict"] if v)
    if scheme.composite_limit:
        blocks["composite"] = all_of(Verdict(v) for v in composite["verdict"])
    return blocks

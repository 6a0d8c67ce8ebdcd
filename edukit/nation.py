"""All counties at once: the indicators, coefficients and verdicts of a province or the nation, without a loop.

The same functions that judge one county work here on all of them: units, resources and values are columns anyway, and
:func:`edukit.dispersion.spread` takes as many groups as there are counties and years. Only what lies within a hair of
its limit is looked at one by one, to be decided in fractions. A test holds the result equal to that of
:func:`edukit.assess.assess` county by county.

A million rows are fast while they are plain arrays: a county and year is a number from the first step to the last, one
stage is judged after the other so that a limit is a single number, a verdict is its position in :data:`VERDICTS`, and
words are written only into the tables, which have a row for a county and not for a school.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit import dispersion, indicators, schools
from edukit.assess import resources
from edukit.errors import CallError
from edukit.exact import close, fraction, roots_at_most
from edukit.schemes import Scheme
from edukit.verdict import Verdict

MET, NOT_MET, OPEN = (verdict.value for verdict in (Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED))
VERDICTS = np.array([MET, OPEN, NOT_MET, ""], dtype=object)
"""From best to worst: that of a whole is the worst of its parts. The last, at -1, is where nothing is asked."""
_MET, _OPEN, _NOT_MET, _NONE = 0, 1, 2, -1
Codes = NDArray[np.int64]
"""Verdicts by their position in :data:`VERDICTS`."""
Squares = Callable[[int, int], Fraction]
"""CV² of a group and of the k-th indicator that counts for the balance, as a fraction."""


@dataclass(frozen=True)
class Nation:
    """Many counties and years under one scheme.

    Attributes:
        balance: one row per county, year, stage and indicator: code, year, stage, indicator, n_units, pupils, mean, sd
            (in the indicator's unit), cv, cv_limit, verdict ("" without limit), unknown.
        stages: one row per county, year and stage: code, year, stage, n_units, n_met, n_not_met, n_unknown (units by
            verdict; 0 without a school rule), composite (NaN without such a limit), limit, verdict of the composite.
        counties: one row per county and year: code, year, n_schools, pupils, schools, balance, composite (verdicts;
            "" where the scheme does not ask), verdict of the resources.
    """

    balance: pd.DataFrame
    stages: pd.DataFrame
    counties: pd.DataFrame


def judge(frame: pd.DataFrame, scheme: Scheme) -> Nation:
    """Judge the resources of every county and year.

    Args:
        frame: one row per school, county and year: code, year, and the fields of the 学校 sheet; unknown is NaN.
            Columns of words may be categories, which is faster.
        scheme: the policy; one that counts branches with their main school must be judged county by county.

    Raises:
        CallError: the scheme needs what cannot be done for all at once.
    """
    if any(rule.into for rule in scheme.exclusions):
        raise CallError(f"《{scheme.name}》采用了“并入主校”的口径，须逐县测算，不能一次测算全部县。")
    frame = frame.reset_index(drop=True)
    number, pairs = _numbered(frame)
    units = schools.counted(frame, scheme)
    owners = {stage: number[own["row"].to_numpy()] for stage, own in units.items()}
    balanced = [indicator for indicator in scheme.indicators if indicator.balance]
    spreads, counts = [], []
    for stage, own in units.items():
        totals = indicators.of_stage(stage, own, frame, scheme)
        columns = totals[[indicator.id for indicator in balanced]].to_numpy()
        spreads.append(dispersion.spread(columns, own["pupils"], owners[stage], len(pairs)))
        verdicts = _unit_verdicts(stage, own, totals, frame, scheme)
        counts.append(_counts(verdicts, owners[stage], len(pairs)))

    def square(group: int, k: int) -> Fraction:
        pair, stage = group // len(scheme.stages), scheme.stages[group % len(scheme.stages)]
        here = units[stage].iloc[np.flatnonzero(owners[stage] == pair)]
        return resources.exact_square(balanced[k], here, frame, scheme)

    spread, by_verdict = _interleaved(spreads), np.stack(counts, axis=1).reshape(-1, 3)
    keys = _keys(pairs, scheme)
    balance, each = _balance(keys, spread, scheme, square)
    stages, composite = _stages(keys, spread, by_verdict, scheme, square)
    counties = pairs.assign(n_schools=np.bincount(number), pupils=spread.pupils.reshape(len(pairs), -1).sum(axis=1))
    return Nation(balance, stages, _judged(counties, by_verdict, each, composite, scheme))


def _judged(
    counties: pd.DataFrame, by_verdict: NDArray[np.int64], balance: Codes, composite: Codes, scheme: Scheme
) -> pd.DataFrame:
    """The counties with the verdicts of those parts that the scheme asks for, and the worst of them."""
    asked = {
        "schools": (np.where(by_verdict > 0, [_MET, _OPEN, _NOT_MET], _NONE), scheme.school_rule is not None),
        "balance": (balance, any(indicator.cv_limit for indicator in scheme.indicators)),
        "composite": (composite, bool(scheme.composite_limit)),
    }
    worst = {name: _worst(codes, len(counties)) for name, (codes, needed) in asked.items() if needed}
    parts = {name: VERDICTS[worst[name]] if name in worst else "" for name in asked}
    return counties.assign(**parts, verdict=VERDICTS[np.max(list(worst.values()), axis=0)])


def _numbered(frame: pd.DataFrame) -> tuple[NDArray[np.intp], pd.DataFrame]:
    """The number of each row's county and year, and code and year by number, in order."""
    code, codes = pd.factorize(frame["code"], sort=True)
    year, years = pd.factorize(frame["year"], sort=True)
    if (code < 0).any() or (year < 0).any():
        raise CallError("学校表中有的行没有县的行政区划代码或年度（code、year 列），不能测算。请补全后再试。")
    pair = code * len(years) + year
    present = np.flatnonzero(np.bincount(pair, minlength=len(codes) * len(years)))
    number = np.zeros(len(codes) * len(years), dtype=np.intp)
    number[present] = np.arange(len(present))
    names = {
        "code": np.asarray(codes, dtype=object)[present // len(years)],
        "year": np.asarray(years)[present % len(years)],
    }
    return number[pair], pd.DataFrame(names)


def _keys(pairs: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Code, year and stage of every group."""
    n_stages = len(scheme.stages)
    keys = pairs.loc[np.repeat(np.arange(len(pairs)), n_stages)].reset_index(drop=True)
    return keys.assign(stage=np.tile(np.array(scheme.stages, dtype=object), len(pairs)))


def _interleaved(spreads: Sequence[dispersion.Spread]) -> dispersion.Spread:
    """The stages of one county and year after each other, as in :func:`_keys`."""
    arrays = [np.stack([getattr(one, part.name) for one in spreads], axis=1) for part in fields(dispersion.Spread)]
    return dispersion.Spread(*(array.reshape(-1, *array.shape[2:]) for array in arrays))


def _counts(verdicts: Codes, owners: NDArray[np.intp], n_pairs: int) -> NDArray[np.int64]:
    """How many units of every county and year have each verdict that there is, in the order of :data:`VERDICTS`."""
    return np.stack([np.bincount(owners[verdicts == code], minlength=n_pairs) for code in (_MET, _OPEN, _NOT_MET)], 1)


def _unit_verdicts(stage: str, units: pd.DataFrame, totals: pd.DataFrame, frame: pd.DataFrame, scheme: Scheme) -> Codes:
    """The verdict of every unit of one stage; :data:`_NONE` where the scheme judges no single school."""
    if scheme.school_rule is None:
        return np.full(len(units), _NONE)
    met, unknown = np.zeros(len(units), dtype=np.int8), np.zeros(len(units), dtype=np.int8)
    below = np.zeros(len(units), dtype=bool)
    values = indicators.values(totals, units, scheme)
    for indicator in scheme.indicators:
        if stage in indicator.threshold:
            value = values[indicator.id].to_numpy()
            limits = resources.thresholds(indicator, stage, scheme)
            reached, above = resources.compared(indicator, value, limits, units.iloc.__getitem__, frame, scheme)
            known = ~np.isnan(value)
            met += reached
            unknown += ~known
            below |= known & ~above
    failed = below | (met + unknown < (scheme.school_rule.min_met or 0))
    return np.where(failed, _NOT_MET, np.where(unknown > 0, _OPEN, _MET))


def _balance(
    keys: pd.DataFrame, spread: dispersion.Spread, scheme: Scheme, square: Squares
) -> tuple[pd.DataFrame, Codes]:
    """The table ``Nation.balance``, and the verdicts of every group and indicator."""
    balanced = [indicator for indicator in scheme.indicators if indicator.balance]
    by_stage = [[indicator.cv_limit.get(stage, np.nan) for indicator in balanced] for stage in scheme.stages]
    limits = np.tile(by_stage, (len(keys) // len(scheme.stages), 1))
    codes = _against(spread.cv, limits)
    for group, k in np.argwhere(close(spread.cv, limits)).tolist():
        codes[group, k] = _MET if square(group, k) <= fraction(limits[group, k]) ** 2 else _NOT_MET
    codes[np.isnan(limits) | (spread.n_units == 0)[:, None]] = _NONE
    present = np.flatnonzero(spread.n_units)
    parts = [
        keys.iloc[present].assign(
            indicator=indicator.id,
            n_units=spread.n_units[present],
            pupils=spread.pupils[present],
            mean=spread.mean[present, k] * indicator.per,
            sd=spread.sd[present, k] * indicator.per,
            cv=spread.cv[present, k],
            cv_limit=limits[present, k],
            verdict=VERDICTS[codes[present, k]],
            unknown=spread.unknown[present, k],
        )
        for k, indicator in enumerate(balanced)
    ]
    return pd.concat(parts, ignore_index=True), codes


def _stages(
    keys: pd.DataFrame, spread: dispersion.Spread, by_verdict: NDArray[np.int64], scheme: Scheme, square: Squares
) -> tuple[pd.DataFrame, Codes]:
    """The table ``Nation.stages``, and the verdict of every group on the mean of its coefficients."""
    limits = np.tile(
        [scheme.composite_limit.get(stage, np.nan) for stage in scheme.stages], len(keys) // len(scheme.stages)
    )
    cvs = np.ascontiguousarray(spread.cv)  # summed in the same order as those of one county
    mean = cvs.mean(axis=1)
    codes = _against(mean, limits)
    codes[np.isnan(mean) & resources.exceeded(cvs, limits)] = _NOT_MET
    for group in np.flatnonzero(close(mean, limits)).tolist():
        squares = [square(group, k) for k in range(cvs.shape[1])]
        codes[group] = _MET if roots_at_most(squares, limits[group]) else _NOT_MET
    codes[np.isnan(limits) | (spread.n_units == 0)] = _NONE
    table = keys.assign(
        n_units=spread.n_units,
        n_met=by_verdict[:, _MET],
        n_not_met=by_verdict[:, _NOT_MET],
        n_unknown=by_verdict[:, _OPEN],
        composite=np.where(np.isnan(limits), np.nan, mean),
        limit=limits,
        verdict=VERDICTS[codes],
    )
    return table[spread.n_units > 0].reset_index(drop=True), codes


def _against(values: NDArray[np.float64], limits: NDArray[np.float64]) -> Codes:
    """Whether values keep within their limits, as floats have it."""
    return np.select([np.isnan(values), values <= limits], [_OPEN, _MET], _NOT_MET)


def _worst(codes: Codes, n_pairs: int) -> Codes:
    """The verdict of every county and year from those of its groups; open where there is nobody to judge."""
    worst = codes.reshape(n_pairs, -1).max(axis=1)
    return np.where(worst == _NONE, _OPEN, worst)

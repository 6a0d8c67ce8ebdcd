"""All counties at once: the indicators, coefficients and verdicts of a province or the nation, without a loop.

The same functions that judge one county work here on all of them: units, resources and values are columns anyway, and
:func:`edukit.dispersion.spread` takes as many groups as there are county, year and stage. Only what lies within a hair
of its limit is looked at one by one, to be decided in fractions. A test holds the result equal to that of
:func:`edukit.assess.assess` county by county.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit import dispersion, indicators, schools
from edukit.assess import resources
from edukit.errors import CallError
from edukit.exact import close, fraction
from edukit.schemes import Indicator, Scheme
from edukit.verdict import Verdict

KEYS = ["code", "year"]
MET, NOT_MET, OPEN = (verdict.value for verdict in (Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED))
VERDICTS = np.array([MET, OPEN, NOT_MET], dtype=object)
"""From best to worst: that of a whole is the worst of its parts."""
_MET, _OPEN, _NOT_MET = range(3)


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
    units = schools.units(frame, scheme).frame.astype({"stage": pd.CategoricalDtype(list(scheme.stages))})
    n_stages = len(scheme.stages)
    stage = units["stage"].cat.codes.to_numpy(dtype=np.intp)
    group = number[units["row"].to_numpy()] * n_stages + stage
    n_groups = len(pairs) * n_stages
    totals = indicators.resources(units, frame, scheme)
    spread = dispersion.spread(totals.to_numpy(float), units["pupils"], group, n_groups)
    keys = _keys(pairs, scheme)
    exact = _exact_square(units, group, frame, scheme)
    balance = _balance(keys, spread, scheme, exact)
    stages = _stages(keys, units, frame, totals, group, spread, scheme, exact)
    return Nation(balance, stages, _counties(pairs, balance, stages, spread, frame, number, scheme))


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


def _exact_square(
    units: pd.DataFrame, group: NDArray[np.intp], frame: pd.DataFrame, scheme: Scheme
) -> Callable[[int, Indicator], Fraction]:
    @cache  # most nations have no close call
    def sorted_() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        order = np.argsort(group, kind="stable")
        return order, np.searchsorted(group[order], np.arange(group.max() + 2))

    def exact(g: int, indicator: Indicator) -> Fraction:
        order, starts = sorted_()
        here = units.iloc[order[starts[g] : starts[g + 1]]]
        return resources.exact_square(indicator, here, frame, scheme)

    return exact


def _balance(
    keys: pd.DataFrame, spread: dispersion.Spread, scheme: Scheme, exact: Callable[[int, Indicator], Fraction]
) -> pd.DataFrame:
    present = np.flatnonzero(spread.n_units)
    parts = []
    for k, indicator in enumerate(scheme.indicators):
        if not indicator.balance:
            continue
        limit = keys["stage"].map(indicator.cv_limit).to_numpy(float)[present]
        cv = spread.cv[present, k]
        with np.errstate(invalid="ignore"):
            code = np.where(np.isnan(cv), _OPEN, np.where(cv <= limit, _MET, _NOT_MET))
        for i in np.flatnonzero(close(cv, limit)):
            within = exact(int(present[i]), indicator) <= fraction(limit[i]) ** 2
            code[i] = _MET if within else _NOT_MET
        parts.append(
            keys.iloc[present].assign(
                indicator=indicator.id,
                n_units=spread.n_units[present],
                pupils=spread.pupils[present],
                mean=spread.mean[present, k] * indicator.per,
                sd=spread.sd[present, k] * indicator.per,
                cv=cv,
                cv_limit=limit,
                verdict=np.where(np.isnan(limit), "", VERDICTS[code]),
                unknown=spread.unknown[present, k],
            )
        )
    return pd.concat(parts, ignore_index=True)


def _stages(
    keys: pd.DataFrame,
    units: pd.DataFrame,
    frame: pd.DataFrame,
    totals: pd.DataFrame,
    group: NDArray[np.intp],
    spread: dispersion.Spread,
    scheme: Scheme,
    exact: Callable[[int, Indicator], Fraction],
) -> pd.DataFrame:
    result = keys.assign(n_units=spread.n_units)
    verdict = _unit_verdicts(units, frame, totals, scheme) if scheme.school_rule else np.full(len(units), -1)
    for name, code in (("n_met", _MET), ("n_not_met", _NOT_MET), ("n_unknown", _OPEN)):
        result[name] = np.bincount(group[verdict == code], minlength=len(keys))
    limit = keys["stage"].map(dict(scheme.composite_limit)).to_numpy(float)
    counted = [k for k, indicator in enumerate(scheme.indicators) if indicator.balance]
    cvs = np.ascontiguousarray(spread.cv[:, counted])  # summed in the same order as those of one county
    result["composite"] = np.where(np.isnan(limit), np.nan, cvs.mean(axis=1))
    result["limit"], result["verdict"] = limit, ""
    judged = np.flatnonzero(~np.isnan(limit) & (spread.n_units > 0))
    result.loc[judged, "verdict"] = [
        resources.composite_verdict(cvs[g], limit[g], _squares(exact, int(g), scheme)) for g in judged
    ]
    return result[result["n_units"] > 0].reset_index(drop=True)


def _squares(exact: Callable[[int, Indicator], Fraction], g: int, scheme: Scheme) -> Callable[[], list[Fraction]]:
    return lambda: [exact(g, indicator) for indicator in scheme.indicators if indicator.balance]


def _unit_verdicts(units: pd.DataFrame, frame: pd.DataFrame, totals: pd.DataFrame, scheme: Scheme) -> NDArray[np.int64]:
    """The verdict of every unit, as a position in :data:`VERDICTS`."""
    rule = scheme.school_rule
    assert rule is not None
    values = indicators.values(totals, units, scheme)
    met, unknown = np.zeros(len(units), dtype=np.int64), np.zeros(len(units), dtype=np.int64)
    below = np.zeros(len(units), dtype=bool)
    for indicator in scheme.indicators:
        value = values[indicator.id].to_numpy()
        threshold, floor, reached, above = resources.compared(indicator, value, units, frame, scheme)
        known = ~np.isnan(value)
        met += known & reached
        unknown += ~known & ~np.isnan(threshold)
        below |= known & ~np.isnan(floor) & ~above
    failed = below | (met + unknown < (rule.min_met or 0))
    return np.where(failed, _NOT_MET, np.where(unknown > 0, _OPEN, _MET))


def _counties(
    pairs: pd.DataFrame,
    balance: pd.DataFrame,
    stages: pd.DataFrame,
    spread: dispersion.Spread,
    frame: pd.DataFrame,
    number: NDArray[np.intp],
    scheme: Scheme,
) -> pd.DataFrame:
    result = pairs.copy()
    result["n_schools"] = np.bincount(number, minlength=len(pairs))
    result["pupils"] = spread.pupils.reshape(len(pairs), -1).sum(axis=1)
    position = pd.MultiIndex.from_frame(result[KEYS])
    asked = {
        "schools": (stages, scheme.school_rule is not None),
        "balance": (balance, any(indicator.cv_limit for indicator in scheme.indicators)),
        "composite": (stages, bool(scheme.composite_limit)),
    }
    worst = []
    for name, (table, needed) in asked.items():
        if not needed:
            result[name] = ""
            continue
        if name == "schools":
            codes = np.select([table["n_not_met"] > 0, table["n_unknown"] > 0], [_NOT_MET, _OPEN], _MET)
        else:
            table = table[table["verdict"] != ""]
            codes = table["verdict"].map({MET: _MET, OPEN: _OPEN, NOT_MET: _NOT_MET}).to_numpy(np.intp)
        where = position.get_indexer(pd.MultiIndex.from_frame(table[KEYS]))
        own = np.full(len(result), -1)
        np.maximum.at(own, where, codes.astype(own.dtype))
        own[own < 0] = _OPEN  # nobody to judge
        result[name] = VERDICTS[own]
        worst.append(own)
    result["verdict"] = VERDICTS[np.max(worst, axis=0)]
    return result

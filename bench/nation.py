"""The national table three ways: all at once, county by county through groupby, and with bare numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit import indicators, schools
from edukit.assess import resources
from edukit.dictionary import STAGES_OF_TYPE
from edukit.nation import VERDICTS, Nation, judge
from edukit.schemes import Scheme
from edukit.verdict import all_of

WORDS = ("code", "school_type", "sponsor_type", "urban_type", "school_name", "school_code", "township")
MET, OPEN, NOT_MET = range(3)
TOLERANCE = 1e-12
"""Relative error below which a number is taken to lie at its limit, where nobody decides in fractions."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Bare:
    """What the tables of :class:`edukit.nation.Nation` say, as arrays.

    Attributes:
        cvs: shape (stages, indicators, counties and years).
        units: units that are met, open and not met, shape (stages, 3, counties and years).
        verdicts: of every county and year, as positions in :data:`edukit.nation.VERDICTS`.
    """

    cvs: NDArray[np.float64]
    units: NDArray[np.int64]
    verdicts: NDArray[np.int64]


def prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """The schools as :func:`edukit.processed.read` gives them: words are categories."""
    return frame.astype({name: "category" for name in WORDS})


def at_once(frame: pd.DataFrame, scheme: Scheme) -> Nation:
    """All counties with :func:`edukit.nation.judge`."""
    return judge(frame, scheme)


def one_by_one(frame: pd.DataFrame, scheme: Scheme) -> pd.Series:
    """The verdict of every county and year with groupby.apply and the functions that judge one county; slow."""
    return frame.groupby(["code", "year"], observed=True)[frame.columns.tolist()].apply(lambda rows: _one(rows, scheme))


def _one(rows: pd.DataFrame, scheme: Scheme) -> str:
    rows = rows.reset_index(drop=True)
    units = schools.units(rows, scheme).frame
    totals = indicators.resources(units, rows, scheme)
    cells = resources.cells(units, rows, totals, indicators.values(totals, units, scheme), scheme)
    balance = resources.balance(units, rows, totals, scheme)
    composite = resources.composite(balance, scheme, units, rows)
    by_school = resources.schools(units, cells, scheme)
    return all_of(resources.parts(balance, composite, by_school, scheme).values()).value


def bare(frame: pd.DataFrame, scheme: Scheme) -> Bare:
    """All counties with numpy alone, as somebody writes it who wants these numbers of this policy and of nothing else.

    Everything that the numbers depend on is there: which schools count, their shares, what is unknown, every unit
    against thresholds and floors, every CV against its limit. Left out are words, tables, refusals, rules that other
    policies have, and fractions: at a limit a tolerance decides. Every county must have every year.
    """
    years = frame["year"].to_numpy() - frame["year"].min()
    county = frame["code"].cat.codes.to_numpy().astype(np.intp) * (years.max() + 1) + years
    kinds, kind = frame["school_type"].cat.categories, frame["school_type"].cat.codes.to_numpy()
    pupils = {}
    for stage in scheme.split_weights:
        given, taught = frame[f"pupils_{stage}"].to_numpy(), [stage in STAGES_OF_TYPE[word] for word in kinds]
        pupils[stage] = np.where(np.isnan(given) & ~np.array(taught)[kind], 0.0, given)
    inside, all_pupils = np.ones(len(frame), dtype=bool), sum(pupils.values())
    for rule in scheme.exclusions:
        small = True if rule.pupils_below is None else all_pupils < rule.pupils_below
        inside &= ~(kinds.isin(rule.when["school_type"])[kind] & small)
    weighted: Any = sum(pupils[stage] * weight for stage, weight in scheme.split_weights.items())
    cvs, units, verdicts = [], [], []
    for stage in scheme.stages:
        here = np.flatnonzero(inside & (pupils[stage] != 0))
        n = pupils[stage][here]
        share = n * scheme.split_weights[stage] / weighted[here]
        cv, cv_verdicts, unit = _bare_stage(stage, frame, here, n, share, county[here], county.max() + 1, scheme)
        cvs.append(cv)
        units.append(unit)
        failed, open_ = unit[NOT_MET] > 0, unit[OPEN] > 0
        verdicts += [cv_verdicts, np.where(failed, NOT_MET, np.where(open_, OPEN, MET))]
    return Bare(np.array(cvs), np.array(units), np.max(verdicts, axis=0))


def _bare_stage(
    stage: str,
    frame: pd.DataFrame,
    here: NDArray[np.intp],
    n: Numbers,
    share: Numbers,
    county: NDArray[np.intp],
    n_counties: int,
    scheme: Scheme,
) -> tuple[Numbers, NDArray[np.int64], NDArray[np.int64]]:
    """CVs, their worst verdict, and units by verdict, of every county."""
    rule = scheme.school_rule
    assert rule is not None
    total = np.bincount(county, weights=n, minlength=n_counties)
    n_met, n_unknown = np.zeros(len(here), dtype=np.int8), np.zeros(len(here), dtype=np.int8)
    below, cvs, worst = np.zeros(len(here), dtype=bool), [], np.zeros(n_counties, dtype=np.int64)
    for indicator in scheme.indicators:
        x: Any = sum(frame[name].to_numpy()[here] * factor for name, factor in indicator.fields(stage).items())
        x = x * share if indicator.split else x
        value, mean = x / n, np.bincount(county, weights=x, minlength=n_counties) / total
        variance = np.bincount(county, weights=n * (value - mean[county]) ** 2, minlength=n_counties) / total
        cv = np.sqrt(variance) / mean
        cvs.append(cv)
        within = np.where(np.isnan(cv), OPEN, np.where(cv <= indicator.cv_limit[stage], MET, NOT_MET))
        worst = np.maximum(worst, within)
        limit = indicator.threshold[stage] / indicator.per * (1 - TOLERANCE)
        n_met += value >= limit
        n_unknown += np.isnan(value)
        below |= value < limit * rule.floor_share
    failed = below | (n_met + n_unknown < (rule.min_met or 0))
    verdict = np.where(failed, NOT_MET, np.where(n_unknown > 0, OPEN, MET))
    units = [np.bincount(county[verdict == code], minlength=n_counties) for code in (MET, OPEN, NOT_MET)]
    return np.array(cvs), worst, np.array(units)


def differing(found: Nation, floor: Bare, single: pd.Series) -> list[str]:
    """In what the three ways say something else: where there is anything, their times mean nothing.

    Args:
        found: what :func:`at_once` gives.
        floor: what :func:`bare` gives.
        single: what :func:`one_by_one` gives for some of the counties.
    """
    by_verdict = ["n_met", "n_unknown", "n_not_met"]
    cvs, units = floor.cvs.transpose(1, 2, 0).ravel(), floor.units.transpose(2, 0, 1).reshape(-1, len(by_verdict))
    verdicts = found.counties.set_index(["code", "year"])["verdict"]
    same = {
        "coefficients": np.allclose(found.balance["cv"], cvs, rtol=1e-9, atol=1e-15, equal_nan=True),
        "units": np.array_equal(found.stages[by_verdict], units),
        "counties": np.array_equal(verdicts, VERDICTS[floor.verdicts]),
        "one by one": np.array_equal(verdicts[single.index], single),
    }
    return [name for name, equal in same.items() if not equal]

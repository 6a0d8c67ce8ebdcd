"""The national table three ways: all at once, county by county through groupby, and with bare numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit import indicators, schools
from edukit.assess import resources
from edukit.nation import judge
from edukit.schemes import Scheme
from edukit.verdict import all_of

WORDS = ("code", "school_type", "sponsor_type", "urban_type", "school_name", "school_code", "township")


def prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """The schools as :func:`edukit.processed.read` gives them: words are categories."""
    return frame.astype({name: "category" for name in WORDS})


def at_once(frame: pd.DataFrame, scheme: Scheme) -> dict[str, int]:
    """All counties with :func:`edukit.nation.judge`; how many there are of each verdict."""
    return dict(judge(frame, scheme).counties["verdict"].value_counts())


def one_by_one(frame: pd.DataFrame, scheme: Scheme) -> dict[str, int]:
    """The same with groupby.apply and the functions that judge one county; slow, so give it a part of the counties."""
    found = frame.groupby(["code", "year"], observed=True)[frame.columns.tolist()].apply(
        lambda rows: _one(rows, scheme)
    )
    return dict(found.value_counts())


def _one(rows: pd.DataFrame, scheme: Scheme) -> str:
    rows = rows.reset_index(drop=True)
    units = schools.units(rows, scheme).frame
    totals = indicators.resources(units, rows, scheme)
    cells = resources.cells(units, rows, totals, indicators.values(totals, units, scheme), scheme)
    balance = resources.balance(units, rows, totals, scheme)
    composite = resources.composite(balance, scheme, units, rows)
    by_school = resources.schools(units, cells, scheme)
    return all_of(resources.parts(balance, composite, by_school, scheme).values()).value


def bare(frame: pd.DataFrame, scheme: Scheme) -> NDArray[np.float64]:
    """Only the arithmetic, on plain arrays: every unit's value against threshold and floor, every group's CV.

    No exclusions, no unknowns kept apart, no exact decision at a limit: a lower bound, not a second implementation.
    """
    columns = {name: frame[name].to_numpy() for name in frame if frame[name].dtype == float}
    group = frame["code"].cat.codes.to_numpy().astype(np.intp) * 10 + (frame["year"] - frame["year"].min()).to_numpy()
    n_groups = int(group.max()) + 1
    shares: Any = {name: np.nan_to_num(columns[f"pupils_{name}"]) * w for name, w in scheme.split_weights.items()}
    whole = sum(shares.values())
    result: list[Any] = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for stage in scheme.stages:
            here = np.flatnonzero(columns[f"pupils_{stage}"] > 0)
            pupils, own = columns[f"pupils_{stage}"][here], group[here]
            total = np.bincount(own, weights=pupils, minlength=n_groups)
            part = shares[stage][here] / whole[here]
            n_met, n_below = np.zeros(len(here), dtype=int), np.zeros(len(here), dtype=int)
            for indicator in scheme.indicators:
                x = sum(columns[name][here] * factor for name, factor in indicator.fields(stage).items())
                x = x * part if indicator.split else x
                mean = np.bincount(own, weights=x, minlength=n_groups) / total
                value = x / pupils
                variance = np.bincount(own, weights=pupils * (value - mean[own]) ** 2, minlength=n_groups) / total
                result.append(np.sqrt(variance) / mean)
                threshold = indicator.threshold.get(stage, np.nan) / indicator.per
                n_met += value >= threshold
                n_below += value < threshold * (scheme.school_rule.floor_share if scheme.school_rule else 0)
            failed = n_below > 0
            result.append(np.bincount(own, weights=failed, minlength=n_groups))
    return np.array(result)

"""Values of the indicators per unit: resource totals, and resource per pupil or per hundred pupils."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from edukit.dictionary import STAGES
from edukit.exact import fraction, total
from edukit.frames import Row, records
from edukit.schemes import Extra, Indicator, Scheme
from edukit.schools import pupils_of


def resources(units: pd.DataFrame, schools: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Resource totals of each unit in the indicator's resource unit, one column per indicator.

    Args:
        units: as :func:`edukit.schools.units` gives them.
        schools: the frame they were made from.
        scheme: whose numerators are used.

    Returns:
        Index of ``units``; NaN where any part of a numerator is unknown, or where a school that must be split lacks
        the pupils of a stage.
    """
    place, share = schools.index.get_indexer(units["row"]), units["share"].to_numpy()
    stages = units["stage"].to_numpy()
    totals = {name: np.full(len(units), np.nan) for name in scheme.ids}
    for stage in scheme.stages:
        here = np.flatnonzero(stages == stage)
        for name, amount in _of_stage(stage, place[here], share[here], schools, scheme).items():
            totals[name][here] = amount
    return pd.DataFrame(totals, index=units.index, copy=False)


def of_stage(stage: str, units: pd.DataFrame, schools: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Resource totals as :func:`resources` gives them, of units that are all of one stage."""
    place, share = schools.index.get_indexer(units["row"]), units["share"].to_numpy()
    return pd.DataFrame(_of_stage(stage, place, share, schools, scheme), index=units.index, copy=False)


def _of_stage(
    stage: str, place: NDArray[np.intp], share: NDArray[np.float64], schools: pd.DataFrame, scheme: Scheme
) -> dict[str, NDArray[np.float64]]:
    """Totals by indicator of the schools at some positions."""
    totals = {}
    for indicator in scheme.indicators:
        parts = [schools[field].to_numpy(float)[place] * by for field, by in indicator.fields(stage).items()]
        if indicator.extra:
            parts += _extra(indicator.extra, stage, schools.iloc[place])
        amount = _added(parts) if len(parts) > 1 else parts[0]
        totals[indicator.id] = amount * share if indicator.split else amount
    return totals


def _added(parts: list[np.ndarray]) -> np.ndarray:
    """Sums of parts; where one takes most of another away, of the decimals typed, so that what is left is right."""
    sums: np.ndarray = np.sum(parts, axis=0)
    for i in np.flatnonzero(np.abs(sums) < np.max(np.abs(parts), axis=0) / 2):
        sums[i] = total(part[i] for part in parts)
    return sums


def _extra(extra: Extra, stage: str, rows: pd.DataFrame) -> list[np.ndarray]:
    """What counts besides in the schools that the relaxation is for; what they leave blank adds nothing."""
    asked = rows[list(dict.fromkeys(["school_type", "pupils_primary", "pupils_junior", *extra.when]))]
    allowed = np.array([counts_besides(extra, school) for school in records(asked)], dtype=bool)
    numbers = [rows[name.replace("{stage}", stage)].to_numpy(float) * factor for name, factor in extra.fields.items()]
    return [np.where(allowed & ~np.isnan(number), number, 0.0) for number in numbers]


def counts_besides(extra: Extra, school: Row) -> bool:
    """Whether a relaxation is for this school; where that is unknown it is not."""
    pupils = pupils_of(school, "primary") + pupils_of(school, "junior")
    sized = extra.pupils is None or extra.pupils[0] <= pupils < extra.pupils[1]
    return sized and all(school[field] in values for field, values in extra.when.items())


def values(totals: pd.DataFrame, units: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Value of each indicator and unit: resource x per ÷ pupils of the stage, unrounded."""
    pupils = units["pupils"].to_numpy()
    found = {i.id: totals[i.id].to_numpy() * i.per / pupils for i in scheme.indicators}
    return pd.DataFrame(found, index=units.index, copy=False)


def exact_resource(indicator: Indicator, unit: Row, school: Row, scheme: Scheme) -> Fraction:
    """A unit's resource total as a fraction of the decimals typed; all its cells must be known."""
    fields = list(indicator.fields(unit["stage"]).items())
    if indicator.extra and counts_besides(indicator.extra, school):
        besides = {name.replace("{stage}", unit["stage"]): factor for name, factor in indicator.extra.fields.items()}
        fields += [(name, factor) for name, factor in besides.items() if school[name] == school[name]]
    amount = sum((fraction(school[field]) * fraction(factor) for field, factor in fields), Fraction(0))
    return amount * exact_share(unit, school, scheme) if indicator.split else amount


def inputs(schools: pd.DataFrame, wanted: Iterable[Indicator]) -> list[str]:
    """The columns of ``schools`` that exact numbers of indicators are made from; for a relaxation any may be needed."""
    every = list(wanted)
    fields = {name for indicator in every for stage in STAGES for name in indicator.fields(stage)}
    extra = any(indicator.extra for indicator in every)
    return [name for name in schools if extra or name in fields or str(name).startswith("pupils_")]


def exact_share(unit: Row, school: Row, scheme: Scheme) -> Fraction:
    """A unit's share of its school's resources as a fraction."""
    weighted = {}
    for stage, weight in scheme.split_weights.items():
        pupils = school[f"pupils_{stage}"]
        weighted[stage] = fraction(weight) * (fraction(pupils) if pupils == pupils else 0)
    return weighted[unit["stage"]] / sum(weighted.values(), Fraction(0))

"""What edukit says of a county against what the independent implementation says: one line for each difference."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import pandas as pd

import independent
from edukit.assess import Assessment

NUMBERS = "school_name school_type sponsor_type"
LAST_DIGIT = 4e-15
"""Relative: a few units in the last of sixteen digits, which is where floats end."""


def schools_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame of schools as the independent implementation takes them."""
    return [
        {str(key): None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}
        for row in frame.to_dict("records")
    ]


def differences(result: Assessment, schools: list[dict[str, Any]]) -> Iterator[str]:
    """What differs in the resource block, values, means, coefficients and every verdict."""
    ours = independent.judge(schools, result.scheme.id)
    national = {**independent.QUALITY, **independent.BASIC}  # a county's own school standards are not its concern
    cells = {(r.school, r.stage, r.indicator): r.value for r in result.cells.itertuples() if r.indicator in national}
    yield from _numbers("value", cells, ours.values)
    balance = {(r.stage, r.indicator): r for r in result.balance.itertuples()}
    yield from _numbers("mean", {key: row.mean for key, row in balance.items()}, ours.means, addends=_addends(ours))
    roots = {key: None if square is None else independent.root(square) for key, square in ours.squares.items()}
    yield from _numbers("cv", {key: row.cv for key, row in balance.items()}, roots, slack=1e-9)
    verdicts = {key: row.verdict for key, row in balance.items() if row.verdict}
    yield from _same("balance", verdicts, ours.balance)
    units = {(r.school, r.stage): r.verdict for r in result.schools.itertuples() if r.verdict and ours.units}
    yield from _same("unit", units, ours.units)
    composite = {r.stage: r.verdict for r in result.composite.itertuples()}
    yield from _same("composite", composite, {stage: verdict for stage, (_, verdict) in ours.composite.items()})


def _same(what: str, theirs: Mapping[Any, str], ours: Mapping[Any, str]) -> Iterator[str]:
    for key in {**theirs, **ours}:
        if theirs.get(key) != ours.get(key):
            yield f"{what} {key}: {theirs.get(key)} for {ours.get(key)}"


def _addends(ours: independent.Judged) -> dict[tuple[str, str], Fraction]:
    """How large the numbers are that a mean is made of, where some are below zero and leave little of the others.

    Only indoor rooms larger than the area that they are part of come to that, which every check refuses.
    """
    sizes: dict[tuple[str, str], Fraction] = {}
    below = {(stage, indicator) for (_, stage, indicator), value in ours.values.items() if value and value < 0}
    for (_, *key), value in ours.values.items():
        if value is not None and (place := (key[0], key[1])) in below:
            sizes[place] = max(abs(value), sizes.get(place, Fraction(0)))
    return sizes


def _numbers(
    what: str,
    theirs: Mapping[Any, float],
    ours: Mapping[Any, Fraction | None],
    slack: float = 0.0,
    addends: Mapping[Any, Fraction] = MappingProxyType({}),
) -> Iterator[str]:
    for key in {**theirs, **ours}:
        there, here = theirs.get(key, math.nan), ours.get(key)
        if here is None:
            equal = there != there
        elif not here:
            equal = abs(there) <= max(slack, 1e-300, addends.get(key, 0) * Fraction(LAST_DIGIT))
        else:
            # near zero a coefficient is a difference of nearly equal numbers; elsewhere it ends where floats end
            size = max(abs(here), addends.get(key, Fraction(0)))
            equal = abs(Fraction(there) - here) <= size * Fraction(LAST_DIGIT) if there == there else False
            equal = equal or bool(slack and there == there and abs(there - float(here)) <= slack * 1e-3)
        if not equal:
            yield f"{what} {key}: {there!r} for {None if here is None else float(here)!r}"

"""Conditions on places: seats for the residents of towns, and town against country."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pandas as pd

from edukit import formats
from edukit import seats as supply
from edukit.dictionary import STAGES, STAGES_OF_TYPE, load
from edukit.exact import fraction
from edukit.frames import records
from edukit.items.evidence import Evidence
from edukit.items.told import Settings, asked, compared, joined, limit_of, missing
from edukit.outcome import Outcome

RESIDENTS = "urban_residents"
ROUNDING = Fraction(1, 10**12)
"""Values of units come as floats of sixteen digits; a mean of ratios that misses its limit by less has reached it."""


def seats(evidence: Evidence, settings: Settings) -> Outcome:
    """Places per 1,000 urban residents (``norms`` by stage) in the schools of ``urban`` places.

    A school offers its approved places where they are given, else its designed classes x ``per_class``. A school whose
    place is not known may or may not be one of them; its places count as unknown.
    """
    wan = evidence.number(RESIDENTS)
    residents = math.nan if math.isnan(wan) else float(fraction(wan) * 10000)
    rows = pd.DataFrame(offered(evidence, settings), columns=["school", "stage", "places"])
    found = supply.seat_outcomes(supply.seats(residents, rows, norms=settings["norms"]))
    header = load().field(RESIDENTS).header
    told = [
        replace(
            outcome,
            evidence=outcome.evidence.replace("常住人口", header),
            unknown=tuple(header if name == "常住人口" else name for name in outcome.unknown),
        )
        for outcome in found
    ]
    return joined(settings, told)


def offered(evidence: Evidence, settings: Settings) -> list[tuple[str, str, float]]:
    """School, stage and places of every school of the ``urban`` places; NaN where they are not known."""
    rows = []
    for school in records(evidence.schools):
        place = school["urban_type"]
        if isinstance(place, str) and place not in settings["urban"]:
            continue
        for stage in STAGES_OF_TYPE.get(school["school_type"], ()):
            if stage in settings["norms"]:
                known = _places(school, stage, settings["per_class"]) if isinstance(place, str) else math.nan
                rows.append((str(school["school_name"]), stage, known))
    return rows


def _places(school: Mapping[str, float], stage: str, per_class: Mapping[str, float]) -> float:
    approved, classes = school[f"approved_places_{stage}"], school[f"designed_classes_{stage}"]
    if not math.isnan(approved):
        return float(approved)
    return math.nan if math.isnan(classes) else float(fraction(classes) * fraction(per_class[stage]))


def urban_rural(evidence: Evidence, settings: Settings) -> Outcome:
    """How near town and country are: weaker ÷ stronger of their means, averaged over indicators and stages (0 to 1).

    The mean of a place is weighted with pupils: all resources of its units ÷ all of their pupils. A stage that only
    one of the two has is not compared.
    """
    name, units = str(settings["name"]), evidence.units
    blank = units["urban"].isna()
    if blank.any():
        names = list(units.loc[blank, "school"].unique())
        return missing(settings, f"缺城乡类型：{formats.listed(names, 6)}", names)
    ratios: list[Fraction] = []
    unknown: list[str] = []
    alone: list[str] = []
    for stage in units["stage"].unique():
        places = [
            units[(units["stage"] == stage) & units["urban"].isin(list(settings[key]))] for key in ("urban", "rural")
        ]
        if any(place.empty for place in places):
            alone.append(STAGES[stage])
            continue
        for indicator in settings["indicators"]:
            means = [_mean(evidence.values, indicator, place, unknown) for place in places]
            if means[0] is not None and means[1] is not None:
                high = max(means[0], means[1])
                ratios.append(min(means[0], means[1]) / high if high else Fraction(1))
    if unknown:
        names = list(dict.fromkeys(unknown))
        return missing(settings, f"缺数据：{formats.listed(names, 6, '个')}", names)
    if not ratios:
        return missing(settings, "城乡之间没有可以比较的学段")
    value = sum(ratios, Fraction(0)) / len(ratios)
    limit = fraction(limit_of(settings))
    verdict = compared(limit if abs(value - limit) <= ROUNDING * limit else value, settings)
    number = float(limit) if abs(value - limit) <= ROUNDING * limit else float(value)
    text = f"{name}{formats.beside(number, float(limit), 3)}（要求{asked(settings)}），{len(ratios)}个城乡之比的平均"
    if alone:
        text += f"；{'、'.join(alone)}只有城镇或只有乡村学校，没有比较"
    return Outcome(name, number, float(limit), str(settings.get("unit", "")), verdict, text)


def _mean(values: pd.DataFrame, indicator: str, place: pd.DataFrame, unknown: list[str]) -> Fraction | None:
    """The mean of a place weighted with pupils; None, and its units named, where one is not known."""
    known = values[indicator] if indicator in values else pd.Series(math.nan, index=place.index)
    total, pupils = Fraction(0), Fraction(0)
    for unit, row in place[["school", "stage", "pupils"]].to_dict("index").items():
        value, n = float(known.get(unit, math.nan)), float(row["pupils"])
        if math.isnan(value) or math.isnan(n):
            unknown.append(f"{row['school']}（{STAGES[row['stage']]}）")
            continue
        total, pupils = total + fraction(value) * fraction(n), pupils + fraction(n)
    return total / pupils if pupils else None

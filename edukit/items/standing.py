"""Conditions that a place's own policy puts on how schools stand: each unit, their share, country against town."""

from __future__ import annotations

import math
from fractions import Fraction

from edukit import class_sizes, formats
from edukit.dictionary import STAGES
from edukit.exact import fraction
from edukit.items.evidence import Evidence
from edukit.items.told import Settings, asked, between, judged, limit_of, missing, named, of_each, shown
from edukit.outcome import Outcome
from edukit.verdict import Verdict

ROUNDING = Fraction(1, 10**12)
"""Values of units come as floats of sixteen digits; one that misses its limit by less has reached it."""


def each_unit(evidence: Evidence, settings: Settings) -> Outcome:
    """An indicator of the scheme that every unit must reach: ``indicator``, and ``at_least`` by stage."""
    failing, unknown, worst = [], [], []
    known = settings["indicator"] in evidence.values
    values = evidence.values[settings["indicator"]].to_dict() if known else {}
    for unit, row in evidence.units[["school", "stage"]].to_dict("index").items():
        label = f"{row['school']}（{STAGES[row['stage']]}）"
        limit = fraction(settings["at_least"][row["stage"]])
        value = float(values.get(unit, math.nan))
        if math.isnan(value):
            unknown.append(label)
            continue
        worst.append((value, float(limit)))
        if fraction(value) < limit * (1 - ROUNDING):
            own = {**settings, "at_least": float(limit)}
            failing.append(f"{label}{shown(value, own)}（要求{asked(own)}）")
    return of_each(settings, failing, unknown, len(evidence.units), worst)


def units_met(evidence: Evidence, settings: Settings) -> Outcome:
    """The share of units that reach the scheme's thresholds; those that cannot be told leave it between two bounds."""
    standing = evidence.standing
    if standing.empty or not (standing["verdict"] != "").any():
        return missing(settings, "没有逐校判定的结果")
    label = standing["school"] + standing["stage"].map(lambda stage: f"（{STAGES[stage]}）")
    met = int((standing["verdict"] == Verdict.MET.value).sum())
    unknown = tuple(label[standing["verdict"] == Verdict.UNDETERMINED.value])
    low, high = Fraction(met, len(standing)), Fraction(met + len(unknown), len(standing))
    own = {"percent": True, **settings}
    verdict = between(low, high, own)
    told = "至".join(dict.fromkeys(shown(float(part), own) for part in (low, high)))
    text = f"{settings['name']}：{len(standing)}个学段单位中{met}个达标，占{told}（要求{asked(own)}）"
    if unknown:
        text += f"；无法判定：{formats.listed(unknown, 6, '个')}"
    failing = tuple(label[standing["verdict"] == Verdict.NOT_MET.value]) if verdict is Verdict.NOT_MET else ()
    value = float(low) if low == high else math.nan
    return Outcome(str(settings["name"]), value, limit_of(own), "", verdict, text, failing, unknown)


def place_ratio(evidence: Evidence, settings: Settings) -> Outcome:
    """A ratio over all rural units ÷ the same ratio over all urban ones, e.g. renowned teachers per teacher.

    ``numerator`` and ``denominator`` are summed over the units of each place, ``{stage}`` being the unit's own.
    """
    units = evidence.units
    blank = list(units.loc[units["urban"].isna(), "school"].unique())
    if blank:
        return missing(settings, f"缺城乡类型：{formats.listed(blank, 6)}", blank)
    rates, unknown = [], []
    schools = evidence.looked_up(["school_name", *settings["numerator"], *settings["denominator"]])
    for key in ("rural", "urban"):
        sums = {"numerator": Fraction(0), "denominator": Fraction(0)}
        own = units[units["urban"].isin(list(settings[key]))]
        for part in sums:
            for row, stage in zip(own["row"], own["stage"], strict=True):
                for field in settings[part]:
                    number = float(schools[row][field.replace("{stage}", stage)])
                    if math.isnan(number):
                        unknown.append(str(schools[row]["school_name"]))
                    else:
                        sums[part] += fraction(number)
        rates.append(sums["numerator"] / sums["denominator"] if sums["denominator"] else None)
    if unknown:
        names = list(dict.fromkeys(unknown))
        return missing(settings, f"缺数据：{formats.listed(names, 6)}", names)
    rural, urban = rates
    if rural is None or not urban:
        return missing(settings, "城镇或乡村没有可以比较的学校")
    return judged(rural / urban, settings)


def large_schools(evidence: Evidence, settings: Settings) -> Outcome:
    """No school above the ``limits`` of its type."""
    ledger = class_sizes.large_schools(evidence.judged, limits=settings["limits"])
    return named(settings, class_sizes.no_large_school(ledger, name=str(settings["name"])))

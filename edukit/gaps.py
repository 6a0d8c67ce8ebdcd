"""What is short, in people, square metres, rooms and yuan, and what would settle a coefficient that is too high.

A gap is the resource that a unit lacks to reach a standard: ``s x n / per - x``, in whole pieces where the resource
comes in whole pieces. In a school with several stages the building is one: T x share ÷ n ≥ s asks for
T ≥ s x n ÷ share in each section, and the section that asks for most binds.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd

from edukit import dispersion, indicators
from edukit.assess import Assessment
from edukit.exact import ceiling, fraction
from edukit.frames import Row, plain, records
from edukit.schemes import Scheme
from edukit.verdict import Verdict


def gaps(assessment: Assessment) -> pd.DataFrame:
    """Every unit and indicator below its threshold, with what it lacks.

    Returns:
        Columns unit, row (of the school), school, code, stage, indicator, value, threshold, floor, below_floor,
        to_threshold, to_floor
        (the unit's own part, in resource_unit), school_to_threshold and school_to_floor (what the whole school must
        add so that all of its sections get there; the unit's own part where the resource is not split), binding
        (whether this section sets the school's need), split (whether the resource is the whole school's),
        resource_unit. Ordered by indicator, then by how far below the threshold in relative terms. Amounts are never
        rounded down.
    """
    scheme = assessment.scheme
    below = assessment.cells[assessment.cells["verdict"] == Verdict.NOT_MET.value]
    units = assessment.units.loc[below["unit"].unique()].to_dict("index")
    fields = indicators.inputs(assessment.source, scheme.indicators)
    schools = assessment.source.loc[list({unit["row"] for unit in units.values()}), fields].to_dict("index")
    rows = [_gap(scheme, cell, unit := units[cell["unit"]], schools[unit["row"]]) for cell in records(below)]
    columns = [
        *("unit", "row", "school", "code", "stage", "indicator", "value", "threshold", "floor", "below_floor"),
        *("to_threshold", "to_floor", "school_to_threshold", "school_to_floor", "binding", "split", "resource_unit"),
    ]
    frame = plain(pd.DataFrame(rows, columns=columns))
    if frame.empty:
        return frame
    split = frame["split"]
    most = frame.groupby(["row", "indicator"])[["school_to_threshold", "school_to_floor"]].transform("max")
    frame["binding"] = ~split | (frame["school_to_threshold"] == most["school_to_threshold"])
    frame["school_to_threshold"] = most["school_to_threshold"].where(split, frame["to_threshold"])
    frame["school_to_floor"] = most["school_to_floor"].where(split, frame["to_floor"])
    order = frame.assign(
        order=frame["indicator"].map(list(scheme.ids).index), distance=frame["value"] / frame["threshold"]
    ).sort_values(["order", "distance"], kind="stable")
    return frame.loc[order.index].reset_index(drop=True)


def _gap(scheme: Scheme, cell: Row, unit: Row, school: Row) -> dict[str, object]:
    indicator = scheme.indicator(cell["indicator"])
    have = indicators.exact_resource(indicator, unit, school, scheme)

    def lacking(limit: float) -> Fraction:
        return max(Fraction(0), fraction(limit) * fraction(unit["pupils"]) / indicator.per - have)

    def shown(amount: Fraction) -> float:
        if indicator.whole:
            return float(ceiling(float(amount), lambda: amount))
        number = float(amount)
        return number if fraction(number) >= amount else math.nextafter(number, math.inf)

    share = indicators.exact_share(unit, school, scheme) if indicator.split else Fraction(1)
    threshold, floor = float(cell["threshold"]), float(cell["floor"])
    return {
        "row": unit["row"],
        **{key: cell[key] for key in ("unit", "school", "code", "stage", "indicator", "value", "threshold", "floor")},
        "below_floor": cell["below_floor"],
        "to_threshold": shown(lacking(threshold)),
        "to_floor": shown(lacking(floor)) if not math.isnan(floor) else math.nan,
        "school_to_threshold": shown(lacking(threshold) / share),
        "school_to_floor": shown(lacking(floor) / share) if not math.isnan(floor) else math.nan,
        "binding": True,
        "split": indicator.split,
        "resource_unit": indicator.resource_unit,
    }


def totals(found: pd.DataFrame) -> pd.DataFrame:
    """Gaps added up per indicator: units (number of units below), schools, amount (what the schools must add).

    A school with several stages counts once, with the need of the section that binds.
    """
    binding = found[found["binding"].astype(bool)]
    once = ~binding["split"].astype(bool) | ~binding.duplicated(["school", "code", "indicator"])
    grouped = binding[once].groupby("indicator", sort=False)
    units = found.groupby("indicator", sort=False)["unit"].nunique()
    return pd.DataFrame(
        {
            "units": units,
            "schools": found.groupby("indicator", sort=False)["school"].nunique(),
            "amount": grouped["school_to_threshold"].sum(),
            "resource_unit": found.groupby("indicator", sort=False)["resource_unit"].first(),
        }
    ).reset_index()


def settle(assessment: Assessment, stage: str, indicator_id: str) -> pd.DataFrame:
    """The fewest schools to raise, worst contribution first, until the stage's CV is within its limit.

    Schools below the county's mean are brought up to that mean, one after the other, in the order of their
    contribution; after each the coefficient is computed anew, since the mean rises too.

    Returns:
        One row per school raised: school, added (resource, in resource_unit), cv (after it and all before it).
        Empty where the CV is within its limit, unknown, or cannot be brought within it this way.
    """
    indicator = assessment.scheme.indicator(indicator_id)
    here = assessment.cells[(assessment.cells["stage"] == stage) & (assessment.cells["indicator"] == indicator_id)]
    limit = indicator.cv_limit.get(stage, math.nan)
    x, n = here["resource"].to_numpy(float).copy(), here["pupils"].to_numpy(float)
    empty = pd.DataFrame(columns=["school", "added", "cv"])
    before = dispersion.coefficient(x, n)
    if math.isnan(limit) or not before > limit:
        return empty
    mean = x.sum() / n.sum()
    poor = [i for i in np.argsort(-here["contribution"].to_numpy(), kind="stable") if x[i] / n[i] < mean]
    rows = []
    for i in poor:
        need = mean * n[i] - x[i]
        added = float(math.ceil(need)) if indicator.whole else need
        x[i] += added
        rows.append({"school": here["school"].iloc[i], "added": added, "cv": dispersion.coefficient(x, n)})
        if rows[-1]["cv"] <= limit:
            return pd.DataFrame(rows)
    return empty

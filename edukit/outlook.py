"""What fails first if nothing is done: the county judged again with the pupils to come and what it has today.

Teachers, rooms, equipment and the number of classes stay as they are; pupils are those of a
:class:`edukit.projection.Projection`, at its low and at its high end. A coefficient may be worse between the two ends
than at either: it is judged at the ends only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from edukit import class_sizes, schools
from edukit.assess import Assessment, assess
from edukit.projection import ENDS, Projection
from edukit.verdict import Verdict

UNIT, THRESHOLD, CV, COMPOSITE, CLASS_SIZE, SCHOOL_SIZE = "unit threshold cv composite class_size school_size".split()
"""Kinds of what is judged: a unit, one indicator of it, a coefficient, their mean, its classes, a school's pupils."""
KEYS: Final = ("kind", "stage", "item", "row", "school")
COUNTY: Final = -1
_MET, _NOT_MET = Verdict.MET.value, Verdict.NOT_MET.value
_Judged = Iterator[tuple[tuple[Any, ...], tuple[str, float, bool]]]
"""Key -> verdict, limit, and whether the largest class would be too large."""


def outlook(now: Assessment, projected: Projection) -> pd.DataFrame:
    """Everything that is judged from pupils, and the first year in which it fails.

    Returns:
        One row per thing: kind (unit, threshold, cv, composite, class_size, school_size), stage ("" for a school as a
        whole), item (id of the indicator, of the item, or ""), row (of the school in ``source``; -1 for the county),
        school, verdict (today; "" for what is not judged yet, as a small teaching point), limit, first_low,
        first_high (first projected year in which it is not met at the low and at the high end of the range; NaN where
        in none), unknown_from (first year in which it cannot be told at either end; NaN where in none), likely,
        earliest (the smaller of first_low and first_high).

        class_size: not met where the stage's pupils are more than its classes hold at the limit, so that some class
        must be too large however they are divided; ``likely`` is the first year, at the high end, in which the
        largest class would be too large if it grew as the stage does (NaN elsewhere).
    """
    years = range(projected.year + 1, int(projected.enrolment["year"].max()) + 1)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for key, (verdict, limit, _) in _judged(now, now.source, now, today=True):
        found[key] = _row(key, verdict, limit)
    for year in years:
        for end in ENDS:
            source = _with_pupils(now.source, projected, year, end)
            again = assess(source, now.scheme, code=now.code, county=now.county, year=now.year)
            for key, (verdict, limit, likely) in _judged(again, source, now, today=False):
                own = found.setdefault(key, _row(key, "", limit))
                _mark(own, f"first_{end}", year, verdict == _NOT_MET)
                _mark(own, "unknown_from", year, verdict not in (_MET, _NOT_MET))
                _mark(own, "likely", year, likely and end == "high")
    columns = [*KEYS, "verdict", "limit", "first_low", "first_high", "unknown_from", "likely"]
    frame = pd.DataFrame(found.values(), columns=columns)
    return frame.assign(earliest=frame[["first_low", "first_high"]].min(axis=1))


def _row(key: tuple[Any, ...], verdict: str, limit: float) -> dict[str, Any]:
    blank = dict.fromkeys(("first_low", "first_high", "unknown_from", "likely"), math.nan)
    return {**dict(zip(KEYS, key, strict=True)), "verdict": verdict, "limit": limit, **blank}


def _mark(own: dict[str, Any], name: str, year: int, so: bool) -> None:
    if so and math.isnan(own[name]):
        own[name] = float(year)


def _with_pupils(source: pd.DataFrame, projected: Projection, year: int, end: str) -> pd.DataFrame:
    """The schools with the pupils of a year; stages that are not projected (senior) as they are."""
    frame = source.copy()
    own = projected.enrolment[projected.enrolment["year"] == year]
    for stage, part in own.groupby("stage"):
        frame.loc[part["row"], f"pupils_{stage}"] = part[end].to_numpy(float)
    return frame


def _judged(each: Assessment, source: pd.DataFrame, now: Assessment, *, today: bool) -> _Judged:
    rows = each.units["row"].to_dict()
    rule = now.scheme.school_rule
    if rule is not None:
        for unit in each.schools.to_dict("records"):
            key = (UNIT, unit["stage"], "", rows[unit["unit"]], unit["school"])
            yield key, (unit["verdict"], float(rule.min_met or 0), False)
    for cell in each.cells[each.cells["verdict"] != ""].to_dict("records"):
        key = (THRESHOLD, cell["stage"], cell["indicator"], rows[cell["unit"]], cell["school"])
        yield key, (cell["verdict"], cell["threshold"], False)
    for line in each.balance[each.balance["verdict"] != ""].to_dict("records"):
        yield (CV, line["stage"], line["indicator"], COUNTY, ""), (line["verdict"], line["cv_limit"], False)
    for line in each.composite.to_dict("records"):
        yield (COMPOSITE, line["stage"], "", COUNTY, ""), (line["verdict"], line["limit"], False)
    for item in now.scheme.items:
        for condition in item.conditions if item.asked_in(now.year) else ():
            if condition.kind == "class_sizes" and "share_at_most" not in condition.settings:
                yield from _classes(source, now, each.units, item.id, condition.settings["limits"], today=today)
    for school_item in now.scheme.school_items:
        if school_item.measure == "pupils" and not school_item.relaxed:
            ledger = class_sizes.large_schools(source.loc[each.units["row"].unique()], limits=school_item.limit)
            for row in ledger.to_dict("records"):
                key = (SCHOOL_SIZE, "", school_item.id, row["row"], row["school"])
                yield key, (row["verdict"], row["limit"], False)


def _classes(
    source: pd.DataFrame,
    now: Assessment,
    units: pd.DataFrame,
    item: str,
    limits: Mapping[str, float],
    *,
    today: bool,
) -> _Judged:
    ledger = class_sizes.above(now.source, limits=limits).set_index(["row", "stage"])
    before = schools.stage_pupils(now.source)
    pupils = schools.stage_pupils(source)
    for unit in units.to_dict("records"):
        row, stage = unit["row"], unit["stage"]
        if stage not in limits:
            continue
        limit, key = float(limits[stage]), (CLASS_SIZE, stage, item, row, unit["school"])
        if today:
            yield key, (ledger["verdict"].get((row, stage), Verdict.UNDETERMINED.value), limit, False)
            continue
        count, classes = float(pupils.at[row, stage]), float(now.source.at[row, f"classes_{stage}"])
        largest = float(now.source.at[row, f"max_class_{stage}"]) * count / float(before.at[row, stage])
        # Fewer pupils than the classes hold prove nothing of the largest: met only means not certain to fail.
        known = not (math.isnan(count) or math.isnan(classes))
        verdict = _NOT_MET if count > limit * classes else _MET if known else Verdict.UNDETERMINED.value
        yield key, (verdict, limit, bool(largest > limit))

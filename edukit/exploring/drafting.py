"""What can be tried, how far, and what is tried so far: the desk without its widgets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import yaml

from edukit import gaps
from edukit.assess import Assessment
from edukit.case import Case
from edukit.changes import Change
from edukit.dictionary import STAGES_OF_TYPE, Field, load
from edukit.exact import fraction
from edukit.plan.costs import lever_field
from edukit.scenario import Scenario
from edukit.schemes import Indicator, Scheme

HIRED = ""
"""In place of a school that gives: the teacher is new to the county."""
STAFF, BUILT, BOUGHT = "staff", "built", "bought"
"""Groups of what can be raised: teachers, square metres, everything else."""
LEAST = {STAFF: 10.0, BUILT: 1000.0, BOUGHT: 20.0}
"""A slider goes at least this far, in the field's unit."""


@dataclass(frozen=True)
class Slot:
    """One slider's place among all changes: what is done where. Its amount is kept beside it.

    Attributes:
        kind: hire, move, build, buy or grow.
        school: code or name of the school; "" for ``grow`` of all schools.
        field: what grows; "" for ``grow``.
        from_school: code or name of the school that gives (move).
        stage: whose pupils grow (grow).
    """

    kind: str
    school: str
    field: str = ""
    from_school: str = ""
    stage: str = ""

    def change(self, amount: float) -> Change:
        """The change that it stands for."""
        return Change(self.kind, self.school, self.field, amount, self.from_school, self.stage)


@dataclass(frozen=True)
class Place:
    """A school that can be chosen: label of its row in the 学校 sheet, key that changes know it by, name, stages."""

    row: Any
    key: str
    name: str
    stages: tuple[str, ...]


def places(case: Case) -> list[Place]:
    """The schools that are judged, in the order of the sheet.

    A school is known by its code where that is its own alone, else by its name.
    """
    source, units = case.book.schools, case.now.units
    codes = source["school_code"].value_counts()
    found = []
    for row, own in units.groupby("row", sort=False):
        school = source.loc[row]
        code, name = school["school_code"], str(school["school_name"])
        alone = isinstance(code, str) and codes[code] == 1
        found.append(Place(row, str(code) if alone else name, name, tuple(own["stage"])))
    return found


def fields(scheme: Scheme, group: str, stage: str) -> list[Field]:
    """The columns of a group that raise an indicator of the scheme, in the order of its indicators.

    >>> from edukit.schemes import load_scheme
    >>> [field.header for field in fields(load_scheme("quality-2017"), BOUGHT, "primary")]
    ['教学仪器设备资产值', '网络多媒体教室数']
    """
    names = [lever(indicator, stage) for indicator in scheme.indicators]
    return [load().field(name) for name in dict.fromkeys(names) if group_of(name) == group]


def lever(indicator: Indicator, stage: str) -> str:
    """The field that raises an indicator in a stage."""
    return lever_field(indicator).replace("{stage}", stage)


def group_of(field: str) -> str:
    """The group of a field.

    >>> [group_of(name) for name in ("pe_arts_teachers_junior", "sports_field_area", "books")]
    ['staff', 'built', 'bought']
    """
    unit = load().field(field).unit
    return STAFF if unit == "人" else BUILT if unit in ("㎡", "平方米") else BOUGHT


def slot_for(field: str, school: str, from_school: str = HIRED) -> Slot:
    """The place of a change that raises a field of a school; teachers come from another school, or are hired."""
    group = group_of(field)
    if group == STAFF:
        return Slot("move" if from_school else "hire", school, field, from_school)
    return Slot("build" if group == BUILT else "buy", school, field)


def step(field: str) -> float:
    """The step of a slider in the field's unit: one piece, one ㎡, 1,000 元."""
    spec = load().field(field)
    return 0.1 if spec.unit == "万元" else 1.0


def most(schools: pd.DataFrame, row: Any, field: str, lacks: float, giver: Any = None) -> float:
    """How far a slider goes: what a giving school has; else half more than what is there, and half more than needed.

    Args:
        schools: the 学校 sheet as it is.
        row: label of the school whose number grows.
        field: what grows.
        lacks: what it lacks, in the field's unit; 0 where nothing or unknown.
        giver: label of the school that gives, None where nobody does.
    """
    if giver is not None:
        has = float(schools.at[giver, field]) if field in schools else math.nan
        return 0.0 if math.isnan(has) else has
    has = float(schools.at[row, field]) if field in schools else math.nan
    far = max(LEAST[group_of(field)], 1.5 * lacks, 0.0 if math.isnan(has) else 0.5 * has)
    digits = 10.0 ** max(0, math.floor(math.log10(far)) - 1)
    return math.ceil(far / digits) * digits


def needs(now: Assessment, row: Any) -> dict[tuple[str, str], float]:
    """What a school lacks to each threshold that it misses, rounded up to a slider's step.

    Args:
        now: the assessment, perhaps with changes.
        row: label of the school in the 学校 sheet.

    Returns:
        (stage, indicator) -> amount in the unit of the field that raises the indicator.
    """
    short = gaps.gaps(now)
    found = {}
    for gap in short[short["unit"].map(now.units["row"]) == row].to_dict("records") if len(short) else ():
        spec = now.scheme.indicator(gap["indicator"])
        size = fraction(step(lever(spec, gap["stage"])))
        amount = fraction(gap["school_to_threshold"]) / fraction(spec.numerator[lever_field(spec)]) / size
        found[gap["stage"], gap["indicator"]] = float(math.ceil(amount) * size)
    return found


def worst(case: Case) -> tuple[Any, str, str] | None:
    """Row, stage and indicator to begin with: the school that misses most standards, and what of it is farthest below.

    None where no school misses anything.
    """
    short = case.gaps
    if short.empty:
        return None
    rows, relative = short["unit"].map(case.now.units["row"]), short["value"] / short["threshold"]
    row = (2 - relative).groupby(rows).sum().idxmax()  # the number of standards first, then how far below
    first = short.loc[relative[rows == row].idxmin()]
    return row, str(first["stage"]), str(first["indicator"])


def givers(case: Case, row: Any, stage: str) -> list[Place]:
    """The schools that could give a teacher of a stage: all others that teach it."""
    types = case.book.schools["school_type"]
    return [each for each in places(case) if each.row != row and stage in STAGES_OF_TYPE[types.at[each.row]]]


def scenario(amounts: Mapping[Slot, float], name: str) -> Scenario:
    """All that is tried, in the order in which it was first tried; what was put back to nought is left out."""
    return Scenario(name, tuple(slot.change(amount) for slot, amount in amounts.items() if amount))


def as_yaml(tried: Scenario) -> str:
    """A scenario as the file that ``edukit assess --scenario`` reads.

    >>> print(as_yaml(Scenario("甲案", (Change("build", "乙校", "teaching_area", 353.0),))), end="")
    name: 甲案
    changes:
    - {kind: build, school: 乙校, field: 教学及辅助用房面积, amount: 353}
    """
    lines = [f"name: {_flow(tried.name)}", "changes:" if tried.changes else "changes: []"]
    for change in tried.changes:
        entry = {name: value for name, value in vars(change).items() if value not in ("", {}) and name != "amount"}
        if change.field:
            entry["field"] = load().field(change.field).header
        amount = int(change.amount) if float(change.amount).is_integer() else change.amount
        lines.append(f"- {_flow({**entry, 'amount': amount})}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=math.inf)
    return text.removesuffix("...\n").strip()

"""One plan for each school (一校一案): what it lacks, and by how much, from the assessment, the gaps and the ledger."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pandas as pd

from edukit import formats, ledger
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.errors import CallError
from edukit.schemes import Indicator, Scheme
from edukit.verdict import Verdict, all_of

COLUMNS = "kind subject standard value gap amount resource measure expected below_floor".split()

BRIEF = 10
"""An item's standard of no more characters than this is what is expected afterwards; a longer one is told once."""


@dataclass(frozen=True)
class SchoolPlan:
    """What the plan of one school is made from.

    Attributes:
        number: place of the school in the county's list, from 1.
        row: index of the school in ``case.now.source``.
        school: its row there.
        units: its units, one per stage.
        problems: one row per thing that falls short: kind (``threshold`` or ``item``), subject, standard, value, gap,
            measure, expected (all text), amount and resource (a gap as a number, and the indicator's id; NaN and ""
            for items), below_floor.
        open: what cannot be judged because the school's own numbers or findings are missing.
        verdict: the verdict under the thresholds; None where the scheme judges no single school.
    """

    number: int
    row: int
    school: pd.Series
    units: pd.DataFrame
    problems: pd.DataFrame
    open: tuple[str, ...]
    verdict: Verdict | None

    @property
    def name(self) -> str:
        """The school's name."""
        return str(self.school["school_name"])

    @property
    def stages(self) -> tuple[str, ...]:
        """Its stages that are judged."""
        return tuple(self.units["stage"])

    @property
    def passes(self) -> bool:
        """Whether nothing falls short and nothing is open."""
        return self.problems.empty and not self.open


def plans(case: Case, school: str = "") -> list[SchoolPlan]:
    """The plans of all schools that are judged, or of one.

    Args:
        case: the county.
        school: code or name of a school; blank for all.

    Raises:
        CallError: there is no such school, or it is not judged; says why and which there are.
    """
    rows = list(case.now.units["row"].drop_duplicates())
    numbers = {row: number for number, row in enumerate(rows, start=1)}
    asked = _asked(case, school.strip(), rows) if school.strip() else rows
    entries = ledger.entries(case)
    entries = entries[entries["key"].str.endswith("|item") & (entries["verdict"] == Verdict.NOT_MET.value)]
    return [_plan(case, row, numbers[row], entries) for row in asked]


def _asked(case: Case, wanted: str, rows: list[int]) -> list[int]:
    source = case.now.source
    fits = source.index[(source["school_code"] == wanted) | (source["school_name"] == wanted)]
    judged = [row for row in rows if row in fits]
    if judged:
        return judged
    out = case.now.excluded
    reasons = out.loc[out["row"].isin(fits), "reason"].unique()
    if len(fits):
        why = f"：{'、'.join(reasons)}" if len(reasons) else ""
        raise CallError(f"“{wanted}”不计入本办法的测算{why}，没有一校一案。请改填其他学校，或留空出全部学校。")
    names = [str(name) for name in source.loc[rows, "school_name"]]
    near = get_close_matches(wanted, names, n=1, cutoff=0.4)
    hint = f"是否想写“{near[0]}”？" if near else ""
    raise CallError(
        f"{case.county}{case.year}年“学校”表中没有“{wanted}”。{hint}请填学校标识码或全称：{formats.listed(names, 8)}。"
    )


def _plan(case: Case, row: int, number: int, entries: pd.DataFrame) -> SchoolPlan:
    now = case.now
    units = now.units[now.units["row"] == row]
    school = now.source.loc[row]
    own = entries[entries["school"] == school["school_name"]]
    found = [*_short(case, units), *_items(own)]
    verdicts = [Verdict(v) for v in now.schools.loc[units.index, "verdict"] if v]
    return SchoolPlan(
        number=number,
        row=row,
        school=school,
        units=units,
        problems=pd.DataFrame(found, columns=COLUMNS),
        open=tuple(dict.fromkeys([*_unknown(case, units), *_open_items(case, str(school["school_name"]))])),
        verdict=all_of(verdicts) if verdicts else None,
    )


def _short(case: Case, units: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Indicators below their threshold; what all stages of the school share is one row for the school."""
    gaps = case.gaps[case.gaps["unit"].isin(units.index)]
    for indicator in case.scheme.indicators:
        here = gaps[gaps["indicator"] == indicator.id]
        shared = indicator.split and bool((units["share"] < 1).any())
        for part in [here] if shared and len(here) else [here.iloc[[i]] for i in range(len(here))]:
            yield _gap_row(indicator, part.to_dict("records"), shared, several=len(units) > 1)


def has_floor(scheme: Scheme) -> bool:
    """Whether a scheme tolerates less than a standard down to a floor, so that the floor is worth telling."""
    return scheme.school_rule is not None and scheme.school_rule.floor_share < 1


def _gap_row(indicator: Indicator, gaps: list[dict[str, Any]], shared: bool, several: bool) -> dict[str, Any]:
    lead = [STAGES[gap["stage"]] if shared and several else "" for gap in gaps]
    at = "全校" if shared else STAGES[gaps[0]["stage"]] if several else ""
    amount = max(gap["school_to_threshold"] for gap in gaps)
    limits = [formats.plain(gap["threshold"]) for gap in gaps]
    values = [formats.beside(gap["value"], gap["threshold"], indicator.digits) for gap in gaps]
    floor = max(gap["school_to_floor"] for gap in gaps if gap["below_floor"]) if _below(gaps) else math.nan
    apart = _below(gaps) and any(gap["floor"] < gap["threshold"] for gap in gaps)
    to_floor = f"（至底线{formats.amount(floor, indicator.resource_unit)}）" if apart else ""
    return {
        "kind": "threshold",
        "subject": f"{indicator.short}（{'，'.join(word for word in (at, indicator.unit) if word)}）",
        "standard": "；".join(f"{stage}{limit}" for stage, limit in zip(lead, limits, strict=True)),
        "value": "；".join(f"{stage}{value}" for stage, value in zip(lead, values, strict=True)),
        "gap": formats.amount(amount, indicator.resource_unit) + to_floor,
        "amount": amount,
        "resource": indicator.id,
        "measure": indicator.remedy,
        "expected": "；".join(f"{stage}≥{limit}" for stage, limit in zip(lead, limits, strict=True)),
        "below_floor": _below(gaps),
    }


def _below(gaps: list[dict[str, Any]]) -> bool:
    return any(gap["below_floor"] for gap in gaps)


def _items(own: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Items that name the school as failing."""
    for entry in own.to_dict("records"):
        at = f"（{entry['stage']}）" if entry["stage"] else ""
        yield {
            "kind": "item",
            "subject": f"{entry['item']}{at}",
            "standard": entry["standard"],
            "value": entry["value"],
            "gap": "",
            "amount": math.nan,
            "resource": "",
            "measure": entry["measure"],
            "expected": entry["standard"] if 0 < len(entry["standard"]) <= BRIEF else "符合要求",
            "below_floor": False,
        }


def _unknown(case: Case, units: pd.DataFrame) -> Iterator[str]:
    cells = case.now.cells[case.now.cells["unit"].isin(units.index) & case.now.cells["value"].isna()]
    for cell in cells.to_dict("records"):
        at = STAGES[cell["stage"]] if len(units) > 1 else ""
        yield f"{at}{case.scheme.indicator(cell['indicator']).short}"


def _open_items(case: Case, name: str) -> Iterator[str]:
    """Items for which the school's own data or finding is missing; of names that begin alike the longest counts."""
    names = sorted(map(str, case.now.source["school_name"].unique()), key=len, reverse=True)
    for item in case.now.items.to_dict("records"):
        if any(next((known for known in names if label.startswith(known)), "") == name for label in item["unknown"]):
            yield str(item["short"])


def totals(case: Case, made: list[SchoolPlan]) -> dict[str, str]:
    """What the schools of some plans lack together, by the indicator's resource, with its unit."""
    found = pd.concat([plan.problems for plan in made], ignore_index=True) if made else pd.DataFrame(columns=COLUMNS)
    sums = found[found["kind"] == "threshold"].groupby("resource", sort=False)["amount"].sum()
    return {
        indicator.resource: formats.amount(float(sums[indicator.id]), indicator.resource_unit)
        for indicator in case.scheme.indicators
        if indicator.id in sums
    }

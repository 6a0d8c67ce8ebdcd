"""A city (地级市): its counties side by side, what is short in each, and who is on the way to its target year.

The ledger of gaps is the 主要差距台账 of 贵港 (seed 003) and the 县级差距台账 of standards 7.3.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from edukit import counties, gaps, trend
from edukit.assess import Assessment
from edukit.case import Case, open_case, reason
from edukit.errors import CallError, DataError
from edukit.exact import fraction
from edukit.findings import Finding
from edukit.schemes import Scheme, Target, load_scheme
from edukit.verdict import Verdict

COMPOSITE = "composite"
"""Stands for the indicator where a coefficient is the mean of all."""

DONE, AHEAD, BEHIND, DUE, UNTOLD = "done", "ahead", "behind", "due", "untold"
"""On the way to a target: passes already; fewer units fail each year than the pace needs, or not; the target year is
here and the county does not pass; cannot be told: numbers are missing, there is no year before, or no standard."""
PACES = {
    DONE: "已达到",
    AHEAD: "进度达到要求",
    BEHIND: "进度落后",
    DUE: "目标年份已到，尚未达到",
    UNTOLD: "尚不能判断",
}
"""The same in words."""

_MET, _NOT_MET, _UNKNOWN = (verdict.value for verdict in (Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED))


@dataclass(frozen=True)
class City:
    """A city in one year under one scheme.

    Attributes:
        code: the city's code, six digits ending in 00.
        name: its name; made from the code where the name is not known.
        year: the year that is judged.
        scheme: the policy without any county's own options.
        cases: the counties whose data can be used, by folder name.
        failed: the folders of the others, each with the reason.
    """

    code: str
    name: str
    year: int
    scheme: Scheme
    cases: tuple[Case, ...]
    failed: tuple[tuple[str, str], ...]

    @property
    def counties(self) -> tuple[str, ...]:
        """Names of the counties that are judged."""
        return tuple(case.county for case in self.cases)

    @property
    def digest(self) -> str:
        """SHA-256 of all workbooks together."""
        return hashlib.sha256("".join(case.book.digest for case in self.cases).encode()).hexdigest()


def open_city(city: str, year: int, scheme: str, root: Path | None = None) -> City:
    """Open all of a city's counties in data/raw and judge them: the first line of a city's notebook.

    >>> city = open_city("450800-贵港市", 2022, "guangxi-guigang-2022")
    >>> city.name, len(city.cases)
    ('贵港市', 5)

    Args:
        city: code, ``<code>-<name>``, or a name that is known, see :func:`edukit.counties.find_city`.
        year: the year to judge; each county's year before is added where data/raw has it.
        scheme: id of a scheme, or path of a scheme file.
        root: project folder; found as :func:`edukit.counties.home` does where None.

    Raises:
        CallError: the city or the scheme does not exist, or no county has data of the year.
        DataError: no county's data can be used; all findings are carried.
    """
    policy = load_scheme(scheme, folder=root or counties.home())
    place = counties.find_city(city, root)
    cases, failed, missing = [], [], 0
    seen: dict[str, str] = {}
    findings: list[Finding] = []
    for county in place.counties:
        if int(year) not in county.years():
            have = "、".join(map(str, county.years())) or "没有任何年度的数据"
            failed.append((county.slug, f"没有{year}年的数据（现有：{have}）"))
            missing += 1
            continue
        if (first := seen.setdefault(county.code, county.slug)) != county.slug:
            failed.append((county.slug, f"行政区划代码与 {first} 相同，没有计入"))
            continue
        try:
            cases.append(open_case(county.slug, int(year), scheme, root))
        except DataError as error:
            failed.append((county.slug, reason(error).rstrip("。")))
            findings += error.findings
    if not cases:
        told = "；".join(f"{slug}：{reason}" for slug, reason in failed)
        if missing == len(failed):
            raise CallError(f"{place.slug} 所辖各县都没有 {year} 年的数据。{told}。")
        raise DataError(f"{place.slug} 没有一个县 {year} 年的数据可用。{told}。", findings)
    return City(place.code, place.name or f"{place.code}市", int(year), policy, tuple(cases), tuple(failed))


def overview(city: City) -> pd.DataFrame:
    """One row per county.

    Returns:
        Columns county, n_schools, n_units, n_met, n_not_met, n_unknown (units), met_share (0–1; NaN where the scheme
        judges no school), n_cvs (coefficients with a limit, the composites included), n_over (above it), n_cv_unknown,
        max_stage, max_indicator, max_cv, max_limit (the coefficient that is largest in relation to its limit; where
        none has a limit the largest), verdict, resource_verdict, target (year; NaN without), level.
    """
    return pd.DataFrame([_overview(city, case) for case in city.cases])


def _overview(city: City, case: Case) -> dict[str, Any]:
    now, every = case.now, cvs_of(case)
    judged = every[every["verdict"] != ""]
    known = (judged if len(judged) else every).dropna(subset=["cv"])
    near = known["cv"] / known["limit"] if len(judged) else known["cv"]
    top = known.loc[near.idxmax()] if len(known) else {}
    counts = now.schools["verdict"].value_counts()
    judges = now.scheme.school_rule is not None
    target = city.scheme.targets.get(case.county)
    return {
        "county": case.county,
        "n_schools": int(now.units["row"].nunique()),
        "n_units": len(now.schools),
        "n_met": int(counts.get(_MET, 0)),
        "n_not_met": int(counts.get(_NOT_MET, 0)),
        "n_unknown": int(counts.get(_UNKNOWN, 0)),
        "met_share": counts.get(_MET, 0) / len(now.schools) if judges else math.nan,
        "n_cvs": len(judged),
        "n_over": int((judged["verdict"] == _NOT_MET).sum()),
        "n_cv_unknown": int((judged["verdict"] == _UNKNOWN).sum()),
        "max_stage": top.get("stage", ""),
        "max_indicator": top.get("indicator", ""),
        "max_cv": top.get("cv", math.nan),
        "max_limit": top.get("limit", math.nan),
        "verdict": now.verdict.value,
        "resource_verdict": now.resource_verdict.value,
        "target": target.year if target else math.nan,
        "level": target.level if target else "",
    }


def blocks(city: City) -> pd.DataFrame:
    """The verdict of every block: index county names, columns blocks; "" where a county's block was not judged."""
    found = [dict(zip(case.now.blocks["name"], case.now.blocks["verdict"], strict=True)) for case in city.cases]
    names = list(dict.fromkeys(name for own in found for name in own))
    rows = [[own.get(name, "") for name in names] for own in found]
    return pd.DataFrame(rows, index=list(city.counties), columns=names)


def cvs_of(case: Case) -> pd.DataFrame:
    """One county's coefficients: county, stage, indicator (``composite`` for the mean of all), cv, limit, verdict."""
    rows = case.now.balance.rename(columns={"cv_limit": "limit"})
    top = case.now.composite.assign(indicator=COMPOSITE)
    columns = ["stage", "indicator", "cv", "limit", "verdict"]
    every = pd.concat([top[columns], rows[columns]] if len(top) else [rows[columns]], ignore_index=True)
    every.insert(0, "county", case.county)
    return every


def cvs(city: City) -> pd.DataFrame:
    """All counties' coefficients, see :func:`cvs_of`."""
    return pd.concat([cvs_of(case) for case in city.cases], ignore_index=True)


def met_shares(city: City) -> pd.DataFrame:
    """How many units reach the standards, by county and stage: county, stage, units, met, not_met, undetermined."""
    rows = []
    for case in city.cases:
        if case.scheme.school_rule is None:
            continue
        for stage in case.now.stages:
            seen = case.now.schools.loc[case.now.schools["stage"] == stage, "verdict"].value_counts()
            told = {verdict: int(seen.get(verdict, 0)) for verdict in (_MET, _NOT_MET, _UNKNOWN)}
            rows.append({"county": case.county, "stage": stage, "units": int(seen.sum()), **told})
    return pd.DataFrame(rows, columns=["county", "stage", "units", _MET, _NOT_MET, _UNKNOWN])


def yearly_share(scheme: Scheme) -> float:
    """The share of failing units that a scheme wants repaired within a year; NaN where it asks for none."""
    for item in scheme.items:
        for condition in item.conditions:
            if condition.kind == "fewer" and condition.settings.get("what") == "units":
                return float(condition.settings["at_least"])
    return math.nan


def share_of(number: int, share: float) -> float:
    """The smallest whole number that is at least a share of a number; NaN where the share is not known.

    >>> share_of(20, 0.15), share_of(21, 0.15)
    (3.0, 4.0)
    """
    return math.nan if math.isnan(share) else float(math.ceil(number * fraction(share)))


def gap_ledger(city: City) -> pd.DataFrame:
    """The ledger of gaps (主要差距台账): what each county lacks of each indicator.

    Returns:
        One row per county and indicator with units below the standard or unknown: county, indicator, n_units (units
        that are asked), units (below the standard), unknown (no number), below_floor, schools, amount (what the
        schools must add, in resource_unit), resource_unit, share (to be repaired within a year; NaN where the scheme
        sets none), due (that many of ``units``).
    """
    share, rows = yearly_share(city.scheme), []
    for case in city.cases:
        totals = gaps.totals(case.gaps).set_index("indicator") if len(case.gaps) else pd.DataFrame()
        cells = case.now.cells[case.now.cells["verdict"] != ""]
        for id_, own in cells.groupby("indicator", sort=False):
            missed, unknown = int((own["verdict"] == _NOT_MET).sum()), int((own["verdict"] == _UNKNOWN).sum())
            if not missed and not unknown:
                continue
            found = totals.loc[id_].to_dict() if missed else {"schools": 0, "amount": 0.0}
            rows.append(
                {
                    "county": case.county,
                    "indicator": id_,
                    "n_units": len(own),
                    "units": missed,
                    "unknown": unknown,
                    "below_floor": int(own["below_floor"].sum()),
                    "schools": int(found["schools"]),
                    "amount": float(found["amount"]),
                    "resource_unit": case.scheme.indicator(str(id_)).resource_unit,
                    "share": share,
                    "due": share_of(missed, share),
                }
            )
    columns = "county indicator n_units units unknown below_floor schools amount resource_unit share due".split()
    return pd.DataFrame(rows, columns=columns)


def targets(city: City) -> pd.DataFrame:
    """Who is on the way to its target year.

    Returns:
        One row per county with a target: county, target, level, years_left (0 in the target year, below 0 after it),
        failing (units not met), unknown (units that cannot be told), per_year (units that must stop failing each
        year, so that none fails in the target year: failing ÷ years_left, rounded up; all where no year is left),
        failing_before, repaired (failed last year, met now), fallen (met last year, fail now), verdict, state: one of
        ``done``, ``ahead``, ``behind``, ``due``, ``untold``. NaN where there is no year before, or no standard.
    """
    rows = [_target(case, target) for case in city.cases if (target := city.scheme.targets.get(case.county))]
    columns = "county target level years_left failing unknown per_year failing_before repaired fallen verdict state"
    return pd.DataFrame(rows, columns=columns.split())


def _target(case: Case, target: Target) -> dict[str, Any]:
    now, judges = case.now, case.scheme.school_rule is not None
    left = target.year - now.year
    seen = now.schools["verdict"].value_counts()
    failing, unknown = (float(seen.get(v, 0)) if judges else math.nan for v in (_NOT_MET, _UNKNOWN))
    needed = float(math.ceil(Fraction(int(failing), max(left, 1)))) if judges else math.nan
    earlier = dict.fromkeys(("failing_before", "repaired", "fallen"), math.nan)
    if judges and case.before is not None:
        earlier = _since(case.before, now)
    shrunk = earlier["failing_before"] - failing
    if now.verdict is Verdict.MET:
        state = DONE
    elif left <= 0 and now.verdict is Verdict.NOT_MET:
        state = DUE
    elif left <= 0 or (math.isnan(shrunk) and needed != 0):
        state = UNTOLD
    else:
        state = AHEAD if needed == 0 or shrunk >= needed else BEHIND
    return {
        "county": case.county,
        "target": target.year,
        "level": target.level,
        "years_left": left,
        "failing": failing,
        "unknown": unknown,
        "per_year": needed,
        **earlier,
        "verdict": now.verdict.value,
        "state": state,
    }


def _since(before: Assessment, now: Assessment) -> dict[str, float]:
    turned = trend.school_change(before, now)
    old, new = turned["verdict_before"], turned["verdict"]
    return {
        "failing_before": float((before.schools["verdict"] == _NOT_MET).sum()),
        "repaired": float(((old == _NOT_MET) & (new == _MET)).sum()),
        "fallen": float(((old == _MET) & (new == _NOT_MET)).sum()),
    }


def failing_on(city: City) -> pd.DataFrame:
    """Who fails on what.

    Returns:
        One row per county and thing that fails: county, block, what (``school``, ``cv`` or ``item``), stage, item (id
        of the indicator or item; "" for units), count (units; else 1).
    """
    rows = [row for case in city.cases for row in _fails(case)]
    return pd.DataFrame(rows, columns=["county", "block", "what", "stage", "item", "count"])


def _fails(case: Case) -> Iterable[dict[str, Any]]:
    own = case.scheme.school_block or case.scheme.resource_block
    missed = case.now.schools[case.now.schools["verdict"] == _NOT_MET]
    for stage, part in missed.groupby("stage", sort=False):
        yield _failure(case, own, "school", str(stage), "", len(part))
    for row in cvs_of(case).query("verdict == @_NOT_MET").to_dict("records"):
        yield _failure(case, case.scheme.resource_block, "cv", row["stage"], row["indicator"], 1)
    for row in case.now.items[case.now.items["verdict"] == _NOT_MET].to_dict("records"):
        yield _failure(case, row["block"], "item", "", row["id"], 1)


def _failure(case: Case, block: str, what: str, stage: str, item: str, count: int) -> dict[str, Any]:
    return {"county": case.county, "block": block, "what": what, "stage": stage, "item": item, "count": count}

"""Monitoring (监测复查): one county over the years, each year beside the base year, and what slipped back.

The base year is the one of recognition where its data are there (standards 7.3: 指标与认定年度对比、反弹情况、新问题).
Years before the base year are not compared with.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from edukit import schools
from edukit.assess import Assessment
from edukit.case import Case, open_case, open_years
from edukit.errors import CallError
from edukit.verdict import Verdict

GIVEN, RECOGNISED, EARLIEST = "given", "recognised", "earliest"
"""How the base year was found: asked for, the year of recognition, or the earliest with data."""

SCHOOL, THRESHOLD, CV, COMPOSITE, ITEM = "school", "threshold", "cv", "composite", "item"
"""Kinds of things judged: a unit as a whole, one indicator of a unit, a coefficient, their mean, an item."""

SLIPPED, LASTING, NEW = "slipped", "lasting", "new"
"""Not met now: met in an earlier year; not met before either; not judged or not known before."""
REPAIRED, KEPT = "repaired", "kept"
"""Met now: not met in an earlier year; never known to be not met."""
UNVERIFIED, OPEN = "unverified", "open"
"""Cannot be told now: met when it was last known; all others."""
GONE = "gone"
"""Judged in an earlier year, not in the last: a school closed or left out, an item no longer asked for."""

STATES = {
    SLIPPED: "反弹",
    NEW: "新出现",
    LASTING: "持续未达标",
    UNVERIFIED: "无法核实",
    OPEN: "无法判定",
    REPAIRED: "已修复",
    KEPT: "保持达标",
    GONE: "不再计入",
}
"""What became of a thing in words, worst first."""

COUNTY: Final = -1
"""Stands for the number of the school where something is the county's own."""
KEYS = ["kind", "unit", "stage", "item"]
_MET, _NOT_MET, _UNKNOWN = (verdict.value for verdict in (Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED))


@dataclass(frozen=True)
class Monitoring:
    """A county in the year that is looked at and in the years before, from the base year on.

    Attributes:
        case: the year that is looked at.
        years: the assessments from the base year to that year, earliest first; a single one where there is no
            earlier year to compare with.
        basis: how the base year was found: ``given``, ``recognised`` or ``earliest``.
        recognised: year of recognition on the 县级 sheet; NaN where it is not known.
        unused: years with data that lie before the base year.
        left_out: years whose data cannot be used, with the reason.
    """

    case: Case
    years: tuple[Assessment, ...]
    basis: str
    recognised: float
    unused: tuple[int, ...]
    left_out: tuple[tuple[int, str], ...]

    @property
    def base(self) -> Assessment:
        """The assessment of the base year."""
        return self.years[0]

    @property
    def compares(self) -> bool:
        """Whether there is an earlier year to compare with."""
        return len(self.years) > 1

    @cached_property
    def turns(self) -> pd.DataFrame:
        """What became of everything that is judged, see :func:`turns`."""
        return turns(self.years)

    def in_state(self, *states: str, kind: str = "") -> pd.DataFrame:
        """The rows of :attr:`turns` in some states, of one kind or of all."""
        rows = self.turns[self.turns["state"].isin(states)]
        return rows[rows["kind"] == kind] if kind else rows


def open_monitoring(county: str, year: int, scheme: str, base_year: int = 0, root: Path | None = None) -> Monitoring:
    """Open all years of a county in data/raw, to see what slipped back: the first line of a monitoring notebook.

    >>> watch = open_monitoring("210903", 2020, "quality-2017")
    >>> [each.year for each in watch.years], watch.base.year
    ([2018, 2019, 2020], 2018)

    Args:
        county: code, name or ``<code>-<name>``.
        year: the year to look at.
        scheme: id of a scheme, or path of a scheme file.
        base_year: the year to compare with; 0 takes the year of recognition (基本均衡认定年份 of the 县级 sheet) where
            its data can be used, else the earliest year.
        root: project folder; found as :func:`edukit.counties.home` does where None.

    Raises:
        CallError: county, year or scheme do not exist, or ``base_year`` is no earlier year with data.
        DataError: the data of ``year`` hold errors; those of earlier years are left out and named.
    """
    case = open_case(county, year, scheme, root)
    return monitored(case, *open_years(county, scheme, int(year) - 1, root), base_year)


def monitored(
    case: Case, earlier: Sequence[Assessment], left_out: Sequence[tuple[int, str]], base_year: int = 0
) -> Monitoring:
    """The same from a case and the years before it, as :func:`edukit.case.open_years` gives them.

    Raises:
        CallError: ``base_year`` is no earlier year with data.
    """
    known = {assessment.year: assessment for assessment in earlier}
    recognised = case.now.evidence.number("pass_year_basic")
    if base_year and base_year not in known:
        have = "、".join(map(str, known)) or "没有"
        raise CallError(
            f"{base_year} 年不能作基准年：应为 {case.year} 年以前、数据可用的年份。现有：{have}。"
            "处理：改 base_year，或设为 0 由程序选择。"
        )
    if base_year:
        start, basis = base_year, GIVEN
    elif recognised in known:
        start, basis = int(recognised), RECOGNISED
    else:
        start, basis = min(known, default=case.year), EARLIEST
    used = tuple(known[y] for y in known if y >= start)
    return Monitoring(
        case=case,
        years=(*used, case.now),
        basis=basis,
        recognised=recognised,
        unused=tuple(y for y in known if y < start),
        left_out=tuple(left_out),
    )


def levels(years: Sequence[Assessment]) -> pd.DataFrame:
    """Mean and coefficient of variation of every indicator and stage in every year.

    Returns:
        One row per stage, indicator and year, ordered so: stage, indicator, year, n_units, mean (in the indicator's
        unit), cv, limit, verdict. The composite is the indicator ``composite``, without mean. NaN is unknown, or no
        limit; a verdict is "" where there is no limit.
    """
    columns = ["stage", "indicator", "year", "n_units", "mean", "cv", "limit", "verdict"]
    frames = []
    for each in years:
        frames.append(each.balance.rename(columns={"cv_limit": "limit"}).assign(year=each.year)[columns])
        if len(each.composite):
            sizes = each.units["stage"].value_counts()
            top = each.composite.assign(year=each.year, indicator=COMPOSITE, mean=math.nan)
            frames.append(top.assign(n_units=top["stage"].map(sizes))[columns])
    frame = pd.concat(frames, ignore_index=True)
    last = years[-1].scheme
    order = {name: i for i, name in enumerate((*last.ids, COMPOSITE))}
    place = frame["stage"].map(list(last.stages).index) * len(order) + frame["indicator"].map(order)
    ordered = frame.assign(place=place).sort_values(["place", "year"], kind="stable")
    return ordered[columns].reset_index(drop=True)


def against_base(found: pd.DataFrame, base: int, year: int) -> pd.DataFrame:
    """Two years of :func:`levels` side by side.

    Returns:
        One row per stage and indicator of ``year``: stage, indicator, mean_base, mean, mean_change (relative, (mean −
        mean_base) ÷ mean_base), cv_base, cv, cv_change (difference), limit, verdict_base, verdict. NaN or "" where
        the base year has none, or its mean is 0.
    """
    keys = ["stage", "indicator"]
    old = found.loc[found["year"] == base, [*keys, "mean", "cv", "verdict"]]
    both = found[found["year"] == year].merge(old, on=keys, how="left", suffixes=("", "_base"))
    both["mean_change"] = (both["mean"] - both["mean_base"]) / both["mean_base"].where(both["mean_base"] != 0)
    both["cv_change"] = both["cv"] - both["cv_base"]
    both["verdict_base"] = both["verdict_base"].where(both["verdict_base"].notna(), "")
    columns = "mean_base mean mean_change cv_base cv cv_change limit verdict_base verdict".split()
    return both[[*keys, *columns]].reset_index(drop=True)


def verdicts(years: Sequence[Assessment]) -> pd.DataFrame:
    """The verdict of every block in every year: index block names, columns years; "" where a block was not judged."""
    by_year = {each.year: dict(zip(each.blocks["name"], each.blocks["verdict"], strict=True)) for each in years}
    names = dict.fromkeys(name for each in reversed(years) for name in each.blocks["name"])
    return pd.DataFrame({y: [found.get(name, "") for name in names] for y, found in by_year.items()}, index=list(names))


def school_numbers(years: Sequence[Assessment]) -> list[pd.Series]:
    """Which school is which over the years: the same code, else the same name, see :func:`edukit.schools.earlier`.

    Returns:
        For each year the number of the school by row label of ``source``; the same school has the same number.
    """
    seen = pd.DataFrame({"school_code": pd.Series(dtype=object), "school_name": pd.Series(dtype=object)})
    numbers: list[pd.Series] = []
    for each in reversed(years):
        own = each.source[["school_code", "school_name"]]
        same = schools.earlier(seen, own).dropna().drop_duplicates()
        known = pd.Series(same.index, index=same.to_numpy(), dtype="int64")
        fresh = own.index.difference(known.index, sort=False)
        start = len(seen)
        known = pd.concat([known, pd.Series(range(start, start + len(fresh)), index=fresh, dtype="int64")])
        seen = pd.concat([seen, own.loc[fresh]], ignore_index=True)
        numbers.append(known.loc[own.index])
    return numbers[::-1]


def units_over_time(years: Sequence[Assessment]) -> pd.DataFrame:
    """Every school in every stage over the years.

    Returns:
        One row per unit and year in which it is judged: unit (number of the school over the years), school (newest
        name), stage, year, pupils, n_met, verdict ("" for a scheme that judges no single school). Ordered by stage,
        then as the schools stand in the last year, those no longer there last.
    """
    frames = []
    for each, number in zip(years, school_numbers(years), strict=True):
        rows = each.schools.assign(year=each.year, unit=each.units["row"].map(number))
        frames.append(rows[["unit", "school", "stage", "year", "pupils", "n_met", "verdict"]])
    frame = pd.concat(frames, ignore_index=True)
    frame["school"] = frame["unit"].map(dict(zip(frame["unit"], frame["school"], strict=True)))  # the newest wins
    stages = list(years[-1].scheme.stages)
    frame["place"] = frame["stage"].map(stages.index)
    return frame.sort_values(["place", "unit", "year"], kind="stable").drop(columns="place").reset_index(drop=True)


def judgements(years: Sequence[Assessment]) -> pd.DataFrame:
    """Everything that is judged, year by year.

    Returns:
        One row per thing and year: kind, unit (number of the school, -1 for the county), school (newest name), stage,
        item (id of indicator or item), year, verdict, value, limit. For a unit as a whole ``value`` is the number of
        thresholds reached. What has no threshold or limit is not in it.
    """
    rows = [row for each, number in zip(years, school_numbers(years), strict=True) for row in _of_year(each, number)]
    columns = [*KEYS, "school", "year", "verdict", "value", "limit"]
    frame = pd.DataFrame(rows, columns=columns)
    names = {unit: school for unit, school in zip(frame["unit"], frame["school"], strict=True) if school}
    frame["school"] = [names.get(unit, "") for unit in frame["unit"]]
    return frame[frame["verdict"] != ""].reset_index(drop=True)


def _of_year(each: Assessment, number: pd.Series) -> Iterator[dict[str, Any]]:
    unit = each.units["row"].map(number).to_dict()
    rule = each.scheme.school_rule
    least = len(each.scheme.indicators) if rule is None or rule.min_met is None else rule.min_met

    def row(kind: str, found: dict[str, Any], value: str, limit: float, item: str = "") -> dict[str, Any]:
        whose = {"unit": unit[found["unit"]], "school": found["school"]} if "school" in found else {"unit": COUNTY}
        told = {"kind": kind, "school": "", "stage": found.get("stage", ""), "item": item, "year": each.year}
        return {**told, **whose, "verdict": found["verdict"], "value": found[value], "limit": limit}

    for found in each.balance.to_dict("records"):
        told = {key: found[key] for key in ("stage", "verdict", "cv")}
        yield row(CV, told, "cv", found["cv_limit"], found["indicator"])
    for found in each.composite.to_dict("records"):
        yield row(COMPOSITE, found, "cv", found["limit"], COMPOSITE)
    for found in each.schools.to_dict("records"):
        yield row(SCHOOL, found, "n_met", float(least))
    for found in each.cells.to_dict("records"):
        yield row(THRESHOLD, found, "value", found["threshold"], found["indicator"])
    for found in each.items.to_dict("records"):
        yield row(ITEM, {key: found[key] for key in ("verdict", "value")}, "value", found["limit"], found["id"])


def turns(years: Sequence[Assessment]) -> pd.DataFrame:
    """What became of everything that is judged: slipped back, lasting, new, repaired, kept, not to be told, gone.

    Returns:
        One row per thing of any year: kind, unit, stage, item, school, state, then (year: of ``slipped`` the last in
        which it was met, of ``repaired`` and ``lasting`` the last in which it was not met, of ``unverified`` the last
        in which it was met; else NaN), value_then, value (of the last year; NaN where unknown), limit. With a single
        year everything that is not met is ``new``.
    """
    now = years[-1].year
    rows = []
    for key, part in judgements(years).groupby(KEYS, sort=False):
        earlier, last = part[part["year"] != now], part[part["year"] == now]
        met, missed = (earlier[earlier["verdict"] == verdict] for verdict in (_MET, _NOT_MET))
        state = _state(last["verdict"].iloc[0] if len(last) else "", met["year"], missed["year"])
        shown = {SLIPPED: met, UNVERIFIED: met, REPAIRED: missed, LASTING: missed}.get(state, met.iloc[:0])
        told = {"then": shown["year"].iloc[-1], "value_then": shown["value"].iloc[-1]} if len(shown) else {}
        ended = {"value": last["value"].iloc[0], "limit": last["limit"].iloc[0]} if len(last) else {}
        blank = dict.fromkeys(("then", "value_then", "value", "limit"), math.nan)
        rows.append(
            {**dict(zip(KEYS, key, strict=True)), "school": part["school"].iloc[0], "state": state}
            | blank
            | told
            | ended
        )
    return pd.DataFrame(rows, columns=[*KEYS, "school", "state", "then", "value_then", "value", "limit"])


def _state(now: str, met: pd.Series, missed: pd.Series) -> str:
    """The state of one thing by its verdict now and the earlier years in which it was met, and was not."""
    if now == "":
        return GONE
    if now == _NOT_MET:
        return SLIPPED if len(met) else LASTING if len(missed) else NEW
    if now == _MET:
        return REPAIRED if len(missed) else KEPT
    return UNVERIFIED if len(met) and (missed.empty or met.max() > missed.max()) else OPEN


def slipped(years: Sequence[Assessment]) -> pd.DataFrame:
    """What was met in an earlier year and is not met in the last: the rows of :func:`turns` in state ``slipped``."""
    found = turns(years)
    return found[found["state"] == SLIPPED].reset_index(drop=True)

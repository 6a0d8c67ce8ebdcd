"""Scheme x data -> Assessment: a verdict for every unit and indicator, and the evidence for all the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from edukit import indicators, schools
from edukit.assess import resources
from edukit.assess.model import Assessment
from edukit.assess.unknown import Locate, unknown
from edukit.findings import Finding, worst_first
from edukit.frames import plain
from edukit.items import Evidence
from edukit.schemes import STANDARDS_SHEET, Scheme, with_standards


def assess(
    source: pd.DataFrame,
    scheme: Scheme,
    *,
    code: str = "",
    county: str = "",
    year: int = 0,
    findings: Iterable[Finding] = (),
    locate: Locate | None = None,
    sheets: Mapping[str, pd.DataFrame] | None = None,
    before: Assessment | None = None,
) -> Assessment:
    """Judge a county's schools under a scheme.

    Args:
        source: one row per school, columns named as in the dictionary, all fields of the 学校 sheet present;
            unknown is NaN.
        scheme: the policy to judge by.
        code: the county's code, for the record.
        county: its name.
        year: the year of the data.
        findings: what reading and checking found, carried along.
        locate: names the cell that would settle an unknown; without it findings name the school only.
        sheets: the other sheets of the workbook by name (县级, 专用教室, 核查结论 …), for the items.
        before: the year before, for the items that compare with it.

    Returns:
        An assessment in which an unknown number makes ``undetermined`` what depends on it, and nothing else.
    """
    sheets = sheets or {}
    scheme, unused = with_standards(scheme, sheets.get(STANDARDS_SHEET, pd.DataFrame()))
    source, branches = schools.with_branches(plain(source), scheme)
    found = schools.units(source, scheme)
    totals = indicators.resources(found.frame, source, scheme)
    values = indicators.values(totals, found.frame, scheme)
    cells = resources.cells(found.frame, source, totals, values, scheme)
    balance = resources.balance(found.frame, source, totals, scheme)
    composite = resources.composite(balance, scheme, found.frame, source)
    by_school = resources.schools(found.frame, cells, scheme)
    parts = resources.parts(balance, composite, by_school, scheme)
    evidence = replace(
        _evidence(found.frame, source, year, sheets),
        values=values,
        standing=by_school,
        before=before.evidence if before else None,
    )
    problems = [*findings, *unused, *unknown(cells, source, found.frame, scheme, locate)]
    return Assessment(
        code=code,
        county=county,
        year=year,
        scheme=scheme,
        source=source,
        units=found.frame,
        cells=cells,
        balance=balance,
        composite=composite,
        schools=by_school,
        excluded=pd.concat([found.excluded, branches], ignore_index=True) if len(branches) else found.excluded,
        parts=parts,
        evidence=evidence,
        noticed=worst_first(problems),
    )


def _evidence(units: pd.DataFrame, source: pd.DataFrame, year: int, sheets: Mapping[str, pd.DataFrame]) -> Evidence:
    nothing = pd.DataFrame()
    years = sheets.get("县级", nothing)
    if len(years):
        years = years[years["year"].notna()].drop_duplicates("year", keep="last").set_index("year")
    return Evidence(
        schools=source,
        units=units,
        county=years,
        year=year,
        rooms=sheets.get("专用教室", nothing),
        findings=sheets.get("核查结论", nothing),
        answers=sheets.get("问卷", nothing),
    )

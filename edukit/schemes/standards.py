"""The provincial school standards (办学基本标准) as thresholds: a table that the county's workbook carries.

The standards are the provinces' own, at most ten indicators each (申报表 表Ⅱ), so no scheme file can hold them all. A
scheme that has a ``school_block`` takes them from the sheet 办学标准: an indicator named there gets the threshold, and
every school must reach all of them.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from edukit.dictionary import STAGES, plain
from edukit.findings import Finding, Severity
from edukit.schemes.model import Indicator, Scheme, SchoolRule

SHEET = "办学标准"


def with_standards(scheme: Scheme, rows: pd.DataFrame) -> tuple[Scheme, list[Finding]]:
    """The scheme with the thresholds of the table.

    Args:
        scheme: one with a ``school_block``; any other is given back as it is.
        rows: sheet 办学标准: standard_indicator (id, name or short name of an indicator), standard_stage (blank: both),
            standard_value in the indicator's unit, standard_source.

    Returns:
        The scheme, with a school rule that asks for every threshold, and what could not be used. Where the table is
        empty the scheme stays without thresholds.
    """
    if not scheme.school_block or rows.empty:
        return scheme, []
    known = {
        plain(text): indicator
        for indicator in (*scheme.standards, *scheme.indicators)
        for text in (indicator.id, indicator.name, indicator.short)
    }
    thresholds: dict[str, dict[str, float]] = {}
    sources: list[str] = []
    findings: list[Finding] = []
    for number, row in rows.iterrows():
        indicator = known.get(plain(row["standard_indicator"]))
        value = float(row["standard_value"])
        if indicator is None or math.isnan(value):
            findings.append(_unused(str(number), str(row["standard_indicator"]), indicator, scheme))
            continue
        stage = row["standard_stage"]
        for key, name in STAGES.items():
            if not isinstance(stage, str) or stage == name:
                thresholds.setdefault(indicator.id, {})[key] = value
        if isinstance(row["standard_source"], str):
            sources.append(row["standard_source"])
    if not thresholds:
        return scheme, findings
    extra = tuple(standard for standard in scheme.standards if standard.id in thresholds)
    rule = SchoolRule(None, 1.0, "、".join(dict.fromkeys(sources)) or "“办学标准”表（未注明来源）")
    indicators = tuple(_judged(i, thresholds.get(i.id, {})) for i in (*scheme.indicators, *extra))
    return replace(scheme, indicators=indicators, school_rule=rule), findings


def _judged(indicator: Indicator, threshold: dict[str, float]) -> Indicator:
    return replace(indicator, threshold=threshold) if threshold else indicator


def _unused(row: str, said: str, indicator: Indicator | None, scheme: Scheme) -> Finding:
    if indicator is None:
        problem = f"没有名为“{said}”的指标，这一行没有采用"
        expected = "、".join(i.id for i in (*scheme.indicators, *scheme.standards))
        action = f"改用指标编号或名称，见 edukit schemes {scheme.id}"
    else:
        problem, expected, action = f"“{indicator.name}”没有标准值，这一行没有采用", "一个数", "补填标准值"
    return Finding(Severity.WARNING, "standard", f"{SHEET}!第{row}行", problem, expected, said, action)

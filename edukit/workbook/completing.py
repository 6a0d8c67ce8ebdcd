"""What may be filled in for a blank cell, always with a finding: sums of known parts, and agreed meanings of blank.

Only what the dictionary allows (``sum_of``, ``blank_means``); every other blank stays unknown.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from edukit import dictionary
from edukit.dictionary import Field
from edukit.findings import Finding, Severity


def complete(schools: pd.DataFrame, where: Callable[[object, str], str]) -> tuple[pd.DataFrame, list[Finding]]:
    """A copy of ``schools`` with the allowed blanks filled, and one finding for each kind of filling.

    Args:
        schools: one row per school, all school-level fields of the dictionary as columns.
        where: names the cell of a row and field.
    """
    filled = schools.copy()
    findings: list[Finding] = []
    known = set(filled.columns[filled.notna().any()])
    for field in dictionary.load().fields:
        if field.name in filled and field.sum_of and known.issuperset(field.sum_of):
            findings += _from_parts(filled, field, where)
    for field in dictionary.load().fields:
        if field.name in filled and field.blank_means is not None:
            findings += _from_agreement(filled, field, where)
    return filled, findings


def _from_parts(schools: pd.DataFrame, field: Field, where: Callable[[object, str], str]) -> list[Finding]:
    sums = schools[list(field.sum_of)].sum(axis=1, skipna=False)
    rows = schools.index[schools[field.name].isna() & sums.notna()]
    schools.loc[rows, field.name] = sums[rows]
    parts = "、".join(dictionary.load().field(part).header for part in field.sum_of)
    names = _names(schools, rows)
    return [
        Finding(
            Severity.INFO,
            "filled-sum",
            where(rows[0], field.name),
            f"“{field.header}”空白，已按各分项之和计算（{len(rows)} 所学校：{names}）：{parts}",
            field=field.name,
        )
        for _ in rows[:1]
    ]


def _from_agreement(schools: pd.DataFrame, field: Field, where: Callable[[object, str], str]) -> list[Finding]:
    blank = schools[field.name].isna()
    if field.blank_needs:
        blank &= schools[field.blank_needs].notna()
    rows = schools.index[blank]
    schools.loc[rows, field.name] = field.blank_means
    names = _names(schools, rows)
    return [
        Finding(
            Severity.INFO,
            "blank-means",
            where(rows[0], field.name),
            f"“{field.header}”空白，按“{field.blank_means}”处理（{len(rows)} 所学校：{names}）",
            action="不符合实际的补填",
            field=field.name,
        )
        for _ in rows[:1]
    ]


def _names(schools: pd.DataFrame, rows: pd.Index) -> str:
    """The schools meant, the first of them by name."""
    return "、".join(schools.loc[rows[:10], "school_name"].fillna("（未填校名）")) + ("等" if len(rows) > 10 else "")
